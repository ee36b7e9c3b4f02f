/**
 * Samples of a finished run: rows drawn from the models of its last complete seed over their caches, with a decoding, and
 * for text from a prompt. Without settings they are the samples of the run's report.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../../at.ts'
import type { ImageShape } from '../../data/images-shape.ts'
import type { TokenRows } from '../../data/strings.ts'
import { fail } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import type { Decoding } from '../../models/decoding.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { type EArmResults, type EArmServices, type Variant, variants } from './experiment-results.ts'
import { type RunModels, withRunModels } from './run-models.ts'
import { decodedSamples, drawnRows, keyOf } from './runs.ts'
import { eArmTask } from './task.ts'

/** What to draw; absent: as the run's report. */
export interface SampleRequest {
  /** Rows of each variant. */
  readonly count?: number
  /** Seed of the random numbers, the same for both variants; the models are those of the run's last seed. */
  readonly seed?: number
  readonly variants?: readonly Variant[]
  readonly decoding?: Decoding
  /** How every row of text begins. */
  readonly prompt?: string
}

/** What was drawn: rows of tokens by variant; for text what they say, for images their shape. */
export interface EArmSamples {
  readonly options: EArmExperiment
  readonly adapter: string
  /** The seed whose models these are. */
  readonly trained: number
  readonly samples: EArmResults['samples']
  readonly texts: EArmResults['texts']
  readonly image?: ImageShape
}

/** The function behind `exptilt earm … sample`. */
export type SampleEArm = (
  services: EArmServices,
) => (options: EArmExperiment, request?: SampleRequest) => TaskEither<Failure, EArmSamples>

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

/** The prompt as one row; `Usage` for images, and for one that fills a row. */
const prefixOf = ({ task }: RunModels, prompt: string | undefined): { readonly prefix?: TokenRows } => {
  if (prompt === undefined) return {}
  if (task.encode === undefined) return fail(usage('a prompt was given for images', 'leave it out'))
  const tokens = task.encode(prompt)
  if (tokens.length >= task.time)
    return fail(
      usage(`the prompt has ${tokens.length} tokens, and a row of this run ${task.time}`, 'give a shorter prompt'),
    )
  return { prefix: { tokens, count: 1, time: tokens.length } }
}

const drawn = async (models: RunModels, services: EArmServices, request: SampleRequest): Promise<EArmSamples> => {
  const { run, options, task, language, adapter, seeds } = models
  const last = orElse(seeds.at(-1), seeds[0])
  const { count = options.samples, seed = last.seed, decoding = {} } = request
  const settings = { key: keyOf(seed, 'samples'), count, length: task.time, decoding, signal: services.signal }
  const prefix = prefixOf(models, request.prompt)
  const samples: Record<string, EArmResults['samples'][string]> = {}
  for (const variant of request.variants ?? variants)
    samples[variant] = await run(drawnRows(language, last.fits[variant].best, { ...settings, ...prefix }))
  const { decode, image } = task
  return {
    options,
    adapter,
    trained: last.seed,
    samples,
    texts: decode === undefined ? {} : decodedSamples(samples, decode),
    ...(image === undefined ? {} : { image }),
  }
}

/** Draws from a run. Failures as in `withRunModels`, `eArmTask` and `sampleRows`; `Usage` for a prompt that cannot be. */
export const sampleEArm: SampleEArm =
  (services) =>
  (options, request = {}) =>
    withRunModels(services, options, eArmTask(services.data, options))((models) => drawn(models, services, request))
