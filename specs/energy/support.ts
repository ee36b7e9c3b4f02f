/** Helpers of the energy specs: closeness with a running-error bound, and a small string tilt. */
import { exactTilt } from '../../lib/energy/exact.ts'
import { enumerable, energyOf, type FiniteBase, type Tilt } from '../../lib/energy/index.ts'
import { at } from '../../lib/at.ts'
import type { FiniteTilt } from '../../lib/laws/arbitraries/distributions.ts'

/** T64: `|a − b| ≤ 1e-11·(1 + scale)`. */
export const close = (a: number, b: number, scale: number = Math.abs(b)): boolean =>
  a === b || Math.abs(a - b) <= 1e-11 * (1 + scale)

/** The finite tilt as a `Tilt<number>` on the points 0 … X − 1. */
export const asTilt = (model: FiniteTilt): Tilt<number> & { readonly base: FiniteBase<number> } => ({
  base: enumerable({ points: Array.from(model.probabilities, (_, i) => i), probabilities: model.probabilities }),
  energy: energyOf((i: number) => model.energies[i] ?? Number.NaN),
})

/** The exact answers for a finite tilt. */
export const exactOf = (model: FiniteTilt): ReturnType<typeof exactTilt> =>
  exactTilt(model.probabilities.map(Math.log), model.energies)

/** The log-weights of a batch with these counts of points. */
export const batchOf = (counts: ArrayLike<number>, logWeights: ArrayLike<number>): readonly number[] =>
  Array.from(counts).flatMap((c, i) => Array.from({ length: c }, () => at(logWeights, i)))
