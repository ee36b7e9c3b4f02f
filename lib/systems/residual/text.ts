/**
 * The text of an experiment as rows of tokens: random windows of the training part, and fixed chunks to validate and to
 * test on. A corpus that is too short, and a tokenizer that is not the checkpoint's, are refused in one sentence.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TokenCorpus } from '../../data/token-corpus.ts'
import { chunks, shuffleRows } from '../../data/chunks.ts'
import type { TokenRows } from '../../data/strings.ts'
import { matchTokenizer, recordOfTokenizer } from '../../data/tokenizer-match.ts'
import type { Tokenizer } from '../../data/tokenizer.ts'
import { readTokenizer } from '../../data/tokenizer-file.ts'
import { fineUniforms } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import { type Key, key } from '../../key.ts'
import type { ResidualOptions } from './options.ts'
import { rowLength } from './options.ts'
import { rowAt, sliceRows } from './sequence.ts'
import { wordsBegunIn } from './perplexity.ts'

/** The rows of an experiment. Validation and test rows are the same for every seed. */
export interface ResidualText {
  readonly corpus: TokenCorpus
  readonly tokenizer: Tokenizer
  readonly training: Int32Array
  readonly validation: TokenRows
  readonly test: TokenRows
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

const measured = (stream: Int32Array, length: number, count: number): TokenRows =>
  sliceRows(shuffleRows(CHUNK_ORDER)(chunks(stream, length)), 0, count)

const tooShort = (name: string, part: string, tokens: number, length: number): Failure =>
  failure(
    'Usage',
    `the ${part} part of ${name} has ${tokens} tokens, fewer than a row of ${length}`,
    'give a longer text, or shorter rows with --prefix and --modelled',
    { name, part, tokens, length },
  )

/** The rows of a corpus for these options; `Usage` when a part of it is shorter than a row. */
export const residualText = (options: ResidualOptions, corpus: TokenCorpus): E.Either<Failure, ResidualText> => {
  const length = rowLength(options)
  const { training, validation, test } = corpus.tokens
  for (const [part, stream] of Object.entries({ training, validation, test }))
    if (stream.length < length) return E.left(tooShort(corpus.corpus.name, part, stream.length, length))
  return E.right({
    corpus,
    tokenizer: corpus.tokenizer,
    training,
    validation: measured(validation, length, VALIDATION_ROWS),
    test: measured(test, length, Math.max(options.evaluation.chunks, options.generation.count)),
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
