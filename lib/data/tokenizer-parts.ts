/** A `tokenizer.json` as its readers begin with it: read once, with a vocabulary whose ids can be used. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { orElse } from '../at.ts'
import { decodeJson } from '../codec/json.ts'
import { optional, record } from '../codec/record.ts'
import type { Failure } from '../errors.ts'
import { type Entry, idFailure, vocabularyOf } from './tokenizer-check.ts'

/** A token that was added to the vocabulary. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  readonly special?: boolean
}

/** What is read of the file. */
export interface TokenizerFile {
  readonly model: Readonly<Record<string, unknown>>
  readonly added_tokens?: readonly AddedToken[]
  readonly pre_tokenizer?: Readonly<Record<string, unknown>> | null
  readonly normalizer?: Readonly<Record<string, unknown>> | null
  readonly decoder?: unknown
  readonly post_processor?: unknown
}

const addedToken = record<AddedToken>({ id: t.number, content: t.string, special: optional(t.boolean) }, 'added token')

const section = optional(t.union([t.null, t.UnknownRecord]))

const file = record<TokenizerFile>(
  {
    model: t.UnknownRecord,
    added_tokens: optional(t.readonlyArray(addedToken)),
    pre_tokenizer: section,
    normalizer: section,
    decoder: optional(t.unknown),
    post_processor: optional(t.unknown),
  },
  'tokenizer.json',
)

/** The file, its text, and the texts and ids of its model and of the symbols that were added. */
export interface TokenizerParts {
  readonly json: string
  readonly file: TokenizerFile
  readonly vocabulary: readonly Entry[]
  readonly added: readonly AddedToken[]
}

/** Reads the text of a `tokenizer.json`. `Format` when it is none, or has ids that cannot be used (`idFailure`). */
export const tokenizerParts = (text: string): E.Either<Failure, TokenizerParts> => {
  const json = text.replace(/^\ufeff/u, '')
  return pipe(
    json,
    decodeJson(file, 'tokenizer.json'),
    E.flatMap((read): E.Either<Failure, TokenizerParts> => {
      const vocabulary = vocabularyOf(orElse(read.model['vocab'], {}))
      if ('tag' in vocabulary) return E.left(vocabulary)
      const added = orElse(read.added_tokens, [])
      const wrong = idFailure([...vocabulary, ...added.map(({ content, id }): Entry => [content, id])])
      return wrong === undefined ? E.right({ json, file: read, vocabulary, added }) : E.left(wrong)
    }),
  )
}
