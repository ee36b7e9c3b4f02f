/** Constraints against what JavaScript says of the same texts, one by one. */
import { describe, expect, it } from 'vitest'
import { automata } from '../../lib/index.ts'
import { at } from '../../lib/at.ts'
import { wordsUpTo } from '../../lib/automata/word.ts'
import { compile, meets, run } from '../../lib/tilt/compile.ts'
import { all, anyText, both, type Constraint, DEAD, either, literal, named, not } from '../../lib/tilt/constraint.ts'
import { characters, words } from '../../lib/tilt/lengths.ts'
import { matching, ofLanguage } from '../../lib/tilt/pattern.ts'
import { concatenation, repetition, union } from '../../lib/tilt/rational.ts'
import { containingAll, containingAny, containingNone } from '../../lib/tilt/words.ts'
import { left, right } from '../either.ts'
import { thrown } from '../thrown.ts'

/** Characters of one to four bytes, some of which begin alike. */
const LETTERS = ['a', 'b', ' ', 'é', 'è', '€', '😀', '\n']
const texts = (letters: readonly string[], most: number): readonly string[] =>
  wordsUpTo(letters.length, most).map((word) => word.map((s) => at(letters, s)).join(''))
const short = texts(LETTERS, 4)

const agrees = (c: Constraint, inside: (text: string) => boolean, among: readonly string[] = short): void => {
  const table = right(compile(c))
  expect(among.filter((text) => meets(table, text) !== inside(text))).toEqual([])
}

const patterns = [
  /a*b/u,
  /(a|é)+b?/u,
  /./u,
  /[^a]*/u,
  /[è-€]{2,3}/u,
  /\p{L}+ \p{L}*/u,
  /(?=.*😀)[ab😀]*/u,
  /a.*(?<!b)/su,
  /\bab?\b.*/u,
  /É+/iu,
  /^a|b$/u,
  new RegExp('[\\p{L}--[b]]+', 'v'),
]

describe('regular expressions', () => {
  it.each(patterns)('%s has the texts that RegExp says', (pattern) => {
    const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags)
    agrees(right(matching(pattern)), (text) => whole.test(text))
  })

  it.each(patterns)('%s leads at once to DEAD where nothing can follow', (pattern) => {
    const c = right(matching(pattern))
    const reached = new Set([c.start])
    for (const state of reached)
      for (let byte = 0; byte < 256; byte++) if (c.next(state, byte) !== DEAD) reached.add(c.next(state, byte))
    expect(reached.size).toBe(right(compile(c)).states)
  })

  it('without the flag u are patterns of characters', () => {
    agrees(right(matching(/a.b|.{2}/)), (text) => /^(?:a.b|.{2})$/u.test(text))
    expect(left(matching(/\-/)).what).toContain('flag u')
    expect(left(matching(/(a+)\1/u)).tag).toBe('Automaton')
  })

  it('hold no bytes that are no text', () => {
    const table = right(compile(right(matching(/[^a]*/su))))
    const broken = [
      [0x80],
      [0xc3],
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
    ]
    for (const bytes of broken) {
      const state = run(table, 0, bytes)
      expect([bytes, state === DEAD || table.accepts[state] === 0]).toEqual([bytes, true])
    }
  })

  it('from automata over characters', () => {
    const motif = right(automata.motifAutomaton('aéa')(['a', 'é', '😀']))
    const c = right(ofLanguage('the motif', motif))
    agrees(c, (text) => /^[aé😀]*$/u.test(text) && text.includes('aéa'))
    expect(left(ofLanguage('x', automata.everything(['ab']))).what).toContain("'ab'")
  })
})

describe('any text', () => {
  it('is UTF-8, as a strict decoder has it', () => {
    const strict = new TextDecoder('utf-8', { fatal: true })
    const isText = (bytes: readonly number[]): boolean => {
      try {
        strict.decode(Uint8Array.from(bytes))
        return true
      } catch {
        return false
      }
    }
    const table = right(compile(anyText))
    const accepted = (bytes: readonly number[]): boolean => {
      const state = run(table, 0, bytes)
      return state !== DEAD && table.accepts[state] === 1
    }
    const edges = [
      0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5,
      0xff,
    ]
    const strings = wordsUpTo(edges.length, 3).map((word) => word.map((i) => at(edges, i)))
    const four = [0xf0, 0xf1, 0xf4].flatMap((a) => edges.flatMap((b) => edges.map((c) => [a, b, c, 0x80])))
    expect([...strings, ...four].filter((bytes) => accepted(bytes) !== isText(bytes))).toEqual([])
  })
})

