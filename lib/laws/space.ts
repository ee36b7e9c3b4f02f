/** An enumerable space with a law on it, and what is counted there. */
import { at } from '../at.ts'
import { numbered, structuralName } from '../energy/naming.ts'
import { failure, raise } from '../errors.ts'
import { softmax, sum } from '../math.ts'

/** Points, each with its log-weight: log p up to a constant (nats), −∞ where it is never. */
export interface Space<X> {
  readonly points: readonly X[]
  readonly logWeights: ArrayLike<number>
  /** What tells points apart (their structure by default). */
  readonly name?: (x: X) => string
}

/** The normalised law, in the order of the points; throws `Shape` unless there is one log-weight a point. */
export const lawOf = <X>({ points, logWeights }: Space<X>): Float64Array =>
  points.length === logWeights.length
    ? softmax(logWeights)
    : raise(failure('Shape', `${logWeights.length} log-weights for ${points.length} points`, 'give one a point'))

/**
 * The numbers of the points of things; throws a `Support` failure that names the first thing outside of the space, `Domain` for
 * two points of one name.
 */
export const placesOf =
  <X>({ points, name = structuralName }: Space<X>) =>
  (xs: readonly X[]): Int32Array => {
    const places = numbered(points, name)
    return Int32Array.from(
      xs,
      (x, i) =>
        places.get(name(x)) ??
        raise(failure('Support', `thing ${i} is ${name(x)}, which is not a point of the space`, 'list every point')),
    )
  }

/** How often each of `size` numbers occurs. */
export const countsOf = (places: ArrayLike<number>, size: number): Float64Array => {
  const out = new Float64Array(size)
  for (let i = 0; i < places.length; i++) out[at(places, i)] = at(out, at(places, i)) + 1
  return out
}

/** Points put into at most `most` groups of nearly equal probability, in order: the group of each. */
export const groupsOf = (probabilities: ArrayLike<number>, most: number): Int32Array => {
  if (probabilities.length <= most) return Int32Array.from({ length: probabilities.length }, (_, i) => i)
  const total = sum(probabilities)
  let before = 0
  return Int32Array.from(probabilities, (p) => {
    const group = Math.min(most - 1, Math.floor((most * before) / total))
    before += p
    return group
  })
}
