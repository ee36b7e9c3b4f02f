/**
 * Weights in safetensors files as people have them: one file, a folder of a model, or the index of a model in several files
 * (`model.safetensors.index.json`: `{"weight_map": {name: file}}`).
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { type NamedArray, type NamedArrays, plainRecord } from '../codec/array.ts'
import { decodeJson } from '../codec/json.ts'
import { quoted } from '../codec/quoted.ts'
import { type DecodedSafetensors, decodeSafetensors } from '../codec/safetensors.ts'
import { decodeText } from '../codec/text.ts'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { fileEffect, present, readBytes } from './files.ts'

/** Arrays by name, and why which of the files' arrays were not read. */
export interface Weights {
  readonly tensors: NamedArrays
  readonly unread: Readonly<Record<string, string>>
}

/** A name that stays in the folder of the index. */
const shardName = t.refinement(
  t.string,
  (name) => name === basename(name) && !name.includes('\\') && name.endsWith('.safetensors'),
  'the name of a .safetensors file beside the index',
)

const indexFile = t.type({ weight_map: t.record(t.string, shardName) }, 'an index of weights')

/** The most files of one model. */
const MOST_SHARDS = 4096

const named =
  (path: string) =>
  (f: Failure): Failure => ({ ...f, what: `${path}: ${f.what}`, facts: { ...f.facts, path } })

const oneFile = (path: string): TE.TaskEither<Failure, DecodedSafetensors> =>
  pipe(
    readBytes(path),
    TE.chainEitherK((bytes) => E.mapLeft(named(path))(decodeSafetensors(bytes))),
  )

const missing = (path: string, shard: string, name: string): Failure =>
  failure(
    'Format',
    `${path} says that ${shard} holds ${quoted(name)}, and it does not`,
    'get the files of the model again, all of one version',
    { path, shard, name },
  )

/** The names that an index gives to each file, in order. */
const byShard = (path: string, map: Readonly<Record<string, string>>): E.Either<Failure, [string, string[]][]> => {
  const shards = new Map<string, string[]>()
  for (const [name, shard] of Object.entries(map)) {
    const names = shards.get(shard) ?? []
    names.push(name)
    shards.set(shard, names)
  }
  return shards.size === 0 || shards.size > MOST_SHARDS
    ? E.left(
        failure(
          'Format',
          `${path} names ${shards.size} files of weights`,
          `give an index of 1 to ${MOST_SHARDS} files`,
          { path, files: shards.size },
        ),
      )
    : E.right([...shards].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const readIndex = (path: string): TE.TaskEither<Failure, Weights> =>
  effect(async (run) => {
    const text = await run(pipe(readBytes(path), TE.chainEitherK(decodeText(path))))
    const { weight_map: map } = await run(TE.fromEither(decodeJson(indexFile, path)(text)))
    const tensors: [string, NamedArray][] = []
    const unread: [string, string][] = []
    for (const [shard, names] of await run(TE.fromEither(byShard(path, map)))) {
      const file = await run(oneFile(join(dirname(path), shard)))
      for (const name of names) {
        const [tensor, why] = [file.tensors[name], file.unread[name]]
        if (tensor !== undefined) tensors.push([name, tensor])
        else if (why !== undefined) unread.push([name, why])
        else fail(missing(path, shard, name))
      }
    }
    return { tensors: plainRecord(tensors), unread: plainRecord(unread) }
  })

const isFolder = (path: string): TE.TaskEither<Failure, boolean> =>
  fileEffect('read', path, async () => (await stat(path)).isDirectory())

/** Names of the file of a model's folder that leads to its weights. */
const NAMES = ['model.safetensors', 'model.safetensors.index.json'] as const

const inFolder = (folder: string): TE.TaskEither<Failure, string> =>
  effect(async (run) => {
    for (const name of NAMES) if (await run(present(join(folder, name)))) return join(folder, name)
    return fail(
      failure(
        'File',
        `${folder} holds neither ${NAMES.join(' nor ')}`,
        "save the model's weights there as safetensors",
        {
          folder,
        },
      ),
    )
  })

/**
 * The weights at a path: a safetensors file, an index of several (`….json`), or a folder that holds `model.safetensors` or
 * `model.safetensors.index.json`. Left `File` when something cannot be read, `Format` when something is not what it should
 * be; both name the path.
 *
 * @example
 * import { readWeights } from 'exptilt/node'
 * const weights = await readWeights('gpt2/model.safetensors')()
 */
export const readWeights = (path: string): TE.TaskEither<Failure, Weights> =>
  pipe(
    isFolder(path),
    TE.chain((folder) => (folder ? inFolder(path) : TE.right(path))),
    TE.chain((file): TE.TaskEither<Failure, Weights> => (file.endsWith('.json') ? readIndex(file) : oneFile(file))),
  )

/** A failure about a tensor that is missing because it was not read says so. */
export const withUnread =
  ({ unread }: Weights) =>
  (f: Failure): Failure => {
    const tensor = f.facts['tensor']
    const found = Object.entries(unread).find(([name]) => typeof tensor === 'string' && name.endsWith(tensor))
    return found === undefined
      ? f
      : {
          ...f,
          what: `the checkpoint's tensor '${found[0]}' cannot be read: ${found[1]}`,
          remedy: 'save it as F32, F16 or BF16',
        }
  }
