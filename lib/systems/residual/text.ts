/**
 * The text of an experiment as rows of tokens: random windows of the training part, and fixed chunks to validate and to
 * test on. A corpus that is too short, and a tokenizer that is not the checkpoint's, are refused in one sentence.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../../at.ts'
import { concatenate } from '../../data/concatenate.ts'
import type { TokenCorpus } from '../../data/token-corpus.ts'
import { chunks, shuffleRows } from '../../data/chunks.ts'
import type { TokenRows } from '../../data/strings.ts'
import { matchTokenizer, recordOfTokenizer } from '../../data/tokenizer-match.ts'
import type { Tokenizer } from '../../data/tokenizer.ts'
import { readTokenizer } from '../../data/tokenizer-file.ts'
import { fineUniforms } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import { fold, type Key, key, permutation } from '../../key.ts'
import type { ResidualOptions } from './options.ts'
import { rowLength } from './options.ts'
import { rowAt, sliceRows } from './sequence.ts'
import { wordsBegunIn } from './perplexity.ts'

/** The rows of an experiment. Validation and test rows are the same for every seed. */
export interface ResidualText {
  readonly corpus: TokenCorpus
  readonly tokenizer: Tokenizer
  /** The whole training text, and the parts of it on which the base and the energies learn: both the whole unless it is split. */
  readonly training: Int32Array
  readonly forBase: Int32Array
  readonly forEnergies: Int32Array
  readonly validation: TokenRows
  readonly test: TokenRows
  /** The text of the masked models of starred energies. */
  readonly other?: { readonly training: Int32Array; readonly validation: TokenRows }
}

/** Rows for validating a training: the score of an energy differs from row to row by as much as a whole training gains. */
const VALIDATION_ROWS = 1024

/** `count` windows of `length` tokens that begin anywhere in a stream, each a function of the key and its number. */
export const windows = (stream: Int32Array, length: number, k: Key, count: number): TokenRows => {
  const tokens = new Int32Array(count * length)
  fineUniforms(k, count).forEach((u, i) => {
    const start = Math.floor(u * (stream.length - length + 1))
    tokens.set(stream.subarray(start, start + length), i * length)
  })
  return { tokens, count, time: length }
}

/** The order of chunks to measure on: one for all runs. */
const CHUNK_ORDER = key(20200410)

/** The order in which documents go to the base when a text is split. */
const SPLIT_ORDER = fold(CHUNK_ORDER, 1)

const measured = (stream: Int32Array, length: number, count: number): TokenRows =>
  sliceRows(shuffleRows(CHUNK_ORDER)(chunks(stream, length)), 0, count)

const tooShort = (name: string, part: string, tokens: number, length: number): Failure =>
  failure(
    'Usage',
    `the ${part} part of ${name} has ${tokens} tokens, fewer than a row of ${length}`,
    'give a longer text, or shorter rows with --prefix and --modelled',
    { name, part, tokens, length },
  )

/** The most tokens of a piece of text that stays together when a text is split: a chapter of the King James Bible has some 900. */
const PIECE = 4096

/** The documents of a stream of tokens, each with the end symbol after it; one that is too long as several pieces. */
const piecesOf = (stream: Int32Array, end: number): readonly Int32Array[] => {
  const pieces: Int32Array[] = []
  for (let from = 0; from < stream.length; ) {
    const found = stream.indexOf(end, from)
    const to = Math.min(found < 0 ? stream.length : found + 1, from + PIECE)
    pieces.push(stream.subarray(from, to))
    from = to
  }
  return pieces
}

/**
 * A stream of tokens in two, by documents, those of each in their order: about `share` of the tokens, and the rest. Which document goes
 * where is drawn, once for all seeds.
 */
export const splitStream = (stream: Int32Array, end: number, share: number): readonly [Int32Array, Int32Array] => {
  const pieces = piecesOf(stream, end)
  const first = new Set<number>()
  let tokens = 0
  for (const i of permutation(SPLIT_ORDER, pieces.length)) {
    const { length } = at(pieces, i)
    if (tokens + length / 2 > share * stream.length) continue
    first.add(i)
    tokens += length
  }
  return [concatenate(pieces.filter((_, i) => first.has(i))), concatenate(pieces.filter((_, i) => !first.has(i)))]
}

const shortPart = (
  { corpus }: TokenCorpus,
  parts: Readonly<Record<string, Int32Array>>,
  length: number,
): Failure | undefined => {
  const short = Object.entries(parts).find(([, stream]) => stream.length < length)
  return short === undefined ? undefined : tooShort(corpus.name, short[0], short[1].length, length)
}

/** The rows of a corpus for these options, and the other text if there is one; `Usage` when a part is shorter than a row. */
export const residualText = (
  options: ResidualOptions,
  corpus: TokenCorpus,
  other?: TokenCorpus,
): E.Either<Failure, ResidualText> => {
  const { evaluation, generation } = options
  const length = rowLength(options)
  const { training, validation, test } = corpus.tokens
  const [forBase, forEnergies] =
    options.split === undefined ? [training, training] : splitStream(training, corpus.tokenizer.end, options.split)
  const short =
    shortPart(corpus, { training, validation, test, "base's": forBase, "energies'": forEnergies }, length) ??
    (other === undefined ? undefined : shortPart(other, { ...other.tokens }, length))
  if (short !== undefined) return E.left(short)
  const validating = (stream: Int32Array): TokenRows => measured(stream, length, VALIDATION_ROWS)
  return E.right({
    corpus,
    tokenizer: corpus.tokenizer,
    ...{ training, forBase, forEnergies },
    validation: validating(validation),
    test: measured(test, length, Math.max(evaluation.chunks, evaluation.stepChunks, generation.count)),
    ...(other === undefined
      ? {}
      : { other: { training: other.tokens.training, validation: validating(other.tokens.validation) } }),
  })
}

/** The tokenizer of a text, if it is the one that a checkpoint was saved with; `Checkpoint` when it is another. */
export const sameTokenizer = (tokenizer: Tokenizer, saved: string | undefined): E.Either<Failure, Tokenizer> =>
  saved === undefined || saved === ''
    ? E.right(tokenizer)
    : E.flatMap((old: Tokenizer) => matchTokenizer(recordOfTokenizer(old))(tokenizer))(readTokenizer(saved))

/** The text of symbols, an empty line where a document ends: its last word and the first of the next are two. */
export const documentsText = ({ end, decode }: Tokenizer, symbols: Int32Array): string => {
  const texts: string[] = []
  for (let from = 0; from <= symbols.length; ) {
    const at = symbols.indexOf(end, from)
    const to = at < 0 ? symbols.length : at
    texts.push(decode(symbols.subarray(from, to)))
    from = to + 1
  }
  return texts.join('\n\n')
}

/** Words that begin in the modelled part of all rows together; the end of a document ends a word and is none. */
export const countWordsOf = (tokenizer: Tokenizer, rows: TokenRows, from: number): number => {
  let total = 0
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i)
    total += wordsBegunIn(documentsText(tokenizer, row.subarray(0, from)), documentsText(tokenizer, row.subarray(from)))
  }
  return total
}
