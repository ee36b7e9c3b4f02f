/**
 * What draws batches of rows from a language model: token by token, or line by line.
 */
import { at } from '../at.ts'
import type { TokenRows } from '../data/strings.ts'
import type { Run } from '../effect.ts'
import type { Prepared } from '../executor.ts'
import type { Key } from '../key.ts'
import type { Decoding } from './decoding.ts'

/** One batch: `prefix` has one row for each row that is wanted. */
export interface Chunk {
  readonly key: Key
  readonly prefix: TokenRows
  readonly length: number
  readonly decoding: Decoding
  readonly signal: AbortSignal | undefined
}

/** Draws batches. */
export interface Drawer {
  /** Holds `tokens` and `scores` (log q, nats) of the batch that was drawn last, position by position [position, batch]. */
  readonly memory: Prepared
  /** The number of positions that were drawn. */
  readonly draw: (run: Run, chunk: Chunk) => Promise<number>
}

/** The tokens that rows have at a position [batch]: −1 after their prefixes; the last row's for rows beyond. */
export const givenTokens = (prefix: TokenRows, position: number, batch: number): Int32Array => {
  const given = new Int32Array(batch).fill(-1)
  if (position < prefix.time)
    for (let r = 0; r < batch; r++) given[r] = at(prefix.tokens, Math.min(r, prefix.count - 1) * prefix.time + position)
  return given
}
