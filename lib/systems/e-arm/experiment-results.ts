/**
 * The results of an E-ARM experiment as one record, with its io-ts codec: what `results.json` holds and the report draws.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { at } from '../../at.ts'
import { exactNumber as real } from '../../codec/scalars.ts'
import type { DataServices } from '../../data/services.ts'
import type { Failure } from '../../errors.ts'
import type { Progress } from '../../progress.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { experimentCodec } from './settings.ts'

/** The two ways in which the network is trained. */
export type Variant = 'plain' | 'e-arm'

/** The variants in the order in which they are trained and shown. */
export const variants: readonly [Variant, Variant] = ['plain', 'e-arm']

/** One epoch: cross-entropies in nats per token, the mean logsumexp of the data's steps, and the ESS of w where it is used. */
export interface EpochRecord {
  readonly epoch: number
  readonly training: number
  readonly validation: number
  readonly logSumExp: number
  readonly energy?: number
  /** Mean over steps of the effective sample size of w. */
  readonly effectiveSampleSize?: number
}

/** One training: its epochs, the best validation and, with those parameters, the test cross-entropy in nats per token. */
export interface VariantRecord {
  readonly epochs: readonly EpochRecord[]
  readonly best: number
  readonly test: number
  /** Standard error of `test` over test rows. */
  readonly standardError: number
  /** Effective negatives of an update: sampled rows. */
  readonly negatives: number
  readonly seconds: number
}

/** Both trainings from one start. */
export interface SeedRecord {
  readonly seed: number
  readonly plain: VariantRecord
  readonly eArm: VariantRecord
}

/** Everything that an experiment found. `samples` are rows of tokens of the last seed's models, `texts` what they say. */
export interface EArmResults {
  readonly options: EArmExperiment
  readonly adapter: string
  readonly title: string
  readonly licence: string
  readonly measure: 'perplexity' | 'bits per dimension'
  readonly parameters: number
  readonly seeds: readonly SeedRecord[]
  readonly samples: Readonly<Record<string, readonly (readonly number[])[]>>
  readonly texts: Readonly<Record<string, readonly string[]>>
  readonly image?: {
    readonly height: number
    readonly width: number
    readonly channels: number
    readonly levels: number
  }
  readonly seconds: number
}

const epochCodec: t.Type<EpochRecord, unknown> = t.intersection([
  t.type({ epoch: real, training: real, validation: real, logSumExp: real }),
  t.exact(t.partial({ energy: real, effectiveSampleSize: real })),
])

/** Codec of one training. */
export const variantCodec: t.Type<VariantRecord, unknown> = t.type({
  epochs: t.readonlyArray(epochCodec),
  best: real,
  test: real,
  standardError: real,
  negatives: real,
  seconds: real,
})

const seedCodec: t.Type<SeedRecord, unknown> = t.type({ seed: t.number, plain: variantCodec, eArm: variantCodec })

/** Codec of the record. */
export const eArmResultsCodec: t.Type<EArmResults, unknown> = t.intersection([
  t.type({
    options: experimentCodec,
    adapter: t.string,
    title: t.string,
    licence: t.string,
    measure: t.union([t.literal('perplexity'), t.literal('bits per dimension')]),
    parameters: t.number,
    seeds: t.readonlyArray(seedCodec),
    samples: t.record(t.string, t.readonlyArray(t.readonlyArray(t.number))),
    texts: t.record(t.string, t.readonlyArray(t.string)),
    seconds: real,
  }),
  t.partial({ image: t.type({ height: t.number, width: t.number, channels: t.number, levels: t.number }) }),
])

/** A cross-entropy (nats per token) in the unit of a measure. */
export const inMeasure =
  (measure: EArmResults['measure']) =>
  (nats: number): number =>
    measure === 'perplexity' ? Math.exp(nats) : nats / Math.LN2

/** Mean and standard deviation over seeds (0 for one). */
export interface Spread {
  readonly mean: number
  readonly deviation: number
}

/** Mean and sample standard deviation. */
export const spreadOf = (xs: readonly number[]): Spread => {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length
  const squares = xs.reduce((a, x) => a + (x - mean) ** 2, 0)
  return { mean, deviation: xs.length < 2 ? 0 : Math.sqrt(squares / (xs.length - 1)) }
}

/** Test cross-entropies (nats per token) of both variants of each seed, and the measure in which they are shown. */
export interface Compared {
  readonly measure: EArmResults['measure']
  readonly seeds: readonly {
    readonly plain: Pick<VariantRecord, 'test'>
    readonly eArm: Pick<VariantRecord, 'test'>
  }[]
}

/** Both variants and the paired difference e-arm − plain, in the experiment's measure. */
export const comparison = ({
  seeds,
  measure,
}: Compared): { readonly plain: Spread; readonly eArm: Spread; readonly difference: Spread } => {
  const [plain, eArm] = [seeds.map((s) => s.plain.test), seeds.map((s) => s.eArm.test)].map((nats) =>
    nats.map(inMeasure(measure)),
  )
  const [a, b] = [plain ?? [], eArm ?? []]
  return { plain: spreadOf(a), eArm: spreadOf(b), difference: spreadOf(b.map((x, i) => x - at(a, i))) }
}

/** What an experiment is given beside its options. */
export interface EArmServices {
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly data: DataServices
  /** An existing folder for checkpoints; a checkpoint of the same options found there is resumed. */
  readonly directory?: string
}

/** The system: options to results. */
export type RunEArm = (services: EArmServices) => (options: EArmExperiment) => TaskEither<Failure, EArmResults>
