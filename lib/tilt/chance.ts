/** The randomness of a population: which token each particle draws, and whose place it takes when it is resampled. */
import { at } from '../at.ts'
import { categorical, cumulative, fineUniforms, invert } from '../energy/uniform.ts'
import { fold, type Key } from '../key.ts'
import type { Choose } from './proposal.ts'

/** The ways of resampling by name. */
export const resamplingKinds = ['multinomial', 'stratified', 'systematic'] as const

/** How ancestors are drawn from weights: independently, one in each of N equal strata, or at one offset in all of them. */
export type ResamplingKind = (typeof resamplingKinds)[number]

/** Where chance enters. What a particle draws depends on its island, its place and the step alone, not on the batch. */
export interface Chance {
  readonly token: (island: number, particle: number, step: number) => Choose
  /** `n` ancestors, in proportion to weights that are not all 0. */
  readonly ancestors: (island: number, step: number, weights: Float64Array, n: number) => Int32Array
}

/** Uniforms one after the other. */
const chooser = (key: Key): Choose => {
  let drawn = 0
  return (sums) => invert(sums)(at(fineUniforms(fold(key, drawn++), 1), 0))
}

/** The uniforms of a way of resampling. */
const resamplingUniforms: Readonly<Record<ResamplingKind, (key: Key, n: number) => Float64Array>> = {
  multinomial: fineUniforms,
  stratified: (key, n) => fineUniforms(key, n).map((u, i) => (i + u) / n),
  systematic: (key, n) => {
    const offset = at(fineUniforms(key, 1), 0)
    return Float64Array.from({ length: n }, (_, i) => (i + offset) / n)
  },
}

/** Ancestors at the uniforms of a kind of resampling (Kitagawa 1996; Douc and Cappé 2005). */
export const drawAncestors =
  (kind: ResamplingKind) =>
  (key: Key, weights: ArrayLike<number>, n: number): Int32Array =>
    kind === 'multinomial'
      ? categorical(key, weights, n)
      : Int32Array.from(resamplingUniforms[kind](key, n), invert(cumulative(weights)))

/** Chance from a key: child 0 of an island for its tokens, child 1 for its resampling. */
export const chanceOf = (key: Key, kind: ResamplingKind): Chance => {
  let last: { readonly island: number; readonly step: number; readonly key: Key } | undefined
  /** The key of an island's step, which its particles ask for one after the other. */
  const keyOf = (island: number, step: number): Key => {
    if (last?.island !== island || last.step !== step)
      last = { island, step, key: fold(fold(fold(key, island), 0), step) }
    return last.key
  }
  return {
    token: (island, particle, step) => chooser(fold(keyOf(island, step), particle)),
    ancestors: (island, step, weights, n) => drawAncestors(kind)(fold(fold(fold(key, island), 1), step), weights, n),
  }
}
