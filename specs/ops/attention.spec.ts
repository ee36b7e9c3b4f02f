/** Attention: what makes it an average over the keys that count, exactly; its step, and its gradient. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Executor } from '../../lib/executor.ts'
import { axesOf, type Expr } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { attention } from '../../lib/ops/attention.ts'
import { attentionStep } from '../../lib/ops/attention-step.ts'
import { input, inputOf, rename } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { thrown } from '../thrown.ts'

const onnx = right(await openOnnx({ threads: 1 })())
const executors: readonly (readonly [string, Executor])[] = [
  ['reference', reference],
  ['ONNX Runtime', onnx],
]

const [batch, head, depth] = [axis('batch', 2), axis('head', 3), axis('depth', 4)]
const steps = (n: number) => [axis('time', n), axis('keyTime', n)] as const

const noise = (seed: number, n: number, size = 1): Float64Array =>
  Float64Array.from(uniforms(key(seed), n), (u) => Math.fround(size * (4 * u - 2)))

const feeds = (seed: number, times: number, keys: number, size = 1) => ({
  query: noise(seed, 24 * times, size),
  keys: noise(seed + 1, 24 * keys, size),
  values: noise(seed + 2, 24 * keys),
})

const operands = (times: number, keys: number) => {
  const [time, keyTime] = [axis('time', times), axis('keyTime', keys)]
  const of = (name: string) => input(name, batch, head, keyTime, depth)
  return { time, keyTime, query: input('query', batch, head, time, depth), keys: of('keys'), values: of('values') }
}

const valueOn = async (executor: Executor, root: Expr, fed: Readonly<Record<string, Values>>): Promise<Values> => {
  return right(await evaluateOn(executor)({ y: root }, fed)()).y?.data ?? new Float64Array(0)
}

/** Rows [batch, head, from … to, depth] of a value over n steps. */
const stepsOf = (data: Values, n: number, first: number, last: number): readonly number[] =>
  Array.from(data).filter((_x, i) => Math.floor(i / 4) % n >= first && Math.floor(i / 4) % n < last)

/** Elements of steps from `first` on replaced by others. */
const changed = (data: Float64Array, n: number, first: number): Float64Array =>
  data.map((x, i) => (Math.floor(i / 4) % n >= first ? 3 - 2 * x : x))

const largestGap = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Array.from(x).reduce((most, v, i) => Math.max(most, Math.abs(v - (y[i] ?? Number.NaN))), 0)

