/** Values as the editor shows them. */
import { describe, expect, it } from 'vitest'
import { shownValues } from '../../site/show.ts'

const circle: { self?: unknown } = {}
circle.self = circle

describe('what is logged', () => {
  it.for<[string, unknown, string]>([
    ['a text, as it is', 'a "b"', 'a "b"'],
    ['a text in a list', ['a', 1, undefined, null], '[ "a", 1, undefined, null ]'],
    ['nothing', [], '[]'],
    ['a record', { a: 1, 'b c': { d: [] } }, '{ a: 1, "b c": { d: [] } }'],
    ['numbers', [-0, Number.NaN, 1n], '[ -0, NaN, 1n ]'],
    ['a typed array', Float64Array.of(6, 4.5), 'Float64Array(2) [ 6, 4.5 ]'],
    ['a map', new Map([['a', { b: 1 }]]), 'Map(1) { "a" => { b: 1 } }'],
    ['a set', new Set([1]), 'Set(1) { 1 }'],
    ['a function', shownValues, '[function shownValues]'],
    ['a circle', circle, '{ self: [circular] }'],
    ['what lies deep', [[[[[[1]]]]]], '[ [ [ [ [ […] ] ] ] ] ]'],
    ['a pattern', /a/u, '/a/u'],
  ])('%s', ([, value, wanted]) => expect(shownValues([value])).toBe(wanted))

  it('is joined, and bounded', () => {
    expect(shownValues(['x', 1, [2]])).toBe('x 1 [ 2 ]')
    expect(shownValues([new Float64Array(1e7)])).toMatch(/ 0, … 9999900 more \]$/u)
    expect(shownValues(['a'.repeat(1e7)])).toMatch(/^a{10000} … 9990000 characters more$/u)
    expect(shownValues([Array.from({ length: 100 }, () => 'a'.repeat(1000))]).length).toBeLessThan(11_000)
  })

  it('has the stack of an error', () => expect(shownValues([new Error('lost')])).toMatch(/^Error: lost\n {4}at /u))
})
