/**
 * Importance sampling in constant memory: a monoid of batches. Each batch of (log-weights, values) becomes a summary,
 * summaries combine under log-sum-exp, and the end gives the same SNIS means and log Z as all draws at once. The largest
 * weights are kept exactly, for the tail index and the jackknife; the rest only as power sums.
 */
import { at } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { type Failure, failure } from '../errors.ts'
import { entry, type Matrix } from '../linear.ts'
import { maximum } from '../math.ts'
import { defaultThresholds } from './doubt.ts'
import { type Estimate, isEvent } from './estimate.ts'
import { checkedLogs, noSupport, type RowName } from './gate.ts'
import { type LogPartition, logPartitionOf } from './logpartition.ts'
import { POWERS, powerSums, sumOfSquares, type WeightSummary } from './summary.ts'
import { selfNormalised } from './weights.ts'

/** What is kept of n draws; all sums are relative to `shift`, the largest log-weight so far. */
export interface WeightStream {
  readonly n: number
  readonly shift: number
  /** The largest log-weights, descending, at most `capacity`. */
  readonly top: Float64Array
  /** `Σ wᵏ` over the draws that are not in `top`, k = 1 … 8. */
  readonly rest: Float64Array
  /** A number near the values φ of each column, so that no digits go where they lie far from 0; whether all are 0 or 1. */
  readonly centre: Float64Array
  readonly event: readonly boolean[]
  /** `Σ w·ψ`, `Σ w²·ψ`, `Σ w²·ψ²` of ψ = φ − centre over all draws [values]. */
  readonly first: Float64Array
  readonly second: Float64Array
  readonly third: Float64Array
}

const empty = (columns: number): WeightStream => ({
  n: 0,
  shift: Number.NEGATIVE_INFINITY,
  top: new Float64Array(0),
  rest: new Float64Array(POWERS),
  centre: new Float64Array(columns),
  event: Array.from({ length: columns }, () => true),
  first: new Float64Array(columns),
  second: new Float64Array(columns),
  third: new Float64Array(columns),
})

/** `e^{k(from − to)}`, 0 for an empty summary. */
const factor = (from: number, to: number, k: number): number =>
  from === Number.NEGATIVE_INFINITY ? 0 : Math.exp(k * (from - to))

/** `Σ wᵏ` of all draws, k = 1 … 8. */
const mass = (s: WeightStream, k: number): number =>
  s.top.reduceRight((acc, l) => acc + Math.exp(k * (l - s.shift)), at(s.rest, k - 1))

/** The weighted means of the columns, or 0 where there is none. */
const centresOf = (s: WeightStream): Float64Array => {
  const weight = mass(s, 1)
  return s.centre.map((c, j) => finiteOr0(c + at(s.first, j) / weight))
}

const finiteOr0 = (x: number): number => (Number.isFinite(x) ? x : 0)

/** The sums of a stream about other centres, and relative to another largest log-weight. */
const moved = (
  s: WeightStream,
  centre: Float64Array,
  shift: number,
): Pick<WeightStream, 'first' | 'second' | 'third'> => {
  const by = s.centre.map((c, j) => c - at(centre, j))
  const [one, two] = [factor(s.shift, shift, 1), factor(s.shift, shift, 2)]
  const [weight, squares] = one === 0 ? [0, 0] : [mass(s, 1), mass(s, 2)]
  return {
    first: s.first.map((x, j) => one * (x + at(by, j) * weight)),
    second: s.second.map((x, j) => two * (x + at(by, j) * squares)),
    third: s.third.map((x, j) => two * (x + at(by, j) * (2 * at(s.second, j) + at(by, j) * squares))),
  }
}

const added = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, j) => value + at(y, j))

/** The mean of two means, each with its share of the weight. */
const between = (x: WeightStream, y: WeightStream, shift: number): Float64Array => {
  const massOf = (s: WeightStream): number =>
    s.shift === Number.NEGATIVE_INFINITY ? 0 : mass(s, 1) * factor(s.shift, shift, 1)
  const [a, b] = [massOf(x), massOf(y)]
  const [means, others] = [centresOf(x), centresOf(y)]
  const share = finiteOr0(b / (a + b))
  return means.map((m, j) => m + (at(others, j) - m) * share)
}

const combine =
  (capacity: number) =>
  (x: WeightStream, y: WeightStream): WeightStream => {
    if (x.n === 0 || y.n === 0) return x.n === 0 ? y : x
    const shift = Math.max(x.shift, y.shift)
    const centre = between(x, y, shift)
    const [own, other] = [moved(x, centre, shift), moved(y, centre, shift)]
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
      centre,
      event: x.event.map((all, j) => all && at(y.event, j)),
      first: added(own.first, other.first),
      second: added(own.second, other.second),
      third: added(own.third, other.third),
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
  /**
   * The summary of one batch: log-weights [draws] and values [draws × columns]. `NonFinite` names the first log-weight that
   * is none, by `name`; `Shape` where the values are not as many.
   */
  readonly batch: (logWeights: ArrayLike<number>, values: Matrix, name?: RowName) => E.Either<Failure, WeightStream>
}

