/** The playground's computations, on plain data: exact values by enumeration, and a sentence for what cannot be computed. */
import { describe, expect, it } from 'vitest'
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../../lib/at.ts'
import { compute, type MachineRequest, type TiltRequest } from '../../site/compute.ts'

const machine: MachineRequest = { kind: 'machine', source: '1011', literal: false, alphabet: '01', length: 10, seed: 1 }
const tilt: TiltRequest = {
  kind: 'tilt',
  text: '',
  length: 9,
  features: ['101', '^0'],
  mode: 'lambda',
  values: [2, -0.5],
  draws: 4096,
  seed: 3,
}

const computed = (request: MachineRequest | TiltRequest) => {
  const answer = compute(request)
  if (E.isLeft(answer)) throw new Error(answer.left)
  return answer.right
}

const machineOf = (changes: Partial<MachineRequest>) => {
  const answer = computed({ ...machine, ...changes })
  if (answer.kind !== 'machine') throw new Error('a machine was asked for')
  return answer
}

const tiltOf = (changes: Partial<TiltRequest>) => {
  const answer = computed({ ...tilt, ...changes })
  if (answer.kind !== 'tilt') throw new Error('a tilt was asked for')
  return answer
}

const complaint = (request: MachineRequest | TiltRequest): string => {
  const answer = compute(request)
  return E.isLeft(answer) ? answer.left : 'nothing was complained of'
}

const bits = (length: number): readonly string[] =>
  Array.from({ length: 2 ** length }, (_, i) => i.toString(2).padStart(length, '0'))

describe('a machine', () => {
  it('has the count, share and entropy of the strings that an enumeration finds', () => {
    const found = machineOf({})
    const wanted = bits(10).filter((text) => /1011/u.test(text)).length
    expect(found.strings).toBe(String(wanted))
    expect(found.share).toBeCloseTo(wanted / 1024, 12)
    expect(found.entropy).toBeCloseTo(Math.log2(wanted), 10)
    expect(found.bitsPerSymbol).toBeCloseTo(Math.log2(wanted) / 10, 10)
    expect(found.samples).toHaveLength(8)
    expect(found.samples.every((text) => text.length === 10 && text.includes('1011'))).toBe(true)
  })

  it('is drawn with the states that accepted strings pass, one arc for all symbols between two', () => {
    const { drawing } = machineOf({ source: '^a[ab]*c$', alphabet: 'abc', length: 3 })
    expect(drawing?.accepting).toHaveLength(1)
    const labels = drawing?.arcs.map(({ from, to, label }) => [from === to, label])
    expect(labels?.sort()).toEqual([
      [false, 'a'],
      [false, 'c'],
      [true, 'a,b'],
    ])
    expect(drawing?.arcs.some(({ from }) => from === drawing.start)).toBe(true)
  })

  it('takes a motif letter by letter where that is asked for', () => {
    expect(machineOf({ source: 'a.', literal: true, alphabet: 'ab.', length: 2 }).strings).toBe('1')
    expect(machineOf({ source: 'a.', literal: false, alphabet: 'ab.', length: 2 }).strings).toBe('3')
  })

  it.each([
    ['no string matches', { source: '1{11}' }, 'no string'],
    ['an empty expression', { source: '' }, 'an expression is empty'],
    ['a broken one', { source: '(' }, 'is not a regular expression'],
    ['a length that is none', { length: 2.5 }, 'give a whole number from 0 to 200'],
    ['a length that is not a number', { length: Number.NaN }, 'the length is NaN'],
    ['a seed that is none', { seed: 1.5 }, 'the seed is 1.5: give a whole number from 0'],
    ['a seed below 0', { seed: -1 }, 'the seed is -1'],
    ['no alphabet', { alphabet: '' }, 'the alphabet has 0 symbols'],
    ['an expression of ten megabytes', { source: 'a'.repeat(1e7) }, 'the expression has 10000000 characters: write at'],
    ['an alphabet of ten megabytes', { alphabet: '0'.repeat(1e7) }, 'the alphabet has 10000000 characters: write at'],
    ['a backreference', { source: String.raw`(0*)1\1` }, 'reference'],
  ])('says in a sentence that there is %s', (_, changes, part) => {
    expect(complaint({ ...machine, ...changes })).toContain(part)
  })
})

