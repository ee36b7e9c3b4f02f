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
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => x) }
 * const { jackknife, standardError } = await run(logZ(key(1), 400)(tilt))
 * jackknife // => -0.40535
 * standardError // => 0.0237022
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
