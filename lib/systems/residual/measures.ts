/**
 * Measures of sets of rows (the slides' analyses): histograms on common bins, the ratio of unique n-grams, and how a
 * discriminator judges them.
 */
import { at } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { meanEstimate, shareEstimate } from '../../energy/index.ts'
import { mean } from '../../math.ts'
import { rowAt } from './sequence.ts'

/** A difference with its standard error. */
export interface Difference {
  readonly value: number
  readonly standardError: number
}

/** Counts of several sets of values in the same equal bins: bin i is `[lowest + i·width, lowest + (i+1)·width)`. */
export interface Histograms {
  readonly lowest: number
  readonly width: number
  readonly counts: Readonly<Record<string, readonly number[]>>
}

const countInto = (values: ArrayLike<number>, lowest: number, width: number, bins: number): readonly number[] => {
  const counts = new Array<number>(bins).fill(0)
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((at(values, i) - lowest) / width)))
    if (Number.isFinite(at(values, i))) counts[bin] = at(counts, bin) + 1
  }
  return counts
}

/** Histograms of named sets of values over their common range; one bin of width 1 when all values are equal. */
export const histogramsOf = (sets: Readonly<Record<string, ArrayLike<number>>>, bins: number): Histograms => {
  const all = Object.values(sets).flatMap((values) => Array.from(values).filter(Number.isFinite))
  const lowest = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const highest = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const flat = !(highest > lowest)
  const [from, width, number] = flat
    ? [Number.isFinite(lowest) ? lowest - 0.5 : 0, 1, 1]
    : [lowest, (highest - lowest) / bins, bins]
  return {
    lowest: from,
    width,
    counts: Object.fromEntries(
      Object.entries(sets).map(([name, values]) => [name, countInto(values, from, width, number)]),
    ),
  }
}

/**
 * The ratio of unique n-grams: distinct n-grams over n-grams, of the tokens from position `from` on of all rows together.
 * It falls with the number of rows, so only sets of equal size may be compared.
 *
 * @example
 * import { residual } from 'exptilt/systems'
 * uniqueRatio(residual.rowsOf([Int32Array.of(1, 1), Int32Array.of(1, 2)], 2), 0, 1) // => 0.5
 */
export const uniqueRatio = (rows: TokenRows, from: number, n: number): number => {
  const seen = new Set<string>()
  let total = 0
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i)
    for (let t = from; t + n <= rows.time; t++) {
      seen.add(row.subarray(t, t + n).join())
      total++
    }
  }
  return total === 0 ? Number.NaN : seen.size / total
}

/** Ratios of unique n-grams for n = 1 … longest. */
export const uniqueRatios = (rows: TokenRows, from: number, longest: number): readonly number[] =>
  Array.from({ length: longest }, (_, i) => uniqueRatio(rows, from, i + 1))

/** The mean of `some − others`, pair by pair, with its standard error. */
export const pairedDifference = (some: ArrayLike<number>, others: ArrayLike<number>): Difference => {
  const { value, standardError } = meanEstimate(Array.from(some, (x, i) => x - at(others, i)))
  return { value, standardError }
}

/** How a discriminator judges machine rows against human ones. */
export interface Judgement {
  /** Share of human rows judged human. */
  readonly truePositiveRate: number
  /** Share of machine rows judged human: the higher, the better the machine. */
  readonly falsePositiveRate: number
  /** Of equally many human and machine rows: the mean of both rates of right judgements. */
  readonly accuracy: number
  /** Standard error of the false-positive rate. */
  readonly standardError: number
}

/** 1 for rows that are judged human, 0 for others. */
const judgedHuman = (energies: ArrayLike<number>): Float64Array => Float64Array.from(energies, (e) => (e < 0 ? 1 : 0))

/**
 * The standard error of a share; where all n trials agree it is that of a normal interval as wide as the exact one, `1 − .025^{1/n}`.
 */
const shareError = (share: number, n: number): number => {
  const { standardError, interval } = shareEstimate(Math.round(share * n), n)
  return standardError > 0 ? standardError : (interval[1] - interval[0]) / 2 / 1.96
}

/** By how much more often some rows are judged human than others after the same prefixes. */
export const humanMoreOften = (some: ArrayLike<number>, others: ArrayLike<number>): Difference =>
  pairedDifference(judgedHuman(some), judgedHuman(others))

/** Judgements from energies: a row is judged human when E < 0 (equal numbers of both in training). */
export const judge = (human: ArrayLike<number>, machine: ArrayLike<number>): Judgement => {
  const [truePositiveRate, falsePositiveRate] = [mean(judgedHuman(human)), mean(judgedHuman(machine))]
  return {
    truePositiveRate,
    falsePositiveRate,
    accuracy: (truePositiveRate + 1 - falsePositiveRate) / 2,
    standardError: shareError(falsePositiveRate, machine.length),
  }
}
