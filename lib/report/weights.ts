/**
 * Importance weights: a histogram as data and as a picture. One far bar on the right is a weight that rules the estimate.
 */
import { at } from '../at.ts'
import type { GamResults, Histogram } from '../systems/gam/results.ts'
import type { Chart } from './chart.ts'
import { decades, palette, quantity, themed } from './theme.ts'

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

/** log₁₀(n·w_i) of normalised log-weights: 0 is the mean weight, 1 ten times the mean. */
export const relativeLogWeights = (logWeights: ArrayLike<number>): readonly number[] => {
  const values = Array.from(logWeights)
  const largest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const mean = Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0) / values.length) + largest
  return values.map((value) => (value - mean) / Math.LN10)
}

/** The importance weights relative to their mean, on logarithmic axes; undefined when the run kept none. */
export const weightHistogram = ({ logWeights, effectiveSampleSize, logPartition }: GamResults): Chart | undefined => {
  if (logWeights === undefined) return undefined
  const { lowest, width, counts } = logWeights
  const share = logPartition.n > 0 ? (100 * effectiveSampleSize) / logPartition.n : 0
  const facts = `effective sample size ${effectiveSampleSize.toFixed(0)} of ${logPartition.n} (${share.toPrecision(2)} %)`
  return themed('Importance weights', [`exp(λ·φ(x)) over its mean, for x ~ r`, facts])({
    width: 300,
    height: 180,
    data: {
      values: counts.flatMap((count, bin) =>
        count > 0 ? [{ from: lowest + bin * width, to: lowest + (bin + 1) * width, count, floor: 0.7 }] : [],
      ),
    },
    mark: { type: 'rect', color: palette.tilt },
    encoding: {
      x: quantity('from', 'log10 of weight / mean weight', {
        scale: { zero: false, padding: 6 },
        axis: { tickCount: 6 },
      }),
      x2: { field: 'to' },
      y: quantity('count', 'samples of r', {
        scale: { type: 'log', domainMin: 0.7, nice: false, padding: 4 },
        axis: { values: [...decades(1, Math.max(...counts, 10))], format: '~s' },
      }),
      y2: { field: 'floor' },
    },
  })
}
