/**
 * The slides' last suggestion, to update P_φ too: a copy π of the base is moved to the joint model of BiT by the distributional policy
 * gradient, `∇_π KL(P_joint‖π) = −E_q[(e^{−E(x)}/Z)·∇ log π(x)]` for each prefix. Samples come from the base throughout, so that their weights
 * are e^{−E}, and are normalised for each prefix, whose Z differ. π is an ordinary language model: it needs no log Z.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, need } from '../../effect.ts'
import { divergences, meanEstimate, weigh } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import { mean } from '../../math.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { Evaluation } from '../../train/steps.ts'
import { startSteps } from '../../train/steps-state.ts'
import { phase } from '../phases.ts'
import { baseFit, fitOf, keyOf, type ResidualRun, sequenceBase, trainedBase, trainedEnergy } from './context.ts'
import { fitModel, keyFeed } from './fits.ts'
import { rowLength } from './options.ts'
import { languageTraining, optimiserOf } from './programs.ts'
import type { Difference } from './measures.ts'
import { firstTokens, repeatedRows, rowEnergies, rowScores, sliceRows } from './sequence.ts'
import { windows } from './text.ts'

/** Prefixes on which KL(P_joint‖π) is estimated, and samples for each. */
const PREFIXES = 64
const SAMPLES = 64

/** Samples of the base after some prefixes, `samples` for each in turn, with their energies under BiT. */
interface Drawn {
  readonly rows: TokenRows
  readonly energies: Float64Array
}

const drawn = (residual: ResidualRun, prefixes: TokenRows, samples: number, key: Key): TE.TaskEither<Failure, Drawn> =>
  effect(async (run) => {
    const proposals = repeatedRows(prefixes, samples, 0, prefixes.count * samples)
    const rows = await run(trainedBase(residual).complete(key, proposals))
    return { rows, energies: await run(rowEnergies(trainedEnergy(residual, 'bit'), rows)) }
  })

/** Weights e^{−E} of groups of `samples` rows, of mean 1 in each group. */
export const groupWeights = (energies: Float64Array, samples: number): Float32Array => {
  const weights = new Float32Array(energies.length)
  for (let from = 0; from < energies.length; from += samples) {
    const logs = energies.subarray(from, from + samples).map((e) => 0 - e)
    const { normalised } = need(weigh(logs, (i) => `the log-weight of sample ${from + i} of the policy gradient`))
    weights.set(
      normalised.map((w) => w * samples),
      from,
    )
  }
  return weights
}

/** π with some parameters, as a base of rows. */
const policyOf = ({ runtimes, options, services }: ResidualRun, parameters: Parameters) =>
  sequenceBase(runtimes.base, parameters, rowLength(options), services.signal)

/** KL(P_joint‖π), nats a token, on the same samples of the base at every evaluation. */
const divergenceFrom = (residual: ResidualRun, bank: Drawn & { readonly logBase: Float64Array }) => {
  const { modelled, prefix } = residual.options.chunk
  return (parameters: Parameters): TE.TaskEither<Failure, Evaluation> =>
    effect(async (run) => {
      const logModel = await run(rowScores(policyOf(residual, parameters), bank.rows, prefix))
      const values = Array.from({ length: bank.rows.count / SAMPLES }, (_, p) => {
        const own = (all: Float64Array): Float64Array => all.subarray(p * SAMPLES, (p + 1) * SAMPLES)
        const logProposal = own(bank.logBase)
        const logPotential = logProposal.map((l, i) => l - at(own(bank.energies), i))
        return need(divergences({ logPotential, logProposal, logModel: own(logModel) })).divergence.value
      })
      return { score: mean(values) / modelled }
    })
}

const trainPolicy = async (residual: ResidualRun, steps: number): Promise<void> => {
  const { run, options, networks, text } = residual
  const { base, network, chunk, policySamples: samples = 8 } = options
  const [time, key] = [rowLength(options), keyOf(options, 'policy')]
  const settings = { ...base, learningRate: base.learningRate / 10, steps }
  const known = firstTokens(sliceRows(text.validation, 0, PREFIXES), chunk.prefix)
  const bank = await run(drawn(residual, known, SAMPLES, keyOf(options, 'policyBank')))
  const logBase = await run(rowScores(trainedBase(residual), bank.rows, chunk.prefix))
  await fitModel(residual, {
    name: 'policy',
    label: 'the policy π',
    training: (rows) =>
      languageTraining(networks.base, {
        ...{ batch: rows * samples, time, from: chunk.prefix, dropout: network.dropout, isWeighted: true },
        optimiser: optimiserOf(settings),
      }),
    blocks: [samples],
    watch: [],
    start: () => startSteps(baseFit(residual).best),
    settings,
    batches: (step) =>
      effect(async (once) => {
        const own = fold(key, step)
        const prefixes = firstTokens(windows(text.forEnergies, time, fold(own, 0), settings.batch), chunk.prefix)
        const { rows, energies } = await once(drawn(residual, prefixes, samples, fold(own, 1)))
        return {
          tokens: rows.tokens,
          rowWeight: groupWeights(energies, samples),
          ...keyFeed(network.dropout, fold(own, 2)),
        }
      }),
    evaluate: divergenceFrom(residual, { ...bank, logBase }),
    tokensPerStep: settings.batch * samples * time,
  })
}

/** Trains π, where the options ask for it. */
export const fitPolicy = async (residual: ResidualRun): Promise<void> => {
  const { policySteps } = residual.options
  if (policySteps !== undefined) await phase(residual, 'policy', () => trainPolicy(residual, policySteps))
}

/** Samples of π for each prefix on which KL(π‖base) is measured. */
const OWN_SAMPLES = 16

/** KL(π‖base), nats a token, on samples of π after the prefix of each row. */
export const policyFromBase = async (residual: ResidualRun, rows: TokenRows): Promise<Difference> => {
  const { run, options } = residual
  const { prefix, modelled } = options.chunk
  const policy = policyOf(residual, fitOf(residual, 'policy').best)
  const prefixes = repeatedRows(firstTokens(rows, prefix), OWN_SAMPLES, 0, rows.count * OWN_SAMPLES)
  const samples = await run(policy.complete(keyOf(options, 'policyKl'), prefixes))
  const own = await run(rowScores(policy, samples, prefix))
  const base = await run(rowScores(trainedBase(residual), samples, prefix))
  const { value, standardError } = meanEstimate(own.map((l, i) => l - at(base, i)))
  return { value: value / modelled, standardError: standardError / modelled }
}
