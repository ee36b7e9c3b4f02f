/**
 * Matching moments exactly: the λ with `E_{p_λ} φ = φ̄`, by damped Newton on the convex dual
 * `log Z_λ − ⟨λ, φ̄⟩` with the exact Fisher matrix. A target on the boundary of the moment polytope (pure motif data, GAM
 * §3) has no finite λ; it is recognised by linear programming over the patterns, before anything is fitted.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { fromRows } from '../linear.ts'
import type { Place } from '../moments/polytope.ts'
import { type MomentSolution, solveMoments } from '../moments/solve.ts'
import { type ExactTilt, exactTilt, type TiltFamily } from './tilt.ts'

/** `tolerance` (default 1e-20) on the Newton decrement, in nats; `steps` (default 2000). */
export interface MatchOptions {
  readonly tolerance?: number
  readonly steps?: number
}

/**
 * The matched tilt, the number of Newton steps, what is left of the moment error (∞-norm), and the duality gap: a
 * bound of `KL(p*‖p_λ)` (nats) of the exact match p*.
 */
export interface Matched {
  readonly tilt: ExactTilt
  readonly steps: number
  readonly error: number
  readonly gap: number
}

const largest = (xs: ArrayLike<number>): number => Array.from(xs).reduce((high, x) => Math.max(high, Math.abs(x)), 0)

const boundary = (family: TiltFamily, place: Exclude<Place, { readonly kind: 'interior' }>, error: number): Failure => {
  const size = Math.max(largest(place.direction), Number.MIN_VALUE)
  return failure(
    'Boundary',
    `the target moments are ${place.margin > 0 ? 'outside' : 'on the boundary of'} the moment polytope: no finite λ has them`,
    'drop the features that never vary in the data, or smooth the target',
    {
      direction: Array.from(place.direction, (x) => x / size),
      margin: place.margin,
      certified: place.certified,
      features: family.features.map((f) => f.name),
      error,
    },
  )
}

const badTarget = (target: readonly number[], family: TiltFamily): Failure =>
  failure(
    'Domain',
    `the target has ${target.length} moments for ${family.features.length} features`,
    'give one finite moment a feature',
    { target },
  )

const unfinished = (found: MomentSolution, error: number): Failure =>
  failure('Limit', `the moments are within ${error} after ${found.iterations} steps`, 'raise `steps`', {
    steps: found.iterations,
    error,
    lambda: Array.from(found.lambda),
  })

const hidden = (family: TiltFamily, unresolved: readonly number[]): Failure => {
  const names = unresolved.map((j) => `'${at(family.features, j).name}'`)
  return failure(
    'Domain',
    `${names.join(', ')} differ${names.length === 1 ? 's' : ''} from a constant, or from a function of other features, by so little that rounding hides it`,
    'leave out what depends on the others, or make a feature of the difference, in a range near 1',
    { features: unresolved.map((j) => at(family.features, j).name) },
  )
}

/**
 * The λ whose moments are `target` (one a feature, in order). Of features that depend on each other, or are constant,
 * the λ of least norm in units of their ranges; p_λ is unique anyway. Failures: `Boundary` with the direction in which λ
 * runs off (`margin` > 0 when the target is outside), `Domain` for a target of the wrong length and for features that
 * rounding does not tell from constants or from functions of others, which are named, `Limit` when `steps` steps do not suffice.
 *
 * @example
 * const family = right(tiltExactly([presence('101', right(motifAutomaton('101')()))])(right(whiteNoise(6)())))
 * const { tilt, error } = right(matchMoments([0.9])(family))
 * tilt.lambda // => [2.51231]
 * error < 1e-9 // => true
 */
export const matchMoments =
  (target: readonly number[], options: MatchOptions = {}) =>
  (family: TiltFamily): E.Either<Failure, Matched> => {
    if (target.length !== family.features.length || !target.every(Number.isFinite))
      return E.left(badTarget(target, family))
    const { tolerance = 1e-20, steps = 2000 } = options
    const found = solveMoments({
      tolerance,
      iterations: steps,
      maxStep: 4,
      boundaryLimit: 10,
      precision: 0,
      units: 'range',
    })({
      rows: fromRows(family.patterns, target.length),
      logMasses: family.masses.map((mass) => Math.log(mass)),
      target: Float64Array.from(target),
    })
    const error = largest(found.excess)
    if (found.place.kind === 'boundary') return E.left(boundary(family, found.place, error))
    if (found.unresolved.length > 0) return E.left(hidden(family, found.unresolved))
    return found.converged && Number.isFinite(found.gap)
      ? E.right({ tilt: exactTilt([...found.lambda])(family), steps: found.iterations, error, gap: found.gap })
      : E.left(unfinished(found, error))
  }
