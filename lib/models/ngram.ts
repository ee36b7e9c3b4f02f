/**
 * Back-off n-gram models as finite-state models: a state is the part of the history that the model still uses, so each
 * string has one path and its log-probability is a sum of look-ups.
 *
 * `p(w | h) = p*(w | h)` where the n-gram h·w is listed, else `backoff(h) · p(w | h without its first word)` (Katz 1987).
 * A string begins after `<s>` and ends with `</s>`.
 */
import { absent, at, lastOf, orElse } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'

import type { Arpa, ArpaEntry } from '../codec/arpa.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp } from '../math.ts'

/** The symbol that histories begin with. */
const BEGIN = '<s>'

/** The symbol that ends strings. */
const END = '</s>'

/** A finite-state model: what each state gives each symbol, and where it leads. */
export interface Ngram {
  /** The symbols of strings, without begin and end, in the order of the model. */
  readonly alphabet: readonly string[]
  /** The history that each state stands for; state 0 is the begin of a string. */
  readonly histories: readonly (readonly string[])[]
  /** [state, symbol] in nats; symbol `alphabet.length` is the end. */
  readonly logProbabilities: Float64Array
  /** [state, symbol]: the state after the symbol; symbols of strings only. */
  readonly next: Int32Array
}

/** The most entries of a table [state, symbol]: 4 000 words that are all histories. */
const MOST_ENTRIES = 2 ** 24

/** How far a probability may lie above 1 (nats): files round logarithms to a few digits. */
const SLACK = 0.01

const nameOf = (words: readonly string[]): string => words.join('\n')

/** A history that the model tells apart: what is listed after it, the histories longer by one, its back-off weight (nats). */
interface History {
  readonly words: readonly string[]
  readonly followers: ArpaEntry[]
  readonly longer: History[]
  readonly logBackoff: number
}

/** The histories by name, in the order of the file; a history that nothing follows and that weighs 1 is like a shorter one. */
const historiesOf = ({ entries }: Arpa): ReadonlyMap<string, History> => {
  const backoffs = new Map(entries.slice(0, -1).flatMap((s) => s.map((e) => [nameOf(e.words), e.logBackoff] as const)))
  const all = new Map<string, History>([['', { words: [], followers: [], longer: [], logBackoff: 0 }]])
  const of = (words: readonly string[]): History => {
    const known = all.get(nameOf(words))
    if (known !== undefined) return known
    const fresh = { words, followers: [], longer: [], logBackoff: backoffs.get(nameOf(words)) ?? 0 }
    all.set(nameOf(words), fresh)
    of(words.slice(0, -1)).longer.push(fresh)
    return fresh
  }
  for (const [i, section] of entries.entries())
    for (const entry of section) {
      of(entry.words.slice(0, -1)).followers.push(entry)
      if (i < entries.length - 1 && entry.logBackoff !== 0) of(entry.words)
    }
  return all
}

/** The longest end of a history that the model tells apart. */
const reduce = (histories: ReadonlyMap<string, History>, history: readonly string[]): History | undefined => {
  for (let from = 0; from <= history.length; from++) {
    const found = histories.get(nameOf(history.slice(from)))
    if (found !== undefined) return found
  }
  return undefined
}

/** What one history gives each symbol, the end last, and which history comes after it. */
interface Row {
  readonly logs: Float64Array
  readonly next: readonly (History | undefined)[]
}

/**
 * The rows of histories: that of the next shorter one, weighed by the back-off, with the listed n-grams in place. So a
 * table takes time linear in its size.
 */
const rowsOf = (histories: ReadonlyMap<string, History>, alphabet: readonly string[]): ((h: History) => Row) => {
  const symbols = new Map([...alphabet, END].map((symbol, i) => [symbol, i]))
  const known = new Map<History, Row>()
  const fresh = (h: History): Row => {
    const shorter = h.words.length === 0 ? undefined : reduce(histories, h.words.slice(1))
    const below = shorter === undefined ? undefined : row(shorter)
    const logs =
      below?.logs.map((log) => log + h.logBackoff) ??
      new Float64Array(alphabet.length + 1).fill(Number.NEGATIVE_INFINITY)
    const next = [...(below?.next ?? alphabet.map(() => h))]
    for (const { words, logProbability } of h.followers) {
      const symbol = symbols.get(lastOf(words))
      if (symbol !== undefined) logs[symbol] = logProbability
    }
    for (const after of h.longer) {
      const symbol = symbols.get(lastOf(after.words))
      if (symbol !== undefined && symbol < alphabet.length) next[symbol] = after
    }
    return { logs, next }
  }
  const row = (h: History): Row => {
    const found = known.get(h) ?? fresh(h)
    known.set(h, found)
    return found
  }
  return row
}

const alphabetOf = ({ entries }: Arpa): readonly string[] =>
  orElse(entries[0], [])
    .filter(
      ({ words: [word = absent()], logProbability }) =>
        word !== BEGIN && word !== END && logProbability > Number.NEGATIVE_INFINITY,
    )
    .map(({ words: [word = absent()] }) => word)

