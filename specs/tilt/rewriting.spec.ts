/** Constraints by transducers against what the transducer does, text by text. */
import type * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { automaton, EPSILON } from '../../lib/automata/automaton.ts'
import { boolean } from '../../lib/automata/star.ts'
import { inverse, transducer } from '../../lib/automata/transducer.ts'
import type { Failure } from '../../lib/errors.ts'
import { compile, meets } from '../../lib/tilt/compile.ts'
import type { Constraint } from '../../lib/tilt/constraint.ts'
import { becoming, spelledLike } from '../../lib/tilt/rewriting.ts'
import { left, right } from '../either.ts'

/** Every text over some characters of at most so many. */
const everyText = (characters: readonly string[], most: number): readonly string[] =>
  most === 0
    ? ['']
    : ['', ...everyText(characters, most - 1).flatMap((text) => characters.map((c) => c + text))].filter(
        (text, i, all) => all.indexOf(text) === i,
      )

/** Fewest characters put in, left out or changed, by the table (Wagner and Fischer 1974). */
const distance = (a: readonly string[], b: readonly string[]): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, x] of a.entries()) {
    const next = [i + 1]
    for (const [j, y] of b.entries())
      next.push(Math.min(at(next, j) + 1, at(row, j + 1) + 1, at(row, j) + Number(x !== y)))
    row = next
  }
  return at(row, b.length)
}

const holds = (c: E.Either<Failure, Constraint>): ((text: string) => boolean) => {
  const table = right(compile(right(c)))
  return (text) => meets(table, text)
}

describe('spelled like', () => {
  it.each([
    ['aba', 1],
    ['é€a', 2],
    ['abb', 0],
    ['ab', 3],
  ] as const)('S22 %s: the texts at most %d edits away, and no others', (word, edits) => {
    const inside = holds(spelledLike(word, edits))
    for (const text of everyText(['a', 'b', 'é', '€', '😀'], 4))
      expect([text, inside(text)]).toEqual([text, distance(Array.from(text), Array.from(word)) <= edits])
  })

  it('takes words as they come, and refuses what is none', () => {
    expect(holds(spelledLike('necessary', 2))('neccesary')).toBe(true)
    expect(holds(spelledLike('necessary', 1))('neccesary')).toBe(false)
    expect(left(spelledLike('', 1)).tag).toBe('Usage')
    for (const edits of [-1, 1.5, 9, Number.NaN]) expect(left(spelledLike('a', edits)).what).toBe(`${edits} edits`)
  })
})

describe('what becomes something', () => {
  /** Writes A as a and one blank for a run of them, which begins and ends no text. */
  const symbols = ['a', 'A', ' ']
  const normal = transducer(boolean)({
    inputs: symbols,
    outputs: symbols,
    states: 2,
    start: [[0, true]],
    stop: [[0, true]],
    arcs: [
      { from: 0, input: 0, output: 0, to: 0, weight: true },
      { from: 0, input: 1, output: 0, to: 0, weight: true },
      { from: 0, input: 2, output: 2, to: 1, weight: true },
      { from: 1, input: 2, output: EPSILON, to: 1, weight: true },
      { from: 1, input: 0, output: 0, to: 0, weight: true },
      { from: 1, input: 1, output: 0, to: 0, weight: true },
    ],
  })
  const normalised = (text: string): string | undefined =>
    text.endsWith(' ') ? undefined : text.toLowerCase().replace(/ +/gu, ' ')
  const only = (text: string) =>
    automaton(boolean)({
      alphabet: symbols,
      states: text.length + 1,
      start: [[0, true]],
      stop: [[text.length, true]],
      arcs: Array.from(text, (c, from) => ({ from, symbol: symbols.indexOf(c), to: from + 1, weight: true })),
    })

  it('S22 is every text that the transducer turns into one of the language, and nothing else', () => {
    const inside = holds(becoming('normal', normal)(only('a a')))
    const texts = everyText(['a', 'A', ' ', 'b'], 5)
    expect(texts.filter(inside)).toEqual(texts.filter((text) => normalised(text) === 'a a'))
    expect(inside('A    a')).toBe(true)
  })

  it('read backwards is what the texts of the language become', () => {
    const inside = holds(becoming('written', inverse(normal))(only('A  A')))
    expect(everyText(['a', 'A', ' '], 4).filter(inside)).toEqual(['a a'])
  })

  it('refuses a language over other symbols', () => {
    const other = automaton(boolean)({ alphabet: ['x'], states: 1, start: [[0, true]], stop: [[0, true]], arcs: [] })
    expect(left(becoming('x', normal)(other))).toMatchObject({ tag: 'Automaton' })
  })
})
