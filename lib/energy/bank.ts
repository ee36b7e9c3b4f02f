/**
 * A bank of past draws of the base, kept as feature rows, reweighted for any λ: buffer SNIS (G13). Changing λ never
 * resamples, so the same bank and the same λ give the same moments to the bit. Equal rows are stored once with their
 * number, which makes binary features cheap: 5·10⁴ draws of seven bits are at most 128 rows.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { at } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { type Matrix, matrix, row } from '../linear.ts'
import { dot, logSumExp, maximum, softmax } from '../math.ts'
import { defaultThresholds, type Doubt, doubtsOf } from './doubt.ts'
import { checkedLogs, checkedNumbers, noSupport } from './gate.ts'

/** n draws: the distinct feature rows, how often each occurs, and an offset `log q − log π` of each (0 when drawn from q). */
export interface Bank {
  readonly n: number
  readonly rows: Matrix
  readonly counts: Float64Array
  readonly offsets: Float64Array
}

const orRaise = <A>(found: E.Either<Failure, A>): A => (E.isRight(found) ? found.right : raise(found.left))

/**
 * Builds a bank from feature rows [draws × features]. When the draws come from another proposal π than the base q,
 * `offsets[i] = log q(xᵢ) − log π(xᵢ)`. Throws `NonFinite`, naming the draw, for a feature that is not finite or an offset
 * that is NaN or +∞.
 *
 * @example
 * bankOf({ rows: 3, columns: 1, values: Float64Array.of(1, 1, 0) }).counts // => [2, 1]
 */
export const bankOf = (rows: Matrix, offsets: ArrayLike<number> = new Float64Array(rows.rows)): Bank => {
  const place = (i: number): string => `feature ${i % rows.columns} of draw ${Math.floor(i / rows.columns)}`
  orRaise(checkedNumbers(place)(rows.values))
  orRaise(checkedLogs((i) => `the offset of draw ${i}`)(offsets))
  const found = new Map<string, { readonly first: number; count: number }>()
  for (let i = 0; i < rows.rows; i++) {
    const name = `${row(rows, i).join()};${at(offsets, i)}`
    const known = found.get(name)
    if (known === undefined) found.set(name, { first: i, count: 1 })
    else known.count++
  }
  const kept = [...found.values()]
  return {
    n: rows.rows,
    rows: matrix(kept.length, rows.columns, (i, j) => at(rows.values, at(kept, i).first * rows.columns + j)),
    counts: Float64Array.from(kept, (k) => k.count),
    offsets: Float64Array.from(kept, (k) => at(offsets, k.first)),
  }
}

const join = (parts: readonly Float64Array[]): Float64Array => {
  const out = new Float64Array(parts.reduce((acc, part) => acc + part.length, 0))
  let position = 0
  for (const part of parts) {
    out.set(part, position)
    position += part.length
  }
  return out
}

/** The draws of several banks of `columns` features as one; rows that occur in several are kept as often. */
export const joinBanks =
  (columns: number) =>
  (banks: readonly Bank[]): Bank => ({
    n: banks.reduce((acc, bank) => acc + bank.n, 0),
    rows: {
      rows: banks.reduce((acc, bank) => acc + bank.rows.rows, 0),
      columns,
      values: join(banks.map((bank) => bank.rows.values)),
    },
    counts: join(banks.map((bank) => bank.counts)),
    offsets: join(banks.map((bank) => bank.offsets)),
  })

/**
 * Banks of the same features form a monoid: the draws of both.
 *
 * @example
 * const rows = { rows: 2, columns: 1, values: Float64Array.of(0, 1) }
 * bankMonoid(1).concat(bankOf(rows), bankOf(rows)).n // => 4
 */
export const bankMonoid = (columns: number): Monoid<Bank> => ({
  concat: (x, y) => joinBanks(columns)([x, y]),
  empty: joinBanks(columns)([]),
})

/** Moments of p_λ from a bank, SNIS: biased of order 1/n. */
export interface Moments {
  /** `Ê φ` [features]. */
  readonly moments: Float64Array
  /** `Ĉov(φ)` [features × features], the Hessian of log Ẑ. */
  readonly covariance: Matrix
  /** Delta-method standard errors of the moments [features]. */
  readonly standardErrors: Float64Array
  /** `log Ẑ(λ)`, nats. */
  readonly logPartition: number
  readonly n: number
  readonly effectiveSampleSize: number
  readonly maxWeight: number
  readonly doubts: readonly Doubt[]
  readonly bias: 'O(1/n)'
}

