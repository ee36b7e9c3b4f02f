/**
 * The trainings of energies against noise: UniT, BiT and what further ones the options name, and the fresh discriminator. Each starts
 * from the base, from a masked language model, or at random.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../../at.ts'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { transformer } from '../../models/transformer.ts'
import type { Evaluation } from '../../train/steps.ts'
import { startSteps } from '../../train/steps-state.ts'
import { phase } from '../phases.ts'
import { fitOf, keyOf, type ResidualRun } from './context.ts'
import type { EnergyRuntime } from './energy-runtime.ts'
import { judgePool } from './judge.ts'
import { histogramsOf } from './measures.ts'
import {
  energiesOf,
  type EnergyName,
  type EnergyOptions,
  furtherNames,
  isStarred,
  type ResidualOptions,
  rowLength,
} from './options.ts'
import { type Pool, type Pools, poolBatches } from './pool.ts'
import { energyTraining, LOG_NORMALISER, noisePerDatum, optimiserOf, watchedEnergies } from './programs.ts'
import { fitModel, keyFeed, onBase } from './fits.ts'
import { maskedName } from './state.ts'

/** Bins of the histograms of energies that are kept of every evaluation. */
const BINS = 40

/** What tells the energy trainings apart. */
interface EnergyTask {
  readonly name: EnergyName | 'discriminator'
  readonly label: string
  readonly runtime: EnergyRuntime
  readonly key: Key
  readonly settings: EnergyOptions
  readonly training: Pool
  readonly validation: Pool
}

/** The network whose weights an energy starts from: the base, or for a bidirectional one a masked language model. */
const bodyOf = (
  residual: ResidualRun,
  { name, runtime, settings: { start }, key }: EnergyTask,
): Parameters | undefined => {
  const own = name === 'discriminator' ? 'bit' : name
  if (own !== 'unit' && (start === 'masked' || isStarred(own))) return fitOf(residual, maskedName(own)).best
  return start === 'random'
    ? undefined
    : onBase(transformer(runtime.network.options.size).initialise(fold(key, 3)), fitOf(residual, 'base').best)
}

/** Where an energy starts: from another network or at random, with c = 0 beside it where a log-normaliser is learned. */
const energyStart = (residual: ResidualRun, task: EnergyTask): Parameters => {
  const { network } = task.runtime
  const [body, key] = [bodyOf(residual, task), fold(task.key, 0)]
  return {
    ...(body === undefined ? network.initialise(key) : network.fromBase(body, key)),
    ...(task.settings.logNormaliser ? { [LOG_NORMALISER]: new Float32Array(1) } : {}),
  }
}

/** Energies of the validation pool under these parameters, judged; their histograms are kept. */
const judged =
  (residual: ResidualRun, { runtime, validation, name, settings }: EnergyTask) =>
  (parameters: Parameters, step: number): TE.TaskEither<Failure, Evaluation> =>
    effect(async (run) => {
      const energy = runtime.energy(parameters)
      const [data, noise] = [await run(energy(validation.data)), await run(energy(validation.noise))]
      const snapshot = { step, histograms: histogramsOf({ data, noise }, BINS) }
      residual.update((s) => ({
        ...s,
        snapshots: {
          ...s.snapshots,
          [name]: [...orElse(s.snapshots[name], []).filter((x) => x.step < step), snapshot],
        },
      }))
      const { objective, ratio, interpolation } = settings
      const [logNormaliser] = orElse(parameters[LOG_NORMALISER], [])
      return judgePool(data, noise, {
        objective,
        ratio,
        interpolation,
        ...(logNormaliser === undefined ? {} : { logNormaliser }),
      })
    })

/** An energy on a pool; the score is its objective on the validation pool. */
export const fitEnergy = (residual: ResidualRun, task: EnergyTask): Promise<void> => {
  const { options } = residual
  const { settings, training, name, key, label } = task
  const { objective, penalty, interpolation, ratio, batch, steps, logNormaliser } = settings
  const mix = { data: batch, ratio }
  const time = rowLength(options)
  const dynamic = objective === 'dynamic-nce'
  const plan = { mix, extra: dynamic ? 1 : 0, rounds: dynamic ? settings.rounds : 1, steps }
  const rows = poolBatches(training, plan, fold(key, 1))
  return fitModel(residual, {
    name,
    label,
    training: (data) =>
      energyTraining(task.runtime.network, {
        mix: { data, ratio },
        time,
        from: options.chunk.prefix,
        dropout: options.network.dropout,
        objective: { name: objective, penalty, interpolation },
        optimiser: optimiserOf(settings),
        logNormaliser,
      }),
    blocks: [1, ratio, ...(dynamic ? [1] : [])],
    watch: watchedEnergies,
    start: () => startSteps(energyStart(residual, task), settings.patience),
    settings,
    batches: (step) => ({ tokens: rows(step), ...keyFeed(options.network.dropout, fold(fold(key, 2), step)) }),
    evaluate: judged(residual, task),
    tokensPerStep: batch * (1 + noisePerDatum(objective, ratio)) * time,
  })
}

/** The energies in labels of progress. */
const energyLabels: Readonly<Record<EnergyName, string>> = {
  unit: 'the energy UniT',
  bit: 'the energy BiT',
  'bit-base': 'the energy BiT-Base',
  'bit-large': 'the energy BiT-Large',
  'bit-base-star': 'the energy BiT-Base*',
  'bit-star': 'the energy BiT*',
  'bit-large-star': 'the energy BiT-Large*',
}

/** The random stream of an energy: of a further one, by its place among them. */
const energyKey = (options: ResidualOptions, name: EnergyName): Key =>
  name === 'unit' || name === 'bit' ? keyOf(options, name) : fold(keyOf(options, 'further'), furtherNames.indexOf(name))

/** Trains the energies on the pools. */
export const fitEnergies = async (residual: ResidualRun, pools: () => Promise<Pools>): Promise<void> => {
  const { options, runtimes } = residual
  for (const name of energiesOf(options))
    await phase(residual, name, async () => {
      const { training, validation } = await pools()
      await fitEnergy(residual, {
        name,
        label: energyLabels[name],
        runtime: runtimes.energies[name],
        key: energyKey(options, name),
        settings: options.energy,
        training,
        validation,
      })
    })
}
