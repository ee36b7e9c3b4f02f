/**
 * The characters that a regular expression cannot tell apart: the coarsest partition of all characters in which each class
 * of the pattern is a union of parts. One character stands for each part, so that an automaton over a few characters is one
 * over all of Unicode.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { CharSet, Concatenation, Element, NoParent } from 'refa'
import { at, orElse } from '../at.ts'
import type { Failure } from '../errors.ts'
import { parsePattern, refusalOf } from './regex-machine.ts'

/** Characters that are alike: their ranges of code points, both ends included, and the first of them. */
export interface CharacterClass {
  readonly representative: string
  readonly ranges: readonly (readonly [first: number, last: number])[]
}

/** Code points of characters: all but the surrogates. */
export const CHARACTERS: readonly (readonly [first: number, last: number])[] = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
]

/** The sets of code points in a tree, assertions included. */
const setsIn = (alternatives: readonly NoParent<Concatenation>[]): readonly CharSet[] => {
  const inside = (e: NoParent<Element>): readonly CharSet[] =>
    e.type === 'CharacterClass' ? [e.characters] : e.type === 'Unknown' ? [] : setsIn(e.alternatives)
  return alternatives.flatMap(({ elements }) => elements.flatMap(inside))
}

const partition = (sets: readonly CharSet[]): readonly CharacterClass[] => {
  const cuts = new Set<number>(CHARACTERS.map(([first]) => first))
  for (const { ranges } of sets)
    for (const { min, max } of ranges) for (const cut of [min, max + 1]) if (cut <= 0x10ffff) cuts.add(cut)
  const starts = [...cuts].sort((a, b) => a - b)
  const classes = new Map<string, (readonly [number, number])[]>()
  for (const [i, start] of starts.entries())
    for (const [low, high] of CHARACTERS) {
      const [first, last] = [Math.max(start, low), Math.min(orElse(starts[i + 1], 0x110000) - 1, high)]
      if (first > last) continue
      const name = sets.map((set) => Number(set.has(first))).join('')
      const ranges = classes.get(name) ?? []
      classes.set(name, [...ranges, [first, last]])
    }
  return [...classes.values()].map((ranges) => ({ representative: String.fromCodePoint(at(ranges, 0)[0]), ranges }))
}

/**
 * The classes of a pattern with the flag u or v, in the order of their first characters. `Automaton` failure for what no
 * automaton can do.
 *
 * @example
 * regexClasses(/[0-9]+/u) // Right: the digits, and everything else
 */
export const regexClasses = (pattern: RegExp): E.Either<Failure, readonly CharacterClass[]> =>
  pipe(
    parsePattern(pattern),
    E.bimap(refusalOf(pattern), ({ expression }) => {
      const seen = new Map(setsIn(expression.alternatives).map((set) => [set.toString(), set]))
      return partition([...seen.values()])
    }),
  )
