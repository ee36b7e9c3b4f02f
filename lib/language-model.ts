/**
 * A language model from a folder as Hugging Face's exporters write them: `config.json`, `generation_config.json`,
 * `tokenizer.json` and an `.onnx` file, in `onnx/` or beside them. It runs on ONNX Runtime and is a model to tilt.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { orElse } from './at.ts'
import { decodeJson } from './codec/json.ts'
import { type TokenBytes, tokenBytes } from './data/token-bytes.ts'
import { readTokenizer } from './data/tokenizer-file.ts'
import type { Tokenizer } from './data/tokenizer.ts'
import { type Failure, failure } from './errors.ts'
import { openPredictor } from './onnx/import.ts'
import type { Predictor } from './predictor.ts'
import { predictorModel } from './tilt/adapters.ts'
import type { TokenModel } from './tilt/model.ts'

/** What the folder does not say. */
export interface LanguageModelOptions {
  /** The `.onnx` file, by its path inside the folder; unless given `onnx/model.onnx` or another of the usual names. */
  readonly file?: string
  /** Threads of one operator; all cores unless given. */
  readonly threads?: number
}

/** A model with its tokenizer. */
export interface LanguageModel {
  readonly description: string
  readonly tokenizer: Tokenizer
  /** The symbols that end a text. */
  readonly ends: readonly number[]
  /** The model after a prompt, ready to be tilted; after the empty one it begins a text. */
  readonly after: (prompt: string) => TE.TaskEither<Failure, TokenModel>
  readonly release: () => void
}

const ids = t.union([t.number, t.readonlyArray(t.number), t.null])

const config = t.partial(
  {
    eos_token_id: ids,
    bos_token_id: ids,
    n_positions: t.number,
    max_position_embeddings: t.number,
    n_ctx: t.number,
  },
  'a configuration',
)

type Config = t.TypeOf<typeof config>

const listed = (found: t.TypeOf<typeof ids> | undefined): readonly number[] =>
  found === undefined || found === null ? [] : typeof found === 'number' ? [found] : found

/** The usual names of exports, the most exact first. */
const NAMES = [
  'model.onnx',
  'decoder_model_merged.onnx',
  'decoder_model.onnx',
  'model_fp16.onnx',
  'model_quantized.onnx',
  'model_int8.onnx',
  'model_uint8.onnx',
  'model_q8.onnx',
  'model_q4.onnx',
]

const entriesOf = (folder: string): TE.TaskEither<Failure, readonly string[]> =>
  TE.tryCatch(
    () => readdir(folder),
    () => failure('File', `the folder ${folder} cannot be read`, 'give a folder with a model', { folder }),
  )

/** The model's file: the first of the usual names, in `onnx/` before the folder itself, or the only one there is. */
const fileOf = (folder: string, beside: readonly string[], inside: readonly string[]): E.Either<Failure, string> => {
  const found = [...inside.map((name) => join('onnx', name)), ...beside].filter((name) => name.endsWith('.onnx'))
  const usual = NAMES.flatMap((name) => [join('onnx', name), name]).find((name) => found.includes(name))
  const chosen = usual ?? (found.length === 1 ? found[0] : undefined)
  if (chosen !== undefined) return E.right(chosen)
  return E.left(
    found.length === 0
      ? failure('File', `${folder} holds no .onnx file`, 'export the model to ONNX into it, or into its folder onnx', {
          folder,
        })
      : failure('File', `${folder} holds several .onnx files (${found.join(', ')})`, 'name one of them', { folder }),
  )
}

const textOf = (folder: string, name: string): TE.TaskEither<Failure, string> =>
  TE.tryCatch(
    () => readFile(join(folder, name), 'utf8'),
    () => failure('File', `${join(folder, name)} cannot be read`, 'put the file of the export there', { folder, name }),
  )

/** A configuration; one that is not there says nothing. */
const configOf = (folder: string, entries: readonly string[], name: string): TE.TaskEither<Failure, Config> =>
  entries.includes(name)
    ? pipe(textOf(folder, name), TE.chainEitherK(decodeJson(config, join(folder, name))))
    : TE.right({})

