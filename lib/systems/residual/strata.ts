/**
 * Estimates of Z of a prefix that use what is known of the next token, q(x₁ | prefix) [symbols], and are as unbiased as the plain mean:
 *
 * - `stratified`: the first token of sample i comes from u ∈ [i/n, (i + 1)/n) by the inverse distribution function, so that what Z
 *   varies by from one first token to another is no longer error. Its variance is judged by neighbours, on a circle,
 *   `Σ (wᵢ − wᵢ₋₁)²/2n²`, the mean of which is at least the variance (R24).
 * - `control`: `c = log q(x₁ | prefix) + H`, whose mean is 0, is a control variate: `w − β·c`, with the β of each sample
 *   found on the others (R25).
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, need } from '../../effect.ts'
import { type LogPartition, logPartition, weigh } from '../../energy/index.ts'
import { studentQuantile } from '../../energy/quantile.ts'
import { cumulative, fineUniforms, invert } from '../../energy/uniform.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import { maximum, mean } from '../../math.ts'
import { eachShard, places, startsOf } from '../../scale/shards.ts'
import type { PartitionEstimator } from './options.ts'
import { rowAt, rowEnergies, type RowEnergy, rowsOf, type SequenceBase, sliceRows } from './sequence.ts'
import type { WeighingOptions } from './weighing.ts'

/** Batches of samples that are held at once. */
const BATCHES = 8

/** An estimate that is not the plain mean. */
type Kind = Exclude<PartitionEstimator, 'plain'>

/** An estimate of Z and of its variance, in units of which the largest weight is 1. */
interface Mean {
  readonly value: number
  readonly variance: number
}

const byStrata = (weights: Float64Array): Mean => {
  const n = weights.length
  const squares = weights.reduce((total, w, i) => total + (w - at(weights, (i + n - 1) % n)) ** 2, 0)
  return { value: mean(weights), variance: squares / (2 * n * n) }
}

/** Sums over samples of w, c, c², w·c and w·c². */
type Sums = readonly [w: number, c: number, cc: number, wc: number, wcc: number]

const none: Sums = [0, 0, 0, 0, 0]

/** Sums with a sample more (`by` 1) or less (−1). */
const moved = ([sw, sc, scc, swc, swcc]: Sums, by: number, w: number, c: number): Sums => [
  sw + by * w,
  sc + by * c,
  scc + by * c * c,
  swc + by * w * c,
  swcc + by * w * c * c,
]

/** The mean of wᵢ − βᵢ·cᵢ, where βᵢ is `Σ_{j≠i} (wⱼ − w̄)·cⱼ/(n − 1)` over the variance of c, with w̄ the mean of the others. */
const controlled = ([w, c, cc, wc, wcc]: Sums, n: number, spread: number): number => {
  const centres = (w * c * c - w * cc - wc * c + wcc) / (n - 1)
  return (w - (wc * c - wcc - centres) / ((n - 1) * spread)) / n
}

/** The mean of w − β·c, the β of each sample found on the others, with the jackknife's variance; `spread` is the variance of c. */
const byControl = (weights: Float64Array, controls: Float64Array, spread: number): Mean => {
  const n = weights.length
  const of: (sums: Sums, n: number) => number =
    n > 2 && spread > 0 ? (sums, m) => controlled(sums, m, spread) : ([w], m) => w / m
  const sums = weights.reduce((own, w, i) => moved(own, 1, w, at(controls, i)), none)
  const without = weights.map((w, i) => of(moved(sums, -1, w, at(controls, i)), n - 1))
  const centre = mean(without)
  return { value: of(sums, n), variance: ((n - 1) / n) * without.reduce((total, v) => total + (v - centre) ** 2, 0) }
}

/** The record of log Z for other numbers than those of the plain mean; that record where they give no log. */
const recordOf = (plain: LogPartition, shift: number, { value, variance }: Mean): LogPartition => {
  if (!(value > 0)) return plain
  const [lower, relative] = [Math.log(value) + shift, variance / value ** 2]
  const [jackknife, standardError] = [lower + relative / 2, Math.sqrt(relative)]
  const half = studentQuantile(plain.effectiveSampleSize - 1) * standardError
  return {
    ...plain,
    ...{ lower, jackknife, upper: lower + relative, standardError },
    interval: [jackknife - half, jackknife + half],
  }
}

/** The next token of a prefix: probabilities [symbols], c of each token, and the variance of c. */
interface NextToken {
  readonly sums: Float64Array
  readonly controls: Float64Array
  readonly spread: number
}

