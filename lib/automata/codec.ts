/**
 * Automata as JSON: an io-ts codec whose encoding is canonical (weights of 0 are left out; starts, stops and arcs are in
 * order, and what is listed several times is added up), so that decoding and encoding any file gives the one text for that automaton.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { orElse } from '../at.ts'
import { canonicalJson } from '../codec/canonical-json.ts'
import { decodeJson } from '../codec/json.ts'
import type { Failure } from '../errors.ts'
import { real } from '../semiring.ts'
import { arcsOf, type Automaton, automaton, EPSILON, entriesOf } from './automaton.ts'
import { type Pfsa, pfsa } from './pfsa.ts'

const finite: t.Type<number> = t.refinement(t.number, Number.isFinite, 'finite number')

const index: t.Type<number> = t.refinement(t.number, (n) => Number.isInteger(n) && n >= 0, 'state (an integer ≥ 0)')

/** The most states a file may ask for: their weights are allocated before any arc is read. */
const LARGEST = 10_000_000

const stateCount: t.Type<number> = t.refinement(index, (n) => n <= LARGEST, `count (an integer from 0 to ${LARGEST})`)

const alphabetCodec = t.refinement(
  t.readonlyArray(t.string),
  (names) => new Set(names).size === names.length,
  'list of different symbols',
)

const entryCodec = t.readonly(t.type({ state: index, weight: finite }))

const arcCodec = t.readonly(
  t.type({ from: index, symbol: t.union([t.string, t.null]), to: index, weight: finite }, 'arc'),
)

const fileCodec = t.readonly(
  t.type(
    {
      format: t.literal('exptilt-automaton'),
      version: t.literal(1),
      alphabet: alphabetCodec,
      states: stateCount,
      start: t.readonlyArray(entryCodec),
      stop: t.readonlyArray(entryCodec),
      arcs: t.readonlyArray(arcCodec),
    },
    'automaton file',
  ),
)

/** An automaton as a file holds it; an arc whose symbol is `null` reads nothing (ε). */
export interface AutomatonFile {
  readonly format: 'exptilt-automaton'
  readonly version: 1
  readonly alphabet: readonly string[]
  readonly states: number
  readonly start: readonly { readonly state: number; readonly weight: number }[]
  readonly stop: readonly { readonly state: number; readonly weight: number }[]
  readonly arcs: readonly {
    readonly from: number
    readonly symbol: string | null
    readonly to: number
    readonly weight: number
  }[]
}

const nonZero = (weight: number): boolean => weight !== 0

const encode = (a: Automaton<number>): AutomatonFile => ({
  format: 'exptilt-automaton',
  version: 1,
  alphabet: a.alphabet,
  states: a.states,
  start: entriesOf(a.start, nonZero).map(([state, weight]) => ({ state, weight })),
  stop: entriesOf(a.stop, nonZero).map(([state, weight]) => ({ state, weight })),
  arcs: [...arcsOf(a)]
    .filter(({ weight }) => nonZero(weight))
    .map(({ from, symbol, to, weight }) => ({ from, symbol: orElse(a.alphabet[symbol], null), to, weight })),
})

const decodeFile = (file: AutomatonFile): Automaton<number> => {
  const numbers = new Map(file.alphabet.map((symbol, i) => [symbol, i]))
  return automaton(real)({
    alphabet: file.alphabet,
    states: file.states,
    start: file.start.map(({ state, weight }) => [state, weight]),
    stop: file.stop.map(({ state, weight }) => [state, weight]),
    arcs: file.arcs.map(({ from, symbol, to, weight }) => ({
      from,
      symbol: symbol === null ? EPSILON : (numbers.get(symbol) ?? EPSILON),
      to,
      weight,
    })),
  })
}

/** A complaint about one place in the file. */
type Complaint = readonly [path: readonly string[], value: unknown, message: string]

const aboutState = (file: AutomatonFile, path: readonly string[], state: number): readonly Complaint[] =>
  state < file.states ? [] : [[path, state, `state ${state} does not exist: there are ${file.states} states`]]

const aboutEntries = (file: AutomatonFile, field: 'start' | 'stop'): readonly Complaint[] =>
  file[field].flatMap(({ state }, i) => aboutState(file, [field, String(i), 'state'], state))

const complaints = (file: AutomatonFile): readonly Complaint[] => {
  const known = new Set(file.alphabet)
  return [
    ...aboutEntries(file, 'start'),
    ...aboutEntries(file, 'stop'),
    ...file.arcs.flatMap((arc, i): readonly Complaint[] => [
      ...aboutState(file, ['arcs', String(i), 'from'], arc.from),
      ...aboutState(file, ['arcs', String(i), 'to'], arc.to),
      ...(arc.symbol === null || known.has(arc.symbol)
        ? []
        : [[['arcs', String(i), 'symbol'], arc.symbol, `'${arc.symbol}' is not in the alphabet`] as const]),
    ]),
  ]
}

const isAutomaton = (u: unknown): u is Automaton<number> =>
  typeof u === 'object' && u !== null && 'rowPointers' in u && u.rowPointers instanceof Uint32Array && 'stop' in u

const validate: t.Validate<unknown, Automaton<number>> = (input, context) =>
  pipe(
    fileCodec.validate(input, context),
    E.flatMap((file) => {
      const wrong = complaints(file)
      if (wrong.length === 0) return t.success(decodeFile(file))
      return t.failures(
        wrong.map(([path, value, message]) => ({
          value,
          message,
          context: [...context, ...path.map((key) => ({ key, type: fileCodec }))],
        })),
      )
    }),
  )

/** The codec: strict about states and symbols, canonical in what it writes. */
export const automatonCodec: t.Type<Automaton<number>, AutomatonFile> = new t.Type(
  'automaton file',
  isAutomaton,
  validate,
  encode,
)

/**
 * Reads an automaton from JSON text; a `Format` failure draws every misfit as a tree of places.
 *
 * @example
 * const text = right(writeAutomaton(right(whiteNoise(2)())))
 * right(parseAutomaton(text)).states // => 3
 */
export const parseAutomaton: (text: string) => E.Either<Failure, Automaton<number>> = decodeJson(
  automatonCodec,
  'automaton',
)

/**
 * Reads a PFSA from JSON text: as `parseAutomaton`, then validated as by `pfsa`.
 *
 * @example
 * const text = right(writeAutomaton(right(whiteNoise(2)())))
 * right(entropy(right(parsePfsa(text)))).value / Math.LN2 // => 2
 */
export const parsePfsa = (text: string): E.Either<Failure, Pfsa> => pipe(parseAutomaton(text), E.flatMap(pfsa))

/**
 * The canonical JSON text of an automaton; a `Format` failure for weights that JSON cannot hold.
 *
 * @example
 * right(writeAutomaton(right(whiteNoise(1)(['a'])))) // => '{"alphabet":["a"],"arcs":[{"from":0,"symbol":"a","to":1,"weight":1}],"format":"exptilt-automaton","start":[{"state":0,"weight":1}],"states":2,"stop":[{"state":1,"weight":1}],"version":1}'
 */
export const writeAutomaton = (a: Automaton<number>): E.Either<Failure, string> => canonicalJson(encode(a))
