/** Grids of images: every pixel where it belongs, and a PNG that decodes to it. */
import { fc, test } from '@fast-check/vitest'
import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { gridPixels, imageGrid } from '../../lib/report/image-grid.ts'
import { thrown } from '../thrown.ts'

const style = { across: 2, scale: 2, gap: 1, background: 128 }

describe('imageGrid', () => {
  it('two grey images of 1 × 2 pixels, by hand', () => {
    const image = { height: 1, width: 2, channels: 1, levels: 2 }
    const rows = { tokens: Int32Array.of(0, 1, 1, 0), count: 2, time: 2 }
    const { width, height, data } = gridPixels({ ...style, scale: 1, image }, rows)
    expect([width, height]).toEqual([7, 3])
    expect([...data.subarray(7, 14)]).toEqual([128, 0, 255, 128, 255, 0, 128])
    expect([...data.subarray(0, 7), ...data.subarray(14)]).toEqual(Array.from({ length: 14 }, () => 128))
  })

  test.prop(
    [
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 3),
      fc.constantFrom(2, 17, 256),
      fc.integer({ min: 1, max: 5 }),
    ],
    { seed: 81, numRuns: 20 },
  )('the PNG has every level of every pixel, scaled', (height, width, channels, levels, count) => {
    const image = { height, width, channels, levels }
    const time = height * width * channels
    const rows = { tokens: Int32Array.from({ length: count * time }, (_, i) => (i * 7) % levels), count, time }
    const png = decode(imageGrid({ ...style, image }, rows))
    expect([png.channels, png.depth]).toEqual([channels, 8])
    for (let n = 0; n < count; n++)
      for (let i = 0; i < time; i++) {
        const [c, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / (channels * width))]
        const left = 1 + (n % 2) * (2 * width + 1) + 2 * x
        const top = 1 + Math.floor(n / 2) * (2 * height + 1) + 2 * y
        const wanted = Math.round(((rows.tokens[n * time + i] ?? 0) * 255) / (levels - 1))
        for (const [dx, dy] of [
          [0, 0],
          [1, 1],
        ] as const)
          expect(png.data[((top + dy) * png.width + left + dx) * channels + c]).toBe(wanted)
      }
  })

  it('refuses rows of another size', () => {
    const image = { height: 2, width: 2, channels: 1, levels: 2 }
    expect(
      thrown(() => imageGrid({ ...style, image }, { tokens: new Int32Array(3), count: 1, time: 3 })),
    ).toMatchObject({
      tag: 'Shape',
      what: 'rows of 3 tokens are no images of 2 × 2 with 1 channels',
    })
    expect(
      thrown(() => imageGrid({ ...style, across: 0, image }, { tokens: new Int32Array(4), count: 1, time: 4 })),
    ).toMatchObject({ tag: 'Domain' })
  })
})
