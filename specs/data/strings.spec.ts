/**
 * Strings as rows of symbols: encoding and decoding are inverse, cut rows have no EOS, and foreign symbols are named.
 */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { alphabetOf, decodeStrings, encodeStrings, longest, symbolCount, takeRows } from '../../lib/data/strings.ts'
import { left, right } from '../either.ts'

const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '𝄞', '0'), maxLength: 9 }), {
  minLength: 1,
  maxLength: 12,
})
const settings = { seed: 20260722, numRuns: 200 }

describe('encoding', () => {
  test.prop([texts], settings)('decode ∘ encode is the identity when rows are long enough', (strings) => {
    const alphabet = alphabetOf(strings)
    const rows = right(encodeStrings(alphabet, longest(strings))(strings))
    expect(decodeStrings(alphabet)(rows)).toEqual(strings)
    expect(rows.tokens).toHaveLength(rows.count * rows.time)
    expect(rows.tokens.every((t) => t >= 0 && t < symbolCount(alphabet))).toBe(true)
  })

  test.prop([texts, fc.integer({ min: 1, max: 10 })], settings)(
    'shorter rows hold the first symbols',
    (strings, time) => {
      const alphabet = alphabetOf(strings)
      const cut = decodeStrings(alphabet)(right(encodeStrings(alphabet, time)(strings)))
      expect(cut).toEqual(strings.map((s) => [...s].slice(0, time).join('')))
    },
  )

  it('symbols stand in the order of code points, where UTF-16 has another', () => {
    const marks = ['\u{1f600}', '\uFFFD', '\u{10FFFF}', 'z', '\uE000', '\u{1f600}', 'a', '\u{10000}', '\uFFFF']
    const sorted = ['a', 'z', '\uE000', '\uFFFD', '\uFFFF', '\u{10000}', '\u{1f600}', '\u{10FFFF}']
    expect(alphabetOf([marks.join('')]).symbols).toEqual(sorted)
    expect(alphabetOf(marks).symbols).toEqual(sorted)
    expect([...sorted].sort()).not.toEqual(sorted)
  })

  it('a row ends with EOS to its end, and a cut row has none', () => {
    const { tokens } = right(encodeStrings({ symbols: ['a', 'b'] }, 3)(['', 'b', 'abab']))
    expect(Array.from(tokens)).toEqual([2, 2, 2, 1, 2, 2, 0, 1, 0])
  })

  it('rows have a length that is a count', () => {
    for (const time of [-1, 0.5, Number.NaN])
      expect(left(encodeStrings(alphabetOf(['ab']), time)(['ab'])).tag).toBe('Domain')
  })

  it('a symbol that the alphabet lacks is named with its row', () => {
    const found = left(encodeStrings({ symbols: ['0', '1'] }, 4)(['01', '0x']))
    expect(found).toMatchObject({ tag: 'Domain', facts: { row: 1, symbol: 'x' } })
    expect(found.what).toContain('string 2')
  })
})

describe('alphabets and rows', () => {
  it('an alphabet is in code point order and counts EOS apart', () => {
    expect(alphabetOf(['ba', 'cab']).symbols).toEqual(['a', 'b', 'c'])
    expect(symbolCount(alphabetOf(['ba', 'cab']))).toBe(4)
    expect(symbolCount(alphabetOf([]))).toBe(1)
    expect(longest([])).toBe(1)
    expect(longest(['𝄞𝄞'])).toBe(3)
  })

  test.prop([texts, fc.array(fc.nat(), { maxLength: 6 })], settings)(
    'rows are taken in order, with repetition',
    (strings, picks) => {
      const alphabet = alphabetOf(strings)
      const rows = right(encodeStrings(alphabet, longest(strings))(strings))
      const chosen = picks.map((i) => i % strings.length)
      expect(decodeStrings(alphabet)(takeRows(rows, chosen))).toEqual(chosen.map((i) => strings[i]))
    },
  )
})