const summaryOf = (columns: number, capacity: number, logWeights: ArrayLike<number>, values: Matrix): WeightStream => {
  const shift = maximum(logWeights)
  const usable = shift === Number.NEGATIVE_INFINITY ? [] : logWeights
  const descending = Float64Array.from(usable).sort().reverse()
  const column = (k: number, f: (v: number, j: number) => number): Float64Array =>
    Float64Array.from({ length: columns }, (_, j) => weightedColumn(usable, shift, k, (i) => f(entry(values, i, j), j)))
  const weight = weightedColumn(usable, shift, 1, () => 1)
  const centre = column(1, (v) => v).map((total) => finiteOr0(total / weight))
  return {
    n: logWeights.length,
    shift,
    top: descending.slice(0, capacity),
    rest: powerSums(descending.subarray(capacity), shift),
    centre,
    event: Array.from(centre, (_, j) =>
      isEvent(Float64Array.from({ length: values.rows }, (_row, i) => entry(values, i, j))),
    ),
    first: column(1, (v, j) => v - at(centre, j)),
    second: column(2, (v, j) => v - at(centre, j)),
    third: column(2, (v, j) => (v - at(centre, j)) ** 2),
  }
}

const misshapen = (values: Matrix, columns: number, draws: number): Failure =>
  failure(
    'Shape',
    `values of ${values.rows} × ${values.columns} were given for ${draws} draws with ${columns} values each`,
    'give one row of values per draw',
  )

/**
 * The monoid of streams: `batch` makes summaries, `monoid.concat` joins them (associative up to rounding), and
 * `streamMeans` and `streamLogPartition` read the result.
 *
 * @example
 * const { monoid, batch } = weightStreams(1)
 * const first = batch([0, -1], { rows: 2, columns: 1, values: Float64Array.of(1, 0) })
 * const second = batch([-2], { rows: 1, columns: 1, values: Float64Array.of(1) })
 * monoid.concat(right(first), right(second)).n // => 3
 */
export const weightStreams = (columns: number, capacity = 1024): WeightStreams => ({
  monoid: { concat: combine(capacity), empty: empty(columns) },
  batch: (logWeights, values, name = (i) => `log-weight ${i}`) =>
    columns > 0 && (values.rows !== logWeights.length || values.columns !== columns)
      ? E.left(misshapen(values, columns, logWeights.length))
      : pipe(
          logWeights,
          checkedLogs(name),
          E.map((logs) => summaryOf(columns, capacity, logs, values)),
        ),
})

/**
 * The weights of a stream as a summary: what the estimators of log Z take. As with `weigh`, an empty stream is a `Domain`
 * failure and one without weight `Support`.
 */
export const streamSummary = (s: WeightStream): E.Either<Failure, WeightSummary> => {
  if (s.n === 0) return E.left(failure('Domain', 'there are no weights', 'draw at least one sample', { n: 0 }))
  if (s.shift === Number.NEGATIVE_INFINITY) return E.left(noSupport('every weight is zero', { n: s.n }))
  const weight = mass(s, 1)
  const logSum = s.shift + Math.log(weight)
  return E.right({
    n: s.n,
    logSum,
    top: s.top.map((l) => l - logSum),
    rest: s.rest.map((r, k) => r / weight ** (k + 1)),
  })
}

/**
 * log Z of a stream, as `logPartition` of all its draws.
 *
 * @example
 * const { batch } = weightStreams(0)
 * const stream = batch([0, -1, -2], { rows: 3, columns: 0, values: Float64Array.of() })
 * right(streamLogPartition(right(stream))).jackknife // => -0.522359
 */
export const streamLogPartition = (s: WeightStream): E.Either<Failure, LogPartition> =>
  pipe(streamSummary(s), E.map(logPartitionOf(defaultThresholds)))

const meansOf = (s: WeightStream, summary: WeightSummary): readonly Estimate<'O(1/n)'>[] => {
  const weight = mass(s, 1)
  const squares = sumOfSquares(summary)
  return Array.from(s.first, (wf, j) => {
    const off = wf / weight
    const value = at(s.centre, j) + off
    const [second, third] = [at(s.second, j), at(s.third, j)]
    const spread = (third - 2 * off * second) / weight ** 2 + off ** 2 * squares
    return selfNormalised({
      value,
      squares: Math.max(0, spread),
      n: s.n,
      effectiveSampleSize: Math.min(Math.max(1 / squares, 1), s.n),
      maxWeight: Math.exp(at(summary.top, 0)),
      event: at(s.event, j),
    })
  })
}

/**
 * SNIS means of the values of a stream, as `snis` of all its draws [columns].
 *
 * @example
 * const { batch } = weightStreams(1)
 * const stream = batch([0, -1, -2], { rows: 3, columns: 1, values: Float64Array.of(1, 0, 1) })
 * right(streamMeans(right(stream))).map(({ value }) => value) // => [0.755272]
 */
export const streamMeans = (s: WeightStream): E.Either<Failure, readonly Estimate<'O(1/n)'>[]> =>
  pipe(
    streamSummary(s),
    E.map((summary) => meansOf(s, summary)),
  )
