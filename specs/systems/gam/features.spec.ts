/**
 * The paper's features on every string of at most twelve symbols, as functions and as automata.
 */
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { accepts, encodeWord } from '../../../lib/automata/index.ts'
import { guardedTest } from '../../../lib/data/pattern-guard.ts'
import { gamFeatures } from '../../../lib/systems/gam/features.ts'
import { type GamData, motifFeatureNames } from '../../../lib/systems/gam/options.ts'
import { left, right } from '../../either.ts'
import { textsUpTo } from '../../models/enumerate.ts'
import { processorTime } from '../../processor-time.ts'

const motifData = (motif: string, mixture = 1): GamData => ({ kind: 'motif', motif, length: 12, mixture })
const binary = { symbols: ['0', '1'] }
const all = textsUpTo(binary, 12)
const ALL = '1111111'

const motifs = ['1', '10', '101', '00110', '1011001', '000000', '101110111011']

const matching = (pattern: string): GamData => ({ kind: 'strings', file: 'words.txt', features: [pattern] })

describe('patterns that would hang', () => {
  it.each(['(a+)+$', '^(a|aa)+$', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
    '%s is refused before a run',
    (pattern) => {
      const failure = left(gamFeatures(matching(pattern), '1'))
      expect(failure.tag).toBe('Format')
      expect(failure.what).toContain(pattern)
      expect(failure.remedy).toContain('repetitions')
    },
  )

  it('one that only some strings make hang ends with a failure that names it', () => {
    const pattern = '^§(q+)+$'
    const test = guardedTest(new RegExp(pattern, 'u'))
    expect([test('§qqqq'), test('qqqq')]).toEqual([true, false])
    const said = `the pattern "${pattern}" takes more than 1000 ms`
    expect(processorTime(() => expect(() => test(`§${'q'.repeat(60)}!`)).toThrow(said))).toBeLessThan(20_000)
    expect(test('§q')).toBe(true)
  })

  it.each(['ing$', '^a.*b$', '(ab)*c', '[aeiou]{2}', 'colou?r', '^(?:un|in).*(?:ed|ing)$', '(.)\\1'])(
    '%s tests as RegExp does',
    (pattern) => {
      const [test, plain] = [guardedTest(new RegExp(pattern, 'u')), new RegExp(pattern, 'u')]
      for (const text of ['', 'ing', 'sing ', 'ab', 'abab', 'ababc', 'oo', 'colour', 'color', 'unused', 'aa', 'inning'])
        expect(test(text)).toBe(plain.test(text))
      right(gamFeatures(matching(pattern), '1'))
    },
  )
})

describe.each(motifs)('the features of motif %s on all 8 191 strings of at most 12 symbols', (motif) => {
  const { features, present } = right(gamFeatures(motifData(motif), ALL))
  const rows = all.map((x) => Array.from(features.of(x)))
  const column = (name: string): readonly number[] =>
    rows.map((row) => row[motifFeatureNames.indexOf(name)] ?? Number.NaN)
  const holds = (name: string): readonly boolean[] => column(name).map((v) => v === 0)

  it('G16: every value is 0 or 1, and m = 0 ⇔ the string includes the motif', () => {
    expect(new Set(rows.flat())).toEqual(new Set([0, 1]))
    expect(holds('m')).toEqual(all.map((x) => x.includes(motif)))
    expect(all.map(present)).toEqual(holds('m'))
  })

  it('G16: m+0 = 0 ⇔ the string includes the motif and then 0; m/2 its first ⌊|m|/2⌋ symbols (one at least)', () => {
    expect(holds('m+0')).toEqual(all.map((x) => x.includes(`${motif}0`)))
    const half = motif.slice(0, Math.max(1, Math.floor(motif.length / 2)))
    expect(holds('m/2')).toEqual(all.map((x) => x.includes(half)))
  })

  it('G16: m/2 ≤ m ≤ m+0 on every string', () => {
    const [half, whole, more] = [column('m/2'), column('m'), column('m+0')]
    expect(all.filter((_, i) => !((half[i] ?? 1) <= (whole[i] ?? 0) && (whole[i] ?? 1) <= (more[i] ?? 0)))).toEqual([])
  })

  it('G16: d0 = 0 ⇔ the string begins with 0; the distractors look for fixed strings of their lengths', () => {
    expect(holds('d0')).toEqual(all.map((x) => x.startsWith('0')))
    const again = right(gamFeatures(motifData(motif, 0.5), ALL)).features
    expect(all.every((x, i) => Array.from(again.of(x)).join() === rows[i]?.join())).toBe(true)
    const lengths = [motif.length, motif.length + 2, Math.max(1, Math.floor(motif.length / 2))]
    for (const [k, name] of ['d1', 'd2', 'd3'].entries()) {
      const length = lengths[k] ?? 0
      const found = all.filter((x, i) => x.length === length && holds(name)[i] === true)
      expect([name, found.length]).toEqual([name, length <= 12 ? 1 : 0])
      if (found[0] !== undefined) expect(holds(name)).toEqual(all.map((x) => x.includes(found[0] ?? '')))
    }
  })
})

describe('features as automata', () => {
  it.each([motifData('101'), { kind: 'strings', file: '', features: ['^01', '1.0', '(00|11)$'] } satisfies GamData])(
    'say the same of every string of at most eight symbols: %o',
    (data) => {
      const bits = data.kind === 'motif' ? ALL : '111'
      const { features, automata } = right(gamFeatures(data, bits))
      const machines = right(automata(binary))
      for (const x of textsUpTo(binary, 8)) {
        const word = right(encodeWord(binary.symbols)(x))
        const values = machines.map(({ language, inside, outside }) => (accepts(language)(word) ? inside : outside))
        expect([x, ...values]).toEqual([x, ...Array.from(features.of(x))])
      }
    },
  )
})

describe('switching features on and off', () => {
  it('keeps names, bounds and values of those that are on, in order', () => {
    const { features, present } = right(gamFeatures(motifData('101'), '0101001'))
    expect(features.names).toEqual(['m+0', 'd0', 'd3'])
    expect([features.low, features.high]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ])
    expect(Array.from(features.of('1010'))).toHaveLength(3)
    expect(present('0101')).toBe(true)
  })

  it('a user’s expressions count absence, anywhere in the string unless they are anchored', () => {
    const { features } = right(gamFeatures({ kind: 'strings', file: '', features: ['aa', '^b', 'ü$'] }, '111'))
    expect(features.names).toEqual(['/aa/', '/^b/', '/ü$/'])
    expect(['baab', 'b', 'aü', ''].map((x) => pipe(features.of(x), Array.from))).toEqual([
      [0, 0, 1],
      [1, 0, 1],
      [1, 1, 0],
      [1, 1, 1],
    ])
  })

  it.each([
    ['001', 'does not fit the 7 features'],
    ['10011112', 'does not fit'],
  ])('%s is refused', (bits, what) => {
    expect(left(gamFeatures(motifData('101'), bits))).toMatchObject({
      tag: 'Usage',
      what: expect.stringContaining(what),
    })
  })

  it('a wrong expression is named', () => {
    const found = left(gamFeatures({ kind: 'strings', file: '', features: ['a', '['] }, '11'))
    expect(found).toMatchObject({ tag: 'Usage', facts: { source: '[' } })
    expect(found.what).toContain('feature 2')
  })
})
