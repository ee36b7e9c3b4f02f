/** What a worker needs of a tilt, as files: those of an export or the options and checkpoints of a run, a schema. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { exactJson } from '../codec/exact-json.ts'
import { decodeJson } from '../codec/json.ts'
import { nameCodec } from '../codec/names.ts'
import { effect, fail, need } from '../effect.ts'
import { failure, type Failure, usage } from '../errors.ts'
import { deviceNames } from '../experiment/device.ts'
import { ENGLISH_MODEL } from '../pretrained/language-model.ts'
import { modelFolder } from '../pretrained/model-folder.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { hashed, type HashedFile, type TaskFile } from '../scale/queue/task-files.ts'
import { MOST_FILE_BYTES } from '../scale/queue/tasks.ts'
import type { TiltOptions } from '../systems/tilt/options.ts'
import { checkpointFolder, hasOptions, lastCheckpoints, runCommand } from './run-folder.ts'
import { strangeDataOf } from './task-system.ts'
import { kindOf } from './worker-kind.ts'

/** Files of an export that are read beside its network. */
const BESIDE = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
]

/** Names under which a worker has what it is given. */
export const GIVEN = { network: 'model.onnx', schema: 'schema.json', fitted: 'texts.json' } as const

const HERE = 'leave --on (or --workers) out, so that this process computes all of it'

/** A file of this machine under another name. `File` where it cannot be read, `Limit` where it is too large for Redis. */
const given = async (path: string, name: string): Promise<TaskFile> => {
  const size = await stat(path).then(
    (found) => found.size,
    () => fail(failure('File', `${path} cannot be read`, 'see that it is there', { path })),
  )
  if (size > MOST_FILE_BYTES)
    return fail(
      failure(
        'Limit',
        `${path} has ${Math.ceil(size / 2 ** 20)} MiB, and files of at most ${MOST_FILE_BYTES / 2 ** 20} MiB go through Redis`,
        HERE,
        { bytes: size },
      ),
    )
  return { name, content: await readFile(path) }
}

const exportFiles = ({ model = ENGLISH_MODEL, dtype }: TiltOptions): TE.TaskEither<Failure, readonly TaskFile[]> =>
  effect(async (run) => {
    const { folder, beside, file } = await run(modelFolder(model, { dtype }))
    const siblings = await readdir(dirname(file))
    const parts = siblings.filter((name) => name !== basename(file) && name.startsWith(basename(file)))
    if (parts.length > 0)
      return fail(
        usage(`the network of ${folder} lies in several files (${parts.join(', ')}), which no queue is sent`, HERE),
      )
    const names = BESIDE.filter((name) => beside.includes(name))
    return Promise.all([given(file, GIVEN.network), ...names.map((name) => given(join(folder, name), name))])
  })

/** The options of a run, without where it was computed. */
const placelessOptions = (text: string): E.Either<Failure, Uint8Array> =>
  pipe(
    decodeJson(t.UnknownRecord, 'options.json')(text),
    E.map(({ on: _, workers: __, out: ___, ...options }) => Buffer.from(exactJson(options))),
  )

const deviceOf = t.type({ device: nameCodec(deviceNames) })

/** The options and checkpoints of a run, and what it computes with, as its options say. */
const runFiles = (
  folder: string,
): TE.TaskEither<Failure, { readonly own: readonly TaskFile[]; readonly kind: WorkerKind }> =>
  effect(async (run) => {
    const text = await readFile(join(folder, 'options.json'), 'utf8')
    const command = await run(runCommand(folder))
    const strange = command.startsWith('earm') ? strangeDataOf(text) : undefined
    if (strange !== undefined) return fail({ ...strange, remedy: HERE })
    const names = await lastCheckpoints(folder)
    const saved = await Promise.all(names.map((name) => given(join(checkpointFolder(folder), name), name)))
    const kind = await run(kindOf(need(decodeJson(deviceOf, 'options.json')(text)).device))
    return { own: [{ name: 'options.json', content: need(placelessOptions(text)) }, ...saved], kind }
  })

/** What a worker needs of a tilt, and what it computes with. */
interface TiltFiles {
  readonly files: readonly HashedFile[]
  readonly kind: WorkerKind
}

/**
 * What a worker needs of a tilt. Left: `File`, `Limit` and `Usage` for a model that no queue is sent: one in several files, or of more
 * than 256 MiB, or a run on files of one's own; `NoAdapter` for a run that computes with something that workers do not.
 */
export const tiltFiles = (options: TiltOptions): TE.TaskEither<Failure, TiltFiles> =>
  effect(async (run) => {
    const { model, schema } = options
    const folder = model !== undefined && (await hasOptions(model)) ? model : undefined
    const { own, kind } =
      folder === undefined
        ? { own: await run(exportFiles(options)), kind: 'onnx' as const }
        : await run(runFiles(folder))
    const all = schema === undefined ? own : [...own, await given(schema, GIVEN.schema)]
    return { files: hashed(all), kind }
  })
