/** Tables of sinusoids, entry by entry. */
import { describe, expect, it } from 'vitest'
import { sinusoids } from '../../lib/models/sinusoids.ts'
import { near } from '../near.ts'

describe('sinusoids', () => {
  const rate = (i: number, width: number): number => 10000 ** ((-2 * i) / width)

  it('in turn: sine and cosine of each rate, side by side', () => {
    const wanted = [0, 1, 2].flatMap((p) => [0, 1].flatMap((i) => [Math.sin(p * rate(i, 4)), Math.cos(p * rate(i, 4))]))
    expect([...sinusoids(3, 4, 'in turn')]).toEqual(near(wanted, 14))
    expect(rate(1, 4)).toBeCloseTo(0.01, 14)
  })

  it('sines first: all sines, then all cosines; of an odd width one sine more', () => {
    const wanted = (width: number, half: number) =>
      [0, 1, 2].flatMap((p) =>
        Array.from({ length: width }, (_, j) =>
          j < half ? Math.sin(p * rate(j, width)) : Math.cos(p * rate(j - half, width)),
        ),
      )
    expect([...sinusoids(3, 4, 'sines first')]).toEqual(near(wanted(4, 2), 14))
    expect([...sinusoids(3, 5, 'sines first')]).toEqual(near(wanted(5, 3), 14))
    expect([...sinusoids(3, 5, 'in turn')].slice(5, 10)).toEqual(
      near([Math.sin(1), Math.cos(1), Math.sin(rate(1, 5)), Math.cos(rate(1, 5)), Math.sin(rate(2, 5))], 14),
    )
  })
})
