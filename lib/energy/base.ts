/**
 * Base distributions: what can be sampled exactly and scored exactly. A language model, an automaton, or, as an oracle
 * for everything else, an explicit list of points with their probabilities.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import type { Key } from '../key.ts'
import { logSoftmax } from '../math.ts'
import { categorical } from './uniform.ts'

/** A normalised distribution: `sample(key, n)` gives n independent draws, `logProbability` nats per thing. */
export interface Base<X> {
  readonly sample: (key: Key, n: number) => TE.TaskEither<Failure, readonly X[]>
  readonly logProbability: (xs: readonly X[]) => TE.TaskEither<Failure, Float64Array>
}

/** A distribution on finitely many points, with its log-probabilities in the order of the points. */
export interface FiniteBase<X> extends Base<X> {
  readonly points: readonly X[]
  readonly logProbabilities: Float64Array
}

/** The points of a finite base, their (unnormalised) probabilities, and a name for each point that tells it apart. */
export interface FiniteOptions<X> {
  readonly points: readonly X[]
  readonly probabilities: ArrayLike<number>
  readonly name?: (x: X) => string
}

const unknownPoint = (name: string): Failure =>
  failure('Support', `${name} is not a point of the base`, 'score only points of the list', { name })

/**
 * A base by enumeration. Points outside the list have no probability to look up: a `Support` failure.
 *
 * @example
 * enumerable({ points: ['a', 'b'], probabilities: [1, 3] }).logProbabilities // [log ¼, log ¾]
 */
export const enumerable = <X>(options: FiniteOptions<X>): FiniteBase<X> => {
  const { points, name = String } = options
  const logProbabilities = logSoftmax(Float64Array.from(options.probabilities, Math.log))
  const table = new Map(points.map((x, i) => [name(x), at(logProbabilities, i)]))
  const unknown = (xs: readonly X[]): X | undefined => xs.find((x) => !table.has(name(x)))
  return {
    points,
    logProbabilities,
    sample: (key, n) =>
      TE.fromIO(() =>
        Array.from(categorical(key, options.probabilities, n), (i) => points[i]).filter((x) => x !== undefined),
      ),
    logProbability: (xs) => {
      const missing = unknown(xs)
      return missing === undefined
        ? TE.right(Float64Array.from(xs, (x) => table.get(name(x)) ?? Number.NaN))
        : TE.left(unknownPoint(name(missing)))
    },
  }
}