/**
 * Normalised weights of the distinct rows (all draws of a row together) under λ, and log Ẑ. Throws `NonFinite`, naming the
 * row, where a log-weight is NaN or +∞, and `Support` where all are zero.
 *
 * @example
 * const bank = bankOf({ rows: 2, columns: 1, values: Float64Array.of(0, 1) })
 * bankWeights(bank, [Math.log(3)]).weights // => [0.25, 0.75]
 */
export const bankWeights = (
  bank: Bank,
  lambda: ArrayLike<number>,
): { readonly weights: Float64Array; readonly logPartition: number } => {
  const logs = Float64Array.from(
    bank.counts,
    (c, i) => Math.log(c) + at(bank.offsets, i) + dot(lambda, row(bank.rows, i)),
  )
  const total = logSumExp(orRaise(checkedLogs((i) => `the log-weight of row ${i} of the bank`)(logs)))
  if (total === Number.NEGATIVE_INFINITY) raise(noSupport('every weight of the bank is zero', { n: bank.n }))
  return { weights: softmax(logs), logPartition: total - Math.log(bank.n) }
}

const meanRow = (bank: Bank, weights: Float64Array): Float64Array => {
  const out = new Float64Array(bank.rows.columns)
  for (let i = 0; i < weights.length; i++)
    for (let j = 0; j < out.length; j++) out[j] = at(out, j) + at(weights, i) * at(bank.rows.values, i * out.length + j)
  return out
}

/** `Σ vᵢ (φᵢ − μ)(φᵢ − μ)ᵀ`. */
const scatter = (bank: Bank, values: Float64Array, centre: Float64Array): Matrix => {
  const d = centre.length
  const out = new Float64Array(d * d)
  const deviation = new Float64Array(d)
  for (let i = 0; i < values.length; i++) {
    const v = at(values, i)
    if (v === 0) continue
    for (let j = 0; j < d; j++) deviation[j] = at(bank.rows.values, i * d + j) - at(centre, j)
    for (let j = 0; j < d; j++)
      for (let k = 0; k <= j; k++) out[j * d + k] = at(out, j * d + k) + v * at(deviation, j) * at(deviation, k)
  }
  return matrix(d, d, (j, k) => at(out, Math.max(j, k) * d + Math.min(j, k)))
}

const wrongSize = (columns: number, parameters: number): Failure =>
  failure('Shape', `${parameters} parameters were given for a bank of ${columns} features`, 'give one λ per feature')

/**
 * The moments, covariance and log Ẑ of `p_λ ∝ q·e^{⟨λ,φ⟩}` from a bank.
 *
 * @example
 * const bank = bankOf({ rows: 4, columns: 1, values: Float64Array.of(0, 0, 1, 1) })
 * moments(bank)([Math.log(3)]).moments // => [0.75]
 */
export const moments =
  (bank: Bank) =>
  (lambda: ArrayLike<number>): Moments => {
    if (lambda.length !== bank.rows.columns) raise(wrongSize(bank.rows.columns, lambda.length))
    const { weights, logPartition } = bankWeights(bank, lambda)
    const centre = meanRow(bank, weights)
    const squares = weights.map((w, i) => (w * w) / at(bank.counts, i))
    const errors = scatter(bank, squares, centre)
    const { n } = bank
    const effectiveSampleSize = Math.min(Math.max(1 / squares.reduce((acc, s) => acc + s, 0), 1), n)
    const standardErrors = centre.map((_, j) =>
      n > 1 ? Math.sqrt((at(errors.values, j * centre.length + j) * n) / (n - 1)) : Number.POSITIVE_INFINITY,
    )
    const numbers = [logPartition, ...centre, ...standardErrors]
    return {
      moments: centre,
      covariance: scatter(bank, weights, centre),
      standardErrors,
      logPartition,
      n,
      effectiveSampleSize,
      maxWeight: maximum(weights.map((w, i) => w / at(bank.counts, i))),
      doubts: doubtsOf(defaultThresholds, { n, effectiveSampleSize, numbers }),
      bias: 'O(1/n)',
    }
  }
