/**
 * Back-off n-gram models as finite-state models: a state is the part of the history that the model still uses, so each
 * string has one path and its log-probability is a sum of look-ups.
 *
 * `p(w | h) = p*(w | h)` where the n-gram h·w is listed, else `backoff(h) · p(w | h without its first word)` (Katz 1987).
 * A string begins after `<s>` and ends with `</s>`.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import type { Arpa, ArpaEntry } from '../codec/arpa.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp } from '../math.ts'

/** The symbol that histories begin with. */
export const BEGIN = '<s>'

/** The symbol that ends strings. */
export const END = '</s>'

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

const MOST_ENTRIES = 2 ** 26

const nameOf = (words: readonly string[]): string => words.join('\n')

/** The look-up of a model: entries by their words, and the histories that tell n-grams apart. */
interface Lookup {
  readonly entries: ReadonlyMap<string, ArpaEntry>
  readonly histories: ReadonlySet<string>
}

const lookupOf = ({ entries }: Arpa): Lookup => {
  const all = entries.flat()
  const histories = new Set<string>([''])
  for (const [i, section] of entries.entries())
    for (const { words } of section) {
      for (let n = 1; n < words.length; n++) histories.add(nameOf(words.slice(0, n)))
      if (i < entries.length - 1) histories.add(nameOf(words))
    }
  return { entries: new Map(all.map((entry) => [nameOf(entry.words), entry])), histories }
}

/** `log p(word | history)` in nats by the back-off recursion; −∞ for a word that is not listed. */
const logConditional = ({ entries }: Lookup, history: readonly string[], word: string): number => {
  let log = 0
  for (let from = 0; from <= history.length; from++) {
    const rest = history.slice(from)
    const found = entries.get(nameOf([...rest, word]))
    if (found !== undefined) return log + found.logProbability
    log += entries.get(nameOf(rest))?.logBackoff ?? 0
  }
  return Number.NEGATIVE_INFINITY
}

/** The longest end of a history that the model tells apart. */
const reduce = ({ histories }: Lookup, history: readonly string[]): readonly string[] => {
  let rest = history
  while (rest.length > 0 && !histories.has(nameOf(rest))) rest = rest.slice(1)
  return rest
}

const alphabetOf = ({ entries: [unigrams = []] }: Arpa): readonly string[] =>
  unigrams
    .filter(
      ({ words: [word = ''], logProbability }) =>
        word !== BEGIN && word !== END && logProbability > Number.NEGATIVE_INFINITY,
    )
    .map(({ words: [word = ''] }) => word)

const tooLarge = (states: number, symbols: number): Failure =>
  failure(
    'Limit',
    `a table of ${states} histories by ${symbols} symbols is too large`,
    'use a model with fewer words: this form is for phones, characters and small vocabularies',
    { states, symbols },
  )

/** Every state that can be reached, breadth first. */
const explore = (lookup: Lookup, alphabet: readonly string[]): E.Either<Failure, Ngram> => {
  const first = reduce(lookup, [BEGIN])
  const histories: (readonly string[])[] = [first]
  const index = new Map([[nameOf(first), 0]])
  const next: number[] = []
  const logs: number[] = []
  for (const history of histories) {
    if (histories.length * (alphabet.length + 1) > MOST_ENTRIES)
      return E.left(tooLarge(histories.length, alphabet.length))
    for (const word of alphabet) {
      const after = reduce(lookup, [...history, word])
      const known = index.get(nameOf(after))
      if (known === undefined) index.set(nameOf(after), histories.push(after) - 1)
      next.push(known ?? histories.length - 1)
      logs.push(logConditional(lookup, history, word))
    }
    logs.push(logConditional(lookup, history, END))
  }
  return E.right({ alphabet, histories, logProbabilities: Float64Array.from(logs), next: Int32Array.from(next) })
}

/**
 * The finite-state model of an ARPA file. `Format` when it has no `</s>` or no other word; `Limit` when the table of
 * reachable histories by symbols has more than 2²⁶ entries.
 */
export const ngram = (arpa: Arpa): E.Either<Failure, Ngram> => {
  const alphabet = alphabetOf(arpa)
  const ends = arpa.entries[0]?.some(({ words }) => words[0] === END) === true
  return alphabet.length > 0 && ends
    ? explore(lookupOf(arpa), alphabet)
    : E.left(
        failure('Format', `the model has ${ends ? 'no words' : `no ${END}`}`, 'give a model of whole strings', {
          words: alphabet.length,
        }),
      )
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
