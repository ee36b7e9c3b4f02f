/**
 * What the tokens of a `tokenizer.json` spell, as bytes: byte-level encodings (GPT-2's kind) and those of SentencePiece
 * (blanks as `▁`, bytes as `<0x0A>`). A token in the middle of a character is a part of its bytes.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { orElse } from '../at.ts'
import { quoted } from '../codec/quoted.ts'
import { type Failure, failure } from '../errors.ts'
import { bytesOf } from './byte-alphabet.ts'
import type { Entry } from './tokenizer-check.ts'
import { type AddedToken, type TokenizerFile, type TokenizerParts, tokenizerParts } from './tokenizer-parts.ts'

/** The tokens of a tokenizer. */
export interface TokenBytes {
  /** The bytes of each token; none for special ones and for numbers without a token. */
  readonly texts: readonly Uint8Array[]
  /** The tokens that the tokenizer itself puts before every text. */
  readonly begin: readonly number[]
}

/** Every record in a value, at any depth. */
const recordsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] => {
  const found: Readonly<Record<string, unknown>>[] = []
  const queue: unknown[] = [value]
  while (queue.length > 0) {
    const next = queue.pop()
    if (t.UnknownArray.is(next)) queue.push(...next)
    else if (t.UnknownRecord.is(next)) {
      found.push(next)
      queue.push(...Object.values(next))
    }
  }
  return found
}

const wrong = (what: string, remedy: string): Failure => failure('Format', `tokenizer.json: ${what}`, remedy)

type Spell = (text: string) => Uint8Array | undefined

const utf8 = new TextEncoder()

/** A token of SentencePiece. */
const pieceBytes: Spell = (text) => {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(text)
  return byte === null
    ? utf8.encode(text.replaceAll('▁', ' '))
    : Uint8Array.of(Number.parseInt(orElse(byte[1], ''), 16))
}

/** How tokens are spelled, by what the file says of its decoder, its pre-tokenizer and its normalizer. */
const spellingOf = ({ model, decoder, pre_tokenizer: pre, normalizer }: TokenizerFile): E.Either<Failure, Spell> => {
  const parts = recordsIn([decoder, pre, normalizer])
  if (parts.some(({ type }) => type === 'ByteLevel')) return E.right(bytesOf)
  const pieces = parts.some(({ type, content }) => type === 'Metaspace' || (type === 'Replace' && content === '▁'))
  return pieces ||
    parts.some(({ type, pattern }) => type === 'Replace' && t.UnknownRecord.is(pattern) && pattern['String'] === '▁')
    ? E.right(pieceBytes)
    : E.left(
        wrong(
          `the bytes of its tokens are not known (model ${typeof model['type'] === 'string' ? quoted(model['type']) : 'of no type'})`,
          'use a model with a byte-level or SentencePiece tokenizer',
        ),
      )
}

/** The tokens that a template puts first. */
const beginOf = ({ post_processor: processor }: TokenizerFile): readonly number[] => {
  const template = recordsIn(processor).find(({ type }) => type === 'TemplateProcessing')
  const single: readonly unknown[] = Array.isArray(template?.['single']) ? template['single'] : []
  const specials = template?.['special_tokens']
  const begin: number[] = []
  for (const part of single) {
    const special = t.UnknownRecord.is(part) ? part['SpecialToken'] : undefined
    if (!t.UnknownRecord.is(special) || !t.UnknownRecord.is(specials)) break
    const listed = specials[String(special['id'])]
    const ids: unknown = t.UnknownRecord.is(listed) ? listed['ids'] : undefined
    if (Array.isArray(ids)) begin.push(...ids.filter((id) => typeof id === 'number'))
  }
  return begin
}

/** The bytes of every token; special ones have none. */
const textsOf = (entries: readonly Entry[], spell: Spell, added: readonly AddedToken[]) => {
  const own = new Map(
    added.map(({ id, content, special = false }) => [id, special ? new Uint8Array(0) : utf8.encode(content)]),
  )
  const size = Math.max(-1, ...own.keys()) + 1
  const texts: Uint8Array[] = Array.from(
    { length: entries.reduce((n, [, id]) => Math.max(n, id + 1), size) },
    () => new Uint8Array(0),
  )
  for (const [text, id] of entries) {
    const bytes = own.get(id) ?? spell(text)
    if (bytes === undefined)
      return E.left(
        wrong(
          `the token ${quoted(text)} is not in the byte alphabet`,
          'give a tokenizer.json of the Hugging Face libraries',
        ),
      )
    texts[id] = bytes
  }
  for (const [id, bytes] of own) texts[id] = bytes
  return E.right(texts)
}

/** The bytes of the tokens of a file that was read; failures as in `tokenBytes`. */
export const bytesOfTokens = ({ file, vocabulary, added }: TokenizerParts): E.Either<Failure, TokenBytes> =>
  pipe(
    spellingOf(file),
    E.flatMap((spell) => textsOf(vocabulary, spell, added)),
    E.map((texts) => ({ texts, begin: beginOf(file) })),
  )

/** The bytes of a tokenizer's tokens. `Format` for a file that is none, or of a kind whose tokens are no byte strings. */
export const tokenBytes = (text: string): E.Either<Failure, TokenBytes> =>
  pipe(tokenizerParts(text), E.flatMap(bytesOfTokens))
