/**
 * Decoding with io-ts: values come through, misfits are drawn as a tree that names each place and what belongs there.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { decodeAs, decodeJson } from '../../lib/codec/json.ts'
import { exactNumber, json, keyCodec, natural, word } from '../../lib/codec/scalars.ts'
import { describeFailure } from '../../lib/errors.ts'

const Arc = t.type({ from: natural, symbol: t.string, weight: t.number })
const Automaton = t.intersection(
  [t.type({ states: natural, arcs: t.array(Arc) }), t.partial({ semiring: t.keyof({ real: null, log: null }) })],
  'Automaton',
)

const drawn = (codec: t.Decoder<unknown, unknown>, text: string): string => {
  const result = decodeJson(codec, 'automaton')(text)
  return E.isLeft(result) ? describeFailure(result.left) : 'accepted'
}

describe('decoding files', () => {
  it('gives the value that fits', () => {
    const value = { states: 2, arcs: [{ from: 0, symbol: 'a', weight: 0.5 }], semiring: 'log' }
    expect(decodeJson(Automaton, 'automaton')(JSON.stringify(value))).toEqual(E.right(value))
    expect(decodeAs(Automaton, 'automaton')(value)).toEqual(E.right(value))
  })

  it('draws every misfit at its place', () => {
    const text = '{"states":-1,"arcs":[{"from":0,"symbol":"a","weight":1},{"from":0.5,"symbol":7}],"semiring":"max"}'
    expect(drawn(Automaton, text)).toMatchInlineSnapshot(`
      "automaton is not what it should be in 5 places: correct what is drawn here
      automaton
      ├─ states: expected natural number, found -1
      ├─ arcs
      │  └─ [1]
      │     ├─ from: expected natural number, found 0.5
      │     ├─ symbol: expected text, found 7
      │     └─ weight: expected a number, found nothing
      └─ semiring: expected "real" or "log", found "max"."
    `)
  })

  it('says which alternative of a union failed where', () => {
    const shape = t.union([t.type({ radius: t.number }, 'circle'), t.type({ side: t.number }, 'square')])
    expect(drawn(shape, '{"radius":"long"}')).toMatchInlineSnapshot(`
      "automaton is not what it should be in 2 places: correct what is drawn here
      automaton
      ├─ as circle
      │  └─ radius: expected a number, found "long"
      └─ as square
         └─ side: expected a number, found nothing."
    `)
  })

  it('keeps the tree short, and the values in it', () => {
    const text = drawn(t.array(t.number), JSON.stringify(Array.from({ length: 100 }, () => 'x'.repeat(1000))))
    expect(text).toMatch(/… and 76 more/)
    expect(text.length).toBeLessThan(3000)
  })

  it('names the file and the line when the text is not JSON', () => {
    expect(drawn(Automaton, '{"states": 1,\n oops')).toMatch(/^automaton: JSON: .+ at line 2, column 2: /)
  })

  it('scalars: exact numbers survive, words and keys are checked', () => {
    for (const x of [0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324])
      expect(exactNumber.decode(exactNumber.encode(x))).toEqual(E.right(x))
    for (const x of ['nan', 'toString', '1', null]) expect(E.isLeft(exactNumber.decode(x))).toBe(true)
    expect(keyCodec.decode([1, 2 ** 32 - 1])).toEqual(E.right([1, 2 ** 32 - 1]))
    for (const x of [-1, 2 ** 32, 0.5]) expect(E.isLeft(word.decode(x))).toBe(true)
    expect(json.is({ a: [1, null, { b: 'x' }] })).toBe(true)
    expect(json.is({ a: undefined })).toBe(false)
  })
})
