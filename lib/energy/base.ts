/**
 * Base distributions: what can be sampled exactly and scored exactly. A language model, an automaton, or, as an oracle
 * for everything else, an explicit list of points with their probabilities.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Failure, failure, fromThrown, raise } from '../errors.ts'
import type { Key } from '../key.ts'
import { logSoftmax } from '../math.ts'
import { checkProbabilities } from './finite.ts'
import { numbered, structuralName } from './naming.ts'
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

/**
 * The points of a finite base, their (unnormalised) probabilities, and a name for each point that tells it apart
 * (default: by its structure, see `structuralName`).
 */
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
 * Throws `Shape` unless there is one probability a point, `NonFinite` for one that is negative or not finite, `Support`
 * when all are 0, and `Domain` for points that have the same name or no name.
 *
 * @example
 * const letters = enumerable({ points: ['a', 'b'], probabilities: [3, 1] })
 * letters.logProbability(['a', 'b']) // => [-0.287682, -1.38629]
 * letters.sample(key(1), 4) // => ['a', 'a', 'a', 'b']
 */
export const enumerable = <X>(options: FiniteOptions<X>): FiniteBase<X> => {
  const { points, probabilities, name = structuralName } = options
  if (points.length !== probabilities.length)
    raise(failure('Shape', `${probabilities.length} probabilities for ${points.length} points`, 'give one a point'))
  checkProbabilities('the probability', probabilities)
  const logProbabilities = logSoftmax(Float64Array.from(probabilities, Math.log))
  const shares = logProbabilities.map(Math.exp)
  const numbers = numbered(points, name)
  return {
    points,
    logProbabilities,
    sample: (key, n) =>
      TE.fromIOEither(() =>
        E.tryCatch(
          () => Array.from(categorical(key, shares, n)).flatMap((i) => points.slice(i, i + 1)),
          fromThrown('Domain', 'ask for a whole number of draws'),
        ),
      ),
    logProbability: (xs) => {
      const out = new Float64Array(xs.length)
      for (const [k, x] of xs.entries()) {
        const place = numbers.get(name(x))
        if (place === undefined) return TE.left(unknownPoint(name(x)))
        out[k] = at(logProbabilities, place)
      }
      return TE.right(out)
    },
  }
}
