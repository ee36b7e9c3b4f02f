/** Constraints from regular expressions, and from automata over characters. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { eachArc, entriesOf, type Language } from '../automata/automaton.ts'
import { deterministic } from '../automata/language.ts'
import { regexAutomaton } from '../automata/regex.ts'
import { type CharacterClass, regexClasses } from '../automata/regex-classes.ts'
import { boolean } from '../automata/star.ts'
import { usefulStates } from '../automata/trim.ts'
import { quoted } from '../codec/quoted.ts'
import { type Failure, failure } from '../errors.ts'
import { namedBy } from '../names.ts'
import { type Constraint, constraint, DEAD, representatives } from './constraint.ts'
import { decoderOf, INVALID, type Writing, writings } from './utf8.ts'

/** The texts of a deterministic automaton whose symbols stand for classes of characters, in the automaton's order. */
export const overCharacters = (
  name: string,
  language: Language,
  classes: readonly CharacterClass[],
  writing: Writing = 'plain',
): Constraint => {
  const width = classes.length
  const table = new Int32Array(language.states * width).fill(DEAD)
  // What has no end ahead is dead at once: kept as a thread of a larger constraint it would multiply that one's states.
  const useful = usefulStates(boolean)(language)
  eachArc(language, (from, symbol, to, inside) => {
    if (inside && at(useful, to) === 1) table[from * width + symbol] = to
  })
  const { next, nodes, classes: bytes } = decoderOf(classes, writing)
  const read = representatives(bytes)
  const known = new Map<number, boolean>()
  /** Whether any of the characters that may be meant inside of one, at a node, leads on from a state. */
  const leads = (own: number, node: number): boolean => {
    const name = own * nodes + node
    const open = known.get(name) ?? read.some((byte) => afterByte(own, node, byte) !== DEAD)
    known.set(name, open)
    return open
  }
  const afterByte = (own: number, node: number, byte: number): number => {
    const found = at(next, node * 256 + byte)
    if (found >= 0) return leads(own, found) ? own * nodes + found : DEAD
    const to = found === INVALID ? DEAD : at(table, own * width - 2 - found)
    return to === DEAD ? DEAD : to * nodes
  }
  const start = entriesOf(language.start, (inside) => inside)[0]?.[0]
  return constraint({
    name,
    classes: bytes,
    start: start === undefined ? DEAD : start * nodes,
    next: (state, byte) => afterByte(Math.floor(state / nodes), state % nodes, byte),
    accepts: (state) => state % nodes === 0 && language.stop[state / nodes] === true,
  })
}

const withUnicode = (pattern: RegExp): E.Either<Failure, RegExp> =>
  /[uv]/.test(pattern.flags)
    ? E.right(pattern)
    : E.tryCatch(
        () => new RegExp(pattern.source, `${pattern.flags}u`),
        () =>
          failure(
            'Automaton',
            `the regular expression ${quoted(String(pattern))} cannot be read with the flag u`,
            'escape only what JavaScript allows with it, so that the pattern is one of characters',
            { pattern: String(pattern) },
          ),
      )

/** What of a text a pattern must match, and how the text's characters are written. */
export interface MatchingOptions {
  /** `whole` unless given: from the first character to the last; `part`: anywhere, as `RegExp.test` has it. */
  readonly match?: 'whole' | 'part'
  /** `json`: inside a JSON string, without its quotes. */
  readonly writing?: Writing
}

/**
 * The texts that a regular expression matches from their first character to their last. Without the flags u and v it is
 * read with u: patterns are of characters. Failures as those of `regexAutomaton`.
 *
 * @example
 * const year = right(matching(/\d{4}/u))
 * meets(right(compile(year)), '1984') // => true
 * meets(right(compile(year)), 'in 1984') // => false
 */
export const matching = (
  pattern: RegExp,
  { match = 'whole', writing = 'plain' }: MatchingOptions = {},
): E.Either<Failure, Constraint> =>
  pipe(
    namedBy({ 'part to be matched': [match, ['whole', 'part']], writing: [writing, writings] }),
    E.flatMap(() => withUnicode(pattern)),
    E.bindTo('read'),
    E.bind('classes', ({ read }) => regexClasses(read)),
    E.bind('language', ({ read, classes }) =>
      regexAutomaton(read, { anchored: match === 'whole' })(classes.map(({ representative }) => representative)),
    ),
    E.map(({ classes, language }) =>
      overCharacters(`the regular expression ${String(pattern)}`, language, classes, writing),
    ),
  )

/**
 * The texts of a deterministic automaton over symbols of one character each; other characters are in none of them.
 * `Automaton` failure for an automaton that is not deterministic, or for longer symbols.
 *
 * @example
 * const words = right(ofLanguage('with 101', right(automata.motifAutomaton('101')())))
 * meets(right(compile(words)), '01010') // => true
 */
export const ofLanguage = (name: string, language: Language): E.Either<Failure, Constraint> => {
  const long = language.alphabet.find((symbol) => Array.from(symbol).length !== 1)
  if (long !== undefined)
    return E.left(
      failure('Automaton', `the symbol '${long}' is not one character`, 'use an automaton over characters', {
        symbol: long,
      }),
    )
  return pipe(
    deterministic(boolean)(language),
    E.map((own) =>
      overCharacters(
        name,
        own,
        own.alphabet.map((symbol) => ({
          representative: symbol,
          ranges: [[symbol.codePointAt(0) ?? 0, symbol.codePointAt(0) ?? 0]],
        })),
      ),
    ),
  )
}
