/** JSON of results: every number is one, and what JSON cannot hold comes back. */
import { fc, test } from '@fast-check/vitest'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/codec/canonical-json.ts'
import { exactJson, withNames } from '../../lib/codec/exact-json.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { exactNumber, json } from '../../lib/codec/scalars.ts'
import { right } from '../either.ts'

/** Values with NaN and infinities at any depth, under names that need escapes; no field `nonFinite` of their own. */
const names = fc.constantFrom('a', 'b/c', 'd~e', '~1', '', 'länge')
const numbers = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    numbers.map((x) => (Object.is(x, -0) ? 0 : x)),
    fc.constantFrom(null, true, 'Infinity'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(names, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

describe('exact JSON', () => {
  test.prop([fc.dictionary(names, tree, { maxKeys: 4, noNullPrototype: true })], { seed: 77, numRuns: 500 })(
    'gives every value back, and its text holds null, never a number’s name, for what is not finite',
    (value) => {
      const text = exactJson(value)
      expect(right(decodeJson(t.UnknownRecord, 'value')(text))).toEqual(value)
      expect(text).not.toMatch(/: (NaN|-?Infinity)/)
      expect(right(decodeJson(json, 'value')(JSON.stringify(JSON.parse(text))))).toBeTypeOf('object')
    },
  )

  it('by hand: a pointer for each number, and nothing more for a value that is finite', () => {
    expect(JSON.parse(exactJson({ k: [1, Number.NEGATIVE_INFINITY], 'a/b': Number.NaN }))).toEqual({
      k: [1, null],
      'a/b': null,
      nonFinite: { '/k/1': '-Infinity', '/a~1b': 'NaN' },
    })
    expect(exactJson({ k: 1 })).toBe('{\n  "k": 1\n}\n')
  })

  it('a checkpoint keeps names, which the same codec reads; files of earlier versions too', () => {
    const codec = t.type({ best: exactNumber })
    const text = right(canonicalJson(withNames(codec.encode({ best: Number.POSITIVE_INFINITY }))))
    expect(text).toBe('{"best":"Infinity"}')
    expect(right(decodeJson(codec, 'state')(text)).best).toBe(Number.POSITIVE_INFINITY)
  })
})
