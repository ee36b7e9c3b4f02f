/** What a format from outside is, and how its files are given to its reader. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as E from 'fp-ts/lib/Either.js'
import { exactJson } from '../../lib/codec/exact-json.ts'
import type { Failure } from '../../lib/errors.ts'
import type { FormatKind } from './faults.ts'

/** A format. */
export interface Format {
  readonly name: string
  readonly kind: FormatKind
  readonly good: Uint8Array
  readonly read: (bytes: Uint8Array) => Promise<E.Either<Failure, unknown>>
}

export const folder = mkdtempSync(join(tmpdir(), 'exptilt-fuzz-'))
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
export const json = (value: unknown): Uint8Array => utf8(exactJson(value))

/** In a file of the folder. */
export const inFile =
  (name: string, read: (path: string) => () => Promise<E.Either<Failure, unknown>>) =>
  (bytes: Uint8Array): Promise<E.Either<Failure, unknown>> => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return read(path)()
  }

export const now =
  (read: (bytes: Uint8Array) => E.Either<Failure, unknown>) =>
  (bytes: Uint8Array): Promise<E.Either<Failure, unknown>> =>
    Promise.resolve(read(bytes))

/** A folder of its own. */
export const inner = (name: string): string => {
  const made = join(folder, name)
  mkdirSync(made)
  return made
}

/** A small tokenizer of words, as its file has it. */
export const words = {
  version: '1.0',
  added_tokens: [
    { id: 0, content: '[SEP]', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
  ],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Removed', invert: false },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[SEP]': 0, '[UNK]': 1, fox: 2, dog: 3, '##s': 4 },
  },
}
