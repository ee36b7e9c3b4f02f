/**
 * A language model from a folder as Hugging Face's exporters write them: `config.json`, `generation_config.json`,
 * `tokenizer.json`, `tokenizer_config.json` and an `.onnx` file, in `onnx/` or beside them. It runs on ONNX Runtime and is a
 * model to tilt.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { chatTemplate, templateConfig } from './chat-template.ts'
import { decodeJson } from './codec/json.ts'
import { decodeText } from './codec/text.ts'
import { bytesOfTokens } from './data/token-bytes.ts'
import { tokenizerOf } from './data/tokenizer-file.ts'
import { tokenizerParts } from './data/tokenizer-parts.ts'
import { type Failure, failure } from './errors.ts'
import { openPredictor, type PredictorOptions } from './onnx/import.ts'
import { contextOf, languageConfig, type LanguageModel, languageOf } from './tilt/language.ts'

/** How the weights of a file are stored, as transformers.js calls it. */
export type LanguageDtype = keyof typeof SUFFIXES

/** What is not said by the folder. */
export interface LanguageModelOptions extends Pick<PredictorOptions, 'provider' | 'threads'> {
  /** The `.onnx` file, by its path inside the folder; unless given that of `dtype`, or the most exact one. */
  readonly file?: string
  readonly dtype?: LanguageDtype
}

/** The folder of the model that comes with the package: passages of English prose, texts of up to 255 tokens. */
export const ENGLISH_MODEL: string = fileURLToPath(new URL('../models/english', import.meta.url))

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

const textOf = (folder: string, name: string): TE.TaskEither<Failure, string> =>
  pipe(
    TE.tryCatch(
      () => readFile(join(folder, name)),
      () =>
        failure('File', `${join(folder, name)} cannot be read`, 'put the file of the export there', { folder, name }),
    ),
    TE.chainEitherK(decodeText(join(folder, name))),
  )

/** What a file of the folder says; one that is not there says nothing. */
const said = <A>(
  codec: t.Type<A, unknown>,
  nothing: A,
  folder: string,
  entries: readonly string[],
  name: string,
): TE.TaskEither<Failure, A> =>
  entries.includes(name)
    ? pipe(textOf(folder, name), TE.chainEitherK(decodeJson(codec, join(folder, name))))
    : TE.right(nothing)

/**
 * Opens the model of a folder; that of the package where none is given. `File` for a folder without an `.onnx` file or a
 * tokenizer, `Format` for files that are none, for a tokenizer that is not the model's, or one whose tokens are no byte
 * strings, `NoAdapter` for a provider that ONNX Runtime has not here.
 *
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { chain } from 'fp-ts/lib/TaskEither.js'
 * import { languageModel } from 'exptilt/node'
 * const model = pipe(languageModel('models/distilgpt2'), chain(({ after }) => after('The weather is')))
 */
export const languageModel = (
  folder: string = ENGLISH_MODEL,
  { file, dtype, ...options }: LanguageModelOptions = {},
): TE.TaskEither<Failure, LanguageModel> =>
  pipe(
    entriesOf(folder),
    TE.bindTo('beside'),
    TE.bind('inside', ({ beside }) => (beside.includes('onnx') ? entriesOf(join(folder, 'onnx')) : TE.right([]))),
    TE.bind('name', ({ beside, inside }) =>
      TE.fromEither(file === undefined ? fileOf(folder, beside, inside, dtype) : E.right(file)),
    ),
    TE.bind('parts', () => pipe(textOf(folder, 'tokenizer.json'), TE.chainEitherK(tokenizerParts))),
    TE.bind('tokenizer', ({ parts }) => TE.fromEither(tokenizerOf(parts))),
    TE.bind('bytes', ({ parts }) => TE.fromEither(bytesOfTokens(parts))),
    TE.bind('own', ({ beside }) => said(languageConfig, {}, folder, beside, 'config.json')),
    TE.bind('generation', ({ beside }) => said(languageConfig, {}, folder, beside, 'generation_config.json')),
    TE.bind('template', ({ beside }) => said(templateConfig, {}, folder, beside, 'tokenizer_config.json')),
    TE.bind('jinja', ({ beside }) =>
      beside.includes('chat_template.jinja') ? textOf(folder, 'chat_template.jinja') : TE.right(undefined),
    ),
    TE.bind('predictor', ({ name, own }) => {
      const context = contextOf(own)
      return openPredictor({
        ...options,
        file: join(folder, name),
        ...(context === undefined ? {} : { context }),
      })
    }),
    TE.chainEitherK(({ parts, tokenizer, bytes, own, generation, template, jinja, predictor }) =>
      pipe(
        languageOf({
          name: folder,
          predictor,
          tokenizer,
          bytes,
          configs: [own, generation],
          chat: chatTemplate(
            folder,
            parts.json,
            jinja === undefined ? template : { ...template, chat_template: jinja },
          ),
        }),
        E.mapLeft((wrong) => {
          predictor.release()
          return wrong
        }),
      ),
    ),
  )
