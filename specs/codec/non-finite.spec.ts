/**
 * The report on NaN and infinities.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { namedArray } from '../../lib/codec/array.ts'
import { nonFinite, refuseNonFinite } from '../../lib/codec/non-finite.ts'

describe('non-finite report', () => {
  it('counts by array in order of name, and leaves finite and whole-number arrays out', () => {
    const arrays = {
      z: namedArray([3], Float64Array.of(0, Number.NEGATIVE_INFINITY, Number.NaN)),
      a: namedArray([2], Float32Array.of(Number.NaN, 1e38)),
      fine: namedArray([2], Float32Array.of(-0, 3.4e38)),
      words: namedArray([1], Uint32Array.of(0x7fc00000)),
      none: namedArray([0], new Float32Array(0)),
    }
    const report = nonFinite(arrays)
    expect(report).toEqual([
      { name: 'a', nans: 1, infinities: 0, first: 0 },
      { name: 'z', nans: 1, infinities: 1, first: 1 },
    ])
    const refused = refuseNonFinite({ nonFinite: report })
    expect(E.isLeft(refused) && refused.left).toMatchObject({ tag: 'NonFinite' })
    expect(nonFinite({})).toEqual([])
  })
})
