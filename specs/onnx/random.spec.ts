/** Random values in bulk: the same bits as `key.ts`, for any length. */
import { describe, expect, it } from 'vitest'
import { fc, test } from '@fast-check/vitest'
import { type Key, uniforms, words } from '../../lib/key.ts'
import { fillBelow, fillUniforms, fillWords } from '../../lib/onnx/random.ts'

const word = fc.nat({ max: 2 ** 32 - 1 })
const lengths = fc.oneof(fc.nat({ max: 9 }), fc.constantFrom(2047, 2048, 2049, 4097))

describe('bulk random values', () => {
  test.prop([fc.tuple(word, word), lengths], { seed: 7, numRuns: 60 })(
    'F13: words and uniforms are those of the key',
    (k: Key, n) => {
      const [bits, reals] = [new Uint32Array(n), new Float32Array(n)]
      fillWords(bits, k)
      fillUniforms(reals, k)
      expect(bits).toEqual(words(k, n))
      expect([...reals]).toEqual([...uniforms(k, n)])
    },
  )

  test.prop([fc.tuple(word, word), fc.double({ min: 0, max: 1, noNaN: true })], { seed: 8, numRuns: 60 })(
    'a mask is the comparison of the uniforms with the threshold in f32',
    (k: Key, p) => {
      const mask = new Uint8Array(301)
      fillBelow(mask, k, p)
      expect([...mask]).toEqual([...uniforms(k, 301)].map((u) => Number(u < Math.fround(p))))
    },
  )

  it('a threshold that is itself a uniform is not below itself', () => {
    const [u = 0] = uniforms([1, 2], 1)
    const mask = new Uint8Array(1)
    fillBelow(mask, [1, 2], u)
    expect(mask[0]).toBe(0)
  })
})
