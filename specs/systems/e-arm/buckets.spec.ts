/** Dynamic batches: every pair in one bucket, within the bound, seen as often as every other, cut without loss. */
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { key } from '../../../lib/key.ts'
import { bucketDraws, bucketShares, bucketsOf } from '../../../lib/systems/e-arm/buckets.ts'
import { pairRows } from '../../../lib/systems/e-arm/translation-rows.ts'

const [time, end, tokens] = [50, 9, 100]
/** One pair of every two lengths of its sides. */
const pairs = Array.from({ length: 49 }, (_, n) => n + 1).flatMap((n) =>
  [1, 13, 49].map((m) => ({ source: new Array<number>(n).fill(n % 9), target: new Array<number>(m).fill(m % 9) })),
)
const rows = pairRows(time, end)(pairs)
const buckets = bucketsOf(rows, end, tokens)

describe('buckets', () => {
  it('hold every pair once, in rows that are long enough and not half empty beyond 16', () => {
    expect(buckets.flatMap(({ members }) => Array.from(members)).sort((a, b) => a - b)).toEqual(pairs.map((_, i) => i))
    for (const { members, time: width, batch } of buckets) {
      expect(batch * width).toBeLessThanOrEqual(tokens)
      expect((batch + 1) * width).toBeGreaterThan(tokens)
      for (const i of members) {
        const longest = 1 + Math.max(at(pairs, i).source.length, at(pairs, i).target.length)
        expect(longest).toBeLessThanOrEqual(width)
        if (width > 16) expect(longest).toBeGreaterThan(width / 2)
      }
    }
    expect(buckets.map(({ time: width }) => width)).toEqual([8, 16, 24, 32, 48, 50])
  })

  it('are drawn so often that every pair is seen as often as every other', () => {
    const shares = bucketShares(buckets)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
    const seen = buckets.map(({ members, batch }, i) => (at(shares, i) * batch) / members.length)
    for (const each of seen) expect(each).toBeCloseTo(at(seen, 0), 12)
  })

  it('a batch has pairs of one bucket, whole; all buckets come, and it is a function of the key', () => {
    const draw = bucketDraws(rows, buckets)
    const found = Array.from({ length: 200 }, (_, i) => draw(key(i)))
    expect(new Set(found.map(({ bucket }) => bucket)).size).toBe(buckets.length)
    for (const { bucket, pairs: drawn } of found) {
      const { time: width, batch, members } = at(buckets, bucket)
      expect([drawn.count, drawn.time, drawn.source.length]).toEqual([batch, width, batch * width])
      for (let r = 0; r < batch; r++) {
        const own = (data: Int32Array, wide: number, row: number) =>
          Array.from(data.subarray(row * wide, row * wide + width))
        const [source, target] = [own(drawn.source, width, r), own(drawn.target, width, r)]
        expect(
          Array.from(members).some(
            (i) =>
              own(rows.source, time, i).join() === source.join() &&
              own(rows.target, time, i).join() === target.join() &&
              at(rows.lengths, i) === at(drawn.lengths, r),
          ),
        ).toBe(true)
      }
    }
    expect(draw(key(3))).toEqual(found[3])
  })

  it('a row that is longer than the bound is a batch of its own', () => {
    expect(bucketsOf(rows, end, 20).map(({ batch }) => batch)).toEqual([2, 1, 1, 1, 1, 1])
  })
})