describe.each(executors)('attention on %s', (_name, executor) => {
  const exact = executor === reference ? 1e-12 : 2e-6

  it('gives averages: values of 1 give a context of 1, whatever the scores', async () => {
    const { query, keys, values } = operands(5, 7)
    const fed = { ...feeds(1, 5, 7, 40), values: new Float64Array(24 * 7).fill(1) }
    const y = await valueOn(executor, attention({ causal: true }, query, keys, values), fed)
    expect(largestGap(y, new Float64Array(24 * 5).fill(1))).toBeLessThanOrEqual(4 * 7 * exact)
  })

  it('does not depend on the order of the keys without `causal`', async () => {
    const { query, keys, values } = operands(4, 5)
    const y = attention({ causal: false }, query, keys, values)
    const fed = feeds(2, 4, 5)
    const turned = (data: Float64Array) => data.map((_x, i) => data[Math.floor(i / 20) * 20 + ((i + 8) % 20)] ?? 0)
    const moved = { ...fed, keys: turned(fed.keys), values: turned(fed.values) }
    expect(largestGap(await valueOn(executor, y, fed), await valueOn(executor, y, moved))).toBeLessThanOrEqual(exact)
  })

  it('is causal to the bit: later tokens change no earlier output', async () => {
    const n = 6
    const { query, keys, values } = operands(n, n)
    const y = attention({ causal: true }, query, keys, values)
    const fed = feeds(3, n, n)
    const first = await valueOn(executor, y, fed)
    for (let t = 1; t < n; t++) {
      const later = {
        query: changed(fed.query, n, t),
        keys: changed(fed.keys, n, t),
        values: changed(fed.values, n, t),
      }
      const other = await valueOn(executor, y, later)
      expect(stepsOf(other, n, 0, t)).toEqual(stepsOf(first, n, 0, t))
      expect(stepsOf(other, n, t, n)).not.toEqual(stepsOf(first, n, t, n))
    }
  })

  it('second derivatives, which read the sums of exponentials, are those of the reference', async () => {
    const { time, query, keys, values } = operands(4, 4)
    // The first query sees one key, whose sum is 1; steep scores bring the others near it.
    const y = attention({ causal: true }, query, keys, values)
    const slope = gradient(sumOver(batch, head, time, depth)(multiply(y, y)), { query }).query
    const second = gradient(sumOver(batch, head, time, depth)(multiply(slope, slope)), { keys, values })
    for (const size of [0.3, 2])
      for (const root of [second.keys, second.values]) {
        const fed = feeds(9, 4, 4, size)
        const wanted = await valueOn(reference, root, fed)
        const scale = largestGap(wanted, new Float64Array(wanted.length))
        expect(scale).toBeGreaterThan(0.1)
        expect(largestGap(await valueOn(executor, root, fed), wanted)).toBeLessThanOrEqual(20 * exact * scale)
      }
  })

  it('E20: keys from the length on change no output and get no gradient, to the bit; no keys give 0', async () => {
    const { query, keys, values } = operands(3, 6)
    const y = attention({ causal: false }, query, keys, values, inputOf('i32')('lengths', batch))
    const loss = sumOver(batch, head, axis('time', 3), depth)(multiply(y, y))
    const slopes = gradient(loss, { keys, values })
    for (const length of [1, 4, 0]) {
      const fed = { ...feeds(4, 3, 6), lengths: Int32Array.of(length, length) }
      const padded = { ...fed, keys: changed(fed.keys, 6, length), values: changed(fed.values, 6, length) }
      const first = await valueOn(executor, y, fed)
      expect(await valueOn(executor, y, padded)).toEqual(first)
      if (length === 0) expect(Array.from(first).every((x) => x === 0)).toBe(true)
      for (const slope of [slopes.keys, slopes.values]) {
        const g = await valueOn(executor, slope, fed)
        expect(stepsOf(g, 6, length, 6).every((x) => x === 0)).toBe(true)
        if (length > 1) expect(stepsOf(g, 6, 0, length).some((x) => x !== 0)).toBe(true)
      }
    }
  })

  it('is what a sequence without its padding gives', async () => {
    const long = operands(3, 6)
    const short = operands(3, 4)
    const cut = (data: Float64Array) => Float64Array.from(stepsOf(data, 6, 0, 4))
    const fed = { ...feeds(5, 3, 6), lengths: Int32Array.of(4, 4) }
    const padded = attention({ causal: false }, long.query, long.keys, long.values, inputOf('i32')('lengths', batch))
    const plain = attention({ causal: false }, short.query, short.keys, short.values)
    const want = await valueOn(executor, plain, { query: fed.query, keys: cut(fed.keys), values: cut(fed.values) })
    expect(largestGap(await valueOn(executor, padded, fed), want)).toBeLessThanOrEqual(exact)
  })

  it('F4: rows of the batch do not see each other, to the bit', async () => {
    const { query, keys, values } = operands(4, 5)
    const y = attention({ causal: true }, query, keys, values)
    const fed = feeds(9, 4, 5)
    const swapped = (data: Float64Array) => {
      const half = data.length / 2
      return data.map((_x, i) => data[(i + half) % data.length] ?? 0)
    }
    const moved = { query: swapped(fed.query), keys: swapped(fed.keys), values: swapped(fed.values) }
    const first = Float64Array.from(await valueOn(executor, y, fed))
    expect(Float64Array.from(await valueOn(executor, y, moved))).toEqual(swapped(first))
  })

  it('R8: is finite for scores of ±1e4 and picks the largest', async () => {
    const { query, keys, values } = operands(4, 4)
    const y = attention({ causal: true, scale: 1 }, query, keys, values)
    const fed = { ...feeds(6, 4, 4, 50) }
    const loss = sumOver(batch, head, axis('time', 4), depth)(multiply(y, y))
    const slopes = gradient(loss, { query, keys, values })
    for (const root of [y, ...Object.values(slopes)])
      expect(Array.from(await valueOn(executor, root, fed)).every(Number.isFinite)).toBe(true)
  })

  it('a step over the caches is the last row of the whole, with its own row apart or in the caches', async () => {
    const n = 5
    const { query, keys, values, time } = operands(n, n)
    const whole = attention({ causal: true }, query, keys, values)
    const cache = {
      keys: input('cachedKeys', time, batch, head, depth),
      values: input('cachedValues', time, batch, head, depth),
    }
    const row = (name: string) => input(name, batch, head, depth)
    const position = inputOf('i32')('position')
    const inside = attentionStep({}, row('q'), cache, position)
    const apart = attentionStep({}, row('q'), cache, position, { key: row('k'), value: row('v') })
    const fed = feeds(7, n, n)
    const first = await valueOn(executor, whole, fed)
    const timeFirst = (data: Float64Array) =>
      Float64Array.from(
        { length: data.length },
        (_x, i) => data[(Math.floor(i / 4) % 6) * 4 * n + Math.floor(i / 24) * 4 + (i % 4)] ?? 0,
      )
    const at = (data: Float64Array, t: number) => Float64Array.from(stepsOf(data, n, t, t + 1))
    for (const t of [0, 2, 4]) {
      const cached = {
        cachedKeys: timeFirst(fed.keys),
        cachedValues: timeFirst(fed.values),
        position: Int32Array.of(t),
      }
      const blank = (data: Float64Array) => data.map((x, i) => (i >= 24 * t ? 1e4 : x))
      const own = { q: at(fed.query, t), k: at(fed.keys, t), v: at(fed.values, t) }
      const want = stepsOf(first, n, t, t + 1)
      expect(largestGap(await valueOn(executor, inside, { ...cached, q: own.q }), want)).toBeLessThanOrEqual(exact)
      const fresh = {
        ...cached,
        cachedKeys: blank(cached.cachedKeys),
        cachedValues: blank(cached.cachedValues),
        ...own,
      }
      expect(largestGap(await valueOn(executor, apart, fresh), want)).toBeLessThanOrEqual(exact)
    }
  })
})

