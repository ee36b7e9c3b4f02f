/** The results of `exptilt tilt` as one record, with its codec: what `--json` prints and `results.json` holds. */
import * as t from 'io-ts'
import { optional, record } from '../../codec/record.ts'
import { exactNumber as real } from '../../codec/scalars.ts'
import { optionsCodec } from '../../experiment/experiment.ts'
import type { Death } from '../../tilt/death.ts'
import type { MatchedMoment } from '../../tilt/moments.ts'
import type { TiltOptions } from './options.ts'
import { tiltExperiment } from './settings.ts'

/** A text of the population. */
interface TextRecord {
  readonly text: string
  /** How many it has, its end not counted. */
  readonly tokens: number
  readonly weight: number
  /** Nats; the logsumexp of all is log Z. */
  readonly logWeight: number
  /** The particle of the first step that it descends from. */
  readonly origin: number
}

/** An estimate of log Z, nats, with its 95 % interval; `islands` are those of each island. */
interface PartitionRecord {
  readonly value: number
  readonly standardError: number
  readonly interval: readonly [number, number]
  readonly islands: readonly number[]
}

/** One step of one population; `ancestors` are the places that its particles came from, where it was resampled. */
export interface StepRecord {
  readonly step: number
  readonly island: number
  readonly effectiveSampleSize: number
  readonly ancestors: readonly number[] | null
}

/** A mean under masking alone and under the target, with standard errors. */
export interface ContrastRecord {
  readonly name: string
  readonly masking: number
  readonly maskingError: number
  readonly exact: number
  readonly exactError: number
}

/** What masking alone, its weights dropped, would have given. */
export interface MaskingRecord {
  readonly particles: number
  /** Share of its texts that came to an end without meeting the constraint. */
  readonly dead: number
  /** Total variation between its law and the target, as its weights show it. */
  readonly distance: number
  readonly distanceError: number
  readonly contrasts: readonly ContrastRecord[]
}

/** Everything that a finished tilt reports. */
export interface TiltResults {
  readonly options: TiltOptions
  /** What the model says of itself. */
  readonly model: string
  /** What the constraint is called. */
  readonly constraint: string
  /** Equally weighted texts. */
  readonly samples: readonly string[]
  readonly texts: readonly TextRecord[]
  readonly logPartition: PartitionRecord
  readonly effectiveSampleSize: number
  readonly steps: readonly StepRecord[]
  readonly deaths: readonly Death[]
  readonly moments: readonly MatchedMoment[]
  /** Share of the steps of a chain at which it moved. */
  readonly acceptance?: number
  /** Absent where all texts of masking died. */
  readonly masking?: MaskingRecord
  /** Why not to believe it, what matters most first. */
  readonly doubts: readonly string[]
  readonly reliable: boolean
}

const strings = t.readonlyArray(t.string)

const contrast = record<ContrastRecord>({
  name: t.string,
  masking: real,
  maskingError: real,
  exact: real,
  exactError: real,
})

const step = record<StepRecord>({
  step: real,
  island: real,
  effectiveSampleSize: real,
  ancestors: t.union([t.readonlyArray(real), t.null]),
})

/** Codec of the results. */
export const tiltResultsCodec: t.Type<TiltResults, unknown> = record({
  options: optionsCodec(tiltExperiment),
  model: t.string,
  constraint: t.string,
  samples: strings,
  texts: t.readonlyArray(
    record<TextRecord>({ text: t.string, tokens: real, weight: real, logWeight: real, origin: real }),
  ),
  logPartition: record({
    value: real,
    standardError: real,
    interval: t.readonly(t.tuple([real, real])),
    islands: t.readonlyArray(real),
  }),
  effectiveSampleSize: real,
  steps: t.readonlyArray(step),
  deaths: t.readonlyArray(record<Death>({ island: real, particle: real, step: real, text: t.string, cause: t.string })),
  moments: t.readonlyArray(
    record<MatchedMoment>({
      name: t.string,
      wanted: real,
      untilted: real,
      found: real,
      standardError: real,
      lambda: real,
    }),
  ),
  acceptance: optional(real),
  masking: optional(
    record<MaskingRecord>({
      particles: real,
      dead: real,
      distance: real,
      distanceError: real,
      contrasts: t.readonlyArray(contrast),
    }),
  ),
  doubts: strings,
  reliable: t.boolean,
})
