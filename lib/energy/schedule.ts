/**
 * Moment matching by the GAM paper's stochastic gradient (Training-1): `λ ← λ + α_e·clip(φ̄ − Ê_λ φ, 0.25)` with
 * `α_e = 10/(1 + e)`, stopped when ℓ1_mom has not improved for 20 epochs, and answering the best λ, not the last (G14,
 * G15). For a better λ in a hundredth of the time use `fitMoments`.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { checkedNumbers, checkedSize } from './gate.ts'
import { iterateUntil } from './loop.ts'
import { momentDistance } from './newton.ts'

/** `Ê_λ φ` by some sampler, with what the sampler carries from step to step. */
export interface MomentSource<S> {
  readonly start: S
  readonly step: (
    key: Key,
    lambda: Float64Array,
    state: S,
  ) => TE.TaskEither<Failure, { readonly moments: Float64Array; readonly state: S }>
}

/** The schedule. */
export interface ScheduleOptions {
  readonly initialRate: number
  /** Each component of the gradient is clipped to ± this. */
  readonly clip: number
  readonly stepsPerEpoch: number
  readonly epochs: number
  readonly patience: number
  readonly onEpoch?: (epoch: EpochReport) => void
}

/**
 * The paper's settings; an epoch is ten steps, at most 500 epochs.
 *
 * @example
 * paperSchedule.initialRate // => 10
 */
export const paperSchedule: ScheduleOptions = {
  initialRate: 10,
  clip: 0.25,
  stepsPerEpoch: 10,
  epochs: 500,
  patience: 20,
}

/** One epoch: the moments are the means over its steps. */
export interface EpochReport {
  readonly epoch: number
  readonly lambda: Float64Array
  readonly momentError: number
}

/**
 * `α_e = α₀/(1 + e)`.
 *
 * @example
 * learningRate(paperSchedule, 0) // => 10
 * learningRate(paperSchedule, 3) // => 2.5
 */
export const learningRate = (options: ScheduleOptions, epoch: number): number => options.initialRate / (1 + epoch)

/** One step: `λ + α·clip(φ̄ − Êφ)`. */
export const momentStep = (
  options: ScheduleOptions,
  epoch: number,
  lambda: Float64Array,
  gaps: Float64Array,
): Float64Array => {
  const rate = learningRate(options, epoch)
  return lambda.map((l, j) => l + rate * Math.max(-options.clip, Math.min(options.clip, at(gaps, j))))
}

/** Where the descent stands, as plain data apart from the source's own state. */
export interface DescentState<S> {
  readonly lambda: Float64Array
  readonly epoch: number
  readonly best: EpochReport
  readonly source: S
}

interface EpochRun<S> {
  readonly lambda: Float64Array
  readonly step: number
  readonly sums: Float64Array
  readonly source: S
}

const checkedSteps = (features: number, moments: Float64Array): E.Either<Failure, Float64Array> =>
  pipe(
    moments,
    checkedSize('a source of moments', features),
    E.chain(checkedNumbers((j) => `the moment of feature ${j}`)),
  )

const runEpoch = <S>(
  key: Key,
  options: ScheduleOptions,
  source: MomentSource<S>,
  target: Float64Array,
  state: DescentState<S>,
): TE.TaskEither<Failure, EpochRun<S>> => {
  const own = fold(key, state.epoch)
  const start: EpochRun<S> = { ...state, step: 0, sums: new Float64Array(target.length) }
  return pipe(
    start,
    iterateUntil<EpochRun<S>>(
      (run) => run.step >= options.stepsPerEpoch,
      (run) =>
        pipe(
          source.step(fold(own, run.step), run.lambda, run.source),
          TE.chainFirstEitherK(({ moments }) => checkedSteps(target.length, moments)),
          TE.map(({ moments, state: next }) => {
            const gaps = target.map((t, j) => t - at(moments, j))
            return {
              lambda: momentStep(options, state.epoch, run.lambda, gaps),
              step: run.step + 1,
              sums: run.sums.map((s, j) => s + at(moments, j)),
              source: next,
            }
          }),
        ),
    ),
  )
}

/** The ℓ1_mom that stops the descent, for a λ at the end of an epoch: exact moments, or SNIS on a held-out bank. */
export type MomentMeasure = (lambda: Float64Array) => Float64Array

const finishEpoch = <S>(
  options: ScheduleOptions,
  target: Float64Array,
  measure: MomentMeasure,
  state: DescentState<S>,
  run: EpochRun<S>,
): E.Either<Failure, DescentState<S>> =>
  pipe(
    measure(run.lambda),
    checkedSize('the measure of moments', target.length),
    E.chain(checkedNumbers((j) => `the measured moment of feature ${j}`)),
    E.map((measured) => {
      const momentError = momentDistance(target, measured)
      const report = { epoch: state.epoch, lambda: run.lambda, momentError }
      options.onEpoch?.(report)
      return {
        lambda: run.lambda,
        epoch: state.epoch + 1,
        best: momentError < state.best.momentError ? report : state.best,
        source: run.source,
      }
    }),
  )

/**
 * The start of a descent at λ.
 *
 * @example
 * const coin = enumerable({ points: [0, 1], probabilities: [0.5, 0.5] })
 * const source = bufferSource(coin, indicators<number>(['heads'], (x) => [x]), { batch: 100, capacity: 10 })
 * startDescent(Float64Array.of(0), source).epoch // => 0
 */
export const startDescent = <S>(lambda: Float64Array, source: MomentSource<S>): DescentState<S> => ({
  lambda,
  epoch: 0,
  best: { epoch: -1, lambda, momentError: Number.POSITIVE_INFINITY },
  source: source.start,
})

/** What a descent needs besides its options: the sampler, the measure of ℓ1_mom, and the target moments. */
export interface DescentProblem<S> {
  readonly source: MomentSource<S>
  readonly measure: MomentMeasure
  readonly target: Float64Array
}

/**
 * Runs the schedule from a state; `best` of the answer is the λ to use. A failure of the sampler ends it, and so do moments that
 * are not finite, of the target, the source or the measure: `NonFinite` naming the feature.
 *
 * @example
 * const coin = enumerable({ points: [0, 1], probabilities: [0.5, 0.5] })
 * const source = bufferSource(coin, indicators<number>(['heads'], (x) => [x]), { batch: 1000, capacity: 10 })
 * const measure = (lambda: Float64Array) => Float64Array.from(lambda, (l) => 1 / (1 + Math.exp(-l)))
 * const options = { initialRate: 10, clip: 1, stepsPerEpoch: 20, epochs: 10, patience: 3 }
 * const descend = descendMoments(key(1), options)({ source, measure, target: Float64Array.of(0.75) })
 * const { best } = await run(descend(startDescent(Float64Array.of(0), source)))
 * best.lambda // => [1.10952]
 */
export const descendMoments =
  (key: Key, options: ScheduleOptions) =>
  <S>({ source, measure, target }: DescentProblem<S>) =>
  (start: DescentState<S>): TE.TaskEither<Failure, DescentState<S>> =>
    pipe(
      TE.fromEither(checkedNumbers((j) => `the target of feature ${j}`)(target)),
      TE.map(() => start),
      TE.chain(
        iterateUntil<DescentState<S>>(
          (state) => state.epoch >= options.epochs || state.epoch - 1 - state.best.epoch >= options.patience,
          (state) =>
            pipe(
              runEpoch(key, options, source, target, state),
              TE.chainEitherK((run) => finishEpoch(options, target, measure, state, run)),
            ),
        ),
      ),
    )
