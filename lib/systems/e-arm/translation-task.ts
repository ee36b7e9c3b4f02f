/**
 * What a translation experiment trains on: pairs of rows in three parts, the network, and the sentences behind the test.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { deaf } from '../../breath.ts'
import { at } from '../../at.ts'
import { type Splits, mapSplits, splitNames } from '../../data/documents.ts'
import { readPairFiles } from '../../data/pair-files.ts'
import { pairTokenizer } from '../../data/pair-folder.ts'
import type { Pair } from '../../data/pairs.ts'
import { type ParallelCorpus, parallelCorpus } from '../../data/parallel.ts'
import { readParallelFolder } from '../../data/parallel-folder.ts'
import type { DataServices } from '../../data/services.ts'
import type { Tokenizer } from '../../data/tokenizer.ts'
import { fineUniforms } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import { key } from '../../key.ts'
import { type EncoderDecoder, encoderDecoder } from '../../models/encoder-decoder.ts'
import { type Spelling, spellingOf } from '../token-spelling.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { languagesOf } from './translation-settings.ts'
import { type EncodedPair, type PairRows, encodePairs, fitsInto, pairRows } from './translation-rows.ts'

/** A task, ready to train. */
export interface TranslationTask {
  readonly title: string
  readonly licence: string
  readonly network: EncoderDecoder
  readonly end: number
  readonly rows: Splits<PairRows>
  /** Source and reference of every test row. */
  readonly sentences: readonly Pair[]
  readonly encode: Tokenizer['encode']
  readonly decode: (symbols: ArrayLike<number>) => string
  /** The bytes of its tokens. */
  readonly spelling: () => E.Either<Failure, Spelling>
}

/** The network of these options over so many symbols, one table for all. */
export const translationNetwork = (
  { network, time }: TranslationExperiment,
  symbols: number,
  end: number,
): EncoderDecoder => {
  const { width, heads, layers, feedForward = 4 * width, norm = 'pre', activation = 'gelu' } = network
  return encoderDecoder({
    source: symbols,
    symbols,
    model: width,
    heads,
    layers,
    feedForward,
    context: time,
    begin: end,
    norm,
    activation,
    shared: 'all',
  })
}

/** The order of pairs to measure on: one for all experiments. */
const ORDER = key(20220620)

const shuffled = <A>(items: readonly A[]): readonly A[] => {
  const places = fineUniforms(ORDER, items.length)
  return items
    .map((item, i) => ({ item, place: at(places, i) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

interface Fitting {
  readonly pair: Pair
  readonly encoded: EncodedPair
}

const fitting =
  (tokenizer: Tokenizer, time: number) =>
  (pairs: readonly Pair[]): readonly Fitting[] => {
    const encoded = encodePairs(tokenizer)(pairs)
    return pairs.flatMap((pair, i): readonly Fitting[] => {
      const own = encoded[i]
      return own !== undefined && fitsInto(time)(own) ? [{ pair, encoded: own }] : []
    })
  }

const taskOf =
  (options: TranslationExperiment, corpus: ParallelCorpus) =>
  (tokenizer: Tokenizer): E.Either<Failure, TranslationTask> => {
    const { time } = options
    const { symbols, end } = tokenizer
    const parts = mapSplits((part: readonly Pair[]) => shuffled(fitting(tokenizer, time)(part)))(corpus)
    const empty = splitNames.find((name) => parts[name].length === 0)
    if (empty !== undefined)
      return E.left(
        failure(
          'Usage',
          `no pair of the ${empty} part of ${corpus.name} fits into rows of ${time} tokens`,
          'give a greater --time, or a greater --tokenizer',
        ),
      )
    return E.right({
      title: corpus.title,
      licence: corpus.licence,
      network: translationNetwork(options, symbols, end),
      end,
      rows: mapSplits((part: readonly Fitting[]) => pairRows(time, end)(part.map(({ encoded }) => encoded)))(parts),
      sentences: parts.test.map(({ pair }) => pair),
      encode: tokenizer.encode,
      decode: tokenizer.decode,
      spelling: () => spellingOf(tokenizer),
    })
  }

/** The pairs of a folder, of two files, or of a corpus. */
const pairsOf = (services: DataServices, options: TranslationExperiment): TE.TaskEither<Failure, ParallelCorpus> => {
  const { data, target } = options
  const languages = languagesOf(options)
  if (languages !== undefined) return readParallelFolder(data, languages)
  return target === undefined ? parallelCorpus(services)(data) : readPairFiles({ source: data, target })
}

/** The task that the options name, fetched if need be. Failures as in `parallelCorpus`, `readPairFiles`, `pairTokenizer`. */
export const translationTask = (
  services: DataServices,
  options: TranslationExperiment,
): TE.TaskEither<Failure, TranslationTask> =>
  deaf(
    pipe(
      pairsOf(services, options),
      TE.chain((corpus) =>
        pipe(
          pairTokenizer({ kind: 'bpe', symbols: options.symbols })(corpus),
          TE.chainEitherK(taskOf(options, corpus)),
        ),
      ),
    ),
  )
