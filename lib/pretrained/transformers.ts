/**
 * A model that transformers.js has loaded, as a model to tilt: its sessions are run and its tokenizer is asked, nothing is
 * loaded twice. The package itself is not imported: what it made is enough, in Node as in a browser.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { decodeAs } from '../codec/json.ts'
import { tokenBytes } from '../data/token-bytes.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { type Failure, failure, messageOf, usage } from '../errors.ts'
import type { CausalSession } from '../onnx/causal.ts'
import { predictorOn } from '../onnx/predicting.ts'
import {
  type ChatMessage,
  contextOf,
  languageConfig,
  type LanguageConfigs,
  type LanguageModel,
  languageOf,
  namedEnds,
} from '../tilt/language.ts'

/** What is used of a model of transformers.js: what `AutoModelForCausalLM.from_pretrained` gives. */
export interface TransformersModel {
  readonly sessions: Readonly<Record<string, unknown>>
  readonly config: unknown
  readonly generation_config: unknown
}

/** What is used of its tokenizer: what `AutoTokenizer.from_pretrained` gives. */
export interface TransformersTokenizer {
  (text: string): unknown
  readonly encode: (text: string, options: { readonly add_special_tokens: boolean }) => readonly number[]
  readonly decode: (ids: number[], options: { readonly skip_special_tokens: boolean }) => string
  /** A function of messages and options. */
  readonly apply_chat_template: unknown
  readonly _tokenizerJSON: unknown
}

const isSession = (found: unknown): found is CausalSession['session'] =>
  typeof found === 'object' && found !== null && 'run' in found && 'inputMetadata' in found && 'outputMetadata' in found

type Tensors = CausalSession['library']

const isTensorClass = (found: unknown): found is Tensors['Tensor'] => typeof found === 'function'

const held = (found: unknown, name: string): unknown => (t.UnknownRecord.is(found) ? found[name] : undefined)

/** The class of the tensors that the tokenizer makes, which is that of the sessions. */
const tensorsOf = (tokenizer: TransformersTokenizer): E.Either<Failure, Tensors> => {
  const tensor = held(held(tokenizer('a'), 'input_ids'), 'ort_tensor')
  const Tensor: unknown = typeof tensor === 'object' && tensor !== null ? tensor.constructor : undefined
  return isTensorClass(Tensor)
    ? E.right({ Tensor })
    : E.left(
        usage(
          'the tokenizer makes no tensors',
          'give what AutoTokenizer.from_pretrained of transformers.js 3 or 4 gives',
        ),
      )
}

const sessionOf = ({ sessions }: TransformersModel): E.Either<Failure, CausalSession['session']> => {
  const { model: found } = sessions
  return isSession(found)
    ? E.right(found)
    : E.left(
        usage(
          `the model has no session of a decoder (it has ${Object.keys(sessions).join(', ')})`,
          'load it with AutoModelForCausalLM of transformers.js 4',
        ),
      )
}

/** What transformers.js noted of a session: where it runs, and how its weights are stored. */
const placeOf = (session: CausalSession['session']): string => {
  const config = held(session, 'config')
  return ['device', 'dtype']
    .flatMap((name) => (typeof held(config, name) === 'string' ? [String(held(config, name))] : []))
    .join(', ')
}

const tokenizerOf = (given: TransformersTokenizer, json: string, symbols: number, end: number): Tokenizer => ({
  symbols,
  end,
  encode: (text) => Int32Array.from(text === '' ? [] : given.encode(text, { add_special_tokens: false })),
  decode: (ids) => given.decode(Array.from(ids), { skip_special_tokens: true }),
  json: () => json,
})

const chatOf =
  (tokenizer: TransformersTokenizer) =>
  (messages: readonly ChatMessage[]): E.Either<Failure, readonly number[]> =>
    E.tryCatch(
      () => {
        const { apply_chat_template: write } = tokenizer
        const options = { add_generation_prompt: true, tokenize: false }
        const written: unknown = typeof write === 'function' ? Reflect.apply(write, tokenizer, [messages, options]) : ''
        return tokenizer.encode(String(written), { add_special_tokens: false })
      },
      (thrown) =>
        failure(
          'Domain',
          `the chat cannot be written (${messageOf(thrown)})`,
          'give other turns, or a model that was trained for chats',
        ),
    )

const configOf = (found: unknown, name: string) =>
  found === null || found === undefined
    ? E.right({})
    : decodeAs(languageConfig, name)(t.UnknownRecord.is(found) ? { ...found } : found)

const endOf = (configs: LanguageConfigs): E.Either<Failure, number> => {
  const [end] = namedEnds(configs)
  return end === undefined
    ? E.left(usage('the configuration of the model names no symbol that ends a text', 'set eos_token_id of its config'))
    : E.right(end)
}

/**
 * A model that transformers.js has loaded, with its tokenizer. Releasing it does nothing: the model is the caller's to
 * dispose of. `Usage` for a model without a decoder's session, otherwise as `languageModel`.
 *
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { chain } from 'fp-ts/lib/TaskEither.js'
 * import { fromTransformers, type TransformersModel, type TransformersTokenizer } from 'exptilt'
 * const after = (model: TransformersModel, tokenizer: TransformersTokenizer) =>
 *   pipe(fromTransformers(model, tokenizer), chain((language) => language.after('The weather is')))
 */
export const fromTransformers = (
  model: TransformersModel,
  tokenizer: TransformersTokenizer,
): TE.TaskEither<Failure, LanguageModel> =>
  pipe(
    TE.Do,
    TE.bind('session', () => TE.fromEither(sessionOf(model))),
    TE.bind('library', () => TE.fromEither(tensorsOf(tokenizer))),
    TE.bind('own', () => TE.fromEither(configOf(model.config, 'config'))),
    TE.bind('generation', () => TE.fromEither(configOf(model.generation_config, 'generation_config'))),
    TE.let('json', () => JSON.stringify(tokenizer._tokenizerJSON)),
    TE.bind('bytes', ({ json }) => TE.fromEither(tokenBytes(json))),
    TE.let('configs', ({ own, generation }): LanguageConfigs => [own, generation]),
    TE.bind('end', ({ configs }) => TE.fromEither(endOf(configs))),
    TE.bind('predictor', ({ session, library, own }) => {
      const context = contextOf(own)
      const kind = held(model.config, 'model_type')
      return predictorOn(
        session,
        library,
        {
          name: `${typeof kind === 'string' ? kind : 'a model'} of transformers.js`,
          on: `ONNX Runtime (${placeOf(session)})`,
          ...(context === undefined ? {} : { context }),
        },
        () => undefined,
      )
    }),
    TE.chainEitherK(({ predictor, bytes, json, configs, end }) =>
      languageOf({
        name: predictor.description,
        predictor,
        tokenizer: tokenizerOf(tokenizer, json, bytes.texts.length, end),
        bytes,
        configs,
        chat: chatOf(tokenizer),
      }),
    ),
  )
