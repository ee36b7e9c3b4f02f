/** F13 and M2: Threefry-2x32-20 against published answers, streams, children, and all uniforms there are. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { fold, type Key, key, permutation, split, threefry, uniforms, unit, words } from '../lib/key.ts'
import { at } from '../lib/at.ts'
import { thrown } from './thrown.ts'
import { untyped } from './untyped.ts'
import { chiSquareDesign, standard } from '../lib/laws/statistics.ts'

const seeds = fc.nat(2 ** 31 - 1)
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const pairs: fc.Arbitrary<Key> = fc.tuple(word, word)
const hexadecimal = (k: Key): string => k.map((w) => w.toString(16).padStart(8, '0')).join(' ')

describe('threefry', () => {
  it('F13: Random123 known answers (threefry2x32, 20 rounds)', () => {
    const ones = 2 ** 32 - 1
    expect(hexadecimal(threefry([0, 0], 0, 0))).toBe('6b200159 99ba4efe')
    expect(hexadecimal(threefry([ones, ones], ones, ones))).toBe('1cb996fc bb002be7')
    expect(hexadecimal(threefry([0x13198a2e, 0x03707344], 0x243f6a88, 0x85a308d3))).toBe('c4923a9c 483df7a0')
  })

  test.prop([pairs, word], { seed: 131, numRuns: 100 })(
    'F13: is a bijection of counters: neighbours differ in about half of their bits',
    (k, c) => {
      const [a, b] = [threefry(k, c, 0), threefry(k, (c + 1) >>> 0, 0)]
      const flipped = [0, 1].flatMap((i) => [...(at(a, i) ^ at(b, i)).toString(2)]).filter((bit) => bit === '1').length
      expect(a).not.toEqual(b)
      expect(flipped).toBeGreaterThan(5)
    },
  )
})

describe('streams', () => {
  test.prop([pairs, fc.nat(300), fc.integer({ min: 1, max: 40 })], { seed: 132, numRuns: 200 })(
    'F13: draw i depends on (key, i) alone',
    (k, from, n) => {
      const whole = words(k, 400)
      expect(words(k, n, from)).toEqual(whole.subarray(from, from + n))
      expect(uniforms(k, n, from)).toEqual(Float64Array.from(whole.subarray(from, from + n), unit))
    },
  )

  it('F13: words far out in a stream', () => {
    const far = 2 ** 32 - 2
    expect(words([1, 2], 3, far)).toEqual(
      Uint32Array.of(...threefry([1, 2], 2 ** 31 - 1, 0), at(threefry([1, 2], 2 ** 31, 0), 0)),
    )
    expect(words([1, 2], 0)).toHaveLength(0)
  })

  test.prop([fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })], { seed: 133 })(
    'F13: a seed is a key, all 53 bits of it',
    (seed) => {
      expect(key(Number(seed))).toEqual([Number(seed >> 32n), Number(seed & 0xffffffffn)])
    },
  )
})

describe('children', () => {
  it('F13: children of many keys are pairwise distinct, and none is its parent', () => {
    const parents = split(key(1), 300)
    const all = [...parents, ...parents.flatMap((p) => split(p, 300))]
    expect(new Set(all.map(([a, b]) => a * 2 ** 32 + b).map(String)).size).toBe(all.length)
  })

  test.prop([pairs, fc.nat(1000), fc.nat(1000)], { seed: 134, numRuns: 100 })(
    'F13: split gives the folds, and no child is a block that a draw uses',
    (k, i, draw) => {
      expect(split(k, i + 1)[i]).toEqual(fold(k, i))
      expect(fold(k, i)).not.toEqual(threefry(k, draw, 0))
    },
  )

  test.prop([seeds], { seed: 135, numRuns: 20 })('F13: streams of siblings do not overlap', (seed) => {
    const [a = key(0), b = key(0)] = split(key(seed), 2)
    const seen = new Set(words(a, 500))
    expect(words(b, 500).filter((w) => seen.has(w)).length).toBeLessThanOrEqual(1)
  })

  it('F13: a seed, a child or a count that would be rounded is refused: two streams would be one', () => {
    for (const n of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(thrown(() => key(n))?.tag).toBe('Domain')
      expect(thrown(() => fold(key(1), n))?.tag).toBe('Domain')
      expect(thrown(() => words(key(1), n))?.tag).toBe('Domain')
      expect(thrown(() => words(key(1), 1, n))?.tag).toBe('Domain')
      expect(thrown(() => uniforms(key(1), n))?.tag).toBe('Domain')
    }
    expect(thrown(() => fold(key(1), 2 ** 32))?.tag).toBe('Domain')
    expect([key(2 ** 53 - 1), fold(key(1), 2 ** 32 - 1).length]).toEqual([[2 ** 21 - 1, 2 ** 32 - 1], 2])
  })

  it('F13: what is no key is refused: seeds in place of keys would all have one stream', () => {
    const given: readonly unknown[] = [
      5,
      '5',
      undefined,
      null,
      [1],
      [1, 2, 3],
      [1, -1],
      [0.5, 1],
      [2 ** 32, 0],
      { 0: 1, 1: 2 },
    ]
    for (const k of given) {
      expect(() => uniforms(untyped(k), 2)).toThrow('a key of')
      expect(() => fold(untyped(k), 2)).toThrow('give key(seed), or a child of one')
    }
  })

  it('F13: neighbouring children are independent: χ² on 16 × 16 cells of paired draws (α = 1e-9, TV 0.05)', () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.05 }, 256)
    const counts = new Float64Array(256)
    for (let i = 0; i < design.n; i++) {
      const [x, y] = [at(words(fold(key(9), i), 1), 0), at(words(fold(key(9), i + 1), 1), 0)]
      const cell = (x >>> 28) * 16 + (y >>> 28)
      counts[cell] = at(counts, cell) + 1
    }
    expect(design.check(counts, new Float64Array(256).fill(1 / 256)).complaints).toEqual([])
  })
})

describe('uniforms', () => {
  it('M2: all 2²³ of them lie in (0, 1), are exact in f32, increase, and have mean ½ exactly', () => {
    let [sum, last, wrong] = [0, 0, 0]
    for (let i = 0; i < 2 ** 23; i++) {
      const u = unit((i << 9) >>> 0)
      if (!(u > last && u < 1) || Math.fround(u) !== u) wrong += 1
      sum += u
      last = u
    }
    expect(wrong).toBe(0)
    expect(sum / 2 ** 23).toBe(0.5)
    expect([unit(0), unit(511), unit(2 ** 32 - 1)]).toEqual([2 ** -24, 2 ** -24, 1 - 2 ** -24])
  })

  it('M2: uniform over 64 cells: χ² (α = 1e-9, TV 0.01)', () => {
    const design = chiSquareDesign(standard, 64)
    const counts = new Float64Array(64)
    for (const u of uniforms(key(2), design.n)) {
      const cell = Math.floor(64 * u)
      counts[cell] = at(counts, cell) + 1
    }
    expect(design.check(counts, new Float64Array(64).fill(1 / 64)).complaints).toEqual([])
  })
})

describe('permutations', () => {
  it('a permutation holds every row once and follows its key', () => {
    for (const n of [0, 1, 2, 17, 500])
      expect(Array.from(permutation(key(n), n)).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
    expect(permutation(key(1), 50)).toEqual(permutation(key(1), 50))
    expect(permutation(key(1), 50)).not.toEqual(permutation(key(2), 50))
  })

  it('every permutation of three comes about equally often (6 cells, 24 000 draws, χ² below 56: α = 1e-10)', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = permutation([i, 77], 3).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    expect([...counts.values()].reduce((sum, c) => sum + (c - 4000) ** 2 / 4000, 0)).toBeLessThan(56)
  })
})
