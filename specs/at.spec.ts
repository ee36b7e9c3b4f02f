/** Elements that must exist: what is there is given back, what is not is a failure with the index and the length. */
import { Linter } from 'eslint'
import { describe, expect, it } from 'vitest'
import { noDefaultBehindIndex } from '../eslint-rules.js'
import { absent, at, field, four, held, lastOf, orElse, outside, three, two } from '../lib/at.ts'
import { ExptiltError, type Failure } from '../lib/errors.ts'

const failureOf = (f: () => unknown): Failure | undefined => {
  try {
    f()
  } catch (thrown) {
    return thrown instanceof ExptiltError ? thrown.failure : undefined
  }
  return undefined
}

const lists: readonly (readonly [string, ArrayLike<unknown>])[] = [
  ['a list of numbers', [1, 2, 3]],
  ['a list of words', ['a', 'b', 'c']],
  ['a string', 'abc'],
  ['zeros', [0, 0, 0]],
  ['Float64Array', Float64Array.of(0, 0, 0)],
  ['Float32Array', Float32Array.of(0, Number.NaN, 3)],
  ['Int32Array', Int32Array.of(-1, 0, 1)],
  ['Uint32Array', Uint32Array.of(0, 1, 2)],
  ['Uint8Array', Uint8Array.of(0, 1, 2)],
  ['BigInt64Array', BigInt64Array.of(0n, 1n, 2n)],
]

describe('an element that must exist', () => {
  it.each(lists)('of %s is what stands there', (_name, xs) => {
    for (let i = 0; i < 3; i++) expect(at(xs, i)).toBe(xs[i])
    expect(lastOf(xs)).toBe(xs[2])
    expect(two(xs)).toEqual([xs[0], xs[1]])
    expect(three(xs)).toEqual([xs[0], xs[1], xs[2]])
  })

  it.each(lists)('of %s throws outside, with the index and the length', (_name, xs) => {
    for (const i of [-1, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(failureOf(() => at(xs, i))).toMatchObject({ tag: 'Index', facts: { index: i, length: 3 } })
    expect(failureOf(() => four(xs))).toMatchObject({ tag: 'Index', facts: { index: 3, length: 3 } })
    expect(failureOf(() => outside(xs, 7))).toMatchObject({ tag: 'Index', facts: { index: 7, length: 3 } })
  })

  it('of nothing throws', () => {
    expect(failureOf(() => lastOf([]))).toMatchObject({ tag: 'Index', facts: { index: -1, length: 0 } })
    expect(failureOf(() => two(''))).toMatchObject({ tag: 'Index', facts: { index: 0, length: 0 } })
  })

  it('counts undefined as missing and null, 0, false, the empty word and NaN as present', () => {
    expect(failureOf(() => at([undefined], 0))).toMatchObject({ tag: 'Index' })
    for (const x of [null, 0, false, '', Number.NaN]) expect(at([x], 0)).toBe(x)
  })

  it('of a record or a map is named by its failure', () => {
    expect(field({ a: 0 }, 'a')).toBe(0)
    expect(held(new Map([['a', 0]]), 'a')).toBe(0)
    expect(failureOf(() => field({ a: 0 }, 'b'))).toMatchObject({ tag: 'Index', facts: { name: 'b' } })
    expect(failureOf(() => held(new Map([['a', 0]]), 'b'))).toMatchObject({ tag: 'Index', facts: { name: 'b' } })
    expect(failureOf(() => field({ a: 0 }, 'toString'))).toMatchObject({ tag: 'Index', facts: { name: 'toString' } })
  })

  it('of a pattern must be there where its default says so', () => {
    const first = ([x = absent()]: readonly string[]): string => x
    expect(first(['a', 'b'])).toBe('a')
    expect(failureOf(() => first([]))).toMatchObject({ tag: 'Index' })
  })

  it('may be missing where that is said', () => {
    expect(orElse([1][1], 5)).toBe(5)
    expect(orElse([0][0], 5)).toBe(0)
  })
})

describe('the lint against defaults behind an index', () => {
  const lint = (code: string): number =>
    new Linter().verify(code, [
      {
        plugins: { own: { rules: { index: noDefaultBehindIndex } } },
        rules: { 'own/index': 'error' },
      },
    ]).length

  it.each([
    'const f = (xs, i) => xs[i] ?? 0',
    "const f = (xs, i) => xs[i] ?? ''",
    'const f = (xs, i) => xs[i] || 0',
    'const f = (xs, i) => xs[i] || []',
    'const f = (xs, i) => xs[i] ?? []',
    'const f = (xs, i) => xs[i] ?? NaN',
    'const f = (xs, i) => xs[i]?.size ?? 1',
    'const f = (xs, i, j) => xs[i]?.[j] ?? 1',
    'const f = (xs, i) => xs[i]?.get(i) ?? 1',
    'const f = (xs, i) => xs[i]?.(i) ?? 1',
    'const f = (xs, i) => (xs[i]) ?? 1',
    'const f = (xs, i) => xs?.[i]?.size?.[0] ?? 1',
    "const f = (xs) => xs['name'] ?? 1",
    'const f = (xs) => xs.at(-1) ?? 1',
    'const f = (xs) => xs.at(-1)?.size ?? 1',
    'const f = (xs) => xs.pop() ?? 1',
    'const f = (xs) => { const [x = 0] = xs; return x }',
    'const f = (xs) => { const [, x = 0] = xs; return x }',
    "const f = ([x = '']) => x",
    "const f = (a, [, , x = ''], b) => x",
    'const f = ({ words: [x = 0] }) => x',
    'for (const [x = 0] of xs) f(x)',
    'const f = (xs) => { let x; [x = 0] = xs; return x }',
  ])('fires on %s', (code) => {
    expect(lint(code)).toBe(1)
  })

  it.each([
    'const f = (xs, i) => xs[i] ?? outside(xs, i)',
    'const f = (xs, i) => xs[i] ?? raise(xs)',
    'const f = (options) => options.size ?? 1',
    'const f = (map, xs, i) => map.get(xs[i]) ?? 1',
    'const f = (xs) => { const [x] = xs; return x }',
    'const f = ([x = absent()]) => x',
    'const f = ({ size = 1 }) => size',
    'const f = (xs, i) => orElse(xs[i], 1)',
  ])('lets %s pass', (code) => {
    expect(lint(code)).toBe(0)
  })
})
