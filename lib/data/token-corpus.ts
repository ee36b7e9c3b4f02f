/**
 * A corpus as tokens, ready to train on: by bytes, by an encoding trained on the corpus's own training part (kept in the
 * cache), or by a tokenizer of the user's. Saved to a folder and read back.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { namingFile } from '../codec/text.ts'
import { type Failure, fromThrown } from '../errors.ts'
import { trainBpe } from './bpe.ts'
import { byteTokenizer } from './byte-tokenizer.ts'
import { type Corpus, corpus } from './corpus.ts'
import type { Splits } from './documents.ts'
import { writeWhole } from './files.ts'
import type { DataServices } from './services.ts'
import { type Tokenizer, tokeniseSplits } from './tokenizer.ts'
import { readTokenizer } from './tokenizer-file.ts'
import { readText } from './user-file.ts'
import { wordTokenizer } from './word-tokenizer.ts'

/** How text becomes tokens: bytes, an encoding of `symbols` symbols trained here, or one in a file. */
export type TokenizerChoice =
  | { readonly kind: 'byte' }
  | { readonly kind: 'bpe'; readonly symbols: number }
  | { readonly kind: 'file'; readonly path: string }

/** The same, or the words of the training part. */
export type TextTokenizer = TokenizerChoice | { readonly kind: 'words' }

/** A corpus with its tokenizer and the tokens of its three parts, an end symbol after each document. */
export interface TokenCorpus {
  readonly corpus: Corpus
  readonly tokenizer: Tokenizer
  readonly tokens: Splits<Int32Array>
}

const trained =
  (services: DataServices, symbols: number) =>
  ({ training, sha256 }: Corpus): TE.TaskEither<Failure, Tokenizer> => {
    const path = join(services.cache, 'tokenizers', `bpe-1-${symbols}-${sha256.slice(0, 16)}.json`)
    const train = pipe(
      TE.fromIO(() => services.progress.start(`train ${symbols} symbols`, 1)),
      TE.chainEitherK(() => trainBpe({ symbols })(training.map(({ text }) => text))),
      TE.chainFirst((tokenizer) => writeWhole(path, tokenizer.json())),
      TE.chainFirstIOK((tokenizer) => () => services.progress.advance(1, { symbols: tokenizer.symbols })),
      (task) => () => task().finally(services.progress.end),
    )
    return pipe(
      readText(path),
      TE.chainEitherK(readTokenizer),
      TE.orElse(() => train),
    )
  }

/** The tokenizer of a choice for a corpus. Failures as in `trainBpe` and `readTokenizer`. */
const tokenizerFor =
  (services: DataServices) =>
  (choice: TextTokenizer) =>
  (found: Corpus): TE.TaskEither<Failure, Tokenizer> => {
    if (choice.kind === 'byte') return TE.right(byteTokenizer)
    if (choice.kind === 'words') return TE.right(wordTokenizer(found.training))
    if (choice.kind === 'bpe') return trained(services, choice.symbols)(found)
    return pipe(readText(choice.path), TE.chainEitherK(readTokenizer), TE.mapLeft(namingFile(choice.path)))
  }

const byTokenizer =
  (tokenizer: Tokenizer) =>
  (found: Corpus): E.Either<Failure, TokenCorpus> =>
    E.tryCatch(
      () => ({ corpus: found, tokenizer, tokens: tokeniseSplits(tokenizer)(found) }),
      fromThrown('Format', 'give another tokenizer'),
    )

/** A corpus by name or file, by the tokenizer of another. Failures as in `tokenCorpus`. */
export const corpusByTokenizer =
  (services: DataServices) =>
  (tokenizer: Tokenizer) =>
  (nameOrFile: string): TE.TaskEither<Failure, TokenCorpus> =>
    pipe(corpus(services)(nameOrFile), TE.chainEitherK(byTokenizer(tokenizer)))

/**
 * A corpus by name or file, as tokens. Failures as in `corpus` and `tokenizerFor`; `Domain` where the tokenizer has no symbol
 * for a part of the text, `Limit` where it takes too long.
 *
 * @example
 * import { nodeDataServices } from './services.ts'
 * const english = tokenCorpus(nodeDataServices())({ kind: 'bpe', symbols: 4096 })('english')
 */
export const tokenCorpus =
  (services: DataServices) =>
  (choice: TextTokenizer) =>
  (nameOrFile: string): TE.TaskEither<Failure, TokenCorpus> =>
    pipe(
      corpus(services)(nameOrFile),
      TE.chain((found) =>
        pipe(
          tokenizerFor(services)(choice)(found),
          TE.chainEitherK((tokenizer) => byTokenizer(tokenizer)(found)),
        ),
      ),
    )
