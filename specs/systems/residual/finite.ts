/** A residual model that can be enumerated: random tables of q(x_t | x_<t) and of E(x), for a few symbols and tokens. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TokenRows } from '../../../lib/data/strings.ts'
import { categorical } from '../../../lib/energy/uniform.ts'
import { fold, type Key, key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { softmax } from '../../../lib/math.ts'
import { rowAt, type SequenceTilt } from '../../../lib/systems/residual/sequence.ts'
import { normals } from '../../../lib/laws/arbitraries/distributions.ts'

/** Symbols V, tokens T, spread of the logits and of the energies. */
export interface FiniteSize {
  readonly symbols: number
  readonly length: number
  readonly logits?: number
  readonly energies?: number
}

/** The number of a prefix among those of its length. */
export const codeOf = (symbols: number, tokens: ArrayLike<number>): number =>
  Array.from(tokens).reduce((code, x) => code * symbols + x, 0)

/** The tokens of a number. */
export const tokensOf = (symbols: number, length: number, code: number): Int32Array =>
  Int32Array.from({ length }, (_, t) => Math.floor(code / symbols ** (length - 1 - t)) % symbols)

/** Every row of `length` tokens, in the order of their numbers. */
export const everyRow = (symbols: number, length: number): TokenRows => {
  const count = symbols ** length
  const tokens = new Int32Array(count * length)
  for (let i = 0; i < count; i++) tokens.set(tokensOf(symbols, length, i), i * length)
  return { tokens, count, time: length }
}

/** A random enumerable residual model, its exact tables, and log Z of the empty prefix. */
export const finiteTilt = (
  seed: number,
  { symbols, length, logits = 1, energies = 1 }: FiniteSize,
): SequenceTilt & { readonly energies: Float64Array; readonly nextOf: (prefix: ArrayLike<number>) => Float64Array } => {
  const k = key(seed)
  const nextOf = (prefix: ArrayLike<number>): Float64Array =>
    softmax(normals(fold(fold(fold(k, 0), prefix.length), codeOf(symbols, prefix)), symbols).map((z) => logits * z))
  const table = normals(fold(k, 1), symbols ** length).map((z) => energies * z)
  const grown = (own: Key, prefix: Int32Array): Int32Array => {
    let row = prefix
    for (let t = prefix.length; t < length; t++) {
      const [next = 0] = categorical(fold(own, t), nextOf(row), 1)
      row = Int32Array.of(...row, next)
    }
    return row
  }
  return {
    energies: table,
    nextOf,
    energy: (rows) =>
      TE.right(Float64Array.from({ length: rows.count }, (_, i) => at(table, codeOf(symbols, rowAt(rows, i))))),
    base: {
      symbols,
      length,
      complete: (own, prefixes) => {
        const tokens = new Int32Array(prefixes.count * length)
        for (let i = 0; i < prefixes.count; i++) tokens.set(grown(fold(own, i), rowAt(prefixes, i)), i * length)
        return TE.right({ tokens, count: prefixes.count, time: length })
      },
      next: (prefixes) => {
        const out = new Float64Array(prefixes.count * symbols)
        for (let i = 0; i < prefixes.count; i++) out.set(nextOf(rowAt(prefixes, i)).map(Math.log), i * symbols)
        return TE.right(out)
      },
      tokenScores: (rows) =>
        TE.right(
          Float64Array.from({ length: rows.count * rows.time }, (_, j) => {
            const row = rowAt(rows, Math.floor(j / rows.time))
            const t = j % rows.time
            return Math.log(at(nextOf(row.subarray(0, t)), at(row, t)))
          }),
        ),
    },
  }
}
