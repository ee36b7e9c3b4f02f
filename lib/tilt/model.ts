/**
 * What a language model must be to be tilted: tokens that are byte strings, symbols that end a text, and the law of the next
 * token for a batch of rows that grow together. Everything in this room is written against it.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'

/**
 * Rows of tokens as a model has read them. A value: growing gives other rows and leaves these as they are, so that a
 * population may copy some rows and drop others (resampling) without a word to the model.
 */
export interface Rows {
  /** log q(· | row) in nats [symbols], one a row. */
  readonly logs: readonly Float64Array[]
  /** log of the law from which tokens are proposed instead of q (nats) [symbols], one a row; q itself unless given. */
  readonly proposals?: readonly Float64Array[]
  /** Row i of the result is row `parents[i]` of these, then `tokens[i]`. */
  readonly grow: (parents: ArrayLike<number>, tokens: ArrayLike<number>) => TE.TaskEither<Failure, Rows>
}

/** A causal language model over tokens. */
export interface TokenModel {
  /** One line for a person. */
  readonly description: string
  /** The bytes of each symbol; none for one that spells nothing, which only ends a text or is never drawn. */
  readonly texts: readonly Uint8Array[]
  /** The symbols that end a text (at least one); to end is one event, whichever of them it is. */
  readonly ends: readonly number[]
  /** The longest row that it can grow, in tokens. */
  readonly context: number
  /** One row without tokens: after the begin symbol, or after the prompt. */
  readonly begin: TE.TaskEither<Failure, Rows>
  /** Whether its tokenizer, asked for the text of some tokens (after the prompt), would give these tokens; where it has one. */
  readonly canonical?: (tokens: readonly number[]) => boolean
  readonly release: () => void
}

const utf8 = new TextEncoder()

/**
 * The UTF-8 bytes of some texts.
 *
 * @example
 * bytesOfTexts(['a', 'é']).map((bytes) => bytes.length) // => [1, 2]
 */
export const bytesOfTexts = (texts: readonly string[]): readonly Uint8Array[] => texts.map((text) => utf8.encode(text))

/** The bytes of some tokens, one after the other. */
export const spelled = (texts: readonly Uint8Array[], tokens: readonly number[]): Uint8Array => {
  const parts = tokens.map((token) => at(texts, token))
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  parts.reduce((place, part) => {
    out.set(part, place)
    return place + part.length
  }, 0)
  return out
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The text of some tokens; bytes that are no UTF-8 become U+FFFD.
 *
 * @example
 * textOf(bytesOfTexts(['a', 'b', ' ']), [0, 2, 1]) // => 'a b'
 */
export const textOf = (texts: readonly Uint8Array[], tokens: readonly number[]): string =>
  decoder.decode(spelled(texts, tokens))
