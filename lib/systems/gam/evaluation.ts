/**
 * The paper's measures (sections 5, 7, 8): cross-entropies in nats per symbol with EOS counted, motif frequencies, ℓ1_mom.
 */
import { at } from '../../at.ts'
import { need } from '../../effect.ts'
import { featureRows } from '../../energy/features.ts'
import { checkedLogs } from '../../energy/gate.ts'
import {
  type Bank,
  type LogPartition,
  logPartition,
  type RatioEstimate,
  ratioEstimate,
  weigh,
} from '../../energy/index.ts'
import { moments } from '../../energy/bank.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import { fold } from '../../key.ts'
import { type GamRun, keyOf, modelOf } from './context.ts'
import { featureMeans } from './distillation.ts'
import { scoreStrings, stringBase, symbolsOf } from './language.ts'
import { histogram } from './histogram.ts'
import type { Histogram } from './results.ts'

/** −Σ log p / Σ |x| over strings with EOS counted, and the standard error of the ratio. */
const perSymbol = (logs: Float64Array, texts: readonly string[]): RatioEstimate =>
  ratioEstimate(
    need(checkedLogs((i) => `log p of test string ${i}`)(logs)).map((l) => 0 - l),
    texts.map((text) => [...text].length + 1),
  )

/** CE(T, model). */
export const crossEntropyOf = async (
  gam: GamRun,
  parameters: LstmParameters,
  texts: readonly string[],
): Promise<RatioEstimate> => perSymbol(await gam.run(scoreStrings(modelOf(gam, parameters), texts)), texts)

/** An estimate of log Z with its standard error. */
type LogZ = Pick<LogPartition, 'jackknife' | 'standardError'>

/**
 * CE(T, p_λ) per symbol from `log P = log r + ⟨λ, φ⟩` of the test strings: `(−Σ log P + N·log Z) / Σ |x|`. All N strings
 * share the one estimate of log Z, so the error is that of the test strings and `N/Σ|x|` times that of log Z, both.
 */
export const tiltedPerSymbol = (logPotentials: Float64Array, texts: readonly string[], logZ: LogZ): RatioEstimate => {
  const found = perSymbol(
    logPotentials.map((l) => l - logZ.jackknife),
    texts,
  )
  const share = texts.length / symbolsOf(texts)
  return { value: found.value, standardError: Math.hypot(found.standardError, share * logZ.standardError) }
}

/** CE(T, p_λ) = −mean(log r + ⟨λ, φ⟩) + log Z, per symbol. */
export const crossEntropyOfTilt = async (
  gam: GamRun,
  base: LstmParameters,
  lambda: readonly number[],
  logZ: LogZ,
  texts: readonly string[],
): Promise<RatioEstimate> => {
  const logs = await gam.run(scoreStrings(modelOf(gam, base), texts))
  const rows = featureRows(gam.features.features)(texts)
  const tilted = logs.map(
    (l, i) => l + lambda.reduce((sum, w, j) => sum + w * at(rows.values, i * rows.columns + j), 0),
  )
  return tiltedPerSymbol(tilted, texts, logZ)
}

/** Strings sampled to count motifs in: 2 000, as in the paper. */
export const FREQUENCY_SAMPLES = 2000

/** What samples of a model show: how often the motif (or the first property) holds, the feature means, some strings. */
interface SampleReport {
  readonly frequency: number
  readonly moments: Float64Array
  readonly examples: readonly string[]
}

/** Samples strings of a model and looks at them; `stream` keeps the samples of different models apart. */
export const sampleReport = async (gam: GamRun, parameters: LstmParameters, stream: number): Promise<SampleReport> => {
  const texts = await gam.run(
    stringBase(modelOf(gam, parameters)).sample(fold(keyOf(gam.options, 'evaluate'), stream), FREQUENCY_SAMPLES),
  )
  return {
    frequency: texts.filter(gam.features.present).length / texts.length,
    moments: featureMeans(gam, texts),
    examples: texts.slice(0, 8),
  }
}

/** Log-weights ⟨λ, φ⟩ of a bank, one for each draw. */
const bankLogWeights = (bank: Bank, lambda: readonly number[]): Float64Array => {
  const out: number[] = []
  bank.counts.forEach((count, i) => {
    const l =
      at(bank.offsets, i) + lambda.reduce((sum, w, j) => sum + w * at(bank.rows.values, i * bank.rows.columns + j), 0)
    for (let c = 0; c < count; c++) out.push(l)
  })
  return Float64Array.from(out)
}

/** Bins of the histogram of weights. */
const BINS = 24

/** What a bank says about λ: moments with their standard errors beside log Z. */
interface WeightReport {
  readonly logPartition: LogPartition
  readonly moments: Float64Array
  readonly momentErrors: Float64Array
  readonly histogram: Histogram
}

/** What the bank says about λ: log Z with its bounds, moments, effective sample size, and the weights as a histogram. */
export const weightReport = (bank: Bank, lambda: readonly number[]): WeightReport => {
  const logs = bankLogWeights(bank, lambda)
  const found = logPartition(need(weigh(logs, (i) => `the log-weight of sample ${i} of r`)))
  const tilted = moments(bank)(lambda)
  return {
    logPartition: found,
    moments: tilted.moments,
    momentErrors: tilted.standardErrors,
    histogram: histogram(BINS)(logs.map((l) => (l - found.lower) / Math.LN10)),
  }
}
