/**
 * What the trainings of E-ARM experiments have in common: the optimiser, steps that are remembered after every epoch and go
 * on from there, and the record of their epochs.
 */
import { field } from '../../at.ts'
import type { Run } from '../../effect.ts'
import { adam, adamW, chain, clipByGlobalNorm } from '../../optimise/index.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { constantRate, cosineRate, inverseSquareRoot, type Schedule, warmedUp } from '../../optimise/schedule.ts'
import { type StepsOptions, stepsFinished, trainSteps } from '../../train/steps.ts'
import type { StepsState } from '../../train/steps-state.ts'
import type { Duration, EArmExperiment } from './experiment-options.ts'
import type { Memory } from './memory.ts'
import type { EArmServices, EpochRecord } from './results.ts'
import { mixingAt } from './scheduled-sampling.ts'

/** Updates over which the learning rate rises unless options say so: at most all. */
const WARM_UP = 50

/** The learning rate over the updates of a training. */
const scheduleOf = ({ epochs, updates, learningRate, schedule = 'cosine', warmUp }: Duration): Schedule => {
  const steps = epochs * updates
  const rises = warmUp ?? Math.min(WARM_UP, steps)
  if (schedule === 'inverse-sqrt') return inverseSquareRoot(learningRate, Math.max(1, rises))
  const after =
    schedule === 'constant' ? constantRate(learningRate) : cosineRate(learningRate, steps, learningRate / 10)
  return warmedUp(rises, after)
}

/** Adam (with decoupled weight decay) under the schedule; the gradient's norm is at most `clip` (1), where that is not 0. */
export const optimiserFor = (options: Duration): Optimiser => {
  const { weightDecay = 0, beta2, clip = 1 } = options
  const rate = scheduleOf(options)
  const constants = beta2 === undefined ? {} : { beta2 }
  const own = weightDecay === 0 ? adam(rate, constants) : adamW(rate, weightDecay, constants)
  return clip === 0 ? own : chain(clipByGlobalNorm(clip), own)
}

/** Rows of an update of so many tokens each. */
export const rowsOfUpdate = (
  { batch, batchTokens }: Pick<EArmExperiment, 'batch' | 'batchTokens'>,
  time: number,
): number => (batchTokens === undefined ? batch : Math.max(1, Math.floor(batchTokens / time)))

/** The share of predicted tokens at the end of a training with scheduled sampling (Mihaylova & Martins 2019). */
const LEAST_TRUTH = 0.5

/** The share of predicted tokens at a step, as it is fed: from the start epoch on it rises to its share at the end. */
export const mixingOf =
  ({ epochs, updates, objective }: Pick<EArmExperiment, 'epochs' | 'updates' | 'objective'>) =>
  (step: number): Float32Array => {
    const first = objective.startEpoch * updates
    const slope = (1 - LEAST_TRUTH) / Math.max(1, epochs * updates - first)
    return Float32Array.of(mixingAt({ kind: 'linear', slope, least: LEAST_TRUTH }, Math.max(0, step - first)))
  }

/** A run whose trainings are remembered. */
export interface Remembering {
  readonly run: Run
  readonly options: Pick<Duration, 'updates'>
  readonly services: EArmServices
  readonly memory: Memory
}

/** A training of a seed: what it is called, and the epoch at whose start it ends. */
export interface Training {
  readonly seed: number
  readonly name: string
  readonly until: number
}

/** A state that ends after so many epochs without a better validation; only trainings of their own do, the shared one goes on. */
export const withPatience = (state: StepsState, patience: number | undefined): StepsState =>
  patience === undefined ? state : { ...state, stopping: { ...state.stopping, patience, stop: false } }

/** The name under which a training is remembered. */
export const trainingName = ({ seed, name }: Pick<Training, 'seed' | 'name'>): string => `${name}-${seed}`

/** How a training makes its steps, and what is measured after an epoch. */
export type Stepping = Pick<StepsOptions, 'prepared' | 'watch' | 'batches' | 'evaluate' | 'tokensPerStep'>

/** A training as it was left (or from `start`), until the end of its last epoch; remembered after every epoch. */
export const trainedUntil = async (
  { run, options, services, memory }: Remembering,
  training: Training,
  start: () => StepsState,
  stepping: (from: StepsState) => Promise<Stepping>,
): Promise<StepsState> => {
  const name = trainingName(training)
  const from = memory.fit(name) ?? start()
  const steps = training.until * options.updates
  if (stepsFinished(from, steps)) return from
  const own = await stepping(from)
  let begun = performance.now()
  const onSnapshot: StepsOptions['onSnapshot'] = (fit) => {
    const spent = (performance.now() - begun) / 1000
    begun = performance.now()
    return memory.keep(name, fit, spent)
  }
  const { signal, progress } = services
  const label = `${training.name}, seed ${training.seed}`
  return run(trainSteps({ ...own, steps, evaluateEvery: options.updates, onSnapshot, signal, progress, label })(from))
}

/** What is watched of every update; with the energy objective also the energy and the effective sample size of w. */
export const watchedOf = (objective: 'energy' | 'plain'): readonly string[] => [
  'crossEntropy',
  'logSumExp',
  ...(objective === 'energy' ? ['energy', 'ess'] : []),
]

/** The epochs of a training. */
export const epochRecords = ({ curve }: StepsState, { updates }: Pick<Duration, 'updates'>): readonly EpochRecord[] =>
  curve.map(({ step, watched, score, facts }) => ({
    epoch: step / updates,
    training: field(watched, 'crossEntropy'),
    validation: score,
    ...(facts['test'] === undefined ? {} : { test: facts['test'] }),
    logSumExp: field(watched, 'logSumExp'),
    ...(watched['energy'] === undefined ? {} : { energy: watched['energy'] }),
    ...(watched['ess'] === undefined ? {} : { effectiveSampleSize: watched['ess'] }),
  }))
