/** log Z of a tilt in one call: draws of its base, weighed. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'
import type { Key } from '../key.ts'
import { type LogPartition, logPartition } from './logpartition.ts'
import { importance, type Tilt } from './tilt.ts'
import { weigh } from './weights.ts'

/**
 * log Z (nats) from n draws of the base, with its bounds, standard error and doubts: `importance`, `weigh` and `logPartition` in
 * one. Fails with what the base or the energy fails with, and `Support` where no draw has weight.
 *
 * @example
 * import { energy, key, run } from 'exptilt'
 * const base = energy.enumerable({ points: [0, 1], probabilities: [1, 1] })
 * const tilt = { base, energy: energy.energyOf((x: number) => x) }
 * const found = await run(energy.logZ(key(1), 10_000)(tilt)) // log ½(1 + e^{−1}) = −0.380
 * if (Math.abs(found.jackknife + 0.3799) > 6 * found.standardError) throw new Error('not log Z')
 */
export const logZ =
  (key: Key, n: number) =>
  <X>(tilt: Tilt<X>): TE.TaskEither<Failure, LogPartition> =>
    pipe(
      tilt,
      importance(key, n),
      TE.chainEitherK(({ logWeights }) => weigh(logWeights)),
      TE.map(logPartition),
    )
