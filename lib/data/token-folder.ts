/**
 * A prepared corpus as a folder: `tokens.safetensors` (one i32 array a part), `tokenizer.json`, and `corpus.json` that says
 * what it is. Read back for training without the corpus's packages.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { record } from '../codec/record.ts'
import { namedArray } from '../codec/array.ts'
import { decodeJson } from '../codec/json.ts'
import { decodeText } from '../codec/text.ts'
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '../codec/safetensors.ts'
import { type Failure, failure } from '../errors.ts'
import { countWords, type Document, mapSplits, type Splits } from './documents.ts'
import { readBytes, writeWhole } from './files.ts'
import type { TokenCorpus } from './token-corpus.ts'
import type { Tokenizer } from './tokenizer.ts'
import { readTokenizer } from './tokenizer-file.ts'

/** How large a part is. */
interface PartCounts {
  readonly documents: number
  readonly words: number
  readonly bytes: number
  readonly tokens: number
}

/** What a folder's corpus is. */
interface CorpusFacts {
  readonly name: string
  readonly title: string
  readonly licence: string
  readonly sha256: string
  readonly notes: readonly string[]
  readonly symbols: number
  readonly counts: Splits<PartCounts>
}

const counts = record<PartCounts>({ documents: t.number, words: t.number, bytes: t.number, tokens: t.number }, 'counts')

const corpusFile: t.Type<CorpusFacts, unknown> = record(
  {
    name: t.string,
    title: t.string,
    licence: t.string,
    sha256: t.string,
    notes: t.readonlyArray(t.string),
    symbols: t.number,
    counts: record<Splits<PartCounts>>({ training: counts, validation: counts, test: counts }),
  },
  'corpus.json',
)

const countPart = (documents: readonly Document[], tokens: Int32Array): PartCounts => ({
  documents: documents.length,
  words: documents.reduce((n, { text }) => n + countWords(text), 0),
  bytes: documents.reduce((n, { text }) => n + Buffer.byteLength(text), 0),
  tokens: tokens.length,
})

/** Name, licence, checksum and counts of a corpus with its tokens. */
export const factsOf = ({ corpus, tokenizer, tokens }: TokenCorpus): CorpusFacts => {
  const { name, title, licence, sha256, notes } = corpus
  const of = (part: keyof Splits<unknown>): PartCounts => countPart(corpus[part], tokens[part])
  return {
    name,
    title,
    licence,
    sha256,
    notes,
    symbols: tokenizer.symbols,
    counts: { training: of('training'), validation: of('validation'), test: of('test') },
  }
}

/** Writes the three files. `File` when the folder cannot be written. */
export const writeTokenFolder =
  (folder: string) =>
  (prepared: TokenCorpus): TE.TaskEither<Failure, void> => {
    const tensors = mapSplits((tokens: Int32Array) => namedArray([tokens.length], tokens))(prepared.tokens)
    return pipe(
      TE.fromEither(encodeSafetensors({ metadata: {}, tensors: { ...tensors } })),
      TE.chain((bytes) => writeWhole(join(folder, 'tokens.safetensors'), bytes)),
      TE.chain(() => writeWhole(join(folder, 'tokenizer.json'), prepared.tokenizer.json())),
      TE.chain(() => writeWhole(join(folder, 'corpus.json'), `${JSON.stringify(factsOf(prepared), null, 2)}\n`)),
    )
  }

/** What a folder of `writeTokenFolder` holds. */
export interface TokenFolder {
  readonly facts: CorpusFacts
  readonly tokenizer: Tokenizer
  readonly tokens: Splits<Int32Array>
}

const part =
  ({ tensors }: Safetensors, symbols: number) =>
  (name: keyof Splits<unknown>): E.Either<Failure, Int32Array> => {
    const data = tensors[name]?.data
    if (!(data instanceof Int32Array))
      return E.left(failure('Format', `tokens.safetensors has no i32 array ${name}`, 'prepare the corpus again'))
    return data.some((token) => token < 0 || token >= symbols)
      ? E.left(failure('Format', `${name} has a token that the tokenizer lacks`, 'prepare the corpus again'))
      : E.right(data)
  }

const partsOf = (found: Safetensors, symbols: number): E.Either<Failure, Splits<Int32Array>> =>
  pipe(
    E.Do,
    E.apS('training', part(found, symbols)('training')),
    E.apS('validation', part(found, symbols)('validation')),
    E.apS('test', part(found, symbols)('test')),
  )

/** Reads such a folder. `File` when a file is not there, `Format` when one is not what it should be. */
export const readTokenFolder = (folder: string): TE.TaskEither<Failure, TokenFolder> =>
  pipe(
    TE.Do,
    TE.apS('facts', TE.chainEitherK(decodeJson(corpusFile, 'corpus.json'))(text(folder, 'corpus.json'))),
    TE.apS('tokenizer', TE.chainEitherK(readTokenizer)(text(folder, 'tokenizer.json'))),
    TE.apS('file', TE.chainEitherK(decodeSafetensors)(readBytes(join(folder, 'tokens.safetensors')))),
    TE.chainEitherK(({ facts, tokenizer, file }) =>
      pipe(
        partsOf(file, tokenizer.symbols),
        E.map((tokens) => ({ facts, tokenizer, tokens })),
      ),
    ),
  )

const text = (folder: string, name: string): TE.TaskEither<Failure, string> =>
  pipe(readBytes(join(folder, name)), TE.chainEitherK(decodeText(join(folder, name))))
