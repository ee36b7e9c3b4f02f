/**
 * The results of a GAM experiment as one record, with its io-ts codec: what `results.json` holds and the report draws.
 *
 * Cross-entropies are in nats per symbol with EOS counted (divided by n + 1). A number that JSON cannot write (`Infinity`,
 * `-Infinity`, `NaN`) is null in the file, and the file's `nonFinite` says which: a round trip changes nothing.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { optional, record } from '../../codec/record.ts'
import { exactNumber as real } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import type { Progress } from '../../progress.ts'
import type { OwnExecutor } from '../executor.ts'
import { type MomentMatch, momentMatchCodec } from './match.ts'
import type { GamOptions } from './options.ts'
import { gamOptionsCodec } from './settings.ts'
import { type PaperValues, paperValuesCodec } from './paper.ts'
import { type Population, populationCodec } from './population.ts'
import type { GamStore } from './state.ts'

/** The record of `lib/energy/logpartition.ts`: an estimate of log Z (nats), its asymptotic bounds, its error, and why to doubt it. */
export interface LogPartitionRecord {
  readonly n: number
  readonly lower: number
  readonly jackknife: number
  readonly upper: number
  readonly standardError: number
  readonly effectiveSampleSize: number
  readonly maxWeight: number
  /** A 95 % interval around `jackknife`; absent in results of earlier versions, as is `tail`. */
  readonly interval?: readonly [number, number]
  readonly tail?: 'fitted' | 'bounded' | 'unknown'
  /** The tail index, where one was fitted. */
  readonly paretoK?: number
  /** Why not to believe it; `moments not met` where p_λ is not the tilt that was sought. */
  readonly doubts: readonly string[]
  readonly reliable: boolean
}

/** Cross-entropy per epoch in nats per symbol, on the training and on the validation strings. */
export interface TrainingCurve {
  readonly training: readonly number[]
  readonly validation: readonly number[]
}

/** Counts of values in equal bins: bin i is `[lowest + i·width, lowest + (i+1)·width)`. */
export interface Histogram {
  readonly lowest: number
  readonly width: number
  readonly counts: readonly number[]
}

/** The phases that are timed. `moments` is Training-1's fit of λ, `distillation` the sampling of p_λ, `student` the training of π. */
export type GamPhase = 'data' | 'base' | 'moments' | 'distillation' | 'student' | 'evaluation' | 'total'

/** The phases in the order in which they run. */
export const gamPhases: readonly GamPhase[] = [
  'data',
  'base',
  'moments',
  'distillation',
  'student',
  'evaluation',
  'total',
]

/**
 * Mean of each feature (probability that the property is absent), in the order of `featureNames`: on D, under r and p_λ
 * (both on the samples of r), and on samples of π.
 */
export interface GamMoments {
  readonly data: readonly number[]
  readonly base: readonly number[]
  readonly tilt: readonly number[]
  readonly distilled: readonly number[]
}

/** What training did, epoch by epoch; `lambda` has one row per epoch. */
interface GamCurves {
  readonly base: TrainingCurve
  readonly distilled: TrainingCurve
  readonly l1Moments: readonly number[]
  readonly lambda: readonly (readonly number[])[]
}

/** Some strings of the true process, of r and of π. */
interface GamExamples {
  readonly true: readonly string[]
  readonly base: readonly string[]
  readonly distilled: readonly string[]
}

/** Standard errors of the three cross-entropies over the test strings; that of the tilt includes the error of log Z. */
interface CrossEntropyErrors {
  readonly base: number
  readonly tilt: number
  readonly distilled: number
}

/** Everything that a finished run reports. */
export interface GamResults {
  readonly options: GamOptions
  /** What executed the plans, as its executor names itself. */
  readonly adapter: string
  /** CE(T, r). */
  readonly crossEntropyBase: number
  /** CE(T, p_λ), through the estimate of log Z. */
  readonly crossEntropyTilt: number
  /** CE(T, π). */
  readonly crossEntropyDistilled: number
  readonly crossEntropyErrors?: CrossEntropyErrors
  /** H(p_true)/(n + 1), exact; absent for a user's own strings. */
  readonly entropyPerSymbol?: number
  /** Share of `frequencySamples` sampled strings that hold the motif (for own strings: that match the first feature). */
  readonly motifFrequencyBase: number
  readonly motifFrequencyTilt?: number
  readonly motifFrequencyDistilled: number
  readonly frequencySamples: number
  readonly lambda: readonly number[]
  readonly featureNames: readonly string[]
  /** ‖mean_D φ − E_{p_λ} φ‖₁ at the λ that was kept (Eq. 6). */
  readonly l1Moments: number
  readonly moments: GamMoments
  /** 1/Σw² of the importance weights at the final λ. */
  readonly effectiveSampleSize: number
  /** Accepted over proposed strings while distilling; absent where nothing is rejected (dpg). */
  readonly acceptanceRate?: number
  /** The weighted strings that those distilled were drawn from; absent where they were accepted by rejection. */
  readonly population?: Population
  /** With --cycle kept: how far the law of the strings accepted may be from p_λ (total variation, the largest estimate of a cycle). */
  readonly variation?: number
  readonly logPartition: LogPartitionRecord
  /** Whether p_λ has the moments of D; absent in results of earlier versions. */
  readonly momentMatch?: MomentMatch
  readonly seconds: Readonly<Record<GamPhase, number>>
  readonly curves: GamCurves
  /** Histogram of log₁₀ of the importance weights over their mean. */
  readonly logWeights?: Histogram
  readonly examples: GamExamples
  /** The paper's numbers for the same setting, where it prints them. */
  readonly paper?: PaperValues
}

