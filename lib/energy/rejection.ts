/**
 * Rejection sampling from `p ∝ q·e^{−E}`: draw x from q, accept when `log u < ℓ(x) − log β`. Accepted samples are
 * exact and independent; the acceptance rate is Z/β. A budget of trials ends a hopeless run with a typed failure, never
 * with a biased sample, and a ratio above the envelope is an error (G9–G11).
 *
 * The state between batches is plain data and the randomness of batch b depends on the key and b alone, so a stream can
 * be stopped, saved, resumed and extended, and gives the same samples.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { defaultThresholds } from './doubt.ts'
import { type Estimate, estimate } from './estimate.ts'
import { finiteEnvelope } from './gate.ts'
import { iterateUntil } from './loop.ts'
import { betaQuantile } from './quantile.ts'
import { importance, type Tilt, type WeightedSamples } from './tilt.ts'
import { fineUniforms } from './uniform.ts'

/** How to sample: until `target` are accepted, at most `budget` trials, `batch` trials at a time, `log β ≥ sup ℓ`. */
export interface RejectionOptions {
  readonly target: number
  readonly budget: number
  readonly batch: number
  readonly logEnvelope: number
  /** Called after each batch. */
  readonly onProgress?: (progress: RejectionProgress) => void
  /** Ends the stream between batches with an `Interrupted` failure. */
  readonly signal?: AbortSignal
}

/** Where a stream stands. */
export interface RejectionProgress {
  readonly accepted: number
  readonly target: number
  readonly trials: number
}

/** A stream between batches, as plain data: the next trial is number `skip` of batch `batchIndex`. */
export interface RejectionState<X> {
  readonly samples: readonly X[]
  readonly trials: number
  readonly batchIndex: number
  readonly skip: number
  readonly maxLogRatio: number
}

/**
 * The start of a stream.
 *
 * @example
 * startRejection.trials // => 0
 */
export const startRejection: RejectionState<never> = {
  samples: [],
  trials: 0,
  batchIndex: 0,
  skip: 0,
  maxLogRatio: Number.NEGATIVE_INFINITY,
}

/** The largest `P/(βq)` that counts as rounding. */
const SLACK = Math.log1p(1e-6)

const badEnvelope = (ratio: number, logEnvelope: number, trials: number): Failure =>
  failure(
    'BadEnvelope',
    `a sample has P/(βq) = ${Math.exp(ratio)}, above 1`,
    'raise the envelope log β; a bound from features holds only for the base that they tilt',
    { logRatio: ratio, logEnvelope, trials },
  )

const outOfBudget = <X>(options: RejectionOptions, state: RejectionState<X>): Failure =>
  failure(
    'RejectionBudget',
    `${state.samples.length} of ${options.target} samples were accepted in ${state.trials} trials`,
    'raise the budget and resume from facts.state, or use a better proposal',
    {
      accepted: state.samples.length,
      target: options.target,
      trials: state.trials,
      budget: options.budget,
      logEnvelope: options.logEnvelope,
      maxLogRatio: state.maxLogRatio,
      state,
    },
  )

/** One batch: which trials were accepted, up to the target or the budget. */
const absorb = <X>(
  options: RejectionOptions,
  state: RejectionState<X>,
  drawn: WeightedSamples<X>,
  uniforms: Float64Array,
): RejectionState<X> => {
  const accepted: X[] = []
  let { maxLogRatio, skip, trials } = state
  const room = options.target - state.samples.length
  drawn.samples.slice(state.skip).forEach((x, offset) => {
    if (accepted.length >= room || trials >= options.budget) return
    const i = state.skip + offset
    const ratio = at(drawn.logWeights, i) - options.logEnvelope
    maxLogRatio = Math.max(maxLogRatio, ratio)
    trials++
    skip = i + 1
    if (Math.log(at(uniforms, i)) < ratio) accepted.push(x)
  })
  const finished = skip >= drawn.samples.length
  return {
    samples: accepted.length === 0 ? state.samples : [...state.samples, ...accepted],
    trials,
    batchIndex: state.batchIndex + (finished ? 1 : 0),
    skip: finished ? 0 : skip,
    maxLogRatio,
  }
}

const nothingDrawn = (options: RejectionOptions): Failure =>
  failure('Domain', `a batch of ${options.batch} trials drew no sample`, 'use a batch of at least one', {
    batch: options.batch,
  })

const check = <X>(options: RejectionOptions, state: RejectionState<X>): TE.TaskEither<Failure, RejectionState<X>> => {
  options.onProgress?.({ accepted: state.samples.length, target: options.target, trials: state.trials })
  if (state.maxLogRatio > SLACK) return TE.left(badEnvelope(state.maxLogRatio, options.logEnvelope, state.trials))
  if (state.samples.length >= options.target) return TE.right(state)
  if (state.trials >= options.budget) return TE.left(outOfBudget(options, state))
  return options.signal?.aborted === true
    ? TE.left(failure('Interrupted', 'rejection sampling was stopped', 'resume from facts.state', { state }))
    : TE.right(state)
}

