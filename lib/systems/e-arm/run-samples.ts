/**
 * What the networks of a finished run make: rows drawn from those of its last complete seed, with a decoding, for text from a
 * prompt; of translation sentences of one's own, or the first test sentences, by beam search or draws. Without settings it is
 * what the run's report shows.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { lastOf } from '../../at.ts'
import { type Failure, failure } from '../../errors.ts'
import { decodingFailure } from '../../models/decoding.ts'
import type { EArmExperiment } from './experiment-options.ts'
import type { EArmServices, Shown } from './results.ts'
import { type RunModels, withRunModels } from './run-models.ts'
import { validateExperiment } from './settings.ts'
import type { Method, SampleRequest, Task } from './task.ts'
import { eArmTask } from './tasks.ts'

export type { SampleRequest } from './task.ts'

/** What was made. */
export interface EArmSamples {
  readonly options: EArmExperiment
  readonly adapter: string
  /** The seed whose networks these are. */
  readonly trained: number
  /** How translations were found. */
  readonly method?: Method['kind']
  readonly shown: Shown
}

/** The function behind `exptilt earm … sample`. */
export type SampleEArm = (
  services: EArmServices,
) => (options: EArmExperiment, request?: SampleRequest) => TE.TaskEither<Failure, EArmSamples>

/** What is wrong with a request, of what can be told before anything is read. */
const problem = (options: EArmExperiment, { variants = [], decoding }: SampleRequest): Failure | undefined => {
  const untrained = variants.find((variant) => !options.variants.includes(variant))
  if (untrained !== undefined)
    return failure('Usage', `the run has no training '${untrained}'`, `choose from ${options.variants.join(', ')}`)
  return decodingFailure(decoding ?? {})
}

const drawn =
  (request: SampleRequest) =>
  async ({ run, options, runtime, adapter, seeds }: RunModels<Task>): Promise<EArmSamples> => {
    const last = lastOf(seeds)
    const { variants = options.variants, seed = last.seed, method } = request
    const trained = last.trained.filter(({ variant }) => variants.includes(variant))
    const shown = await run(runtime.draw(trained, seed, request))
    return {
      options,
      adapter: adapter(),
      trained: last.seed,
      ...(shown.kind === 'translations' ? { method: method?.kind ?? 'beam' } : {}),
      shown,
    }
  }

/** The options of a run with those of a search in their place, so that they are checked as these are. */
const searching = (options: EArmExperiment, { method, count = options.samples }: SampleRequest): EArmExperiment =>
  options.task !== 'translate' || method?.kind !== 'beam'
    ? { ...options, samples: count }
    : {
        ...options,
        samples: count,
        beam: method.beam ?? options.beam,
        lengthPenalty: method.lengthPenalty ?? options.lengthPenalty,
      }

/**
 * Draws from a run. Failures as in `withRunModels`, `eArmTask` and `sampleRows`; `Usage` for a prompt or a sentence that cannot
 * be, for a variant that the run has not trained, and for a search that cannot be; `Domain` for a decoding that cannot be.
 *
 * @example
 * import { eArm } from 'exptilt/systems'
 * const drawn = (services: eArm.EArmServices) => sampleEArm(services)(eArm.eArmPresets.image.tiny, { count: 4 })
 */
export const sampleEArm: SampleEArm =
  (services) =>
  (options, request = {}) => {
    const wrong = problem(options, request)
    if (wrong !== undefined) return TE.left(wrong)
    return TE.chain(() => withRunModels(services, options, eArmTask(services.data, options))(drawn(request)))(
      TE.fromEither(validateExperiment(searching(options, request))),
    )
  }