describe('attention', () => {
  it('many causal queries, which ONNX Runtime takes in pieces: context, gradients, second derivatives', async () => {
    const { time, query, keys, values } = operands(165, 170)
    const plain = feeds(8, 165, 170)
    const rows = inputOf('i32')('lengths', batch)
    for (const [y, fed] of [
      [attention({ causal: true }, query, keys, values), plain],
      [attention({ causal: true }, query, keys, values, rows), { ...plain, lengths: Int32Array.of(170, 40) }],
    ] as const) {
      const slopes = gradient(sumOver(batch, head, time, depth)(multiply(y, y)), { query, keys, values })
      const bent = gradient(sumOver(batch, head, time, depth)(multiply(slopes.query, slopes.query)), { keys })
      for (const root of [y, ...Object.values(slopes), bent.keys]) {
        const wanted = await valueOn(reference, root, fed)
        const scale = largestGap(wanted, new Float64Array(wanted.length))
        expect(scale).toBeGreaterThan(0.01)
        expect(largestGap(await valueOn(onnx, root, fed), wanted)).toBeLessThanOrEqual(1e-5 * (1 + scale))
      }
    }
  })

  test.prop([fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.nat(1e6), fc.boolean()], {
    seed: 131,
    numRuns: 20,
  })('F3: its gradient is the central difference, also with more keys than queries', (times, more, seed, causal) => {
    const { query, keys, values, time } = operands(times, times + more)
    const weights = input('weights', batch, head, time, depth)
    const y = attention({ causal }, query, keys, values)
    const loss = sumOver(batch, head, time, depth)(multiply(y, weights))
    const slopes = gradient(loss, { query, keys, values })
    const fed = { ...feeds(seed, times, times + more), weights: noise(seed + 3, 24 * times) }
    return checkSlopes(loss, slopes, fed, seed)
  })

  it('with one key is that key’s value, and takes operands in any storage order', async () => {
    const { query, keys, values } = operands(3, 1)
    const y = await valueOn(reference, attention({ causal: false }, query, keys, values), feeds(8, 3, 1))
    const v = feeds(8, 3, 1).values
    y.forEach((x, i) => expect(x).toBeCloseTo(v[Math.floor(i / 12) * 4 + (i % 4)] ?? 0, 14))
    const [time, keyTime] = steps(2)
    const q = input('q', time, batch, head, depth)
    const k = rename(time, keyTime)(q)
    expect(axesOf(attention({ causal: true }, q, k, k)).map((a) => a.name)).toEqual(['batch', 'head', 'time', 'depth'])
    expect(sizeOf(axesOf(attention({ causal: true }, q, k, k)))).toBe(48)
  })

  it('names what does not fit', () => {
    const { query, keys, values } = operands(3, 2)
    expect(thrown(() => attention({ causal: true }, query, keys, values))).toMatchObject({
      tag: 'Shape',
      what: 'attention: a query sees no key',
    })
    const narrow = input('narrow', batch, head, axis('keyTime', 2), axis('depth', 3))
    expect(thrown(() => attention({ causal: false }, query, keys, narrow))).toMatchObject({ tag: 'Shape' })
  })
})

/** Slopes along one random direction of each input against central differences in f64. */
const checkSlopes = async (
  loss: Expr,
  slopes: Readonly<Record<string, Expr>>,
  fed: Readonly<Record<string, Float64Array>>,
  seed: number,
): Promise<void> => {
  const names = Object.keys(slopes)
  for (const [i, name] of names.entries()) {
    const data = fed[name] ?? new Float64Array(0)
    const direction = uniforms(fold(key(seed), i), data.length).map((u) => 2 * u - 1)
    const moved = (h: number) => ({ ...fed, [name]: data.map((x, j) => x + h * (direction[j] ?? 0)) })
    const [up, down] = [await valueOn(reference, loss, moved(1e-5)), await valueOn(reference, loss, moved(-1e-5))]
    const slope = await valueOn(reference, slopes[name] ?? loss, fed)
    const along = Array.from(slope).reduce((sum, g, j) => sum + g * (direction[j] ?? 0), 0)
    const difference = ((up[0] ?? 0) - (down[0] ?? 0)) / 2e-5
    expect(Math.abs(along - difference)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(difference)))
  }
}
