/**
 * Whole runs as jobs of the queue: what is asked for is the options of a run as text, what comes of it is its results as text and
 * the files of its models. A job is called by the hash of what is asked for, so that the same is asked for once.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { checkpointName } from '../../codec/checkpoint-name.ts'
import { decodeAs, decodeJson } from '../../codec/json.ts'
import { nameCodec } from '../../codec/names.ts'
import { optional, record } from '../../codec/record.ts'
import { natural } from '../../codec/scalars.ts'
import { hashCodec, sha256 } from '../../codec/sha256.ts'
import { type Failure, failure, usage } from '../../errors.ts'
import { failureCodec, type WorkerKind, workerKinds } from '../protocol.ts'

/** The name of such jobs in the queue. */
export const TASK = 'run'

/** How often a run is begun again that died; then it is parked. */
export const TASK_RETRIES = 3

/** Seconds that what a run gave stays in Redis where nobody fetches it. */
export const OUTCOME_SECONDS = 604_800

/** Most characters of what is asked for. */
const LONGEST = 2 ** 16

/** Most bytes of a file. */
export const MOST_FILE_BYTES: number = 2 ** 28

/** A run that is asked for. */
export interface Task {
  readonly version: string
  readonly kind: WorkerKind
  /** Which system runs, by name. */
  readonly system: string
  /** Its options as JSON. */
  readonly options: string
  /** Files that it computes on. */
  readonly files?: readonly StoredFile[]
}

const systemName: t.Type<string> = t.refinement(
  t.string,
  (text) => /^[a-z][a-z-]{0,31}$/.test(text),
  'name of a system',
)

/** What the job of a task is called: the hash of all that it says. */
export const idOf = ({ version, kind, system, options, files = [] }: Task): string => {
  const given = files.length === 0 ? [] : [files.map(({ name, hash }) => [name, hash])]
  return `${system}-${sha256(JSON.stringify([version, kind, system, options, ...given])).slice(0, 20)}`
}

/** A file that a run leaves or is given, kept by its hash. */
export interface StoredFile {
  readonly name: string
  readonly hash: string
  readonly bytes: number
}

/** What a run gave: results or a failure, and who computed it. */
export interface Outcome {
  readonly worker: string
  readonly failure: Failure | undefined
  readonly results: string | undefined
  readonly files: readonly StoredFile[]
}

const bytes: t.Type<number> = t.refinement(
  t.number,
  (n) => Number.isInteger(n) && n >= 0 && n <= MOST_FILE_BYTES,
  'bytes',
)

const filesCodec: t.Type<readonly StoredFile[], unknown> = t.readonlyArray(
  t.type({ name: checkpointName, hash: hashCodec, bytes }),
)

/** Names of what is given to a run: a checkpoint's, or a plain name with an ending, and no path. */
const givenName: t.Type<string> = t.refinement(
  t.string,
  (text) => checkpointName.is(text) || /^[a-z0-9][a-z0-9_-]{0,63}(\.[a-z0-9]{1,8})?$/i.test(text),
  'name of a file',
)

const taskCodec: t.Type<Task, unknown> = record({
  version: t.string,
  kind: nameCodec(workerKinds),
  system: systemName,
  options: t.string,
  files: optional(t.readonlyArray(t.type({ name: givenName, hash: hashCodec, bytes }))),
})

/** The task of a job. Left: what is none, is too long, or is called otherwise than by its hash. */
export const taskOf = (id: string | undefined, data: unknown): E.Either<Failure, Task> => {
  const found = decodeAs(taskCodec, 'job')(data)
  if (E.isLeft(found)) return found
  if (found.right.options.length > LONGEST)
    return E.left(
      failure('Limit', `a job asks with ${found.right.options.length} characters`, `use ${LONGEST} at most`),
    )
  return idOf(found.right) === id
    ? found
    : E.left(usage('a job has another name than that of what it asks for', 'give jobs by exptilt alone'))
}

const outcomeCodec: t.Type<Outcome, unknown> = t.type({
  worker: t.string,
  failure: t.union([failureCodec, t.undefined]),
  results: t.union([t.string, t.undefined]),
  files: filesCodec,
})

/** The outcome in a text. */
export const outcomeOf: (text: string) => E.Either<Failure, Outcome> = decodeJson(outcomeCodec, 'outcome of a run')

/** What one run leaves for others that begin alike: its options, and its files. */
export interface Shared {
  readonly options: string
  readonly files: readonly StoredFile[]
}

/** What is shared, in a text. */
export const sharedOf: (text: string) => E.Either<Failure, Shared> = decodeJson(
  t.type({ options: t.string, files: filesCodec }),
  'beginning of a run',
)

/** How far a run is: as in progress on a terminal. */
export interface TaskProgress {
  readonly phase: string
  readonly done: number
  readonly earlier: number
  /** Steps of the phase; undefined where that is not known. */
  readonly total: number | undefined
  readonly seconds: number
}

const amount: t.Type<number> = t.refinement(t.number, (n) => Number.isFinite(n) && n >= 0, 'number')

/** Codec of progress. */
export const taskProgressCodec: t.Type<TaskProgress, unknown> = t.type({
  phase: t.string,
  done: amount,
  earlier: amount,
  total: t.union([amount, t.undefined]),
  seconds: amount,
})

/** How often a run died: in a worker that ended with it, or alone. */
export const deathsOf = ({
  attemptsMade,
  stalledCounter,
}: {
  readonly attemptsMade: number
  readonly stalledCounter: number
}): number => (natural.is(attemptsMade + stalledCounter) ? attemptsMade + stalledCounter : 0)
