/**
 * The io-ts codecs of the results of a residual-model experiment: `results.json`, and what checkpoints keep of them.
 */
import * as t from 'io-ts'
import { exactNumber as real, natural } from '../../codec/scalars.ts'
import type { CurvePoint } from '../../train/steps-state.ts'
import type { StepPerplexity } from './marginals.ts'
import type { Histograms, Judgement } from './measures.ts'
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
  NextTokenRecord,
  ResidualResults,
  SourceMeasures,
  TableRow,
} from './results.ts'

const reals = t.readonlyArray(real)
const numbers = t.record(t.string, real)

const perplexity: t.Type<Perplexity, unknown> = t.type({
  value: real,
  lower: real,
  upper: real,
  count: real,
  monteCarloError: real,
  testError: real,
})

const partitionSummary: t.Type<PartitionSummary, unknown> = t.intersection([
  t.exact(
    t.type({
      prefixes: natural,
      samples: natural,
      meanLogPartition: real,
      leastEffectiveSampleSize: real,
      medianEffectiveSampleSize: real,
      largestWeight: real,
      reliableShare: real,
      reliable: t.boolean,
    }),
  ),
  t.exact(t.partial({ largestParetoK: real })),
])

const model: t.Type<ModelName> = t.union([
  t.literal('base'),
  t.literal('ralm'),
  t.literal('balm'),
  t.literal('unit'),
  t.literal('bit'),
])

const difference = t.type({ value: real, standardError: real })

const tableRow: t.Type<TableRow, unknown> = t.intersection([
  t.exact(t.type({ model, parameters: natural, perToken: perplexity, perWord: perplexity })),
  t.exact(
    t.partial({
      partitions: partitionSummary,
      gain: difference,
      gains: t.record(t.string, difference),
      logNormaliser: real,
    }),
  ),
])

const histograms: t.Type<Histograms, unknown> = t.type({
  lowest: real,
  width: real,
  counts: t.record(t.string, reals),
})

/** Codec of energy histograms over training. */
export const snapshotsCodec: t.Type<readonly EnergySnapshot[], unknown> = t.readonlyArray(
  t.type({ step: natural, histograms }),
)

const curve: t.Type<readonly CurvePoint[], unknown> = t.readonlyArray(
  t.type({ step: natural, watched: numbers, score: real, facts: numbers }),
)

const fit: t.Type<FitRecord, unknown> = t.type({ parameters: natural, best: real, curve, snapshots: snapshotsCodec })

const step: t.Type<StepPerplexity, unknown> = t.type({
  position: natural,
  base: real,
  joint: real,
  lower: real,
  upper: real,
  exact: t.boolean,
  reliableShare: real,
})

const byEnergy = <A>(of: t.Type<A, unknown>) => t.type({ unit: of, bit: of })

const jointProbability: t.Type<JointProbability, unknown> = t.type({
  value: real,
  lower: real,
  upper: real,
  exact: t.boolean,
})

const nextToken: t.Type<NextTokenRecord, unknown> = t.type({
  text: t.string,
  base: real,
  unit: jointProbability,
  bit: jointProbability,
})

/** Codec of an evaluation. */
export const evaluationCodec: t.Type<EvaluationRecord, unknown> = t.type({
  table: t.readonlyArray(tableRow),
  chunks: natural,
  tokens: natural,
  words: natural,
  steps: byEnergy(t.readonlyArray(step)),
  next: t.readonlyArray(t.type({ prefix: t.string, tokens: t.readonlyArray(nextToken) })),
  logPartitions: byEnergy(reals),
})

const sourceMeasures: t.Type<SourceMeasures, unknown> = t.type({
  uniqueRatios: reals,
  meanEnergy: real,
  logLikelihood: real,
})

const sources = <A>(of: t.Type<A, unknown>) => t.type({ data: of, base: of, unit: of, bit: of })

/** Codec of a generation. */
export const generationCodec: t.Type<GenerationRecord, unknown> = t.type({
  count: natural,
  proposals: natural,
  topK: natural,
  samples: t.readonlyArray(t.type({ prefix: t.string, data: t.string, base: t.string, unit: t.string, bit: t.string })),
  measures: sources(sourceMeasures),
  energies: histograms,
  effectiveProposals: t.type({ unit: real, bit: real }),
})

const judgement: t.Type<Judgement, unknown> = t.type({
  truePositiveRate: real,
  falsePositiveRate: real,
  accuracy: real,
  standardError: real,
})

/** Codec of an analysis. */
export const analysisCodec: t.Type<AnalysisRecord, unknown> = t.type({
  rows: natural,
  base: judgement,
  joint: judgement,
  curve,
})

const corpusRecord: t.Type<CorpusRecord, unknown> = t.type({
  name: t.string,
  title: t.string,
  licence: t.string,
  sha256: t.string,
  symbols: natural,
  tokens: t.type({ training: natural, validation: natural, test: natural }),
})

/** Codec of the results; `encode` gives a value that `exactJson` writes without loss. */
export const residualResultsCodec: t.Type<ResidualResults, unknown> = t.intersection([
  t.exact(
    t.type({
      options: residualOptionsCodec,
      adapter: t.string,
      corpus: corpusRecord,
      seconds: numbers,
      fits: t.record(t.string, fit),
    }),
  ),
  t.exact(t.partial({ evaluation: evaluationCodec, generation: generationCodec, analysis: analysisCodec })),
])
