/**
 * The io-ts codecs of the results of a residual-model experiment: `results.json`, and what checkpoints keep of them.
 */
import * as t from 'io-ts'
import { nameCodec } from '../../codec/names.ts'
import { optional, record } from '../../codec/record.ts'
import { exactNumber as real, natural } from '../../codec/scalars.ts'
import type { CurvePoint } from '../../train/steps-state.ts'
import type { StepPerplexity } from './marginals.ts'
import type { Difference, Histograms, Judgement } from './measures.ts'
import { furtherNames } from './options.ts'
import { residualOptionsCodec } from './settings.ts'
import type { PartitionSummary, Perplexity } from './perplexity.ts'
import type {
  AnalysisRecord,
  CorpusRecord,
  EnergySnapshot,
  EvaluationRecord,
  FitRecord,
  GenerationRecord,
  JointProbability,
  ModelName,
  NextListing,
  NextTokenRecord,
  ResidualResults,
  SampleRecord,
  SamplesPoint,
  SourceMeasures,
  TableRow,
} from './results.ts'

const reals = t.readonlyArray(real)
const numbers = t.record(t.string, real)

const perplexity: t.Type<Perplexity, unknown> = record({
  value: real,
  lower: real,
  upper: real,
  count: real,
  monteCarloError: real,
  testError: real,
})

const partitionSummary: t.Type<PartitionSummary, unknown> = record({
  prefixes: natural,
  samples: natural,
  mostSamples: optional(natural),
  meanLogPartition: real,
  leastEffectiveSampleSize: real,
  medianEffectiveSampleSize: real,
  largestWeight: real,
  reliableShare: real,
  reliable: t.boolean,
  largestParetoK: optional(real),
})

const model: t.Type<ModelName> = nameCodec(['base', 'policy', 'ralm', 'balm', 'unit', 'bit', ...furtherNames])

const difference = record<Difference>({ value: real, standardError: real })

const tableRow: t.Type<TableRow, unknown> = record({
  model,
  parameters: natural,
  perToken: perplexity,
  perWord: perplexity,
  partitions: optional(partitionSummary),
  gain: optional(difference),
  fromBase: optional(difference),
  gains: optional(t.record(t.string, difference)),
  logNormaliser: optional(real),
})

const histograms: t.Type<Histograms, unknown> = record({
  lowest: real,
  width: real,
  counts: t.record(t.string, reals),
})

/** Codec of energy histograms over training. */
export const snapshotsCodec: t.Type<readonly EnergySnapshot[], unknown> = t.readonlyArray(
  record<EnergySnapshot>({ step: natural, histograms }),
)

const curve: t.Type<readonly CurvePoint[], unknown> = t.readonlyArray(
  record<CurvePoint>({ step: natural, watched: numbers, score: real, facts: numbers }),
)

const fit: t.Type<FitRecord, unknown> = record({ parameters: natural, best: real, curve, snapshots: snapshotsCodec })

const step: t.Type<StepPerplexity, unknown> = record({
  position: natural,
  base: real,
  joint: real,
  lower: real,
  upper: real,
  exact: t.boolean,
  reliableShare: real,
  rows: optional(natural),
  gain: optional(difference),
})

const byEnergy = <A>(of: t.Type<A, unknown>) => t.type({ unit: of, bit: of })

const jointProbability: t.Type<JointProbability, unknown> = record({
  value: real,
  lower: real,
  upper: real,
  exact: t.boolean,
})

const nextToken: t.Type<NextTokenRecord, unknown> = record({
  text: t.string,
  base: real,
  unit: jointProbability,
  bit: jointProbability,
})

/** Codec of an evaluation. */
export const evaluationCodec: t.Type<EvaluationRecord, unknown> = record({
  table: t.readonlyArray(tableRow),
  chunks: natural,
  tokens: natural,
  words: natural,
  steps: byEnergy(t.readonlyArray(step)),
  next: t.readonlyArray(record<NextListing>({ prefix: t.string, tokens: t.readonlyArray(nextToken) })),
  logPartitions: byEnergy(reals),
  bySamples: optional(
    t.readonlyArray(record<SamplesPoint>({ samples: natural, value: real, lower: real, upper: real })),
  ),
})

const measuredOf = { uniqueRatios: reals, meanEnergy: real, logLikelihood: real }

const sourceMeasures: t.Type<SourceMeasures, unknown> = record(measuredOf)

const sources = <A>(of: t.Type<A, unknown>) => t.type({ data: of, base: of, unit: of, bit: of })

/** Codec of a generation. */
export const generationCodec: t.Type<GenerationRecord, unknown> = record({
  count: natural,
  proposals: natural,
  topK: natural,
  samples: t.readonlyArray(
    record<SampleRecord>({
      prefix: t.string,
      data: t.string,
      base: t.string,
      unit: t.string,
      bit: t.string,
      balm: optional(t.string),
    }),
  ),
  measures: sources(sourceMeasures),
  metropolis: optional(record({ ...measuredOf, energyAbove: difference })),
  energies: histograms,
  effectiveProposals: record({ unit: real, bit: real }),
})

const judged = { truePositiveRate: real, falsePositiveRate: real, accuracy: real, standardError: real }

const judgement: t.Type<Judgement, unknown> = record(judged)

/** Codec of an analysis. */
export const analysisCodec: t.Type<AnalysisRecord, unknown> = record({
  rows: natural,
  base: judgement,
  joint: judgement,
  metropolis: optional(record({ ...judged, moreOften: difference })),
  curve,
})

const corpusRecord: t.Type<CorpusRecord, unknown> = record({
  name: t.string,
  title: t.string,
  licence: t.string,
  sha256: t.string,
  symbols: natural,
  tokens: record({ training: natural, validation: natural, test: natural }),
})

/** Codec of the results; `encode` gives a value that `exactJson` writes without loss. */
export const residualResultsCodec: t.Type<ResidualResults, unknown> = record({
  options: residualOptionsCodec,
  adapter: t.string,
  corpus: corpusRecord,
  seconds: numbers,
  fits: t.record(t.string, fit),
  evaluation: optional(evaluationCodec),
  generation: optional(generationCodec),
  analysis: optional(analysisCodec),
})
