/** Half precision: every word is what its number becomes again, and others go to the nearest, the even one of two. */
import { describe, expect, it } from 'vitest'
import { beyondHalves, fromHalf, packedHalves, toHalf } from '../../lib/codec/half.ts'

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

  it('packs f32 two in a word, each as the nearest half; what none is near is found first', () => {
    const all = Array.from({ length: 0x7bff }, (_, word) => word).flatMap((word) => {
      const [low, high] = [fromHalf(word), fromHalf(word + 1)]
      const middle = (low + high) / 2
      return [low, middle, middle * (1 + 2 ** -20), middle * (1 - 2 ** -20), -low, -middle, 1e-12, -0]
    })
    const data = Float32Array.from([...all, 65_519.99])
    const words = packedHalves(data)
    const halves = Array.from(data, (_x, i) => ((words[i >> 1] ?? 0) >>> (16 * (i % 2))) & 0xffff)
    expect(halves.findIndex((half, i) => half !== toHalf(data[i] ?? 0))).toBe(-1)
    expect(words.length).toBe(Math.ceil(data.length / 2))
    expect(beyondHalves(data)).toBe(-1)
    const wrong = [65_520, -65_520, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    expect(wrong.map((x) => beyondHalves(Float32Array.of(1, 2, x, x)))).toEqual([2, 2, 2, 2, 2])
  })
})
