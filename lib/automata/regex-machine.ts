/**
 * A JavaScript RegExp as a small machine over an alphabet, read by refa: an NFA whose arcs read symbols, and checks
 * (assertions) that read nothing. An assertion becomes a character outside the alphabet before refa builds its NFA, so
 * that its place is kept; the assertion's own body becomes a machine of its own.
 */
import { at, held } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import {
  type Assertion,
  CharSet,
  type Concatenation,
  type Element,
  JS,
  NFA,
  type NoParent,
  TooManyNodesError,
} from 'refa'
import { quoted } from '../codec/quoted.ts'
import { type Failure, failure, messageOf } from '../errors.ts'

/** Arcs of one state: to `target`, reading any of `symbols` or passing check `check`. */
interface Move {
  readonly target: number
  readonly symbols: readonly number[]
  readonly checks: readonly number[]
}

/** A condition on what comes before (`behind`) or after, met when a prefix or suffix there is in `machine` (or none is). */
interface Check {
  readonly behind: boolean
  readonly negate: boolean
  readonly machine: Machine
}

/** An NFA with checks; state 0 is initial. */
export interface Machine {
  readonly moves: readonly (readonly Move[])[]
  readonly finals: readonly boolean[]
  readonly checks: readonly Check[]
}

/** The alphabet's characters, and how to make characters that are not among them. */
interface Characters {
  readonly maximum: number
  readonly points: readonly number[]
  readonly all: CharSet
}

/** Most assertions in one pattern. */
const MOST_CHECKS = 64

const unsupported = (pattern: RegExp, why: string): Failure =>
  failure('Automaton', `the regular expression ${String(pattern)} cannot become an automaton: ${why}`, remedy, {
    pattern: String(pattern),
  })

/** A pattern whose automaton is too large to be made. */
export const beyond = (pattern: RegExp, what: string): Failure =>
  failure(
    'Limit',
    `the regular expression ${quoted(String(pattern))} needs ${what}`,
    'use smaller counts in {…}, fewer assertions, or anchors ^ and $; or raise `states`',
    { pattern: String(pattern) },
  )

const remedy = 'use groups, classes, quantifiers, anchors and un-nested assertions; no backreferences'

/** The code points of one-character symbols below `maximum`. */
const charactersOf = (alphabet: readonly string[], maximum: number): E.Either<string, Characters> => {
  const points = alphabet.map((symbol) => symbol.codePointAt(0) ?? -1)
  const odd = alphabet.find((symbol, i) => Array.from(symbol).length !== 1 || at(points, i) > maximum)
  return odd === undefined
    ? E.right({
        maximum,
        points,
        all: CharSet.fromCharacters(
          maximum,
          [...points].sort((a, b) => a - b),
        ),
      })
    : E.left(`the symbol '${odd}' is not one character${Array.from(odd).length === 1 ? ' without the flag u' : ''}`)
}

const marker = ({ maximum, all }: Characters, check: number): number => {
  let point = maximum
  for (let skipped = 0; all.has(point) || skipped < check; point--) if (!all.has(point)) skipped++
  return point
}

type Branches = readonly NoParent<Concatenation>[]

/** Replaces assertions by markers, and keeps only the alphabet's characters in each class. */
const mark = (characters: Characters, found: NoParent<Assertion>[]) => {
  const element = (e: NoParent<Element>): NoParent<Element> => {
    switch (e.type) {
      case 'CharacterClass':
        return { type: e.type, characters: e.characters.intersect(characters.all) }
      case 'Assertion': {
        const point = marker(characters, found.push(e) - 1)
        return { type: 'CharacterClass', characters: CharSet.fromCharacters(characters.maximum, [point]) }
      }
      case 'Alternation':
        return { type: e.type, alternatives: branches(e.alternatives) }
      case 'Quantifier':
        return { ...e, alternatives: branches(e.alternatives) }
      case 'Unknown':
        return e
    }
  }
  const branches = (alternatives: Branches): NoParent<Concatenation>[] =>
    alternatives.map((c) => ({ type: c.type, elements: c.elements.map(element) }))
  return branches
}

