/** Laws of Markov kernels: exactly, where the transition matrix is known, and by designed tests, where only steps are. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { categorical } from '../energy/uniform.ts'
import type { Failure } from '../errors.ts'
import { fold, type Key, key } from '../key.ts'
import { apply, entry, type Matrix, matrix, row, transpose } from '../linear.ts'
import { softmax, sum } from '../math.ts'
import { run } from '../outcome.ts'
import { isClose, type Law, law, statisticalLaw } from './law.ts'
import { SAMPLING } from './sampler.ts'
import { countsOf, lawOf, placesOf, type Space } from './space.ts'
import { chiSquareDesign, type Contract, symmetryDesign } from './statistics.ts'

/** A transition matrix (row = from, column = to) and the law that it should keep, by log-weights (nats) up to a constant. */
export interface KernelSubject {
  readonly kernel: Matrix
  readonly logWeights: ArrayLike<number>
  /** Whether detailed balance is a law of it: so unless false. */
  readonly reversible?: boolean
  /** Whether it must lead from every point of positive weight to every other: so unless false. */
  readonly irreducible?: boolean
}

/** Rounding of a sum of probabilities. */
const ROUNDING = 1e-11

/** The points that can be reached from one, it included. */
const reachedFrom = (kernel: Matrix, start: number): ReadonlySet<number> => {
  const seen = new Set([start])
  for (const i of seen) for (let j = 0; j < kernel.columns; j++) if (entry(kernel, i, j) > 0) seen.add(j)
  return seen
}

/**
 * The exact laws of a kernel T with the law π: rows are probabilities, πT = π, π_i·T_ij = π_j·T_ji (to 1e-11), and no part of
 * the support is out of reach. `transitionsOf` gives T for a step that asks for its choices.
 *
 * @example
 * import * as laws from 'exptilt/laws'
 * const logWeights = [0, 1, 0.5]
 * const step = (x: number, choose: laws.Choose): number => {
 *   const to = choose([1 / 3, 1 / 3, 1 / 3])
 *   const accept = Math.min(1, Math.exp((logWeights[to] ?? 0) - (logWeights[x] ?? 0)))
 *   return choose([accept, 1 - accept]) === 0 ? to : x
 * }
 * laws.complaintsOf(laws.kernel({ kernel: laws.transitionsOf([0, 1, 2], step), logWeights })) // => []
 */
export const kernelLaws = ({
  kernel,
  logWeights,
  reversible = true,
  irreducible = true,
}: KernelSubject): readonly Law[] => {
  const pi = softmax(logWeights)
  const places = Array.from(pi, (_, i) => i)
  const flow = (i: number, j: number): number => at(pi, i) * entry(kernel, i, j)
  return [
    law('rows are probabilities', () =>
      places.flatMap((i) => {
        const own = row(kernel, i)
        const fine = own.every((p) => p >= -ROUNDING) && isClose(sum(own), 1, ROUNDING)
        return fine ? [] : [`row ${i} is ${own.join(', ')}, whose sum is ${sum(own)}`]
      }),
    ),
    law('the law is stationary', () => {
      const after = apply(transpose(kernel))(pi)
      return places
        .filter((j) => !isClose(at(after, j), at(pi, j), ROUNDING))
        .map((j) => `point ${j} has π = ${at(pi, j)}, and after a step ${at(after, j)} (tolerance ${ROUNDING})`)
    }),
    ...(reversible
      ? [
          law('detailed balance', () =>
            places.flatMap((i) =>
              places
                .filter((j) => i < j && !isClose(flow(i, j), flow(j, i), ROUNDING))
                .map((j) => `from ${i} to ${j} flows ${flow(i, j)}, and back ${flow(j, i)} (tolerance ${ROUNDING})`),
            ),
          ),
        ]
      : []),
    ...(irreducible
      ? [
          law('every point of the support can be reached from every other', () => {
            const support = places.filter((i) => at(pi, i) > 0)
            return support.flatMap((i) => {
              const reached = reachedFrom(kernel, i)
              const missed = support.filter((j) => !reached.has(j))
              return missed.length === 0 ? [] : [`from ${i} there is no way to ${missed.join(', ')}`]
            })
          }),
        ]
      : []),
  ]
}

/** A step of many chains side by side, by a key, and the law that it should keep. */
export interface ChainSubject<X> extends Space<X> {
  readonly step: (key: Key, states: readonly X[]) => TaskEither<Failure, readonly X[]>
  /** Whether detailed balance is a law of it: so unless false. */
  readonly reversible?: boolean
  /** α, the discrepancy that must be seen (a total variation; a net flow), and with what probability. */
  readonly contract?: Contract
  readonly seed?: number
}

/**
 * The laws of a kernel of which only steps are known, each by a designed test of chains that start in the law π: after a step
 * they have it still (χ²), and a step from i to j is as likely as one from j to i (Bowker's χ²).
 *
 * @example
 * import * as TE from 'fp-ts/lib/TaskEither.js'
 * import { uniforms } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const found = laws.chain({
 *   points: [0, 1],
 *   logWeights: [0, 0],
 *   step: (key, states) => TE.right(Array.from(uniforms(key, states.length), (u) => Number(u < 0.5))),
 * })
 * laws.complaintsOf(found) // => []
 */
export const chainLaws = <X>(subject: ChainSubject<X>): readonly Law[] => {
  const { points, step, reversible = true, contract = SAMPLING, seed = 1 } = subject
  const size = points.length
  const pi = lawOf(subject)
  const moved = async (n: number, k: Key): Promise<readonly [ArrayLike<number>, ArrayLike<number>]> => {
    const from = categorical(fold(k, 0), pi, n)
    const states = await run(
      step(
        fold(k, 1),
        Array.from(from, (i) => at(points, i)),
      ),
    )
    return [from, placesOf(subject)(states)]
  }
  const [marginal, symmetry] = [chiSquareDesign(contract, size), symmetryDesign(contract, size)]
  return [
    statisticalLaw('the law is stationary', async () =>
      marginal.check(countsOf((await moved(marginal.n, key(seed)))[1], size), pi),
    ),
    ...(reversible
      ? [
          statisticalLaw('detailed balance', async () => {
            const [from, to] = await moved(symmetry.n, fold(key(seed), 1))
            const counts = countsOf(
              Int32Array.from(from, (i, c) => size * i + at(to, c)),
              size * size,
            )
            return symmetry.check(matrix(size, size, (i, j) => at(counts, size * i + j)))
          }),
        ]
      : []),
  ]
}
