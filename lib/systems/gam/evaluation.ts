/**
 * The paper's measures (sections 5, 7, 8): cross-entropies in nats per symbol with EOS counted, motif frequencies, ℓ1_mom.
 */
import { at } from '../../at.ts'
import { need } from '../../effect.ts'
import { type Bank, featureRows, logPartition, weigh } from '../../energy/index.ts'
import { moments } from '../../energy/bank.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import { fold } from '../../key.ts'
import { type GamRun, keyOf, modelOf } from './context.ts'
import { featureMeans } from './distillation.ts'
import { scoreStrings, stringBase, symbolsOf } from './language.ts'
import type { Histogram, LogPartitionRecord } from './results.ts'

/** A mean over test strings with its standard error. */
export interface PerSymbol {
  readonly value: number
  readonly standardError: number
}

/** −Σ log p / Σ |x| over strings, with the standard error of the ratio. */
const perSymbol = (logs: Float64Array, texts: readonly string[]): PerSymbol => {
  const symbols = symbolsOf(texts)
  const value = -logs.reduce((a, b) => a + b, 0) / symbols
  const squares = logs.reduce((sum, l, i) => sum + (-l - value * ([...at(texts, i)].length + 1)) ** 2, 0)
  return { value, standardError: Math.sqrt(squares) / symbols }
}

/** CE(T, model). */
export const crossEntropyOf = async (
  gam: GamRun,
  parameters: LstmParameters,
  texts: readonly string[],
): Promise<PerSymbol> => perSymbol(await gam.run(scoreStrings(modelOf(gam, parameters), texts)), texts)

/** CE(T, p_λ) = −mean(log r + ⟨λ, φ⟩) + log Z, per symbol. */
export const crossEntropyOfTilt = async (
  gam: GamRun,
  base: LstmParameters,
  lambda: readonly number[],
  logZ: number,
  texts: readonly string[],
): Promise<PerSymbol> => {
  const logs = await gam.run(scoreStrings(modelOf(gam, base), texts))
  const rows = featureRows(gam.features.features)(texts)
  const tilted = logs.map(
    (l, i) => l - logZ + lambda.reduce((sum, w, j) => sum + w * at(rows.values, i * rows.columns + j), 0),
  )
  return perSymbol(tilted, texts)
}

/** Strings sampled to count motifs in: 2 000, as in the paper. */
export const FREQUENCY_SAMPLES = 2000

/** What samples of a model show: how often the motif (or the first property) holds, the feature means, some strings. */
export interface SampleReport {
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

/** What the bank says about λ: log Z with its bounds, moments, effective sample size, and the weights as a histogram. */
export const weightReport = (
  bank: Bank,
  lambda: readonly number[],
): { readonly logPartition: LogPartitionRecord; readonly moments: Float64Array; readonly histogram: Histogram } => {
  const logs = bankLogWeights(bank, lambda)
  const found = logPartition(need(weigh(logs)))
  return {
    logPartition: found,
    moments: moments(bank)(lambda).moments,
    histogram: histogramOf(logs.map((l) => (l - found.lower) / Math.LN10)),
  }
}

const BINS = 24

const histogramOf = (values: Float64Array): Histogram => {
  const [low, high] = [
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ]
  const width = Math.max((high - low) / BINS, 1e-9)
  const counts = Array.from({ length: BINS }, () => 0)
  for (const v of values) {
    const i = Math.min(BINS - 1, Math.floor((v - low) / width))
    counts[i] = at(counts, i) + 1
  }
  return { lowest: low, width, counts }
}