const tooLarge = (states: number, symbols: number): Failure =>
  failure(
    'Limit',
    `a table of ${states} histories by ${symbols} symbols is too large`,
    'use a model with fewer words: this form is for phones, characters and small vocabularies',
    { states, symbols },
  )

const tooLikely = (history: History, word: string, log: number): Failure =>
  failure(
    'Format',
    `the model gives '${word}' after '${history.words.join(' ')}' the probability ${Math.exp(log).toPrecision(4)}`,
    'correct the back-off weights: no probability is above 1',
    { history: history.words, word, logProbability: log },
  )

/** Every state that can be reached, breadth first. */
const explore = (histories: ReadonlyMap<string, History>, alphabet: readonly string[]): E.Either<Failure, Ngram> => {
  const width = alphabet.length + 1
  if (histories.size * width > MOST_ENTRIES) return E.left(tooLarge(histories.size, alphabet.length))
  const first = reduce(histories, [BEGIN])
  const states = first === undefined ? [] : [first]
  const index = new Map(states.map((state, i) => [state, i]))
  const row = rowsOf(histories, alphabet)
  const logs = new Float64Array(histories.size * width)
  const next = new Int32Array(histories.size * alphabet.length)
  for (const [state, history] of states.entries()) {
    const own = row(history)
    const above = own.logs.findIndex((log) => !(log <= SLACK))
    if (above >= 0)
      return E.left(tooLikely(history, above < alphabet.length ? at(alphabet, above) : END, at(own.logs, above)))
    logs.set(own.logs, state * width)
    for (const [symbol, after] of own.next.entries()) {
      if (after === undefined) continue
      const known = index.get(after) ?? states.push(after) - 1
      index.set(after, known)
      next[state * alphabet.length + symbol] = known
    }
  }
  return E.right({
    alphabet,
    histories: states.map(({ words }) => words),
    logProbabilities: logs.slice(0, states.length * width),
    next: next.slice(0, states.length * alphabet.length),
  })
}

/** An n-gram that is listed twice. */
const repeated = ({ entries }: Arpa): string | undefined => {
  const seen = new Set<string>()
  for (const { words } of entries.flat()) {
    if (seen.has(nameOf(words))) return words.join(' ')
    seen.add(nameOf(words))
  }
  return undefined
}

const refuse = (what: string, remedy: string, facts: Readonly<Record<string, unknown>>): E.Either<Failure, never> =>
  E.left(failure('Format', what, remedy, facts))

/**
 * The finite-state model of an ARPA file. `Format` when it has no `</s>` or no other word, lists an n-gram twice, or gives
 * something a probability above 1; `Limit` when the table of histories by symbols has more than 2²⁴ entries.
 *
 * @example
 * const text = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * right(ngram(right(parseArpa(text)))).alphabet // => ['a', 'b']
 */
export const ngram = (arpa: Arpa): E.Either<Failure, Ngram> => {
  const alphabet = alphabetOf(arpa)
  const ends = arpa.entries[0]?.some(({ words }) => words[0] === END) === true
  const twice = repeated(arpa)
  if (twice !== undefined) return refuse(`the model lists '${twice}' twice`, 'keep one of the two', { words: twice })
  return alphabet.length > 0 && ends
    ? explore(historiesOf(arpa), alphabet)
    : refuse(`the model has ${ends ? 'no words' : `no ${END}`}`, 'give a model of whole strings', {
        words: alphabet.length,
      })
}

/** `log Σ_w p(w | h)` of each state, the end counted: 0 everywhere for a proper model, rounding errors for a real one. */
export const logRowSums = ({ histories, alphabet, logProbabilities }: Ngram): Float64Array => {
  const width = alphabet.length + 1
  return Float64Array.from(histories, (_, state) =>
    logSumExp(logProbabilities.subarray(state * width, (state + 1) * width)),
  )
}

/** The model with each state's probabilities divided by their sum, so that it is proper to the last bit. */
export const properNgram = (model: Ngram): Ngram => {
  const sums = logRowSums(model)
  const width = model.alphabet.length + 1
  return { ...model, logProbabilities: model.logProbabilities.map((log, i) => log - at(sums, Math.floor(i / width))) }
}

const stranger = (symbol: string, alphabet: readonly string[]): Failure =>
  failure(
    'Domain',
    `the model lacks the symbol '${symbol}'`,
    alphabet.length <= 100 ? `use ${alphabet.join(' ')}` : 'use the symbols of the model',
    { symbol },
  )

/** `log p(x)` in nats of a string of symbols, its end counted. `Domain` names a symbol that the model lacks. */
export const ngramLogProbability = (model: Ngram): ((string: readonly string[]) => E.Either<Failure, number>) => {
  const { alphabet, logProbabilities, next } = model
  const symbols = new Map(alphabet.map((symbol, i) => [symbol, i]))
  const width = alphabet.length + 1
  return (string) => {
    let state = 0
    let log = 0
    for (const symbol of string) {
      const s = symbols.get(symbol)
      if (s === undefined) return E.left(stranger(symbol, alphabet))
      log += at(logProbabilities, state * width + s)
      state = at(next, state * alphabet.length + s)
    }
    return E.right(log + at(logProbabilities, state * width + alphabet.length))
  }
}