/** Runs one batch of the stream: exported so that a caller may save the state between batches. */
export const rejectionBatch =
  (key: Key, options: RejectionOptions) =>
  <X>(tilt: Tilt<X>) =>
  (state: RejectionState<X>): TE.TaskEither<Failure, RejectionState<X>> => {
    const own = fold(key, state.batchIndex)
    return pipe(
      TE.fromEither(finiteEnvelope(options.logEnvelope)),
      TE.chain(() => importance(fold(own, 0), options.batch)(tilt)),
      TE.filterOrElse(
        (drawn) => drawn.samples.length > 0,
        () => nothingDrawn(options),
      ),
      TE.map((drawn) => absorb(options, state, drawn, fineUniforms(fold(own, 1), options.batch))),
      TE.chain((next) => check(options, next)),
    )
  }

/** What a stream gave: exact independent samples of p, the acceptance rate, and log Z with its standard error. */
export interface Accepted<X> {
  readonly samples: readonly X[]
  /**
   * `Z/β`. From k ≥ 2 acceptances `(k − 1)/(trials − 1)`, unbiased when one stops at the k-th (Haldane 1945), with the
   * unbiased variance `p̂(1 − p̂)/(trials − 2)` (Finney 1949). From one acceptance `1/trials`, whose mean is
   * `−p·log p/(1 − p)`: too large, by a factor that nothing lessens, and labelled so. The interval is exact for every k. Both
   * hold for streams that reach their target: a budget that often ends them makes the rest look better than it is.
   */
  readonly acceptance: Estimate<'unbiased' | 'O(1)'>
  /** `log β + log (Z/β)`, nats: biased of order 1/k. */
  readonly logPartition: number
  /** Standard error of `logPartition`: of the logarithm of a Gamma(k) variable, `√(ψ′(k)(1 − Z/β))`. */
  readonly logPartitionError: number
  /** The exact 95 % interval of log Z, from that of the acceptance rate. */
  readonly logPartitionInterval: readonly [number, number]
  readonly state: RejectionState<X>
}

/** `ψ′(k) = Σ_{j ≥ k} 1/j²`, the variance of the logarithm of a Gamma(k) variable. */
const trigamma = (k: number): number => {
  let total = 0
  let x = k
  for (; x < 30; x++) total += 1 / (x * x)
  return total + 1 / x + 1 / (2 * x * x) + 1 / (6 * x ** 3) - 1 / (30 * x ** 5)
}

/** The exact interval of a probability from the number of the trial that was its k-th success. */
const waitingInterval = (k: number, trials: number): readonly [number, number] => [
  betaQuantile(0.025, k, trials - k + 1),
  betaQuantile(0.975, k, trials - k),
]

/** Few acceptances are a doubt, a small rate is none. */
const thresholds = { ...defaultThresholds, effectiveShare: 0 }

const acceptanceOf = (k: number, trials: number): Estimate<'unbiased' | 'O(1)'> => {
  const value = k > 1 ? (k - 1) / (trials - 1) : 1 / trials
  const variance = trials > 2 ? (value * (1 - value)) / (trials - 2) : 0
  return estimate(
    {
      value,
      standardError: k > 1 ? Math.sqrt(variance) : value,
      n: trials,
      effectiveSampleSize: k,
      maxWeight: 1 / k,
      bias: k > 1 ? 'unbiased' : 'O(1)',
    },
    { interval: waitingInterval(k, trials), thresholds },
  )
}

const summary = <X>(options: RejectionOptions, state: RejectionState<X>): Accepted<X> => {
  const k = state.samples.length
  const acceptance = acceptanceOf(k, state.trials)
  const [low, high] = acceptance.interval
  return {
    samples: state.samples,
    acceptance,
    logPartition: options.logEnvelope + Math.log(acceptance.value),
    logPartitionError: Math.sqrt(trigamma(k) * (1 - acceptance.value)),
    logPartitionInterval: [options.logEnvelope + Math.log(low), options.logEnvelope + Math.log(high)],
    state,
  }
}

/**
 * Continues a stream from a saved state with the same key and batch size, possibly to a larger target.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => x) }
 * const draw = (target: number) => resumeRejection(key(1), { target, budget: 10_000, batch: 50, logEnvelope: 0 })(tilt)
 * const { state } = await run(draw(20)(startRejection))
 * const { samples } = await run(draw(30)(state)) // goes on to the very draws that 30 at once gives
 * samples.length // => 30
 */
export const resumeRejection =
  (key: Key, options: RejectionOptions) =>
  <X>(tilt: Tilt<X>) =>
  (state: RejectionState<X>): TE.TaskEither<Failure, Accepted<X>> =>
    pipe(
      options.target >= 1 && options.budget >= 1
        ? TE.right(state)
        : TE.left(
            failure(
              'Domain',
              `the target is ${options.target}, the budget ${options.budget}`,
              'give at least one each',
            ),
          ),
      TE.chain(
        iterateUntil<RejectionState<X>>((s) => s.samples.length >= options.target, rejectionBatch(key, options)(tilt)),
      ),
      TE.map((s) => summary(options, s)),
    )

/**
 * Draws `target` exact samples of p. Fails with `RejectionBudget` when the trials run out (with everything counted and
 * the state to resume from), `BadEnvelope` when some `P/q` exceeds β or β is not finite.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => x) }
 * const { samples, acceptance } = await run(rejection(key(1), { target: 500, budget: 10_000, batch: 500, logEnvelope: 0 })(tilt))
 * samples.filter((x) => x === 1).length / 500 // => 0.246
 * acceptance.value // => 0.703808
 */
export const rejection =
  (key: Key, options: RejectionOptions) =>
  <X>(tilt: Tilt<X>): TE.TaskEither<Failure, Accepted<X>> =>
    resumeRejection(key, options)(tilt)(startRejection)
