/**
 * Perplexity of a residual model, with the bounds that the bounds of log Z give. `log P_joint = log q − E − log Z`, so a
 * lower bound of log Z gives a lower perplexity and an upper bound an upper one (R13). Both are asymptotic: where the
 * records of log Z raise doubts, "bound" is too strong a word, and `reliable` says so.
 *
 * Counting. A perplexity is per token or per word: the same total log-probability divided by another number. Tokens are
 * those of the modelled part (positions ≥ the prefix). Words are maximal runs of non-space characters that *begin* in the
 * modelled part. Chunks are cut from running text in which a symbol ends each document: that symbol is a token like any
 * other and counts as one; it ends a word, and is none. A row itself has no end-of-sequence token.
 */
import { at } from '../../at.ts'
import type { LogPartition } from '../../energy/index.ts'
import { maximum, median, sum } from '../../math.ts'

/** Evaluated rows: `log q(x | prefix)` and `E(x)` of each, log Z of its prefix, and the modelled tokens of a row. */
export interface EvaluatedRows {
  readonly logBase: ArrayLike<number>
  readonly energies: ArrayLike<number>
  readonly partitions: readonly LogPartition[]
}

/**
 * A perplexity with its bounds. `count` is what it is per; errors are standard errors of `value`. `testError` is the whole
 * one: each row has an estimate of log Z of its own, so what these estimates scatter is part of the spread over rows.
 */
export interface Perplexity {
  readonly value: number
  readonly lower: number
  readonly upper: number
  readonly count: number
  /** The part of it that comes from the Monte Carlo estimates of log Z, which more samples lessen. */
  readonly monteCarloError: number
  /** From the choice of test rows and from the estimates of log Z. */
  readonly testError: number
}

/** How far to believe the bounds: over all prefixes, the effective sample sizes, the largest weight and the tails. */
export interface PartitionSummary {
  readonly prefixes: number
  /** The least samples of a prefix, and the most where they differ. */
  readonly samples: number
  readonly mostSamples?: number
  /** Mean over prefixes of the jackknife estimate of log Z: 0 at the optimum of NCE. */
  readonly meanLogPartition: number
  readonly leastEffectiveSampleSize: number
  readonly medianEffectiveSampleSize: number
  readonly largestWeight: number
  /** The largest fitted tail index, where one was fitted. */
  readonly largestParetoK?: number
  /** Share of prefixes whose record raises no doubt. */
  readonly reliableShare: number
  /** Whether at least 95 % of the prefixes are without doubt: only then are the bounds worth the name. */
  readonly reliable: boolean
}

const total = (partitions: readonly LogPartition[], of: (record: LogPartition) => number): number =>
  partitions.reduce((acc, record) => acc + of(record), 0)

/** Standard error of `−Σ log p / count` over rows that are independent, each with its share of the count. */
const rowSpread = (logs: Float64Array, count: number): number => {
  const n = logs.length
  const mean = sum(logs) / n
  const squares = logs.reduce((acc, l) => acc + (l - mean) ** 2, 0)
  return n > 1 ? Math.sqrt((squares * n) / (n - 1)) / count : Number.POSITIVE_INFINITY
}

/**
 * The perplexity per `count` units (tokens or words of all rows together) of P_joint.
 *
 * @example
 * import { energy } from 'exptilt'
 * const partition = energy.logPartition(right(energy.weigh([0.1, -0.1, 0, 0])))
 * jointPerplexity({ logBase: [-2, -2], energies: [0, 0], partitions: [partition, partition] }, 4).value // => 2.72282
 */
export const jointPerplexity = ({ logBase, energies, partitions }: EvaluatedRows, count: number): Perplexity => {
  const potential = Float64Array.from(logBase, (l, i) => l - at(energies, i))
  const of = (logZ: (record: LogPartition) => number): number =>
    Math.exp((total(partitions, logZ) - sum(potential)) / count)
  const value = of((record) => record.jackknife)
  const logs = potential.map((l, i) => l - at(partitions, i).jackknife)
  return {
    value,
    lower: of((record) => record.lower),
    upper: of((record) => record.upper),
    count,
    monteCarloError: (value * Math.sqrt(total(partitions, (record) => record.standardError ** 2))) / count,
    testError: value * rowSpread(logs, count),
  }
}

/**
 * The perplexity of a normalised model from `log q(x | prefix)` of each row.
 *
 * @example
 * plainPerplexity([4 * Math.log(0.5), 4 * Math.log(0.5)], 4).value // => 4
 */
export const plainPerplexity = (logBase: ArrayLike<number>, count: number): Perplexity => {
  const value = Math.exp(-sum(logBase) / count)
  const testError = value * rowSpread(Float64Array.from(logBase), count)
  return { value, lower: value, upper: value, count, monteCarloError: 0, testError }
}

/** The records of log Z of all prefixes in a few numbers. */
export const summarisePartitions = (partitions: readonly LogPartition[]): PartitionSummary => {
  const sizes = partitions.map((record) => record.effectiveSampleSize)
  const reliableShare = total(partitions, ({ reliable }) => (reliable ? 1 : 0)) / partitions.length
  const counts = partitions.map(({ n }) => n)
  const [samples, mostSamples] = [Math.min(...counts), maximum(counts)]
  const fitted = partitions.flatMap(({ paretoK }) => (paretoK === undefined ? [] : [paretoK]))
  const most = (of: (record: LogPartition) => number): number =>
    partitions.reduce((acc, record) => Math.max(acc, of(record)), Number.NEGATIVE_INFINITY)
  return {
    prefixes: partitions.length,
    samples,
    ...(mostSamples === samples ? {} : { mostSamples }),
    meanLogPartition: total(partitions, (record) => record.jackknife) / partitions.length,
    leastEffectiveSampleSize: sizes.reduce((acc, size) => Math.min(acc, size), Number.POSITIVE_INFINITY),
    medianEffectiveSampleSize: median(sizes),
    largestWeight: most((record) => record.maxWeight),
    ...(fitted.length === 0 ? {} : { largestParetoK: maximum(fitted) }),
    reliableShare,
    reliable: reliableShare >= 0.95,
  }
}

/** Words that begin in `modelled`, the text that follows `before`: runs of non-space characters preceded by a space or nothing. */
export const wordsBegunIn = (before: string, modelled: string): number => {
  const last = [...before].at(-1)
  const starts = modelled.match(/(?<!\S)\S/gu)?.length ?? 0
  return last !== undefined && /\S/u.test(last) && /^\S/u.test(modelled) ? starts - 1 : starts
}
