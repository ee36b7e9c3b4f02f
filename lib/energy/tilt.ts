/**
 * The one model of this library: a base distribution, exponentially tilted. `P(x) = q(x)·e^{−E(x)}`, `p = P/Z`,
 * `Z = E_q[e^{−E}]`. A GAM, a residual EBM and E-ARM are tilts with different bases and energies.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import type { Key } from '../key.ts'
import type { Base } from './base.ts'
import { type Energy, energyMonoid, evaluate } from './energy.ts'
import { checkedLogs, checkedSize } from './gate.ts'

/** A base and the energy that tilts it. */
export interface Tilt<X> {
  readonly base: Base<X>
  readonly energy: Energy<X>
}

/** A tilt of which both parts depend on a context: a source sentence, a prefix, an image. */
export interface ConditionalTilt<C, X> {
  readonly base: (context: C) => Base<X>
  readonly energy: (context: C) => Energy<X>
}

/**
 * The tilt for one context.
 *
 * @example
 * const dice = { base: (sides: number) => enumerable({ points: [0, 1], probabilities: [1, sides - 1] }), energy: () => zeroEnergy }
 * logPotential(given(6)(dice))([0]) // => [-1.79176]
 */
export const given =
  <C>(context: C) =>
  <X>({ base, energy }: ConditionalTilt<C, X>): Tilt<X> => ({ base: base(context), energy: energy(context) })

/**
 * Tilts once more: energies add.
 *
 * @example
 * const coin = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => x) }
 * logWeights(tilted(energyOf((x: number) => 10 * x))(coin))([0, 1]) // => [0, -11]
 */
export const tilted =
  <X>(energy: Energy<X>) =>
  (tilt: Tilt<X>): Tilt<X> => ({ base: tilt.base, energy: energyMonoid<X>().concat(tilt.energy, energy) })

/**
 * The log-weights `ℓ = log P − log q = −E` of things, checked.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => 3 * x) }
 * logWeights(tilt)([0, 1]) // => [0, -3]
 */
export const logWeights =
  <X>(tilt: Tilt<X>) =>
  (xs: readonly X[]): TE.TaskEither<Failure, Float64Array> =>
    pipe(
      evaluate(tilt.energy)(xs),
      TE.map((es) => es.map((e) => 0 - e)),
    )

/**
 * `log q(x)` of things, checked as weights are: `Shape` for a wrong number of values, `NonFinite` for NaN or +∞.
 *
 * @example
 * scoreBase(enumerable({ points: [0, 1], probabilities: [0.25, 0.75] }))([1, 0]) // => [-0.287682, -1.38629]
 */
export const scoreBase =
  <X>(base: Base<X>) =>
  (xs: readonly X[]): TE.TaskEither<Failure, Float64Array> =>
    pipe(
      base.logProbability(xs),
      TE.chainEitherK(checkedSize('a base', xs.length)),
      TE.chainEitherK(checkedLogs((i) => `the log-probability of sample ${i}`)),
    )

/**
 * `log P(x) = log q(x) − E(x)`, unnormalised, in nats; both parts are checked.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => 3 * x) }
 * logPotential(tilt)([0, 1]) // => [-0.693147, -3.69315]
 */
export const logPotential =
  <X>(tilt: Tilt<X>) =>
  (xs: readonly X[]): TE.TaskEither<Failure, Float64Array> =>
    pipe(
      TE.Do,
      TE.apS('base', scoreBase(tilt.base)(xs)),
      TE.apS('logs', logWeights(tilt)(xs)),
      TE.map(({ base, logs }) => base.map((l, i) => l + at(logs, i))),
    )

/** Samples of the base with their log-weights. */
export interface WeightedSamples<X> {
  readonly samples: readonly X[]
  readonly logWeights: Float64Array
}

/**
 * Draws n samples from the base and weighs them; feed `logWeights` to `weigh`.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => 3 * x) }
 * const { samples, logWeights } = await run(importance(key(1), 4)(tilt))
 * samples // => [0, 0, 0, 1]
 * logWeights // => [0, 0, 0, -3]
 */
export const importance =
  (key: Key, n: number) =>
  <X>(tilt: Tilt<X>): TE.TaskEither<Failure, WeightedSamples<X>> =>
    pipe(
      tilt.base.sample(key, n),
      TE.bindTo('samples'),
      TE.bind('logWeights', ({ samples }) => logWeights(tilt)(samples)),
    )

/**
 * The same `P` seen from another proposal π: `{ base: π, energy: E + log π − log q }`. Every sampler and estimator can
 * then use π; an envelope of the old tilt no longer holds (G18).
 *
 * @example
 * const coin = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => x) }
 * const proposal = enumerable({ points: [0, 1], probabilities: [0.75, 0.25] })
 * logWeights(withProposal<number>(proposal)(coin))([0, 1]) // => [-0.405465, -0.306853]
 */
export const withProposal =
  <X>(proposal: Base<X>) =>
  (tilt: Tilt<X>): Tilt<X> => ({
    base: proposal,
    energy: (xs) =>
      pipe(
        TE.Do,
        TE.apS('potential', logPotential(tilt)(xs)),
        TE.apS('proposal', scoreBase(proposal)(xs)),
        TE.map(({ potential, proposal: logs }) =>
          potential.map((l, i) => (l === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : at(logs, i) - l)),
        ),
      ),
  })
