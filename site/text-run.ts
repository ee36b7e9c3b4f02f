/**
 * Controlled text in a page: the English model of the package under constraints, by sequential Monte Carlo, told step by step as
 * plain data. Nothing here knows the page; it runs in a worker, and in specs.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { chatTemplate } from '../lib/pretrained/chat-template.ts'
import { decodeJson } from '../lib/codec/json.ts'
import { decodeText } from '../lib/codec/text.ts'
import { bytesOfTokens } from '../lib/data/token-bytes.ts'
import { tokenizerOf } from '../lib/data/tokenizer-file.ts'
import { tokenizerParts } from '../lib/data/tokenizer-parts.ts'
import { describeFailure, type Failure, fromThrown, usage } from '../lib/errors.ts'
import { key } from '../lib/key.ts'
import { openModelBytes } from '../lib/onnx/model-bytes.ts'
import { all, type Constraint } from '../lib/tilt/constraint.ts'
import { contextOf, languageConfig, type LanguageModel, languageOf } from '../lib/tilt/language.ts'
import { matching } from '../lib/tilt/pattern.ts'
import type { Tilted } from '../lib/tilt/result.ts'
import { smc } from '../lib/tilt/samplers.ts'
import { containingAll, containingNone } from '../lib/tilt/words.ts'
import { bounded, patternOf, seedOf, whole } from './check.ts'

/** What is asked of texts. */
export interface TextRequest {
  readonly prompt: string
  /** The text matches it from its first character to its last; empty: any text does. */
  readonly regex: string
  /** All of these occur in it, and none of those. */
  readonly contain: readonly string[]
  readonly avoid: readonly string[]
  /** In all, in four islands. */
  readonly particles: number
  /** Most tokens. */
  readonly limit: number
  readonly seed: number
}

/** A population as a page shows it. */
export type TextAnswer = Pick<
  Tilted,
  'texts' | 'weights' | 'logPartition' | 'effectiveSampleSize' | 'steps' | 'doubts' | 'islands'
>

/** What a run tells. */
export type TextEvent =
  | { readonly kind: 'note'; readonly line: string }
  | {
      readonly kind: 'step'
      readonly step: number
      readonly limit: number
      readonly texts: readonly string[]
      readonly weights: Float64Array
    }
  | { readonly kind: 'done'; readonly answer: TextAnswer }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly sentence: string }

/** The bytes of a file of the model's folder. */
export type ReadFile = (name: string) => Promise<Uint8Array>

/** Bounds of what a page asks. */
export const TEXT_BOUNDS = { particles: [4, 128], limit: [1, 120] } as const

const ISLANDS = 4

const bytes =
  (read: ReadFile) =>
  (name: string): TE.TaskEither<Failure, Uint8Array> =>
    TE.tryCatch(() => read(name), fromThrown('Fetch', 'load the page again, from the server that has the whole site'))

/** The model, from the files of its folder. */
const opened = (read: ReadFile): TE.TaskEither<Failure, LanguageModel> => {
  const text = (name: string): TE.TaskEither<Failure, string> =>
    pipe(name, bytes(read), TE.chainEitherK(decodeText(name)))
  return pipe(
    text('tokenizer.json'),
    TE.chainEitherK(tokenizerParts),
    TE.bindTo('parts'),
    TE.bind('tokenizer', ({ parts }) => TE.fromEither(tokenizerOf(parts))),
    TE.bind('tokens', ({ parts }) => TE.fromEither(bytesOfTokens(parts))),
    TE.bind('own', () => pipe(text('config.json'), TE.chainEitherK(decodeJson(languageConfig, 'config.json')))),
    TE.bind('model', () => bytes(read)('onnx/model_fp16.onnx')),
    TE.bind('predictor', ({ own, model }) => {
      const context = contextOf(own)
      return openModelBytes({ name: 'the English model', ...(context === undefined ? {} : { context }) })(model)
    }),
    TE.chainEitherK(({ parts, tokenizer, tokens, own, predictor }) =>
      languageOf({
        name: 'the English model',
        predictor,
        tokenizer,
        bytes: tokens,
        configs: [own, {}],
        chat: chatTemplate('the English model', parts, {}),
      }),
    ),
  )
}

const constraintOf = ({ regex, contain, avoid }: TextRequest): E.Either<Failure, Constraint> =>
  pipe(
    [
      ...(regex === '' ? [] : [pipe(patternOf(regex), E.flatMap(matching))]),
      ...(contain.length === 0 ? [] : [containingAll(contain)]),
      ...(avoid.length === 0 ? [] : [containingNone(avoid)]),
    ],
    E.sequenceArray,
    E.map(all),
  )

const checked = (request: TextRequest): E.Either<Failure, Constraint> =>
  pipe(
    whole('number of particles', request.particles, ...TEXT_BOUNDS.particles),
    E.flatMap((n) =>
      n % ISLANDS === 0
        ? E.right(n)
        : E.left(usage(`${n} particles are not ${ISLANDS} islands of one size`, `give a multiple of ${ISLANDS}`)),
    ),
    E.flatMap(() => whole('number of tokens', request.limit, ...TEXT_BOUNDS.limit)),
    E.flatMap(() => seedOf(request)),
    E.flatMap(() => bounded('prompt', request.prompt)),
    E.flatMap(() => bounded('list of words', [...request.contain, ...request.avoid].join(','))),
    E.flatMap(() => constraintOf(request)),
  )

/** A session: a model that is loaded once, and a draw that can be stopped. */
export interface TextSession {
  readonly start: (request: TextRequest) => Promise<void>
  readonly stop: () => void
}

/** A session that reads the model's files by `read` and tells its events. */
export const textSession = (read: ReadFile, tell: (event: TextEvent) => void): TextSession => {
  let abort = new AbortController()
  let language: LanguageModel | undefined
  const model: TE.TaskEither<Failure, LanguageModel> = () => {
    if (language !== undefined) return TE.right(language)()
    tell({ kind: 'note', line: 'loading the model and what runs it …' })
    return pipe(
      opened(read),
      TE.map((found) => {
        language = found
        tell({ kind: 'note', line: found.description })
        return found
      }),
    )()
  }
  return {
    stop: () => abort.abort(),
    start: async (request) => {
      abort = new AbortController()
      const { signal } = abort
      const { limit, particles } = request
      const found = await pipe(
        TE.fromEither(checked(request)),
        TE.bindTo('constraint'),
        TE.bind('language', () => model),
        TE.bind('after', ({ language: own }) => own.after(request.prompt)),
        TE.chain(({ constraint, after }) =>
          smc(key(request.seed), {
            particles,
            islands: ISLANDS,
            signal,
            onStep: ({ step, texts, weights }) => tell({ kind: 'step', step, limit, texts, weights }),
          })({ model: after, constraint, limit }),
        ),
      )()
      if (E.isLeft(found)) {
        tell(
          found.left.tag === 'Interrupted'
            ? { kind: 'stopped' }
            : { kind: 'failed', sentence: describeFailure(found.left) },
        )
        return
      }
      const { texts, weights, logPartition, effectiveSampleSize, steps, doubts, islands } = found.right
      tell({ kind: 'done', answer: { texts, weights, logPartition, effectiveSampleSize, steps, doubts, islands } })
    },
  }
}