const nextOf = (logs: Float64Array): NextToken => {
  const probabilities = logs.map(Math.exp)
  const meanOf = (of: (log: number) => number): number =>
    logs.reduce(
      (total, log, v) => (log === Number.NEGATIVE_INFINITY ? total : total + at(probabilities, v) * of(log)),
      0,
    )
  const centre = meanOf((log) => log)
  return {
    sums: cumulative(probabilities),
    controls: logs.map((log) => log - centre),
    spread: meanOf((log) => (log - centre) ** 2),
  }
}

const estimateOf = (kind: Kind, logWeights: Float64Array, tokens: Int32Array, { controls, spread }: NextToken) => {
  const plain = logPartition(need(weigh(logWeights, (i) => `the log-weight of sample ${i}`)))
  const shift = maximum(logWeights)
  const weights = logWeights.map((l) => Math.exp(l - shift))
  const own = Float64Array.from(tokens, (token) => at(controls, token))
  return recordOf(plain, shift, kind === 'stratified' ? byStrata(weights) : byControl(weights, own, spread))
}

/** The first tokens of the samples of a prefix. */
const tokensOf = (kind: Kind, { sums }: NextToken, key: Key, n: number): Int32Array => {
  const uniforms = fineUniforms(key, n)
  return Int32Array.from(kind === 'stratified' ? uniforms.map((u, i) => (i + u) / n) : uniforms, invert(sums))
}

/** Prefixes with a token more, each as often as it has such tokens. */
const extended = (prefixes: TokenRows, tokens: readonly Int32Array[]): TokenRows =>
  rowsOf(
    tokens.flatMap((own, p) => Array.from(own, (token) => Int32Array.of(...rowAt(prefixes, p), token))),
    prefixes.time + 1,
  )

/** Energies of a completion of every row under each energy [energy][row]. */
const completedEnergies = (
  base: SequenceBase,
  energies: readonly RowEnergy[],
  { batch, atOnce = 1, key, signal, onRows }: WeighingOptions,
  rows: TokenRows,
): TE.TaskEither<Failure, readonly Float64Array[]> =>
  effect(async (run) => {
    const found = energies.map(() => new Float64Array(rows.count))
    const starts = startsOf(rows.count, batch)
    const complete = eachShard({ lanes: places(atOnce), signal })((_place, start: number, block) =>
      effect(async (own) => {
        const some = sliceRows(rows, start, start + batch)
        const whole = rows.time === base.length ? some : await own(base.complete(fold(key, block), some))
        const values: Float64Array[] = []
        for (const energy of energies) values.push(await own(rowEnergies(energy, whole)))
        return values
      }),
    )
    await run(
      complete(starts, (values, block) => {
        values.forEach((own, e) => at(found, e).set(own, at(starts, block)))
        onRows?.(at(values, 0).length)
      }),
    )
    return found
  })

/**
 * log Z of every prefix [count, time < length] under each of several energies [energy][prefix], by `samples` completions of each whose first
 * tokens are drawn as the kind says. Failures as in `weighBy`.
 */
export const estimatedBy =
  (kind: Kind) =>
  (base: SequenceBase, energies: readonly RowEnergy[], options: WeighingOptions) =>
  (prefixes: TokenRows): TE.TaskEither<Failure, readonly (readonly LogPartition[])[]> =>
    effect(async (run) => {
      const { samples, batch, key } = options
      const found = energies.map(() => new Array<LogPartition>())
      const group = Math.ceil((BATCHES * batch) / samples)
      for (const start of startsOf(prefixes.count, group)) {
        const some = sliceRows(prefixes, start, start + group)
        const logs = await run(base.next(some))
        const next = Array.from({ length: some.count }, (_, p) =>
          nextOf(logs.subarray(p * base.symbols, (p + 1) * base.symbols)),
        )
        const tokens = next.map((own, p) => tokensOf(kind, own, fold(fold(key, 0), start + p), samples))
        const settings = { ...options, key: fold(fold(key, 1), start) }
        const values = await run(completedEnergies(base, energies, settings, extended(some, tokens)))
        for (const [e, own] of values.entries())
          for (const [p, first] of tokens.entries()) {
            const logWeights = own.subarray(p * samples, (p + 1) * samples).map((energy) => 0 - energy)
            at(found, e).push(estimateOf(kind, logWeights, first, at(next, p)))
          }
      }
      return found
    })
