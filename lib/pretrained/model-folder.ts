/**
 * Folders of models as Hugging Face's exporters write them: JSON files, a tokenizer, and an `.onnx` file in `onnx/` or beside them.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { decodeJson } from '../codec/json.ts'
import { decodeText } from '../codec/text.ts'
import { type Failure, failure } from '../errors.ts'
import { namedBy } from '../names.ts'

/** How the weights of a file are stored, as transformers.js calls it. */
export type LanguageDtype = keyof typeof SUFFIXES

/** Ends of the names of files by how their weights are stored, the most exact first. */
const SUFFIXES = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const

/** The usual names of exports; the last reads one token a run. */
const STEMS = ['model', 'decoder_model_merged', 'decoder_model', 'decoder_with_past_model']

const usualNames = (suffix: string): readonly string[] =>
  STEMS.map((stem) => `${stem}${suffix}.onnx`).flatMap((name) => [join('onnx', name), name])

const entriesOf = (folder: string): TE.TaskEither<Failure, readonly string[]> =>
  TE.tryCatch(
    () => readdir(folder),
    () => failure('File', `the folder ${folder} cannot be read`, 'give a folder with a model', { folder }),
  )

const noFile = (folder: string, found: readonly string[], dtype: LanguageDtype | undefined): Failure => {
  const have = found.join(', ')
  if (found.length === 0)
    return failure(
      'File',
      `${folder} holds no .onnx file`,
      'export the model to ONNX into it, or into its folder onnx',
      {
        folder,
      },
    )
  return dtype === undefined
    ? failure('File', `${folder} holds several .onnx files (${have})`, 'name one of them', { folder })
    : failure('File', `${folder} holds no model of the dtype ${dtype} (it has ${have})`, 'choose another dtype', {
        folder,
        dtype,
      })
}

/** The model's file: the first of the usual names, in `onnx/` before the folder itself, or the only one there is. */
const fileOf = (
  folder: string,
  beside: readonly string[],
  inside: readonly string[],
  dtype?: LanguageDtype,
): E.Either<Failure, string> => {
  const found = [...inside.map((name) => join('onnx', name)), ...beside].filter((name) => name.endsWith('.onnx'))
  const suffixes = dtype === undefined ? Object.values(SUFFIXES) : [SUFFIXES[dtype]]
  const usual = suffixes.flatMap(usualNames).find((name) => found.includes(name))
  const chosen = usual ?? (dtype === undefined && found.length === 1 ? found[0] : undefined)
  return chosen === undefined ? E.left(noFile(folder, found, dtype)) : E.right(chosen)
}

/** The text of a file of a folder. `File` when it cannot be read. */
export const textIn = ({ folder }: Pick<ModelFolder, 'folder'>, name: string): TE.TaskEither<Failure, string> =>
  pipe(
    TE.tryCatch(
      () => readFile(join(folder, name)),
      () =>
        failure('File', `${join(folder, name)} cannot be read`, 'put the file of the export there', { folder, name }),
    ),
    TE.chainEitherK(decodeText(join(folder, name))),
  )

/** What a file of the folder says; one that is not there says nothing. */
export const said = <A>(
  codec: t.Type<A, unknown>,
  nothing: A,
  where: ModelFolder,
  name: string,
): TE.TaskEither<Failure, A> =>
  where.beside.includes(name)
    ? pipe(textIn(where, name), TE.chainEitherK(decodeJson(codec, join(where.folder, name))))
    : TE.right(nothing)

/** The folder that a model's file belongs to, and the file in it, where the path of a file was given. */
const placed = (path: string): { readonly folder: string; readonly inside?: string } => {
  if (!path.endsWith('.onnx')) return { folder: path }
  const beside = dirname(path)
  const folder = basename(beside) === 'onnx' ? dirname(beside) : beside
  return { folder, inside: relative(folder, path) }
}

/** A folder of a model, what lies in it, and the path of its `.onnx` file. */
interface ModelFolder {
  readonly folder: string
  /** Names in the folder itself. */
  readonly beside: readonly string[]
  readonly file: string
}

/** Which of a folder's files is meant. */
export interface ModelFile {
  /** The `.onnx` file, by its path inside the folder; unless given that of `dtype`, or the most exact one. */
  readonly file?: string | undefined
  readonly dtype?: LanguageDtype | undefined
}

/** Looks into a folder, or into that of an `.onnx` file. `File` when it cannot be read, or has no file that is meant. */
export const modelFolder = (path: string, { file: named, dtype }: ModelFile): TE.TaskEither<Failure, ModelFolder> => {
  const { folder, inside: given } = placed(path)
  const file = named ?? given
  return pipe(
    TE.fromEither(namedBy({ dtype: [dtype ?? 'fp32', Object.keys(SUFFIXES)] })),
    TE.flatMap(() => entriesOf(folder)),
    TE.bindTo('beside'),
    TE.bind('inside', ({ beside }) => (beside.includes('onnx') ? entriesOf(join(folder, 'onnx')) : TE.right([]))),
    TE.bind('name', ({ beside, inside }) =>
      TE.fromEither(file === undefined ? fileOf(folder, beside, inside, dtype) : E.right(file)),
    ),
    TE.map(({ beside, name }) => ({ folder, beside, file: join(folder, name) })),
  )
}
