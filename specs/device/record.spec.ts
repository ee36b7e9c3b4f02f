import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { splitWorkgroups } from '../../lib/device.ts'

const LIMIT = 65_535

describe('splitWorkgroups', () => {
  test.prop([fc.oneof(fc.nat(3 * LIMIT), fc.nat(LIMIT * LIMIT))], { seed: 3, numRuns: 500 })(
    'covers n within the limit, with less than one row to spare',
    (n) => {
      const split = splitWorkgroups(n, LIMIT)
      if (E.isLeft(split)) throw new Error(split.left.what)
      const [x, y, z] = split.right
      expect(x).toBeLessThanOrEqual(LIMIT)
      expect(y).toBeLessThanOrEqual(LIMIT)
      expect(z).toBe(1)
      expect(x * y).toBeGreaterThanOrEqual(n)
      expect(x * y - n).toBeLessThan(Math.max(1, y))
    },
  )

  it.each([
    [65_534, [65_534, 1, 1]],
    [65_535, [65_535, 1, 1]],
    [65_536, [32_768, 2, 1]],
    [65_537, [32_769, 2, 1]],
    [0, [0, 1, 1]],
  ] as const)('%i', (n, expected) => expect(splitWorkgroups(n, LIMIT)).toEqual(E.right(expected)))

  it('fails where nothing helps', () => {
    expect(E.isLeft(splitWorkgroups(LIMIT * LIMIT + 1, LIMIT))).toBe(true)
    expect(E.isLeft(splitWorkgroups([1, LIMIT + 1, 1], LIMIT))).toBe(true)
  })
})
