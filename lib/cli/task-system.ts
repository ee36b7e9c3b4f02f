/** What a system is to a queue, and what its jobs may not say. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { canonicalJson } from '../codec/canonical-json.ts'
import { exactJson } from '../codec/exact-json.ts'
import { decodeJson } from '../codec/json.ts'
import { nameCodec } from '../codec/names.ts'
import { corpusNames, ENGLISH } from '../data/corpus.ts'
import { imageSetNames } from '../data/images.ts'
import { pairNames } from '../data/parallel.ts'
import { type Failure, usage } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { type Computing, withoutPlace } from '../experiment/device.ts'
import type { Progress } from '../progress.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'

/** What a run of a system is computed with. */
interface SystemTask {
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly executor: TE.TaskEither<Failure, Executor>
  /** The folder of its checkpoints. */
  readonly directory: string
  /** Another run that began alike: its options, and the folder of its checkpoints. */
  readonly begun: { readonly options: string; readonly directory: string } | undefined
  /** The folder of the files that it computes on. */
  readonly given: string
}

/** A system of a queue. */
export interface TaskSystem {
  /** The name under which runs share their beginning, if they do. Left: what is wrong with the options. */
  readonly check: (options: string) => E.Either<Failure, string | undefined>
  /** Options to results, both as JSON. */
  readonly run: (task: SystemTask) => (options: string) => TE.TaskEither<Failure, string>
}

/** Options as they are asked of a queue: on what they run, and nothing of where. */
export const taskText = <O extends Computing>(
  codec: t.Type<O, unknown>,
  kind: WorkerKind,
  options: O & { readonly out?: string },
): E.Either<Failure, string> => {
  const encoded = codec.encode(options)
  const plain: unknown = JSON.parse(exactJson(encoded))
  return canonicalJson({ ...withoutPlace({ device: kind, ...(typeof plain === 'object' ? plain : {}) }), device: kind })
}

/** What is said of a job that names something of a machine. */
export const STRAY: Failure = usage('a job names a folder, a file or another queue', 'give jobs by exptilt alone')

/** Options that say nothing of where. */
export const placeless = <O extends Computing & { readonly out?: string }>(options: O): E.Either<Failure, O> =>
  options.out === undefined && options.on === undefined && options.workers === undefined
    ? E.right(options)
    : E.left(STRAY)

/** The data that every worker fetches by name: `english` is what of it a machine can have, and may differ. */
const namedData: Readonly<Record<EArmExperiment['task'], readonly string[]>> = {
  lm: corpusNames.filter((name) => name !== ENGLISH),
  image: imageSetNames,
  translate: pairNames,
}

/** Why workers do not have the data of an experiment, if so. */
export const strangeData = ({ task, data }: Pick<EArmExperiment, 'task' | 'data'>): Failure | undefined =>
  namedData[task].includes(data)
    ? undefined
    : usage(
        task === 'lm' && data === ENGLISH
          ? `--data ${data} is what a machine can fetch of it, which may be less for a worker`
          : `--data ${data} is of this machine, and the workers of a queue do not have it`,
        `name data that they can fetch (${namedData[task].join(', ')}), leave --on out, or train each cell by exptilt earm ${task} --on, which reads its data here`,
        { data },
      )

/** The same of the options of an experiment as text; where it is none, that. */
export const strangeDataOf = (text: string): Failure | undefined =>
  pipe(
    decodeJson(
      t.type({ task: nameCodec<EArmExperiment['task']>(['lm', 'image', 'translate']), data: t.string }),
      'options of a run',
    )(text),
    E.match((wrong) => wrong, strangeData),
  )
