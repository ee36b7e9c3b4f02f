/**
 * The expectation semiring (Eisner 2002): pairs (p, r) with `⊕ (x,y)+(x',y')`, `⊗ (x·x', x·y' + x'·y)` and star
 * `(1/(1−x), y/(1−x)²)`. The total of an automaton whose arcs are (w, w·g) is (Z, Σ_x w(x)·g(x)): with g = −log w it
 * is the entropy, with g = 1 the mean length.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { xlogx } from '../math.ts'
import { real } from '../semiring.ts'
import { type Massed, total } from './allsum.ts'
import { type Automaton, mapWeights } from './automaton.ts'
import { surprises } from './entropy.ts'
import { deterministic } from './language.ts'
import { type Pfsa, tight } from './pfsa.ts'
import { real as starred } from './star.ts'
import type { Star } from './weights.ts'

/** A weight and the weighted value of an additive quantity. */
export interface Expectation {
  readonly p: number
  readonly r: number
}

/**
 * The expectation semiring over the reals.
 *
 * @example
 * expectation.add({ p: 0.5, r: 1 }, { p: 0.25, r: 2 }) // => { p: 0.75, r: 3 }
 * expectation.mul({ p: 0.5, r: 1 }, { p: 0.25, r: 2 }) // => { p: 0.125, r: 1.25 }
 */
export const expectation: Star<Expectation> = {
  zero: { p: 0, r: 0 },
  one: { p: 1, r: 0 },
  add: (x, y) => ({ p: x.p + y.p, r: x.r + y.r }),
  mul: (x, y) => ({ p: x.p * y.p, r: x.p * y.r + x.r * y.p }),
  isZero: (x) => x.p === 0 && x.r === 0,
  star: ({ p, r }) =>
    pipe(
      starred.star(p),
      E.map((s) => ({ p: s, r: r * s * s })),
    ),
}

/** Weights (w, −w·log w): the additive quantity is `−log p`, in nats. */
const surprisal = (a: Automaton<number>): Automaton<Expectation> => {
  const rows = Array.from({ length: a.states }, (_, p) => surprises(a, p))
  const stop = rows.map((row, p): Expectation => ({ p: at(a.stop, p), r: at(row, 0) }))
  const arcs = rows.flatMap((row) => row.slice(1))
  return {
    ...mapWeights((w: number): Expectation => ({ p: w, r: 0 - xlogx(w) }))(a),
    stop,
    weights: arcs.map((r, k): Expectation => ({ p: at(a.weights, k), r })),
  }
}

/** In a PFSA, 1 − p is what a row has beside p. */
const massed: Massed<Expectation> = {
  mass: ({ p }) => p,
  star: ({ r }, rest) => ({ p: 1 / rest, r: r / rest / rest }),
}

/**
 * The entropy of a deterministic tight PFSA (nats) as the total in the expectation semiring. Failures as in `entropy`.
 *
 * @example
 * right(entropyBySemiring(right(whiteNoise(10)()))) / Math.LN2 // => 10
 */
export const entropyBySemiring = (a: Pfsa): E.Either<Failure, number> =>
  pipe(
    deterministic(real)(a),
    E.flatMap(tight),
    E.flatMap((single) => total(expectation, massed)(surprisal(single))),
    E.map(({ r }) => r),
  )