describe('combinations', () => {
  const [a, b] = [right(matching(/a(b|é)*/u)), right(matching(/.*é.?/u))]
  const [inA, inB] = [(t: string) => /^a(b|é)*$/u.test(t), (t: string) => /^.*é.?$/u.test(t)]

  it('both, either, not', () => {
    agrees(both(a, b), (t) => inA(t) && inB(t))
    agrees(either(a, b), (t) => inA(t) || inB(t))
    agrees(not(a), (t) => !inA(t))
    agrees(both(not(a), either(b, not(b))), (t) => !inA(t))
    agrees(all([]), () => true)
    agrees(all([a, b, not(right(matching(/..?/u)))]), (t) => inA(t) && inB(t) && !/^..?$/u.test(t))
  })

  it('concatenation, also where a text can be cut in several ways', () => {
    const [x, y] = [right(matching(/a*/u)), right(matching(/(aé|a|b)*/u))]
    agrees(concatenation([x, y, a]), (t) => /^a*(aé|a|b)*a(b|é)*$/u.test(t))
    agrees(concatenation([]), (t) => t === '')
  })

  it('union of many', () => {
    const some = [a, right(matching(/é+/u)), right(matching(/a|€/u))]
    agrees(union(some), (t) => /^(a(b|é)*|é+|a|€)$/u.test(t))
    expect(left(compile(union([]))).tag).toBe('Support')
    const many = Array.from({ length: 2000 }, (_, i) => literal(`item ${i * i}`))
    const table = right(compile(union(many)))
    expect([meets(table, 'item 49'), meets(table, 'item 50'), meets(table, 'item 3996001')]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('repetition', () => {
    const x = right(matching(/a|aé|b€/u))
    agrees(repetition(x), (t) => /^(a|aé|b€)*$/u.test(t))
    agrees(repetition(x, 2), (t) => /^(a|aé|b€){2,}$/u.test(t))
    agrees(repetition(x, 1, 2), (t) => /^(a|aé|b€){1,2}$/u.test(t))
    agrees(repetition(right(matching(/a?/u)), 2, 3), (t) => /^a{0,3}$/u.test(t))
    agrees(repetition(x, 0, 0), (t) => t === '')
  })

  it('ask a part once for each class of its own bytes, in however many places it stands among however many classes', () => {
    let asked = 0
    const pair = literal('xy')
    const counted: Constraint = {
      ...pair,
      next: (state, byte) => {
        asked++
        return pair.next(state, byte)
      },
    }
    const others = Array.from({ length: 50 }, (_, i) => literal(String.fromCodePoint(0x30 + i)))
    const table = right(compile(concatenation(others.flatMap((other) => [other, counted]))))
    expect(table.states).toBe(3 * 50 + 1)
    expect(table.width).toBe(53)
    // Before x, between x and y, at the end: x, y and all others.
    expect(asked).toBe(9)
  })

  it('keep the names of their parts', () => {
    expect(both(named('A', a), named('B', not(b))).parts.map(({ name }) => name)).toEqual(['A', 'B'])
    expect(either(a, b).parts).toHaveLength(1)
  })

  it('that hold nothing, or too much, say so', () => {
    expect(left(compile(both(named('A', a), named('B', not(a)))))).toMatchObject({
      tag: 'Support',
      what: 'no text meets the constraint (A and B)',
    })
    expect(left(compile(repetition(a, 3, 9), { states: 5 })).tag).toBe('Limit')
  })
})

describe('words', () => {
  const abc = texts(['a', 'b', 'é'], 6)

  it('all, any and none of them, overlapping and within each other', () => {
    const list = ['aba', 'ba', 'éa', 'b']
    agrees(right(containingAny(list)), (t) => list.some((w) => t.includes(w)), abc)
    agrees(right(containingNone(list)), (t) => !list.some((w) => t.includes(w)), abc)
    agrees(right(containingAll(list)), (t) => list.every((w) => t.includes(w)), abc)
    agrees(right(containingAll(['ab', 'ab'])), (t) => t.includes('ab'), abc)
  })

  it('more than there are bits in a number', () => {
    const many = Array.from({ length: 40 }, (_, i) => `${'a'.repeat(i % 7)}b${'a'.repeat(Math.floor(i / 7))}é`)
    const found = texts(['a', 'b', 'é'], 7)
    agrees(right(containingAny(many)), (t) => many.some((w) => t.includes(w)), found)
    expect(left(containingAll(many)).tag).toBe('Limit')
  })

  it('that are none', () => {
    expect(left(containingAny([])).what).toBe('no words are given')
    expect(left(containingAll(['a', ''])).what).toBe('an empty word is given')
  })

  it('are of whole characters, as a text is: half of one would be read as U+FFFD', () => {
    for (const make of [
      () => literal('a\ud800'),
      () => containingAll(['\udc00']),
      () => containingNone(['b', '\ud83d']),
    ])
      expect(thrown(make)?.what).toContain('holds half of a character')
    expect(meets(right(compile(literal('\ud83d\ude00'))), '😀')).toBe(true)
  })
})

describe('lengths', () => {
  it('of lengths and repetitions have counts for bounds', () => {
    for (const [least, most] of [
      [-1, 2],
      [0.5, 2],
      [Number.NaN, 2],
      [0, Number.NaN],
      [0, 1.5],
      [0, -1],
      [Number.POSITIVE_INFINITY, 2],
    ] as const)
      for (const make of [
        () => characters({ least, most }),
        () => words({ least, most }),
        () => repetition(literal('a'), least, most),
      ])
        expect(thrown(make)?.tag).toBe('Domain')
  })

  it('in characters, not bytes', () => {
    agrees(characters({ least: 2, most: 3 }), (t) => [2, 3].includes([...t].length))
    agrees(characters({ least: 3 }), (t) => [...t].length >= 3)
    agrees(characters({ most: 0 }), (t) => t === '')
  })

  it('in words', () => {
    const count = (t: string): number => t.split(/[ \n]+/u).filter((w) => w !== '').length
    agrees(words({ most: 1 }), (t) => count(t) <= 1)
    agrees(words({ least: 2 }), (t) => count(t) >= 2)
    agrees(words({ least: 1, most: 2 }), (t) => count(t) === 1 || count(t) === 2)
    agrees(words({}), () => true)
  })
})
