/** A predictor whose next token depends on the last one alone: its logits are written down, and what it is asked is recorded. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../lib/at.ts'
import type { Predictor } from '../../lib/predictor.ts'

/** Logits after each of three symbols; no uniform of the specs is at a boundary of their laws but for rounding. */
export const LOGITS: readonly (readonly number[])[] = [
  [0, 0, 0],
  [0.5, -1, 0.25],
  [-0.5, 1, 0],
]

/** The predictor, and the tokens that its walks were extended by, in order. */
export const tablePredictor = (
  context: number,
): { readonly predictor: Predictor; readonly read: (readonly number[])[] } => {
  const read: (readonly number[])[] = []
  const after = (tokens: ArrayLike<number>): Float32Array =>
    Float32Array.from(Array.from(tokens, (token) => at(LOGITS, token)).flat())
  const predictor: Predictor = {
    symbols: 3,
    context,
    description: 'a table',
    logits: ({ tokens }) => TE.fromIO(() => after(tokens)),
    walk: (count) => ({
      extend: (tokens) =>
        TE.fromIO(() => {
          read.push([...tokens])
          const width = tokens.length / count
          return after(Array.from({ length: count }, (_, r) => at(tokens, (r + 1) * width - 1)))
        }),
    }),
    read: () => TE.left({ tag: 'Usage', what: 'a table is not read', remedy: 'walk', facts: {} }),
    release: () => undefined,
  }
  return { predictor, read }
}
