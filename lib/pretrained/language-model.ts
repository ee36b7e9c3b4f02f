/**
 * A language model from a folder as Hugging Face's exporters write them: `config.json`, `generation_config.json`,
 * `tokenizer.json`, `tokenizer_config.json` and an `.onnx` file, in `onnx/` or beside them. It runs on ONNX Runtime and is a
 * model to tilt.
 */
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { chatTemplate, templateConfig } from './chat-template.ts'
import { bytesOfTokens } from '../data/token-bytes.ts'
import { tokenizerOf } from '../data/tokenizer-file.ts'
import { tokenizerParts } from '../data/tokenizer-parts.ts'
import type { Failure } from '../errors.ts'
import { type ModelFile, modelFolder, said, textIn } from './model-folder.ts'
import { openPredictor, type PredictorOptions } from '../onnx/import.ts'
import { contextOf, languageConfig, type LanguageModel, languageOf } from '../tilt/language.ts'

/** What is not said by the folder. */
export interface LanguageModelOptions extends ModelFile, Pick<PredictorOptions, 'provider' | 'threads'> {}

/**
 * The folder of the model that comes with the package: passages of English prose, texts of up to 255 tokens.
 *
 * @example
 * ENGLISH_MODEL.endsWith('models/english') // => true
 */
export const ENGLISH_MODEL: string = fileURLToPath(new URL('../../models/english', import.meta.url))

/**
 * Opens the model of a folder, or of an `.onnx` file in one; that of the package where none is given. `File` for a folder without an `.onnx` file or a
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
  path: string = ENGLISH_MODEL,
  { file, dtype, ...options }: LanguageModelOptions = {},
): TE.TaskEither<Failure, LanguageModel> =>
  pipe(
    modelFolder(path, { file, dtype }),
    TE.bindTo('where'),
    TE.bind('parts', ({ where }) => pipe(textIn(where, 'tokenizer.json'), TE.chainEitherK(tokenizerParts))),
    TE.bind('tokenizer', ({ parts }) => TE.fromEither(tokenizerOf(parts))),
    TE.bind('bytes', ({ parts }) => TE.fromEither(bytesOfTokens(parts))),
    TE.bind('own', ({ where }) => said(languageConfig, {}, where, 'config.json')),
    TE.bind('generation', ({ where }) => said(languageConfig, {}, where, 'generation_config.json')),
    TE.bind('template', ({ where }) => said(templateConfig, {}, where, 'tokenizer_config.json')),
    TE.bind('jinja', ({ where }) =>
      where.beside.includes('chat_template.jinja') ? textIn(where, 'chat_template.jinja') : TE.right(undefined),
    ),
    TE.bind('predictor', ({ where, own }) => {
      const context = contextOf(own)
      return openPredictor({ ...options, file: where.file, ...(context === undefined ? {} : { context }) })
    }),
    TE.chainEitherK(({ where: { folder }, parts, tokenizer, bytes, own, generation, template, jinja, predictor }) =>
      pipe(
        languageOf({
          name: folder,
          predictor,
          tokenizer,
          bytes,
          configs: [own, generation],
          chat: chatTemplate(folder, parts, jinja === undefined ? template : { ...template, chat_template: jinja }),
        }),
        E.mapLeft((wrong) => {
          predictor.release()
          return wrong
        }),
      ),
    ),
  )
