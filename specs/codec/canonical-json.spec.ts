/**
 * Canonical JSON: it reads back as the same value, does not depend on the order of fields, and refuses what JSON loses.
 */
import { fc } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/codec/canonical-json.ts'
import { fileLimits, scanJson } from '../../lib/codec/json-scanner.ts'

const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, field]) => [name, reversed(field)]),
        )
      : value

const cycle: Record<string, unknown> = {}
cycle['self'] = cycle

describe('canonical JSON', () => {
  it('F14: reads back as the value, is canonical, and ignores the order of fields', () => {
    const noProto = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('__proto__'))
    fc.assert(
      fc.property(noProto, (value) => {
        const text = canonicalJson(value)
        const back = E.isRight(text) ? scanJson(fileLimits)(text.right) : text
        expect(back).toEqual(E.right(value))
        expect(E.isRight(back) && canonicalJson(back.right)).toEqual(text)
        expect(canonicalJson(reversed(value))).toEqual(text)
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  it('keeps −0, leaves undefined fields out', () => {
    expect(canonicalJson({ b: -0, a: undefined, c: [1e21, 'é'] })).toEqual(E.right('{"b":-0,"c":[1e+21,"é"]}'))
  })

  it.each([
    [{ a: [0, Number.NaN] }, 'the value.a[1] is NaN'],
    [{ a: Number.POSITIVE_INFINITY }, 'the value.a is Infinity'],
    [[undefined], 'the value[0] is nothing'],
    [{ a: Float32Array.of(1) }, 'the value.a is an object of 1 fields'],
    [new Map([[1, 2]]), 'the value is an object of 0 fields'],
    [10n, 'the value is 10'],
    [() => 1, 'the value is a function'],
    [cycle, 'the value.self.self'],
    [JSON.parse('{"__proto__":1}'), 'the value.__proto__'],
  ])('refuses what JSON would lose (%#)', (value, sentence) => {
    const result = canonicalJson(value)
    expect(E.isLeft(result) && result.left.what).toContain(sentence)
  })
})
