/**
 * The strict JSON reader against `JSON.parse`: equal on what both accept, and stricter only where it says so.
 */
import { fc } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { fileLimits, scanJson } from '../../lib/codec/json-scanner.ts'
import { key, words } from '../../lib/key.ts'
import { left } from '../either.ts'

const scan = scanJson(fileLimits)

const parsed = (text: string): E.Either<unknown, unknown> =>
  E.tryCatch(
    (): unknown => JSON.parse(text),
    (why) => why,
  )

const hasProto = (text: string): boolean => text.includes('__proto__')

describe('strict JSON', () => {
  it('reads what JSON.stringify writes, with any white space', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        const result = scan(text)
        if (hasProto(text)) return
        if (E.isLeft(result)) throw new Error(result.left.what)
        expect(JSON.stringify(result.right)).toBe(JSON.stringify(JSON.parse(text)))
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('agrees with JSON.parse on 20 000 damaged texts, except where it is stricter', () => {
    const good = '{"a":[1,-0.5e+3,true,null,"x\\u00e9\\n"],"b":{"c":{},"d":[]},"é":"\\\\","":0}'
    const signs = '{}[]",:\\ 01.eE+-tfnu\n\u0001a'
    const draw = words(key(2), 120_000)
    let at = 0
    const next = (below: number): number => (draw[at++] ?? 0) % below
    let accepted = 0
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from(good)
      for (let change = next(2); change >= 0; change--)
        text[next(text.length)] = next(3) === 0 ? '' : (signs[next(signs.length)] ?? '')
      const joined = text.join('')
      const [strict, lax] = [scan(joined), parsed(joined)]
      if (E.isRight(strict)) {
        accepted++
        expect(JSON.stringify(strict.right)).toBe(JSON.stringify(E.isRight(lax) ? lax.right : 'refused'))
      } else if (E.isRight(lax) && !/second time|not a number/.test(strict.left.what)) throw new Error(strict.left.what)
    }
    expect(accepted).toBeGreaterThan(1000)
  })

  it.each([
    ['', /no value at line 1, column 1/],
    ['{"a":1,\n "a":2}', /the field "a" for the second time at line 2, column 2/],
    ['{"a":1,"\\u0061":2}', /second time/],
    ['[1,]', /no value/],
    ['[1 2]', /without "," or "]"/],
    ['{"a" 1}', /without ":"/],
    ['{"a":1,}', /no name/],
    ['{a:1}', /no name/],
    ['01', /"01", not a number/],
    ['1.', /not a number/],
    ['.5', /not a number/],
    ['+1', /not a number/],
    ['1e400', /not a number/],
    ['NaN', /no value/],
    ['"\n"', /control character/],
    ['"\\x"', /bad escape/],
    ['"abc', /without an end/],
    ['"abc\\', /without an end/],
    ['1 2', /more text/],
    ['\ufeff1', /no value/],
    ['{"__proto__":1}', /__proto__/],
    [`${'['.repeat(200)}${']'.repeat(200)}`, /deeper than 128/],
    ['['.repeat(1_000_000), /deeper than 128/],
    ['{"a":'.repeat(1_000_000), /deeper than 128/],
    ['9'.repeat(1_000_000), /not a number/],
    [`${'\n'.repeat(1_000_000)}x`, /line 1000001, column 1/],
  ])('refuses %.40j', (text, sentence) => {
    const result = scan(text)
    expect(E.isLeft(result) && result.left.what).toMatch(sentence)
  })

  it('ends at so many fields and items', () => {
    const few = scanJson({ ...fileLimits, mostFields: 2, longestArray: 2 })
    expect(['{"a":1,"b":2}', '[1,2]', '[[1],[2]]', '{"a":{"b":1,"c":2}}'].map((text) => E.isRight(few(text)))).toEqual(
      Array.from({ length: 4 }, () => true),
    )
    const refused = (text: string) => left(few(text)).what
    expect(refused('{"a":1,"b":2,"c":3}')).toMatch(/an object of more than 2 fields/)
    expect(refused('[1,2,3]')).toMatch(/an array of more than 2 items/)
  })

  it('keeps −0 and the last digit of doubles', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (x) => {
        expect(scan(Object.is(x, -0) ? '-0' : String(x))).toEqual(E.right(x))
      }),
      { seed: 4, numRuns: 500 },
    )
  })
})
