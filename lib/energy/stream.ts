/**
 * Importance sampling in constant memory: a monoid of batches. Each batch of (log-weights, values) becomes a summary,
 * summaries combine under log-sum-exp, and the end gives the same SNIS means and log Z as all draws at once. The largest
 * weights are kept exactly, for the tail index and the jackknife; the rest only as power sums.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { at } from '../at.ts'
import { entry, type Matrix } from '../linear.ts'
import { maximum } from '../math.ts'
import { type Estimate, estimate } from './estimate.ts'
import { defaultThresholds, type LogPartition, logPartitionOf } from './logpartition.ts'
import { POWERS, powerSums, sumOfSquares, type WeightSummary } from './summary.ts'

/** What is kept of n draws; all sums are relative to `shift`, the largest log-weight so far. */
export interface WeightStream {
  readonly n: number
  readonly shift: number
  /** The largest log-weights, descending, at most `capacity`. */
  readonly top: Float64Array
  /** `Σ wᵏ` over the draws that are not in `top`, k = 1 … 8. */
  readonly rest: Float64Array
  /** `Σ w·φ`, `Σ w²·φ`, `Σ w²·φ²` over all draws [values]. */
  readonly first: Float64Array
  readonly second: Float64Array
  readonly third: Float64Array
}

const empty = (columns: number): WeightStream => ({
  n: 0,
  shift: Number.NEGATIVE_INFINITY,
  top: new Float64Array(0),
  rest: new Float64Array(POWERS),
  first: new Float64Array(columns),
  second: new Float64Array(columns),
  third: new Float64Array(columns),
})

/** `e^{k(from − to)}`, 0 for an empty summary. */
const factor = (from: number, to: number, k: number): number =>
  from === Number.NEGATIVE_INFINITY ? 0 : Math.exp(k * (from - to))

const addScaled = (x: Float64Array, a: number, y: Float64Array, b: number): Float64Array =>
  x.map((value, i) => value * a + at(y, i) * b)

const combine =
  (capacity: number) =>
  (x: WeightStream, y: WeightStream): WeightStream => {
    if (x.n === 0 || y.n === 0) return x.n === 0 ? y : x
    const shift = Math.max(x.shift, y.shift)
    const scaled = (select: (s: WeightStream) => Float64Array, k: number): Float64Array =>
      addScaled(select(x), factor(x.shift, shift, k), select(y), factor(y.shift, shift, k))
    const merged = Float64Array.from([...x.top, ...y.top])
      .sort()
      .reverse()
    const evicted =
      shift === Number.NEGATIVE_INFINITY ? new Float64Array(POWERS) : powerSums(merged.subarray(capacity), shift)
    return {
      n: x.n + y.n,
      shift,
      top: merged.slice(0, capacity),
      rest: evicted.map(
        (e, k) => e + at(x.rest, k) * factor(x.shift, shift, k + 1) + at(y.rest, k) * factor(y.shift, shift, k + 1),
      ),
      first: scaled((s) => s.first, 1),
      second: scaled((s) => s.second, 2),
      third: scaled((s) => s.third, 2),
    }
  }

const weightedColumn = (logs: ArrayLike<number>, shift: number, k: number, value: (i: number) => number): number => {
  let total = 0
  for (let i = 0; i < logs.length; i++) {
    const w = Math.exp(k * (at(logs, i) - shift))
    total += w === 0 ? 0 : w * value(i)
  }
  return total
}

/** A stream of draws with `columns` values each, keeping the `capacity` largest weights exactly (default 1024). */
export interface WeightStreams {
  readonly monoid: Monoid<WeightStream>
  /** The summary of one batch: log-weights [draws] and values [draws × columns]. */
  readonly batch: (logWeights: ArrayLike<number>, values: Matrix) => WeightStream
}

/**
 * The monoid of streams: `batch` makes summaries, `monoid.concat` joins them (associative up to rounding), and
 * `streamMeans` and `streamLogPartition` read the result.
 */
export const weightStreams = (columns: number, capacity = 1024): WeightStreams => ({
  monoid: { concat: combine(capacity), empty: empty(columns) },
  batch: (logWeights, values) => {
    const shift = maximum(logWeights)
    const usable = shift === Number.NEGATIVE_INFINITY ? [] : logWeights
    const descending = Float64Array.from(usable).sort().reverse()
    const column = (k: number, f: (v: number) => number): Float64Array =>
      Float64Array.from({ length: columns }, (_, j) => weightedColumn(usable, shift, k, (i) => f(entry(values, i, j))))
    return {
      n: logWeights.length,
      shift,
      top: descending.slice(0, capacity),
      rest: powerSums(descending.subarray(capacity), shift),
      first: column(1, (v) => v),
      second: column(2, (v) => v),
      third: column(2, (v) => v * v),
    }
  },
})

const total = (s: WeightStream): number => s.top.reduceRight((acc, l) => acc + Math.exp(l - s.shift), at(s.rest, 0))

/** The weights of a stream as a summary: what the estimators of log Z take. Nothing to weigh gives `logSum = −∞`. */
export const streamSummary = (s: WeightStream): WeightSummary => {
  const weight = total(s)
  const logSum = s.shift + Math.log(weight)
  return { n: s.n, logSum, top: s.top.map((l) => l - logSum), rest: s.rest.map((r, k) => r / weight ** (k + 1)) }
}

/** log Z of a stream, as `logPartition` of all its draws. */
export const streamLogPartition = (s: WeightStream): LogPartition => logPartitionOf(defaultThresholds)(streamSummary(s))

/** SNIS means of the values of a stream, as `snis` of all its draws [columns]. */
export const streamMeans = (s: WeightStream): readonly Estimate<'O(1/n)'>[] => {
  const weight = total(s)
  const summary = streamSummary(s)
  const squares = sumOfSquares(summary)
  return Array.from(s.first, (wf, j) => {
    const value = wf / weight
    const spread = (at(s.third, j) - 2 * value * at(s.second, j)) / weight ** 2 + value ** 2 * squares
    return estimate({
      value,
      standardError: Math.sqrt((Math.max(0, spread) * s.n) / (s.n - 1)),
      n: s.n,
      effectiveSampleSize: Math.min(Math.max(1 / squares, 1), s.n),
      maxWeight: Math.exp(at(summary.top, 0)),
      bias: 'O(1/n)',
    })
  })
}