const reals = t.readonlyArray(real)
const strings = t.readonlyArray(t.string)
const curve = record<TrainingCurve>({ training: reals, validation: reals })

const logPartitionCodec: t.Type<LogPartitionRecord, unknown> = record({
  n: real,
  lower: real,
  jackknife: real,
  upper: real,
  standardError: real,
  effectiveSampleSize: real,
  maxWeight: real,
  doubts: strings,
  reliable: t.boolean,
  interval: optional(t.readonly(t.tuple([real, real]))),
  tail: optional(t.union([t.literal('fitted'), t.literal('bounded'), t.literal('unknown')])),
  paretoK: optional(real),
})

const secondsCodec: t.Type<Readonly<Record<GamPhase, number>>, unknown> = record({
  data: real,
  base: real,
  moments: real,
  distillation: real,
  student: real,
  evaluation: real,
  total: real,
})

/** Codec of the results; `encode` gives a value that `exactJson` writes without loss. */
export const gamResultsCodec: t.Type<GamResults, unknown> = record({
  options: gamOptionsCodec,
  adapter: t.string,
  crossEntropyBase: real,
  crossEntropyTilt: real,
  crossEntropyDistilled: real,
  motifFrequencyBase: real,
  motifFrequencyDistilled: real,
  frequencySamples: real,
  lambda: reals,
  featureNames: strings,
  l1Moments: real,
  moments: record({ data: reals, base: reals, tilt: reals, distilled: reals }),
  effectiveSampleSize: real,
  logPartition: logPartitionCodec,
  seconds: secondsCodec,
  curves: record({ base: curve, distilled: curve, l1Moments: reals, lambda: t.readonlyArray(reals) }),
  examples: record({ true: strings, base: strings, distilled: strings }),
  crossEntropyErrors: optional(record<CrossEntropyErrors>({ base: real, tilt: real, distilled: real })),
  entropyPerSymbol: optional(real),
  motifFrequencyTilt: optional(real),
  acceptanceRate: optional(real),
  population: optional(populationCodec),
  variation: optional(real),
  logWeights: optional(record<Histogram>({ lowest: real, width: real, counts: reals })),
  paper: optional(paperValuesCodec),
  momentMatch: optional(momentMatchCodec),
})

/** What is known of p_λ before π is trained. */
export interface TiltFound {
  /** Of the validation strings, nats per symbol. */
  readonly crossEntropyTilt: number
  /** Shares of the samples of r, and of the same under their weights; absent where the first feature is switched off. */
  readonly motifFrequencies?: { readonly base: number; readonly tilt: number }
  readonly logPartition: LogPartitionRecord
}

/** What a run is given besides its options: where to report, when to stop, and where to keep checkpoints. */
export interface RunServices extends OwnExecutor {
  readonly progress: Progress
  /** On abort the run saves a checkpoint in `directory` and fails with `Interrupted`. */
  readonly signal: AbortSignal
  /** An existing folder for checkpoints; a checkpoint of the same options found there is resumed. */
  readonly directory?: string
  /** Where checkpoints are kept instead of a folder: `memoryStore()`, where there are no files. */
  readonly store?: GamStore
  /** Told once what is known of p_λ, as soon as λ is fitted. */
  readonly onTilt?: (found: TiltFound) => void
  /** An earlier run that trained the same r (`sameBase`), with its folder of checkpoints: r is taken from there. */
  readonly baseFrom?: { readonly directory: string; readonly options: GamOptions }
}

/** The system: options to results. */
export type RunGam = (services: RunServices) => (options: GamOptions) => TaskEither<Failure, GamResults>
