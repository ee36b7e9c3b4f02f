/**
 * Histograms of importance weights, as records keep them.
 */
import { at } from '../../at.ts'
import type { Histogram } from './results.ts'

/** Counts the finite `values` in `bins` equal bins from the smallest to the largest; equal values share one bin of width 1. */
export const histogram =
  (bins: number) =>
  (values: ArrayLike<number>): Histogram => {
    const finite = Array.from(values).filter(Number.isFinite)
    const lowest = finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
    const highest = finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    if (finite.length === 0) return { lowest: 0, width: 1, counts: [] }
    if (highest === lowest) return { lowest: lowest - 0.5, width: 1, counts: [finite.length] }
    const width = (highest - lowest) / bins
    const counts = new Array<number>(bins).fill(0)
    for (const value of finite) {
      const bin = Math.min(bins - 1, Math.floor((value - lowest) / width))
      counts[bin] = at(counts, bin) + 1
    }
    return { lowest, width, counts }
  }
