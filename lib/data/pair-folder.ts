/**
 * A prepared parallel corpus as a folder: `training.source.txt`, `training.target.txt` and so on, line by line, the shared
 * `tokenizer.json`, and `corpus.json` that says what it is.
 */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'
import { trainBpe } from './bpe.ts'
import { byteTokenizer } from './byte-tokenizer.ts'
import { countWords, splitNames } from './documents.ts'
import { writeWhole } from './files.ts'
import type { Pair } from './pairs.ts'
import type { ParallelCorpus } from './parallel.ts'
import type { TokenizerChoice } from './token-corpus.ts'
import type { Tokenizer } from './tokenizer.ts'
import { readTokenizer } from './tokenizer-file.ts'
import { readText } from './user-file.ts'

/** One tokenizer for both languages, trained on both sides of the training part. Failures as in `tokenizerFor`. */
export const pairTokenizer =
  (choice: TokenizerChoice) =>
  ({ training }: ParallelCorpus): TE.TaskEither<Failure, Tokenizer> => {
    if (choice.kind === 'byte') return TE.right(byteTokenizer)
    if (choice.kind === 'bpe') return TE.fromEither(trainBpe({ symbols: choice.symbols })(training.flat()))
    return pipe(readText(choice.path), TE.chainEitherK(readTokenizer))
  }

/** How large a part of a parallel corpus is. */
interface PairCounts {
  readonly pairs: number
  readonly words: readonly [source: number, target: number]
  readonly tokens: readonly [source: number, target: number]
}

/** Counts of some pairs under a tokenizer. */
export const countPairs =
  (tokenizer: Tokenizer) =>
  (pairs: readonly Pair[]): PairCounts => {
    const sides = [pairs.map(([source]) => source), pairs.map(([, target]) => target)] as const
    const total = (texts: readonly string[], size: (text: string) => number): number =>
      texts.reduce((n, text) => n + size(text), 0)
    const tokens = (text: string): number => tokenizer.encode(text).length
    return {
      pairs: pairs.length,
      words: [total(sides[0], countWords), total(sides[1], countWords)],
      tokens: [total(sides[0], tokens), total(sides[1], tokens)],
    }
  }

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

/** Writes the folder; `facts` go into `corpus.json`. `File` when it cannot be written. */
export const writePairFolder =
  (folder: string, facts: unknown) =>
  (corpus: ParallelCorpus, tokenizer: Tokenizer): TE.TaskEither<Failure, void> =>
    pipe(
      splitNames.flatMap((name) => [
        [`${name}.source.txt`, lines(corpus[name].map(([source]) => source))] as const,
        [`${name}.target.txt`, lines(corpus[name].map(([, target]) => target))] as const,
      ]),
      (files) => [
        ...files,
        ['tokenizer.json', tokenizer.json()] as const,
        ['corpus.json', `${JSON.stringify(facts, null, 2)}\n`] as const,
      ],
      TE.traverseSeqArray(([name, text]) => writeWhole(join(folder, name), text)),
      TE.map(() => undefined),
    )