describe('a tilt', () => {
  it('has the log Z, the shares and the entropy of an enumeration, and an estimate near them', () => {
    const found = tiltOf({})
    const rows = bits(9).map((text) => {
      const phi = [/101/u.test(text) ? 1 : 0, /^0/u.test(text) ? 1 : 0]
      return { phi, weight: Math.exp(2 * at(phi, 0) - 0.5 * at(phi, 1)) / 512 }
    })
    const total = rows.reduce((sum, { weight }) => sum + weight, 0)
    expect(found.logPartition).toBeCloseTo(Math.log(total), 12)
    found.features.forEach((feature, j) => {
      const share = rows.reduce((sum, { phi, weight }) => sum + (at(phi, j) * weight) / total, 0)
      expect(feature.exact).toBeCloseTo(share, 12)
      expect(Math.abs(feature.estimated - share)).toBeLessThan(0.04)
      expect(feature.base).toBeCloseTo(rows.filter(({ phi }) => phi[j] === 1).length / 512, 12)
    })
    const entropy = rows.reduce((sum, { weight }) => sum - (weight / total) * Math.log2(weight / total), 0)
    expect(found.entropy).toBeCloseTo(entropy, 10)
    expect(found.baseEntropy).toBeCloseTo(9, 10)
    const last = found.estimates.at(-1)
    expect(last?.n).toBe(4096)
    expect(last?.low).toBeLessThan(found.logPartition)
    expect(last?.high).toBeGreaterThan(found.logPartition)
    expect(last?.doubts).toEqual([])
  })

  it('finds λ for wanted shares', () => {
    const found = tiltOf({ mode: 'moments', values: [0.9, 0.25] })
    expect(found.features.map(({ exact }) => exact)).toEqual([expect.closeTo(0.9, 9), expect.closeTo(0.25, 9)])
  })

  it('raises doubts where few draws carry the weight', () => {
    const found = tiltOf({ length: 14, features: ['^1{7}'], values: [9], draws: 1024 })
    expect(found.estimates.at(-1)?.doubts).not.toEqual([])
  })

  it('takes the bigrams of lines as its base', () => {
    const found = tiltOf({ text: 'ab\nab\r\nb', features: ['^a'], values: [0] })
    // A begin is followed by a twice, b once, and each of a, b, end by half a third more.
    expect(found.features[0]?.base).toBeCloseTo((2 + 0.5 / 3) / (3 + 0.5), 12)
    expect(found.logPartition).toBeCloseTo(0, 12)
  })

  it.each([
    ['a text that is too long', { text: 'a'.repeat(1_000_001) }, 'paste at most 1000000'],
    [
      'too many symbols',
      { text: Array.from({ length: 70 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('') },
      'the alphabet has 70 symbols',
    ],
    [
      'a feature of ten megabytes',
      { features: ['a'.repeat(1e7)], values: [1] },
      'the expression has 10000000 characters',
    ],
    ['no feature', { features: [], values: [] }, 'give 1 to 6'],
    ['a feature without a number', { values: [Number.NaN, 0] }, 'a feature has no number'],
    ['a share that is none', { mode: 'moments' as const, values: [1.2, 0.5] }, 'numbers from 0 to 1'],
    ['a share that no λ reaches', { mode: 'moments' as const, values: [1, 0.5] }, 'no finite λ'],
    ['a weight that overflows', { values: [1e308, 1e308] }, 'log Z'],
    ['a seed that is none', { seed: Number.NaN }, 'the seed is NaN'],
  ])('says in a sentence that there is %s', (_, changes, part) => {
    expect(complaint({ ...tilt, ...changes })).toContain(part)
  })
})
