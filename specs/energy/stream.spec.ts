/** Streams of batches give what all draws at once give, in constant memory. */
import { fc, test } from '@fast-check/vitest'
import { concatAll } from 'fp-ts/lib/Monoid.js'
import { describe, expect, it } from 'vitest'
import {
  logPartition,
  snis,
  streamLogPartition,
  streamMeans,
  type WeightStream,
  weigh,
  weightStreams,
} from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { matrix } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { keys, normals } from '../../lib/laws/arbitraries/distributions.ts'
import { left, right } from '../either.ts'
import { close } from './support.ts'

const streamed = (logs: Float64Array, values: Float64Array, size: number, capacity: number): WeightStream => {
  const streams = weightStreams(1, capacity)
  const batches = Array.from({ length: Math.ceil(logs.length / size) }, (_, b) => {
    const part = logs.slice(b * size, (b + 1) * size)
    return right(
      streams.batch(
        part,
        matrix(part.length, 1, (i) => at(values, b * size + i)),
      ),
    )
  })
  return concatAll(streams.monoid)(batches)
}

describe('streams', () => {
  test.prop([keys, fc.integer({ min: 2, max: 400 }), fc.integer({ min: 1, max: 90 }), fc.constantFrom(0.1, 1, 4)], {
    seed: 91,
    numRuns: 100,
  })('SNIS and log Z of a stream equal those of the whole', (k, n, size, sigma) => {
    const logs = normals(fold(k, 0), n).map((z) => sigma * z + 700)
    const values = normals(fold(k, 1), n)
    const whole = right(weigh(logs))
    const stream = streamed(logs, values, size, 128)
    const [found] = right(streamMeans(stream))
    const direct = snis(values)(whole)
    expect(close(found?.value ?? Number.NaN, direct.value, 10)).toBe(true)
    expect(Math.abs((found?.standardError ?? Number.NaN) / direct.standardError - 1)).toBeLessThan(1e-6)
    const [a, b] = [right(streamLogPartition(stream)), logPartition(whole)]
    expect(close(a.lower, b.lower)).toBe(true)
    expect(close(a.upper, b.upper)).toBe(true)
    expect(close(a.effectiveSampleSize, b.effectiveSampleSize)).toBe(true)
    expect(a.tail).toBe(b.tail)
    expect(close(a.paretoK ?? 0, b.paretoK ?? 0, 10)).toBe(true)
    expect(a.doubts).toEqual(b.doubts)
  })

  it.each([1e8, -1e12])('values that lie about %d have the error of values about 0', (far) => {
    const logs = normals(key(5), 300)
    const near = normals(key(6), 300).map((z) => Math.round(64 * z) / 64)
    const direct = snis(near)(right(weigh(logs)))
    const stream = streamed(
      logs,
      near.map((x) => x + far),
      37,
      64,
    )
    const found = at(right(streamMeans(stream)), 0)
    expect(Math.abs(found.value - far - direct.value)).toBeLessThan(4 * Number.EPSILON * Math.abs(far))
    expect(found.standardError / direct.standardError).toBeCloseTo(1, 4)
  })

  it.each([
    ['a share, whose interval stays in [0, 1]', [0, 1, 1, 0], [0, 1]],
    ['one that is 1 throughout', [1, 1, 1, 1], [0, 1]],
    ['no share', [0, 1, 2, 0], undefined],
  ] as const)('tell %s', (_, few, range) => {
    const values = Float64Array.from({ length: 40 }, (_each, i) => at(few, i % 4))
    const logs = normals(key(7), 40)
    const found = at(right(streamMeans(streamed(logs, values, 7, 8))), 0)
    const direct = snis(values)(right(weigh(logs)))
    expect(found.interval[0]).toBeCloseTo(direct.interval[0], 10)
    expect(found.interval[1]).toBeCloseTo(direct.interval[1], 10)
    expect(range === undefined || (found.interval[0] >= 0 && found.interval[1] <= 1)).toBe(true)
  })

  it('without weight have no support: a failure that says so, not an estimate of −∞', () => {
    const stream = streamed(new Float64Array(30).fill(Number.NEGATIVE_INFINITY), new Float64Array(30), 10, 8)
    for (const found of [streamLogPartition(stream), streamMeans(stream)])
      expect(left(found)).toMatchObject({ tag: 'Support', facts: { n: 30 } })
  })

  it('keeps at most `capacity` weights, whatever the number of draws', () => {
    const n = 20_000
    const stream = streamed(normals(key(3), n), normals(key(4), n), 500, 64)
    expect(stream.top.length).toBe(64)
    expect(stream.n).toBe(n)
    const whole = logPartition(right(weigh(normals(key(3), n))))
    expect(Math.abs(right(streamLogPartition(stream)).jackknife - whole.jackknife)).toBeLessThan(1e-11)
  })

  it('batches of zero weight count as draws', () => {
    const streams = weightStreams(1)
    const batch = (log: number, value: number): WeightStream =>
      right(
        streams.batch(
          [log],
          matrix(1, 1, () => value),
        ),
      )
    const [nothing, some] = [batch(Number.NEGATIVE_INFINITY, 5), batch(0, 2)]
    for (const stream of [streams.monoid.concat(nothing, some), streams.monoid.concat(some, nothing)]) {
      expect(right(streamLogPartition(stream)).lower).toBeCloseTo(-Math.log(2), 14)
      expect(right(streamMeans(stream))[0]?.value).toBe(2)
    }
  })
})
