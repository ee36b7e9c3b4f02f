/**
 * The noise of dynamic NCE (Wang and Ou 2018): a noise model that starts as the base and is trained on by maximum
 * likelihood while the energies learn, and the noise that is drawn from it anew, round by round.
 *
 * The noise model does not depend on the energies, so one serves both: round r of an energy's steps reads rows whose noise
 * comes from the noise model after as many steps. The last of these models is what the joint models tilt.
 */
import { orElse } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { fold } from '../../key.ts'
import { phase } from '../phases.ts'
import { fitOf, keyOf, type ResidualRun } from './context.ts'
import { fitLanguage } from './fits.ts'
import { rowLength, type TrainingOptions } from './options.ts'
import { dividedPools, freshNoise, type Pools, readNoise, stepsOfRound } from './pool.ts'
import { noisePerDatum } from './programs.ts'
import { joinRows, sliceRows } from './sequence.ts'
import { windows } from './text.ts'

/** The noise model goes on at the rate at which the base ended, a step for each step of an energy. */
const settingsOf = ({ options: { base, energy } }: ResidualRun): TrainingOptions => {
  const each = stepsOfRound(energy)
  const last = base.learningRate / 10
  return { ...base, learningRate: last, warmUp: 0, steps: (energy.rounds - 1) * each, evaluateEvery: each }
}

/** Trains the noise model up to a round; one that is past it (its rows were lost) begins again. */
const noiseModelOf = async (residual: ResidualRun, round: number): Promise<void> => {
  const { options, networks, text } = residual
  const until = round * stepsOfRound(options.energy)
  if (orElse(residual.state().fits['noise']?.step, 0) > until)
    residual.update(({ fits: { noise: _, ...fits }, ...s }) => ({ ...s, fits }))
  if (until > 0)
    await fitLanguage(residual, {
      name: 'noise',
      label: 'the noise model',
      model: networks.base,
      text: text.forBase,
      key: keyOf(options, 'noiseModel'),
      start: () => fitOf(residual, 'base').best,
      settings: settingsOf(residual),
      until,
    })
}

/** The noise of one round: kept from earlier, or drawn from the noise model of that round. */
const noiseOf = async (residual: ResidualRun, round: number, data: TokenRows, perDatum: number): Promise<TokenRows> => {
  const name = `noise-${round}`
  const known = await readNoise(residual, name, data.count * perDatum)
  if (known !== undefined) return known
  await noiseModelOf(residual, round)
  return freshNoise(residual, name, data, perDatum, fold(keyOf(residual.options, 'noise'), round))
}

/** The pools of dynamic NCE: an equal share of rows for each round, and validation rows with the last round's noise. */
export const openDynamicPools = async (residual: ResidualRun): Promise<Pools> => {
  const { options, text } = residual
  const { rounds, pool, objective, ratio } = options.energy
  const share = Math.floor(pool / rounds)
  const data = windows(text.forEnergies, rowLength(options), keyOf(options, 'pool'), share * rounds)
  const parts: TokenRows[] = []
  for (let round = 0; round < rounds; round++) {
    const own = sliceRows(data, round * share, (round + 1) * share)
    const rows = round === rounds - 1 ? joinRows([own, text.validation], data.time) : own
    parts.push(await noiseOf(residual, round, rows, noisePerDatum(objective, ratio)))
  }
  await noiseModelOf(residual, rounds - 1)
  return dividedPools(data, text.validation, joinRows(parts, data.time))
}

/** Trains the noise model and draws all of its noise, where the objective asks for it. */
export const fitNoise = async (residual: ResidualRun, pools: () => Promise<Pools>): Promise<void> => {
  if (residual.options.energy.objective !== 'dynamic-nce') return
  await phase(residual, 'noise', async () => {
    await pools()
  })
}
