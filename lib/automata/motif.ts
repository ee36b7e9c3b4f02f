/**
 * Motif automata: complete deterministic automata of the strings that contain a motif (Knuth, Morris & Pratt 1977), or
 * begin with one. State k means "the longest suffix that is a prefix of the motif has k symbols".
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { boolean } from '../semiring.ts'
import { type Arc, automaton, type Language } from './automaton.ts'
import { BINARY } from './build.ts'
import { complement } from './language.ts'
import { encodeWord } from './word.ts'

/** The failure function: `borders[k]` is the length of the longest proper border of the motif's first k symbols. */
const borders = (motif: readonly number[]): readonly number[] => {
  const out = [0, 0]
  for (let k = 1; k < motif.length; k++) {
    let border = at(out, k)
    while (border > 0 && motif[border] !== motif[k]) border = at(out, border)
    out.push(motif[border] === motif[k] ? border + 1 : 0)
  }
  return out
}

/** Where each symbol leads from each state: as from its longest border, but for the motif's next symbol; nowhere from the last. */
const movesOf = (motif: readonly number[], symbols: number): readonly Int32Array[] => {
  const fallback = borders(motif)
  const moves: Int32Array[] = []
  motif.forEach((next, state) => {
    const own = state === 0 ? new Int32Array(symbols) : at(moves, at(fallback, state)).slice()
    own[next] = state + 1
    moves.push(own)
  })
  return [...moves, new Int32Array(symbols).fill(motif.length)]
}

const containing = (alphabet: readonly string[], motif: readonly number[]): Language => {
  const arcs: Arc<boolean>[] = []
  for (const [from, moves] of movesOf(motif, alphabet.length).entries())
    for (const [symbol, to] of moves.entries()) arcs.push({ from, symbol, to, weight: true })
  return automaton(boolean)({
    alphabet,
    states: motif.length + 1,
    start: [[0, true]],
    stop: [[motif.length, true]],
    arcs,
  })
}

const encode = (alphabet: readonly string[], motif: string | readonly string[]): E.Either<Failure, readonly number[]> =>
  E.mapLeft((f: Failure) => ({ ...f, what: `the motif cannot be read: ${f.what}` }))(encodeWord(alphabet)(motif))

/**
 * The strings that contain `motif` (a text of one-character symbols, or a list of symbol names): |motif| + 1 states,
 * complete and deterministic. `Automaton` failure for a symbol outside the alphabet or an empty motif.
 *
 * @example
 * const motif = right(motifAutomaton('101')())
 * right(languageMass(motif)(right(whiteNoise(4)()))) // => 0.25
 */
export const motifAutomaton =
  (motif: string | readonly string[]) =>
  (alphabet: readonly string[] = BINARY): E.Either<Failure, Language> =>
    motif.length === 0
      ? E.left(failure('Automaton', 'the motif is empty', 'give it at least one symbol'))
      : pipe(
          encode(alphabet, motif),
          E.map((symbols) => containing(alphabet, symbols)),
        )

/**
 * The strings that do not contain `motif`: the complement of `motifAutomaton`, the same states.
 *
 * @example
 * accepts(right(antiMotifAutomaton('101')()))([1, 0, 0, 1]) // => true
 */
export const antiMotifAutomaton =
  (motif: string | readonly string[]) =>
  (alphabet: readonly string[] = BINARY): E.Either<Failure, Language> =>
    pipe(motifAutomaton(motif)(alphabet), E.map(complement))

const beginning = (alphabet: readonly string[], prefix: readonly number[]): Language => {
  const end = prefix.length
  const sink = end + 1
  const arcs: Arc<boolean>[] = []
  for (let from = 0; from <= sink; from++)
    alphabet.forEach((_, symbol) => {
      const to = from >= end ? from : prefix[from] === symbol ? from + 1 : sink
      arcs.push({ from, symbol, to, weight: true })
    })
  return automaton(boolean)({ alphabet, states: sink + 1, start: [[0, true]], stop: [[end, true]], arcs })
}

/**
 * The strings that begin with `prefix` (the paper's feature d0): |prefix| + 2 states, complete and deterministic.
 *
 * @example
 * right(languageMass(right(prefixAutomaton('10')()))(right(whiteNoise(4)()))) // => 0.25
 */
export const prefixAutomaton =
  (prefix: string | readonly string[]) =>
  (alphabet: readonly string[] = BINARY): E.Either<Failure, Language> =>
    pipe(
      encode(alphabet, prefix),
      E.map((symbols) => beginning(alphabet, symbols)),
    )
