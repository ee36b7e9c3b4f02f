/**
 * A language model that lives outside of the library, with its tokenizer: what its configuration says of beginning and
 * ending, and the model after a prompt or a chat, ready to be tilted.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { orElse } from '../at.ts'
import { optional, record } from '../codec/record.ts'
import { natural } from '../codec/scalars.ts'
import type { TokenBytes } from '../data/token-bytes.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { type Failure, failure } from '../errors.ts'
import type { Predictor } from '../predictor.ts'
import { predictorModel } from './adapters.ts'
import { textOf, type TokenModel } from './model.ts'

/** A turn of a chat, as chat templates read it: `role` is `system`, `user`, `assistant` or what else the template knows. */
export interface ChatMessage {
  readonly role: string
  readonly content: string
}

/** What a model goes on from: a text, or a chat whose next turn is the assistant's. */
export type Prompt = string | readonly ChatMessage[]

/** A model with its tokenizer. */
export interface LanguageModel {
  /** One line for a person: what it is, and on what it runs. */
  readonly description: string
  readonly tokenizer: Tokenizer
  /** The symbols that end a text. */
  readonly ends: readonly number[]
  /** The model after a prompt, ready to be tilted; after the empty one it begins a text. */
  readonly after: (prompt: Prompt) => TE.TaskEither<Failure, TokenModel>
  readonly release: () => void
}

type Ids = number | readonly number[] | null

/** What is read of `config.json` and `generation_config.json`. */
interface LanguageConfig {
  readonly eos_token_id?: Ids
  readonly bos_token_id?: Ids
  readonly n_positions?: number
  readonly max_position_embeddings?: number
  readonly n_ctx?: number
}

const ids = t.union([natural, t.readonlyArray(natural), t.null])

const positive = t.refinement(natural, (n) => n > 0, 'natural number from 1')

/** The codec of a configuration. */
export const languageConfig: t.Type<LanguageConfig, unknown> = record(
  {
    eos_token_id: optional(ids),
    bos_token_id: optional(ids),
    n_positions: optional(positive),
    max_position_embeddings: optional(positive),
    n_ctx: optional(positive),
  },
  'a configuration',
)

const listed = (found: Ids | undefined): readonly number[] =>
  found === undefined || found === null ? [] : typeof found === 'number' ? [found] : found

/** The longest row that a configuration allows, if it says so. */
export const contextOf = ({ n_positions, max_position_embeddings, n_ctx }: LanguageConfig): number | undefined =>
  n_positions ?? max_position_embeddings ?? n_ctx

/** `config.json`, then `generation_config.json`. */
export type LanguageConfigs = readonly [LanguageConfig, LanguageConfig]

/** The symbols that configurations name as ends of a text. */
export const namedEnds = ([own, generation]: LanguageConfigs): readonly number[] => [
  ...new Set([...listed(generation.eos_token_id), ...listed(own.eos_token_id)]),
]

/** What a language model is made of. */
interface LanguageParts {
  /** What it is called in messages. */
  readonly name: string
  readonly predictor: Predictor
  readonly tokenizer: Tokenizer
  readonly bytes: TokenBytes
  readonly configs: LanguageConfigs
  /** The tokens of a chat up to where the assistant goes on, by the model's template. */
  readonly chat: (messages: readonly ChatMessage[]) => E.Either<Failure, readonly number[]>
}

/** Logits beyond the tokens: models are padded to round numbers of symbols. */
const most = (tokens: number): number => Math.ceil(tokens * 1.05) + 256

const padded = ({
  name,
  predictor: { symbols },
  bytes: { texts, begin },
}: LanguageParts): E.Either<Failure, TokenBytes> =>
  texts.length <= symbols && symbols <= most(texts.length)
    ? E.right({
        begin,
        texts: [...texts, ...Array.from({ length: symbols - texts.length }, () => new Uint8Array(0))],
      })
    : E.left(
        failure(
          'Format',
          `the tokenizer of ${name} has ${texts.length} tokens and the model gives logits of ${symbols}`,
          'give the tokenizer.json that the model was trained with',
          { name, tokens: texts.length, logits: symbols },
        ),
      )

/** The symbol that begins a text after nothing; one that the model has not is the configuration's fault. */
const firstOf = ({
  name,
  predictor,
  tokenizer,
  configs: [own, generation],
}: LanguageParts): E.Either<Failure, number> => {
  const first = orElse([...listed(generation.bos_token_id), ...listed(own.bos_token_id)][0], tokenizer.end)
  return first < predictor.symbols
    ? E.right(first)
    : E.left(
        failure(
          'Format',
          `bos_token_id of ${name} is ${first}, and the model has ${predictor.symbols} symbols`,
          'correct config.json or generation_config.json',
          { name, first, symbols: predictor.symbols },
        ),
      )
}

/** The tokens of a prompt; what cannot be encoded is the prompt's fault. */
const encoded = ({ tokenizer, bytes, chat }: LanguageParts, prompt: Prompt): E.Either<Failure, readonly number[]> =>
  typeof prompt === 'string'
    ? E.tryCatch(
        () => [...bytes.begin, ...tokenizer.encode(prompt)],
        (thrown) =>
          failure('Domain', `the prompt cannot be encoded (${String(thrown)})`, 'give another prompt', { prompt }),
      )
    : chat(prompt)

/** Whether tokens are what the tokenizer makes of their text: after the prompt's own, which may not change; after a chat alone. */
const canonicalAfter =
  ({ tokenizer, bytes }: LanguageParts, texts: readonly Uint8Array[], prompt: Prompt, read: readonly number[]) =>
  (tokens: readonly number[]): boolean => {
    const [before, begun] = typeof prompt === 'string' ? [prompt, bytes.begin] : ['', []]
    const wanted = typeof prompt === 'string' ? [...read, ...tokens] : tokens
    const spelled = E.tryCatch(
      () => [...begun, ...tokenizer.encode(before + textOf(texts, tokens))],
      () => undefined,
    )
    return E.isRight(spelled) && spelled.right.join() === wanted.join()
  }

const tooLong = (tokens: number, { context }: Predictor): Failure =>
  failure('Domain', `the prompt has ${tokens} tokens, and the model reads ${context}`, 'give a shorter prompt', {
    tokens,
    context,
  })

/**
 * A language model of its parts. The symbols that end a text are those of both configurations, or the tokenizer's; an empty
 * prompt is the configuration's begin symbol, or the tokenizer's end. `Format` for a tokenizer that is not the model's.
 */
export const languageOf = (parts: LanguageParts): E.Either<Failure, LanguageModel> =>
  pipe(
    padded(parts),
    E.bind('first', () => firstOf(parts)),
    E.map(({ texts, first }) => {
      const { predictor, tokenizer, configs } = parts
      const named = namedEnds(configs)
      const ends = named.length > 0 ? named : [tokenizer.end]
      return {
        description: predictor.description,
        tokenizer,
        ends,
        after: (prompt) =>
          pipe(
            TE.fromEither(encoded(parts, prompt)),
            TE.filterOrElse(
              (read) => read.length <= predictor.context,
              (read) => tooLong(read.length, predictor),
            ),
            TE.chain((read) =>
              pipe(
                predictorModel({ texts, ends, begin: read.length > 0 ? read : [first] })(predictor),
                TE.map((model) => ({ ...model, canonical: canonicalAfter(parts, texts, prompt, read) })),
              ),
            ),
          ),
        release: predictor.release,
      }
    }),
  )
