/**
 * What is measured of trained networks: cross-entropies of rows, in the unit of a task, against those of another network on
 * the same rows, and over seeds.
 */
import { at } from '../../at.ts'
import { spreadOf, sum } from '../../math.ts'

/** What results are in: perplexity e^CE of a token, or bits CE/ln 2 of a dimension. */
export type Measure = 'perplexity' | 'bits per dimension'

/** A mean over rows in nats per token, and its standard error. */
export interface TestMeasure {
  readonly test: number
  readonly standardError: number
}

/** Rows that were scored [count]: of each a sum of cross-entropies in nats, and how many terms it has. */
export interface Scores {
  readonly sums: Float64Array
  readonly counts: Float64Array
}

/** A difference between two measures of the same rows, and its standard error over rows; in the unit of the measure. */
export interface PairedDifference {
  readonly value: number
  readonly standardError: number
}

/** A cross-entropy (nats per token) in the unit of a measure. */
export const inMeasure =
  (measure: Measure) =>
  (nats: number): number =>
    measure === 'perplexity' ? Math.exp(nats) : nats / Math.LN2

/** The derivative of a measure at a cross-entropy. */
export const slopeOf =
  (measure: Measure) =>
  (nats: number): number =>
    measure === 'perplexity' ? Math.exp(nats) : 1 / Math.LN2

/** The mean of one number for each row, and the standard error of that mean: infinite for one row. */
export const testMeasure = (each: Float64Array): TestMeasure => {
  const { mean, deviation } = spreadOf(Array.from(each))
  return { test: mean, standardError: each.length > 1 ? deviation / Math.sqrt(each.length) : Number.POSITIVE_INFINITY }
}

/**
 * The difference of two measures M(b̄) − M(ā) of the same rows, b̄ = Σ b_i / Σ c_i over sums b and counts c, and its standard
 * error: that of the rows' contributions M′(b̄)·(b_i − b̄·c_i) / Σ c less the same of a (delta method of a ratio). Pairing takes
 * out what makes a row hard for both.
 */
export const pairedDifference =
  (measure: Measure) =>
  (a: Scores, b: Scores): PairedDifference => {
    const terms = sum(a.counts)
    const [first, second] = [sum(a.sums) / terms, sum(b.sums) / terms]
    const [value, slope] = [inMeasure(measure), slopeOf(measure)]
    const contribution = ({ sums, counts }: Scores, mean: number, i: number): number =>
      (slope(mean) * (at(sums, i) - mean * at(counts, i))) / terms
    const n = a.sums.length
    const squares = a.sums.reduce((sum, _, i) => sum + (contribution(b, second, i) - contribution(a, first, i)) ** 2, 0)
    const standardError = n > 1 ? Math.sqrt((squares * n) / (n - 1)) : Number.POSITIVE_INFINITY
    return { value: value(second) - value(first), standardError }
  }
