/** How long the programs are that serve rows of every length. */
import { describe, expect, it } from 'vitest'
import { programLength } from '../../lib/models/row-checks.ts'

describe('lengths of programs', () => {
  it('are multiples of an eighth of their power of two, and of eight', () => {
    const lengths = [...new Set(Array.from({ length: 1001 }, (_, time) => programLength(time, 1000)))]
    const wanted = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768]
    expect(lengths).toEqual([...wanted, 896, 1000])
    for (const length of wanted) expect(programLength(length, 1000)).toBe(length)
  })

  it('waste at most a quarter, stay within the context, and are few', () => {
    for (let time = 1; time <= 1000; time++) {
      const length = programLength(time, 1000)
      expect(length).toBeGreaterThanOrEqual(time)
      expect(length).toBeLessThanOrEqual(Math.max(time + 7, 1.25 * time))
    }
    expect(new Set(Array.from({ length: 1000 }, (_, t) => programLength(t + 1, 1000))).size).toBeLessThan(32)
  })
})