/** Logits beyond the tokens: models are padded to round numbers of symbols. */
const most = (tokens: number): number => Math.ceil(tokens * 1.05) + 256

const padded = (folder: string, { symbols }: Predictor, { texts, begin }: TokenBytes): E.Either<Failure, TokenBytes> =>
  texts.length <= symbols && symbols <= most(texts.length)
    ? E.right({
        begin,
        texts: [...texts, ...Array.from({ length: symbols - texts.length }, () => new Uint8Array(0))],
      })
    : E.left(
        failure(
          'Format',
          `the tokenizer of ${folder} has ${texts.length} tokens and the model gives logits of ${symbols}`,
          'give the tokenizer.json that the model was trained with',
          { folder, tokens: texts.length, logits: symbols },
        ),
      )

/** What a model reads before its first token: what its tokenizer puts there, then the prompt; never nothing. */
const beginning = (
  { tokenizer, bytes, own }: { readonly tokenizer: Tokenizer; readonly bytes: TokenBytes; readonly own: Config },
  prompt: string,
): E.Either<Failure, readonly number[]> =>
  pipe(
    E.tryCatch(
      () => [...bytes.begin, ...tokenizer.encode(prompt)],
      (thrown) =>
        failure('Domain', `the prompt cannot be encoded (${String(thrown)})`, 'give another prompt', { prompt }),
    ),
    E.map((read) => (read.length > 0 ? read : [orElse(listed(own.bos_token_id)[0], tokenizer.end)])),
  )

/**
 * Opens the model of a folder. `File` for a folder without an `.onnx` file or a tokenizer, `Format` for files that are none,
 * for a tokenizer that is not the model's, or one whose tokens are no byte strings.
 *
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { chain } from 'fp-ts/lib/TaskEither.js'
 * import { languageModel } from 'exptilt/node'
 * const model = pipe(languageModel('models/distilgpt2'), chain(({ after }) => after('The weather is')))
 */
export const languageModel = (
  folder: string,
  { file, threads }: LanguageModelOptions = {},
): TE.TaskEither<Failure, LanguageModel> =>
  pipe(
    entriesOf(folder),
    TE.bindTo('beside'),
    TE.bind('inside', ({ beside }) => (beside.includes('onnx') ? entriesOf(join(folder, 'onnx')) : TE.right([]))),
    TE.bind('name', ({ beside, inside }) =>
      TE.fromEither(file === undefined ? fileOf(folder, beside, inside) : E.right(file)),
    ),
    TE.bind('json', () => textOf(folder, 'tokenizer.json')),
    TE.bind('tokenizer', ({ json }) => TE.fromEither(readTokenizer(json))),
    TE.bind('spelled', ({ json }) => TE.fromEither(tokenBytes(json))),
    TE.bind('own', ({ beside }) => configOf(folder, beside, 'config.json')),
    TE.bind('generation', ({ beside }) => configOf(folder, beside, 'generation_config.json')),
    TE.bind('predictor', ({ name, own }) => {
      const context = own.n_positions ?? own.max_position_embeddings ?? own.n_ctx
      return openPredictor({
        file: join(folder, name),
        ...(context === undefined ? {} : { context }),
        ...(threads === undefined ? {} : { threads }),
      })
    }),
    TE.chainEitherK(({ tokenizer, spelled, own, generation, predictor }) =>
      pipe(
        padded(folder, predictor, spelled),
        E.bimap(
          (wrong) => {
            predictor.release()
            return wrong
          },
          (bytes): LanguageModel => {
            const named = [...new Set([...listed(generation.eos_token_id), ...listed(own.eos_token_id)])]
            const ends = named.length > 0 ? named : [tokenizer.end]
            return {
              description: predictor.description,
              tokenizer,
              ends,
              after: (prompt) =>
                pipe(
                  TE.fromEither(beginning({ tokenizer, bytes, own }, prompt)),
                  TE.chain((begin) => predictorModel({ texts: bytes.texts, ends, begin })(predictor)),
                ),
              release: predictor.release,
            }
          },
        ),
      ),
    ),
  )
