/** What every sampler of this room answers with. */
import * as E from 'fp-ts/lib/Either.js'
import { at, lastOf, orElse } from '../at.ts'
import { studentQuantile } from '../energy/quantile.ts'
import { type Failure, failure, raise } from '../errors.ts'
import type { Key } from '../key.ts'
import { logMeanExp, sigmoid, softmax, sum } from '../math.ts'
import { drawAncestors } from './chance.ts'
import { causesOf, type Death } from './death.ts'

/**
 * Why not to believe a result: no second island to tell an error from, fewer than 8 effective texts, all texts of one
 * ancestor, islands of which the estimates of Z differ by more than half of their mean, islands that died; where moments are
 * matched, moments that are not, a combination of properties of which all particles died, and shares whose own error is above 0.1.
 */
export type TiltDoubt =
  | 'moments not met'
  | 'dead strata'
  | 'moments uncertain'
  | 'one island'
  | 'few effective texts'
  | 'one ancestor'
  | 'islands disagree'
  | 'dead islands'

/** An estimate of log Z in nats. `exp(value)` is unbiased for Z, so that `value` is low by O(1/(islands·particles)). */
export interface TiltPartition {
  readonly value: number
  /** Of `value`, from the spread over islands (delta method); infinite for one island. */
  readonly standardError: number
  /** 95 %: Student's t with islands − 1 degrees of freedom. */
  readonly interval: readonly [number, number]
  /** log Ẑ of each island. */
  readonly islands: Float64Array
}

/** One step of one island. */
export interface StepReport {
  readonly step: number
  readonly island: number
  /** Of the weights before resampling, between 0 (all dead) and the number of particles. */
  readonly effectiveSampleSize: number
  /** The place that each particle came from, where the island was resampled. */
  readonly ancestors: Int32Array | undefined
}

/** A population of whole texts with weights. */
export interface Tilted {
  readonly sampler: 'smc' | 'masking' | 'adaptive rejection' | 'sir' | 'chain'
  readonly texts: readonly string[]
  /** Without the end. */
  readonly tokens: readonly (readonly number[])[]
  /** Their logsumexp is the estimate of log Z (nats); `-Infinity` for the dead. */
  readonly logWeights: Float64Array
  /** Sum 1. `Σ weights·f(text)` estimates `E_p f`, with a bias of O(1/n). */
  readonly weights: Float64Array
  readonly logPartition: TiltPartition
  readonly effectiveSampleSize: number
  /** The particle of the first step that each descends from. */
  readonly origins: Int32Array
  /** The island of each, whose estimate is in `logPartition.islands`: particles that are never resampled are islands of their own. */
  readonly islands: Int32Array
  readonly steps: readonly StepReport[]
  readonly deaths: readonly Death[]
  readonly doubts: readonly TiltDoubt[]
  readonly reliable: boolean
}

/** log of the mean of Ẑ over islands, and its error. */
const partitionOf = (islands: Float64Array): TiltPartition => {
  const value = logMeanExp(islands)
  const k = islands.length
  const squares = sum(islands.map((log) => (Math.exp(log - value) - 1) ** 2))
  const standardError = k > 1 ? Math.sqrt(squares / (k * (k - 1))) : Number.POSITIVE_INFINITY
  const half = k > 1 ? studentQuantile(k - 1) * standardError : Number.POSITIVE_INFINITY
  return { value, standardError, interval: [value - half, value + half], islands }
}

/** `1 / Σ w²`. */
export const effectiveSize = (weights: Float64Array): number => 1 / sum(weights.map((w) => w * w))

/** What becomes of a population. */
interface Finished
  extends Pick<Tilted, 'sampler' | 'texts' | 'tokens' | 'logWeights' | 'origins' | 'islands' | 'steps' | 'deaths'> {
  /** log Ẑ of each island. */
  readonly partitions: Float64Array
  /** Whether each particle is an island of its own. */
  readonly independent: boolean
  /** Doubts that are known already. */
  readonly doubts?: readonly TiltDoubt[]
}

const allDead = ({ deaths, texts }: Finished): Failure => {
  const counts = causesOf(deaths)
  const cause = orElse([...counts].sort(([, a], [, b]) => b - a)[0]?.[0], 'weights of 0')
  const step = deaths.length === 0 ? 0 : lastOf(deaths).step
  return failure(
    'Support',
    `all ${texts.length} particles died, the last after ${step} tokens, most of them by: ${cause}`,
    'use more particles, a twist that looks ahead, or a looser constraint',
    { particles: texts.length, step, cause, causes: Object.fromEntries(counts) },
  )
}

const doubtsOf = (
  { partitions, independent, origins, logWeights, doubts = [] }: Finished,
  { standardError }: TiltPartition,
  effective: number,
): readonly TiltDoubt[] => {
  const living = Array.from(origins).filter((_, i) => at(logWeights, i) > Number.NEGATIVE_INFINITY)
  const checks: readonly (readonly [boolean, TiltDoubt])[] = [
    [partitions.length > 1, 'one island'],
    [effective >= 8, 'few effective texts'],
    [new Set(living).size > 1, 'one ancestor'],
    [!Number.isFinite(standardError) || standardError <= 0.5, 'islands disagree'],
    [independent || !partitions.includes(Number.NEGATIVE_INFINITY), 'dead islands'],
  ]
  return [...doubts, ...checks.flatMap(([passed, doubt]) => (passed ? [] : [doubt]))]
}

