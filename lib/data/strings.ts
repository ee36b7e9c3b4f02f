/**
 * Strings as symbol indices: an alphabet of single characters, EOS as the last symbol, rows padded with EOS.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'

/** Distinct symbols, one character each; EOS is not among them and has index `symbols.length`. */
export interface Alphabet {
  readonly symbols: readonly string[]
}

/** Rows of symbol indices [count, time]: the symbols, then EOS to the end of the row. */
export interface TokenRows {
  readonly tokens: Int32Array
  readonly count: number
  readonly time: number
}

const byCodePoint = (a: string, b: string): number => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)

/**
 * The symbols that occur in some strings, in code point order.
 *
 * @example
 * alphabetOf(['abba', 'c']).symbols // => ['a', 'b', 'c']
 */
export const alphabetOf = (strings: readonly string[]): Alphabet => {
  const symbols = new Set<string>()
  for (const text of strings) for (const symbol of text) symbols.add(symbol)
  return { symbols: [...symbols].sort(byCodePoint) }
}

/** The number of symbols with EOS: the size of a model's output. */
export const symbolCount = (alphabet: Alphabet): number => alphabet.symbols.length + 1

/** The longest string, EOS counted. */
export const longest = (strings: readonly string[]): number =>
  strings.reduce((n, s) => Math.max(n, [...s].length), 0) + 1

/**
 * Strings as rows of `time` symbols. A string of at least `time` symbols is cut and has no EOS. Left `Domain` names the
 * first symbol that the alphabet lacks, or a `time` that is no count.
 *
 * @example
 * right(encodeStrings(alphabetOf(['ab']), 3)(['ab'])).tokens.length // => 3
 */
export const encodeStrings =
  (alphabet: Alphabet, time: number) =>
  (strings: readonly string[]): E.Either<Failure, TokenRows> => {
    if (!Number.isInteger(time) || time < 0)
      return E.left(failure('Domain', `rows of ${time} symbols`, 'give a whole number', { time }))
    const index = new Map(alphabet.symbols.map((s, i) => [s, i]))
    const tokens = new Int32Array(strings.length * time).fill(alphabet.symbols.length)
    for (const [r, text] of strings.entries()) {
      let t = 0
      for (const symbol of text) {
        if (t === time) break
        const i = index.get(symbol)
        if (i === undefined)
          return E.left(
            failure(
              'Domain',
              `string ${r + 1} has the symbol ${JSON.stringify(symbol)}, which the alphabet lacks`,
              `use only ${alphabet.symbols.join('')}`,
              { row: r, symbol },
            ),
          )
        tokens[r * time + t] = i
        t += 1
      }
    }
    return E.right({ tokens, count: strings.length, time })
  }

/**
 * The strings of rows, each up to its first EOS.
 *
 * @example
 * const alphabet = alphabetOf(['ab'])
 * decodeStrings(alphabet)(right(encodeStrings(alphabet, 3)(['ab', 'b']))) // => ['ab', 'b']
 */
export const decodeStrings =
  (alphabet: Alphabet) =>
  ({ tokens, count, time }: TokenRows): readonly string[] => {
    const end = alphabet.symbols.length
    return Array.from({ length: count }, (_, r) => {
      let text = ''
      for (let t = 0; t < time; t++) {
        const i = at(tokens, r * time + t)
        if (i === end) break
        text += at(alphabet.symbols, i)
      }
      return text
    })
  }

/** Some rows of others, in the order of `rows`. */
export const takeRows = (from: TokenRows, rows: ArrayLike<number>): TokenRows => {
  const tokens = new Int32Array(rows.length * from.time)
  for (let i = 0; i < rows.length; i++) {
    const r = at(rows, i)
    tokens.set(from.tokens.subarray(r * from.time, (r + 1) * from.time), i * from.time)
  }
  return { tokens, count: rows.length, time: from.time }
}