const numberNodes = (nfa: NFA): ReadonlyMap<NFA.Node, number> => {
  const numbers = new Map<NFA.Node, number>([[nfa.initial, 0]])
  for (const node of nfa.nodes()) if (!numbers.has(node)) numbers.set(node, numbers.size)
  return numbers
}

const movesOf = (nfa: NFA, characters: Characters, checks: number): Omit<Machine, 'checks'> => {
  const numbers = numberNodes(nfa)
  const markers = Array.from({ length: checks }, (_, i) => marker(characters, i))
  const inside = (set: CharSet, points: readonly number[]): readonly number[] =>
    points.flatMap((point, i) => (set.has(point) ? [i] : []))
  const nodes = [...numbers.keys()]
  return {
    finals: nodes.map((node) => nfa.finals.has(node)),
    moves: nodes.map((node) =>
      [...node.out].map(([to, set]) => ({
        target: held(numbers, to),
        symbols: inside(set, characters.points),
        checks: inside(set, markers),
      })),
    ),
  }
}

const build = (characters: Characters, alternatives: Branches, nested: boolean): E.Either<string, Machine> => {
  const found: NoParent<Assertion>[] = []
  const marked = mark(characters, found)(alternatives)
  if (found.length > MOST_CHECKS) return E.left(`it has more than ${MOST_CHECKS} assertions`)
  if (nested && found.length > 0) return E.left('an assertion stands inside another')
  const nfa = NFA.fromRegex({ type: 'Expression', alternatives: marked }, { maxCharacter: characters.maximum })
  return pipe(
    found,
    E.traverseArray(({ kind, negate, alternatives: body }) =>
      pipe(
        build(characters, body, true),
        E.map((machine) => ({ behind: kind === 'behind', negate, machine })),
      ),
    ),
    E.map((checks) => ({ ...movesOf(nfa, characters, found.length), checks })),
  )
}

/**
 * Reads a RegExp over an alphabet of one-character symbols. `Automaton` failure naming what is not supported: nested
 * assertions, backreferences, the flag y, symbols of several characters.
 */
export const machineOf = (pattern: RegExp, alphabet: readonly string[]): E.Either<Failure, Machine> =>
  pipe(
    pattern.sticky ? E.left('it has the flag y') : parsePattern(pattern),
    E.flatMap(({ expression, maxCharacter }) =>
      pipe(
        charactersOf(alphabet, maxCharacter),
        E.flatMap((characters) =>
          E.flatten(E.tryCatch(() => build(characters, expression.alternatives, false), reasonOf)),
        ),
      ),
    ),
    E.mapLeft(refusalOf(pattern)),
  )

/** The failure of a pattern, by the reason that reading it gave. */
export const refusalOf =
  (pattern: RegExp) =>
  (why: string): Failure =>
    why === TOO_LARGE ? beyond(pattern, 'a machine of more than 10 000 states') : unsupported(pattern, why)

/** The reason of a pattern that is too large to be read. */
const TOO_LARGE = 'too large'

const reasonOf = (thrown: unknown): string => (thrown instanceof TooManyNodesError ? TOO_LARGE : messageOf(thrown))

/** The largest code point. */
const LAST_POINT = 0x10ffff

/** The syntax tree of a pattern, its classes as sets of code points, and the largest code point. */
export const parsePattern = (pattern: RegExp): E.Either<string, JS.ParseResult> =>
  E.tryCatch(() => {
    const parsed = JS.Parser.fromLiteral({ source: pattern.source, flags: pattern.flags }).parse({
      backreferences: 'throw',
    })
    // With the flag v refa reads sets of all code points, and says that they end where those without flags do.
    return pattern.flags.includes('v') ? { ...parsed, maxCharacter: LAST_POINT } : parsed
  }, reasonOf)
