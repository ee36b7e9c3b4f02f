/**
 * What an experiment on text or images trains on: rows of tokens in three parts, the model, and what its score is called.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { deaf } from '../../breath.ts'
import { chunks, shuffleRows } from '../../data/chunks.ts'
import { imageSet } from '../../data/images.ts'
import { type ImageShape, imageTokens } from '../../data/images-shape.ts'
import type { DataServices } from '../../data/services.ts'
import { type TokenRows, takeRows } from '../../data/strings.ts'
import { type TextTokenizer, tokenCorpus } from '../../data/token-corpus.ts'
import { fineUniforms } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import { type Key, key } from '../../key.ts'
import type { Program } from '../../executor.ts'
import type { Autoregressive } from '../../models/autoregressive.ts'
import { gatedPixelCnn, pixelCnn } from '../../models/pixelcnn.ts'
import { gatedPixelCnnPresets, pixelCnnPresets } from '../../models/pixelcnn-size.ts'
import { embeddedTransformer } from '../../models/transformer-embedded.ts'
import { widthDeviation } from '../../models/transformer-size.ts'
import { transformerXl } from '../../models/transformer-xl.ts'
import { sliceRows } from '../residual/sequence.ts'
import { windows } from '../residual/text.ts'
import { type Spelling, spellingOf } from '../token-spelling.ts'
import { rowsWork } from '../work.ts'
import type {
  EArmExperiment,
  ImageExperiment,
  LanguageExperiment,
  LanguageNetworkName,
  TokensExperiment,
  TransformerNetwork,
} from './experiment-options.ts'
import type { Measure } from './measures.ts'
import { rowsOfUpdate } from './trainings.ts'

/** A task, ready to train. */
export interface TokensTask {
  readonly title: string
  readonly licence: string
  readonly notes: readonly string[]
  readonly model: Autoregressive
  readonly time: number
  readonly measure: Measure
  /** The training rows of an update [batch, time]: a function of the key. */
  readonly batch: (key: Key) => Int32Array
  /** Training rows that there are. */
  readonly training: number
  readonly validation: TokenRows
  readonly test: TokenRows
  readonly image?: ImageShape
  /** Text of a row. */
  readonly decode?: (row: Int32Array) => string
  /** Tokens of a text. */
  readonly encode?: (text: string) => Int32Array
  /** The bytes of its tokens, of text. */
  readonly spelling?: () => E.Either<Failure, Spelling>
}

/** The order of rows to measure on: one for all experiments. */
const ORDER = key(20220620)

/** The sizes of a network of text that do not depend on its alphabet. */
interface TextNetwork {
  readonly network: TransformerNetwork & { readonly kind?: LanguageNetworkName }
  readonly time: number
}

const languageModel = ({ network, time }: TextNetwork, symbols: number, end: number): Autoregressive => {
  const { kind, width, layers, heads, feedForward = 4 * width, norm = 'pre', activation = 'gelu' } = network
  const deviation = widthDeviation(width)
  const shared = { symbols, model: width, heads, layers, feedForward, begin: end, deviation }
  return kind === 'transformer-xl'
    ? transformerXl({ ...shared, context: time, memory: time })
    : embeddedTransformer({
        ...shared,
        context: time,
        positions: 'learned',
        norm,
        activation,
        tied: true,
      })
}

const tokenizerOf = ({ tokenizer }: LanguageExperiment): TextTokenizer =>
  tokenizer === undefined
    ? { kind: 'byte' }
    : tokenizer === 'words'
      ? { kind: 'words' }
      : { kind: 'bpe', symbols: tokenizer }

const tooShort = (part: string, tokens: number, { data, time }: LanguageExperiment): Failure =>
  failure(
    'Usage',
    `the ${part} part of ${data} has ${tokens} tokens, fewer than a row of ${time}`,
    'give a longer text, or a smaller --time',
    { tokens, time },
  )

const language = (services: DataServices, options: LanguageExperiment): TE.TaskEither<Failure, TokensTask> =>
  pipe(
    tokenCorpus(services)(tokenizerOf(options))(options.data),
    TE.chainEitherK(({ corpus, tokenizer, tokens }): E.Either<Failure, TokensTask> => {
      const { time, measured } = options
      const short = (['training', 'validation', 'test'] as const).find((part) => tokens[part].length < time)
      if (short !== undefined) return E.left(tooShort(short, tokens[short].length, options))
      const rows = (stream: Int32Array): TokenRows => sliceRows(shuffleRows(ORDER)(chunks(stream, time)), 0, measured)
      return E.right({
        title: corpus.title,
        licence: corpus.licence,
        notes: corpus.notes,
        model: languageModel(options, tokenizer.symbols, tokenizer.end),
        time,
        measure: 'perplexity',
        batch: (k) => windows(tokens.training, time, k, rowsOfUpdate(options, time)).tokens,
        training: Math.floor(tokens.training.length / time),
        validation: rows(tokens.validation),
        test: rows(tokens.test),
        decode: tokenizer.decode,
        encode: tokenizer.encode,
        spelling: () => spellingOf(tokenizer),
      })
    }),
  )

const pictureModel = ({ network }: ImageExperiment, image: ImageShape): Autoregressive => {
  const { kind, width, layers } = network
  const size = { features: width * image.channels, layers, head: 2 * width * image.channels, image }
  return kind === 'pixelcnn'
    ? pixelCnn({ ...pixelCnnPresets.small, ...size })
    : gatedPixelCnn({ ...gatedPixelCnnPresets.small, ...size })
}

/** What is timed to choose workers: the network on rows, on images of MNIST's size; of translation its decoder without a source. */
export const eArmWork = (options: EArmExperiment): Program => {
  if (options.task === 'image') {
    const image = { height: 28, width: 28, channels: 1, levels: 2 }
    return rowsWork(pictureModel(options, image), { batch: 16, time: imageTokens(image) })
  }
  const symbols = options.task === 'translate' ? options.symbols : 257
  return rowsWork(languageModel(options, symbols, symbols - 1), { batch: 64, time: options.time })
}

const pictures = (services: DataServices, options: ImageExperiment): TE.TaskEither<Failure, TokensTask> =>
  pipe(
    imageSet(services)(options.data, options.levels),
    TE.map((set): TokensTask => {
      const { measured } = options
      const rows = (all: TokenRows): TokenRows => sliceRows(shuffleRows(ORDER)(all), 0, measured)
      const { training, validation, test, image } = set
      return {
        title: set.title,
        licence: set.licence,
        notes: [],
        model: pictureModel(options, image),
        time: imageTokens(image),
        measure: 'bits per dimension',
        batch: (k) =>
          takeRows(
            training,
            Int32Array.from(fineUniforms(k, rowsOfUpdate(options, imageTokens(image))), (u) =>
              Math.floor(u * training.count),
            ),
          ).tokens,
        training: training.count,
        validation: rows(validation),
        test: rows(test),
        image,
      }
    }),
  )

/** The task that the options name, fetched if need be. Failures as in `corpus` and `imageSet`. */
export const tokensTask = (services: DataServices, options: TokensExperiment): TE.TaskEither<Failure, TokensTask> =>
  deaf(options.task === 'lm' ? language(services, options) : pictures(services, options))
