/**
 * The least fixpoint by iteration, as in the GAM paper's Appendix A.2.1 (Eq. 7): `H⁰ = 0`, `Hᵗ⁺¹ = h + M·Hᵗ`. The
 * sequence rises to the least fixpoint, and `H − Hᵗ = Mᵗ·H` exactly.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { real } from '../semiring.ts'
import type { Certificate, Certified, Solution } from './certificate.ts'
import { reachableFrom } from './components.ts'
import { localEntropies } from './entropy.ts'
import { deterministic } from './language.ts'
import { multiply, restrictTo, type SparseMatrix, transpose } from './matrix.ts'
import { atStart, liveOf } from './moments.ts'
import type { Pfsa } from './pfsa.ts'
import { certify, type Resolvent, resolvent } from './resolvent.ts'

/** `tolerance` (default 1e-12) is the error bound to reach, relative to `max(1, ‖H‖)`; `sweeps` (default 10⁶) the cap. */
export interface IterationOptions {
  readonly tolerance?: number
  readonly sweeps?: number
}

/** One sweep: `h + M·H`. */
export const fixpointSweep =
  (m: SparseMatrix, h: ArrayLike<number>) =>
  (values: ArrayLike<number>): Float64Array =>
    multiply(m)(values).map((x, p) => x + at(h, p))

const largest = (xs: Float64Array): number => xs.reduce((high, x) => Math.max(high, x), 0)

const capped = (certificate: Certificate): Failure =>
  failure(
    'Limit',
    `the fixpoint iteration is within ${certificate.errorBound} only after ${certificate.sweeps} sweeps`,
    'raise `sweeps`, or use the linear solve (entropy), which does not depend on the spectral radius',
    { certificate },
  )

const iterate = (r: Resolvent, h: ArrayLike<number>, options: IterationOptions): E.Either<Failure, Solution> => {
  const { tolerance = 1e-12, sweeps: cap = 1_000_000 } = options
  const sweep = fixpointSweep(r.blocks.matrix, h)
  let values: Float64Array = new Float64Array(r.blocks.matrix.size)
  for (let t = 1; ; t++) {
    const next = sweep(values)
    const rise = next.reduce((high, x, p) => Math.max(high, x - at(values, p)), 0)
    values = next
    // The bound is the certificate's own; a sweep that no longer rises has reached the f64 fixpoint.
    if (rise > 0 && t < cap && r.norm * rise > tolerance * Math.max(1, largest(values))) continue
    const certificate = certify(r, values, h, t)
    return rise > 0 && r.norm * rise > tolerance * Math.max(1, largest(values))
      ? E.left(capped(certificate))
      : E.right({ values, certificate })
  }
}

/**
 * The least non-negative solution of `H = h + M·H` for `h ≥ 0` by iteration from 0. States that cannot reach a positive
 * h keep the value 0, so a dead cycle of weight 1 does no harm. Failures: `Diverges` when the least fixpoint is infinite,
 * `Limit` when the cap on sweeps comes before the tolerance: never an answer without a certificate. With the stop weights of rows
 * that sum to 1 the certificate keeps its digits however near ρ(M) is to 1.
 */
export const leastFixpoint =
  (options: IterationOptions = {}) =>
  (m: SparseMatrix, h: ArrayLike<number>, stop?: ArrayLike<number>): E.Either<Failure, Solution> => {
    const seeds = Array.from({ length: m.size }, (_, p) => p).filter((p) => at(h, p) !== 0)
    const matters = reachableFrom(m.size, transpose(m), seeds)
    const known = stop === undefined ? undefined : { stop: stopWithout(m, matters, stop), transposed: false }
    return pipe(
      resolvent(restrictTo(matters)(m), known),
      E.flatMap((r) => iterate(r, h, options)),
    )
  }

/** What stops or goes to states that are left out; 1 for those states themselves, whose rows are then empty. */
const stopWithout = (m: SparseMatrix, kept: Uint8Array, stop: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: m.size }, (_, p) => {
    if (kept[p] === 0) return 1
    let total = at(stop, p)
    for (let k = at(m.rowPointers, p); k < at(m.rowPointers, p + 1); k++)
      if (kept[at(m.columns, k)] === 0) total += at(m.values, k)
    return total
  })

/**
 * The entropy of a deterministic tight PFSA (nats) by Eq. 7's iteration. Failures as in `entropy`, and `Limit`.
 *
 * @example
 * right(entropyByIteration()(right(geometricNoise(0.5)(['a'])))).value / Math.LN2 // => 2
 */
export const entropyByIteration =
  (options: IterationOptions = {}) =>
  (a: Pfsa): E.Either<Failure, Certified> =>
    pipe(
      deterministic(real)(a),
      E.flatMap(liveOf),
      E.flatMap(({ matrix, stop }) => leastFixpoint(options)(matrix, localEntropies(a), stop)),
      E.map(atStart(a)),
    )
