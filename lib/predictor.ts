/**
 * What predicts the next token: the interface of a causal language model that lives outside of the library, in a file or
 * behind another runtime. It only says what may follow; sampling, scoring and tilting are built on it.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { TokenRows } from './data/strings.ts'
import type { Failure } from './errors.ts'

/** Rows that grow together. */
export interface Walk {
  /** Appends the same number of tokens to each row, [count, more]; logits [count, symbols] of the token after them. */
  readonly extend: (tokens: Int32Array) => TaskEither<Failure, Float32Array>
}

/** Rows of one length as a model has read them: a value, from which others are grown. */
export interface Reading {
  /** Logits [count, symbols] of the token after each row. */
  readonly logits: Float32Array
  /**
   * Row i of the result is row `parents[i]` of this one, then `tokens[i]`. Caches are gathered: what was read is not read
   * again, and these rows stay as they are.
   */
  readonly grow: (parents: Int32Array, tokens: Int32Array) => TaskEither<Failure, Reading>
}

/** A causal language model that gives logits. */
export interface Predictor {
  readonly symbols: number
  /** The longest row that it can read, a begin symbol included. */
  readonly context: number
  /** One line for a person: what it is and on what it runs. */
  readonly description: string
  /** Logits [count, time, symbols]: at position t those of token t + 1, given tokens 0 … t. */
  readonly logits: (rows: TokenRows) => TaskEither<Failure, Float32Array>
  /** Begins `count` rows without tokens. */
  readonly walk: (count: number) => Walk
  /** Reads one row of tokens (at least one). */
  readonly read: (tokens: Int32Array) => TaskEither<Failure, Reading>
  readonly release: () => void
}
