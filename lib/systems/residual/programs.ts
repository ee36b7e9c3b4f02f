/**
 * The programs of an experiment: a step of training a language model, a step of training an energy, energies of rows.
 */
import { axis } from '../../axis.ts'
import type { Program } from '../../executor.ts'
import type { Scalar, Tensor } from '../../expr.ts'
import { type Autoregressive, keepAll, type Named } from '../../models/autoregressive.ts'
import { dropping } from '../../models/drop.ts'
import type { EnergyNetwork } from '../../models/energy-network.ts'
import { parameterInputs } from '../../models/parameters.ts'
import { softmaxCrossEntropy } from '../../ops/cross-entropy.ts'
import { input, inputOf } from '../../ops/layout.ts'
import { multiply } from '../../ops/pointwise.ts'
import { inputKey } from '../../ops/random.ts'
import { mean } from '../../ops/reduce.ts'
import { slice } from '../../ops/slice.ts'
import { adamW, chain, clipByGlobalNorm, type Optimiser } from '../../optimise/index.ts'
import { cosineRate, warmedUp } from '../../optimise/schedule.ts'
import { program } from '../../program.ts'
import type { StepTraining } from '../../train/micro-batches.ts'
import {
  dynamicContrastive,
  importanceLikelihood,
  logitsOf,
  type Mix,
  noiseContrastive,
  type Objective,
  type RowValues,
} from './objective.ts'
import type { ObjectiveName, TrainingOptions } from './options.ts'

/** Adam with a little decay, gradients clipped at norm 1, the rate warmed up and then along half a cosine to a tenth. */
export const optimiserOf = ({ learningRate, warmUp, steps }: TrainingOptions): Optimiser =>
  chain(
    clipByGlobalNorm(1),
    adamW(warmedUp(warmUp, cosineRate(learningRate, steps, learningRate / 10)), 0.01, { beta2: 0.98 }),
  )

/** Rows of a batch of tokens, and how many there are of which length. */
export interface RowShape {
  readonly batch: number
  readonly time: number
}

const tokensOf = ({ batch, time }: RowShape): Tensor<'batch' | 'time' | '1', 'i32'> =>
  inputOf('i32')('tokens', axis('batch', batch), axis('time', time))

/** What a language model is trained on. */
interface LanguageTraining extends RowShape {
  /** The first position whose token counts (0: whole rows). */
  readonly from: number
  readonly dropout: number
  readonly optimiser: Optimiser
  /** Whether rows have weights, `rowWeight` [batch], whose mean is 1. */
  readonly isWeighted?: boolean
  /** Whether a parameter stays as it is. */
  readonly isFrozen?: (name: string) => boolean
}

/** A step of maximum likelihood: the mean of −log q over counted tokens (nats per token). Feeds `tokens` (and `key`, `rowWeight`). */
export const languageTraining = (model: Autoregressive, options: LanguageTraining): StepTraining => {
  const { batch, time, from, isWeighted = false, isFrozen = () => false } = options
  const [rows, whole, symbol] = [axis('batch', batch), axis('time', time), axis('symbol', model.symbols)]
  const tokens = tokensOf(options)
  const parameters = parameterInputs(model.parameters)
  const { logits } = model.forward(parameters, tokens, dropping(options.dropout, inputKey('key')))
  const counted = axis('time', time - from)
  const terms: Tensor<'batch' | 'time' | '1'> = softmaxCrossEntropy(symbol)(
    slice(whole, from, time - from)(logits),
    slice(whole, from, time - from)(tokens),
  )
  const each = mean(counted)(terms)
  const loss: Scalar = mean(rows)(isWeighted ? multiply(each, input('rowWeight', rows)) : each)
  const of = (frozen: boolean): Named =>
    Object.fromEntries(Object.entries(parameters).filter(([name]) => isFrozen(name) === frozen))
  return { parameters: of(false), frozen: of(true), loss, optimiser: options.optimiser }
}

/** What an energy is trained by. */
interface EnergyObjective {
  readonly name: ObjectiveName
  /** Rate of the l2 on logits. */
  readonly penalty: number
  /** Dynamic NCE: the weight α of data on the data side (default 1). */
  readonly interpolation?: number
}

/** What an energy is trained on: B data rows and then ν·B rows of noise, `from` the first modelled position. */
export interface EnergyTraining {
  readonly mix: Mix
  readonly time: number
  readonly from: number
  readonly dropout: number
  readonly objective: EnergyObjective
  readonly optimiser: Optimiser
  /** Whether a log-normaliser is learned: the parameter `logNormaliser`. */
  readonly logNormaliser?: boolean
  /** Whether the model is the energy alone, and not a tilt of the noise's model: `logBase`, log q of every row, is fed. */
  readonly whole?: boolean
}

/** Rows of noise for each datum: ν, and one more that dynamic NCE mixes into the data. */
export const noisePerDatum = (objective: ObjectiveName, ratio: number): number =>
  ratio + (objective === 'dynamic-nce' ? 1 : 0)

/** The name of the learned log-normaliser among the parameters of an energy. */
export const LOG_NORMALISER = 'logNormaliser'

/** The objective on logits of all rows of a batch. */
const objectiveOf = (logits: RowValues, mix: Mix, { name, penalty, interpolation = 1 }: EnergyObjective): Objective => {
  if (name === 'nce') return noiseContrastive(logits, mix, penalty)
  if (name === 'importance') return importanceLikelihood(logits, mix, penalty)
  const main = mix.data * (1 + mix.ratio)
  const rows = axis('batch', main + mix.data)
  const extra = slice(rows, main, mix.data)(logits)
  const mixture = { weight: interpolation, extra, count: mix.data }
  return dynamicContrastive(slice(rows, 0, main)(logits), mix, mixture, penalty)
}

/**
 * A step of training an energy. Feeds `tokens` [rows, time]: B of data, ν·B of noise, and for dynamic NCE B more of noise
 * (and `key`, `logBase` [rows]); watches accuracy and mean energies (with c, where it is learned).
 */
export const energyTraining = (network: EnergyNetwork, options: EnergyTraining): StepTraining => {
  const { mix, time, from, objective, logNormaliser = false, whole = false } = options
  const rows = mix.data * (1 + noisePerDatum(objective.name, mix.ratio))
  const tokens = tokensOf({ batch: rows, time })
  const own = parameterInputs(network.parameters)
  const normaliser: Scalar = input(`parameter/${LOG_NORMALISER}`)
  const parameters: Named = { ...own, ...(logNormaliser ? { [LOG_NORMALISER]: normaliser } : {}) }
  const energies = network.energy(own, tokens, from, dropping(options.dropout, inputKey('key')))
  const logits = logitsOf(energies, {
    ...(logNormaliser ? { logNormaliser: normaliser } : {}),
    ...(whole ? { logBase: input('logBase', axis('batch', rows)) } : {}),
  })
  const { loss, ...watched } = objectiveOf(logits, mix, objective)
  return { parameters, loss, optimiser: options.optimiser, outputs: watched }
}

/** What `energyTraining` lets one watch. */
export const watchedEnergies: readonly string[] = ['accuracy', 'dataEnergy', 'noiseEnergy']

/** Energies of rows: output `energies` [batch], feed `tokens`; the parameters are state that stays. */
export const energyProgram = (network: EnergyNetwork, shape: RowShape, from: number): Program => {
  const parameters = parameterInputs(network.parameters)
  const state = parameters
  return program<string, string>(state, state, {
    energies: network.energy(parameters, tokensOf(shape), from, keepAll),
  })
}
