/** Compiled constraints as automata: the same byte strings, state by state, as text of OpenFst and as a drawing. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { arcsOf } from '../../lib/automata/automaton.ts'
import { languageCosts, writeGraphviz, writeOpenFst } from '../../lib/automata/openfst.ts'
import { readOpenFst } from '../../lib/automata/openfst-reading.ts'
import { weightOf } from '../../lib/automata/word.ts'
import { byteLanguage } from '../../lib/tilt/byte-language.ts'
import { compile, run } from '../../lib/tilt/compile.ts'
import { type Constraint, DEAD } from '../../lib/tilt/constraint.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { containingNone } from '../../lib/tilt/words.ts'
import { right } from '../either.ts'

const constraints: readonly (readonly [string, Constraint])[] = [
  ['a pattern with blanks, angles and characters of several bytes', right(matching(/(é|[a-d] <)*x?/u))],
  ['texts without some words', right(containingNone(['ab', '\\', '\n']))],
]

const utf8 = new TextEncoder()
const texts = ['', 'x', 'é', 'éx', 'a <', 'b <éx', 'a <x', 'ab', 'a\\b', '\n', 'e', 'xx', 'ba', 'éa <', '\u{1f600}']

describe('a compiled constraint as an automaton', () => {
  it.each(constraints)('accepts the same bytes, also when its text is read again: %s', (_, constraint) => {
    const table = right(compile(constraint))
    const own = byteLanguage(table)
    const again = right(readOpenFst(languageCosts, own.alphabet)(writeOpenFst(languageCosts)(own)))
    expect(own.states).toBe(table.states)
    const wanted = texts.map((text) => {
      const state = run(table, 0, utf8.encode(text))
      return state !== DEAD && table.accepts[state] === 1
    })
    expect(new Set(wanted).size).toBe(2)
    // The byte is the number of its symbol.
    for (const a of [own, again])
      expect(texts.map((text) => weightOf(languageCosts.weights)(a)(Array.from(utf8.encode(text))))).toEqual(wanted)
    expect(own.alphabet).toHaveLength(256)
    expect(new Set(own.alphabet).size).toBe(256)
  })

  it.each(constraints)('has one arc between two states where sets are read: %s', (_, constraint) => {
    const table = right(compile(constraint))
    const arcs = arcsOf(byteLanguage(table, 'sets'))
    const pairs = (some: readonly { readonly from: number; readonly to: number }[]): readonly string[] =>
      [...new Set(some.map(({ from, to }) => `${from} ${to}`))].sort()
    expect(pairs(arcs)).toHaveLength(arcs.length)
    expect(pairs(arcs)).toEqual(pairs(arcsOf(byteLanguage(table))))
  })

  it('says which bytes a set has: neighbours as ranges, bytes that are no characters by their digits', () => {
    const drawing = writeGraphviz(languageCosts)(byteLanguage(right(compile(right(matching(/[a-eg-hk]|é/u)))), 'sets'))
    expect(drawing).toContain('label="a-eghk"')
    expect(drawing).toContain(`label="\\\\xC3"`)
    expect(drawing).toContain('shape=doublecircle')
    const { alphabet } = byteLanguage(right(compile(constraints[0]?.[1] ?? at([], 0))))
    expect([alphabet[0x61], alphabet[0x20], alphabet[0x5c], alphabet[0xc3], alphabet[0x0a]]).toEqual([
      'a',
      ' ',
      '\\',
      '\\xC3',
      '\\x0A',
    ])
  })
})
