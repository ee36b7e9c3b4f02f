/** Half precision: every word is what its number becomes again, and others go to the nearest, the even one of two. */
import { describe, expect, it } from 'vitest'
import { fromHalf, toHalf } from '../../lib/codec/half.ts'

describe('half precision', () => {
  it('every number of it keeps its word', () => {
    const wrong = Array.from({ length: 65_536 }, (_, word) => word).filter((word) => {
      const x = fromHalf(word)
      return Number.isNaN(x) ? toHalf(x) !== 0x7e00 : toHalf(x) !== word
    })
    expect(wrong).toEqual([])
  })

  it('what lies between two goes to the nearer, in the middle to the even one', () => {
    const wrong = Array.from({ length: 0x7bff }, (_, word) => word).filter((word) => {
      const [low, high] = [fromHalf(word), fromHalf(word + 1)]
      const middle = (low + high) / 2
      const even = word % 2 === 0 ? word : word + 1
      return (
        toHalf(middle) !== even ||
        toHalf(-middle) !== even + 0x8000 ||
        toHalf(low + 0.49 * (high - low)) !== word ||
        toHalf(low + 0.51 * (high - low)) !== word + 1
      )
    })
    expect(wrong).toEqual([])
    expect([65_519.99, 65_520, Number.POSITIVE_INFINITY, -1e9].map(toHalf)).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00])
  })
})