/** The result of a population; `Support` when none of it lives. */
export const resultOf = (finished: Finished): E.Either<Failure, Tilted> => {
  const { partitions, independent: _, ...rest } = finished
  if (!finished.logWeights.some((log) => log > Number.NEGATIVE_INFINITY)) return E.left(allDead(finished))
  const weights = softmax(finished.logWeights)
  const logPartition = partitionOf(partitions)
  const effectiveSampleSize = effectiveSize(weights)
  const doubts = doubtsOf(finished, logPartition, effectiveSampleSize)
  return E.right({
    ...rest,
    weights,
    logPartition,
    effectiveSampleSize,
    doubts,
    reliable: doubts.length === 0,
  })
}

/** A mean over texts with its standard error and 95 % interval (Student's t over islands, their skewness taken out). */
export interface TextMean {
  readonly value: number
  readonly standardError: number
  readonly interval: readonly [number, number]
}

/** Skewness below which its correction, of the order of its square, is lost to rounding. */
const NO_SKEW = 1e-6

/**
 * The studentised mean of k values of this skewness γ that a normal (or t) quantile x stands for: the inverse of Hall's monotone
 * `g(w) = w + γw²/3 + γ²w³/27 + γ/6k` at w = T/√k, which takes the skewness, of order 1/√k, out of T (Hall 1992, *On the removal of
 * skewness by transformation*, J. R. Statist. Soc. B 54).
 */
const unskewed = (x: number, skewness: number, k: number): number =>
  Math.abs(skewness) < NO_SKEW
    ? x
    : (3 * Math.sqrt(k) * (Math.cbrt(1 + skewness * (x / Math.sqrt(k) - skewness / (6 * k))) - 1)) / skewness

/** How many independent texts a population is worth at most: as many as effective ones, and as ancestors of the living. */
const independentTexts = ({ origins, weights, effectiveSampleSize }: Tilted): number =>
  Math.min(effectiveSampleSize, new Set(Array.from(origins).filter((_, i) => at(weights, i) > 0)).size)

/**
 * The 95 % interval of a share: Student's t for its log-odds, which islands that see a rare property seldom tell more evenly than the
 * share itself; where no text has the property, or each, what so many independent texts would leave possible at 2.5 %
 * (`1 − 0.025^{1/n}`, Clopper and Pearson 1934).
 */
const shareInterval = (
  values: readonly number[],
  { value: share, standardError }: Omit<TextMean, 'interval'>,
  found: Tilted,
): readonly [number, number] => {
  const { weights, logPartition } = found
  const unseen = 1 - 0.025 ** (1 / independentTexts(found))
  const only = (x: number): boolean => values.every((each, i) => each === x || at(weights, i) === 0)
  if (only(0) || share <= 0) return [0, unseen]
  if (only(1) || share >= 1) return [1 - unseen, 1]
  const k = logPartition.islands.length
  const [odds, reach] = [
    Math.log(share / (1 - share)),
    (studentQuantile(k - 1) * standardError) / (share * (1 - share)),
  ]
  return [sigmoid(odds - reach), sigmoid(odds + reach)]
}

const finite = (text: string, x: number): number =>
  Number.isFinite(x)
    ? x
    : raise(failure('NonFinite', `the function is ${x} of the text ${JSON.stringify(text)}`, 'give a finite number'))

/**
 * `E_p f` of any function of a text, from the weights; its error is that of a ratio of sums over islands (delta method), infinite for
 * one island and for a chain. What islands say of a rare property is skewed, many little and few much, so that means which are too
 * low come with errors which are too small: the interval is longer on the side where that happens. Where `f` is 0 or 1 of each text
 * it is that of a share, by its log-odds. `NonFinite`, thrown, where `f` is not finite of a text that has weight.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const found = await run(smc(key(1), { particles: 500 })({ model, limit: 8 }))
 * textMean((text) => (text.includes('aa') ? 1 : 0))(found).value // => 0.343204
 */
export const textMean =
  (f: (text: string) => number) =>
  (found: Tilted): TextMean => {
    const { sampler, texts, weights, islands, logPartition } = found
    const values = texts.map((text, i) => (at(weights, i) > 0 ? finite(text, f(text)) : 0))
    const value = sum(values.map((x, i) => x * at(weights, i)))
    const k = logPartition.islands.length
    const gaps = new Float64Array(k)
    for (const [i, x] of values.entries())
      gaps[at(islands, i)] = at(gaps, at(islands, i)) + at(weights, i) * (x - value)
    const known = k > 1 && sampler !== 'chain'
    const standardError = known
      ? Math.sqrt((k / (k - 1)) * sum(gaps.map((gap) => gap * gap)))
      : Number.POSITIVE_INFINITY
    if (!known) return { value, standardError, interval: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] }
    const shares = values.every((x, i) => x === 0 || x === 1 || at(weights, i) === 0)
    if (shares) return { value, standardError, interval: shareInterval(values, { value, standardError }, found) }
    const spread = Math.sqrt(sum(gaps.map((gap) => gap * gap)) / (k - 1))
    const skewness = spread === 0 ? 0 : sum(gaps.map((gap) => (gap / spread) ** 3)) / k
    const reach = (x: number): number => unskewed(x, skewness, k) * standardError
    const t = studentQuantile(k - 1)
    return { value, standardError, interval: [value - reach(t), value - reach(-t)] }
  }

/**
 * `n` texts drawn by their weights, one in each of n strata: an estimate of p that no longer has weights (its law is p as
 * the number of particles grows).
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const found = await run(smc(key(1), { particles: 500 })({ model, limit: 8 }))
 * drawTexts(key(2), 3)(found) // => ['', 'baaa', '']
 */
export const drawTexts =
  (key: Key, n: number) =>
  ({ texts, weights }: Tilted): readonly string[] =>
    Array.from(drawAncestors('stratified')(key, weights, n), (i) => at(texts, i))
