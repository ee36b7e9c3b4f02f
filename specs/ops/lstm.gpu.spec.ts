/** The LSTM operations on the GPU, with subgroups and without, also with more rows and units than one tile holds. */
import { expect, it } from 'vitest'
import { type AnyAxis, axis, sizeOf } from '../../lib/axis.ts'
import type { Device } from '../../lib/device.ts'
import type { Executor } from '../../lib/executor.ts'
import { apply, axesOf, type Expr } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { gate, lstmOps } from '../../lib/ops/lstm.ts'
import { lstmSample, lstmScore } from '../../lib/ops/lstm-language.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { part } from '../../lib/ops/scan-op.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { sum } from '../../lib/math.ts'
import { small } from '../domains.ts'
import { right } from '../either.ts'
import { asHardware, describeOperations, narrow, portable } from '../webgpu/compare.ts'
import { type Fed, farFromReference } from '../webgpu/operation-comparisons.ts'

const names = ['lstm', 'lstm_backward', 'lstm_sample', 'lstm_score']

/** Both operations on random arguments of these sizes. */
const layer = async (executor: Executor, [t, b, h]: readonly [number, number, number]) => {
  const [time, batch, hidden, previous] = [axis('time', t), axis('batch', b), axis('hidden', h), axis('previous', h)]
  const feeds: Record<string, Float64Array> = {}
  const given = (name: string, ...axes: readonly AnyAxis[]): Expr => {
    const bound = name === 'weight' || name === 'turned' ? 1 / Math.sqrt(h) : 1
    feeds[name] = Float64Array.from(uniforms(fold(key(79), Object.keys(feeds).length), sizeOf(axes)), (u) =>
      Math.fround(bound * (2 * u - 1)),
    )
    return input(name, ...axes)
  }
  const [forward, backward] = lstmOps
  if (forward === undefined || backward === undefined) throw new Error('two operations')
  const y = apply(
    forward,
    {},
    given('pre', time, batch, gate, hidden),
    given('weight', previous, gate, hidden),
    given('h0', batch, hidden),
    given('c0', batch, hidden),
  )
  const g = apply(
    backward,
    {},
    given('turned', gate, hidden, previous),
    part(2)(y),
    part(1)(y),
    input('c0', batch, hidden),
    given('dh', time, batch, hidden),
    given('dc', time, batch, hidden),
  )
  const named = { h: part(0)(y), c: part(1)(y), gates: part(2)(y), dz: part(0)(g), initial: part(1)(g) }
  const prepared = right(await executor.prepare(outputs(named))())
  const got = right(await prepared.run(feeds)())
  prepared.release()
  return got
}

type Sizes = readonly [rows: number, steps: number, hidden: number, symbols: number, layers: number]

/** Strings of a language model of these sizes, and their scores. */
const language = ([rows, steps, hidden, symbols, layers]: Sizes): Fed => {
  const row = axis('row', symbols + layers + (2 * layers - 1) * hidden)
  const model = {
    weights: input('weights', row, gate, axis('hidden', hidden)),
    output: input('output', axis('outputRow', hidden + 1), axis('symbol', symbols)),
  }
  const drawn = lstmSample(model, inputKey('key'), axis('batch', rows), axis('time', steps), 0.8)
  const tokens = inputOf('i32')('tokens', axis('batch', rows), axis('time', steps))
  const scored = lstmScore(model, tokens, 0.8)
  const real = (seed: number, x: Expr): Float64Array =>
    Float64Array.from(uniforms(fold(key(83), seed), sizeOf(axesOf(x))), (u) =>
      Math.fround((u - 0.5) / Math.sqrt(hidden)),
    )
  const any = Int32Array.from(uniforms(key(84), rows * steps), (u) => Math.floor(symbols * u))
  return {
    named: { ...drawn, score: scored.logProbability, terms: scored.terms },
    feeds: {
      weights: real(0, model.weights),
      output: real(1, model.output),
      key: Uint32Array.from(key(85)),
      tokens: any,
    },
  }
}

const WIDE = 2048
/** What a sum of n terms may be off by, relative to the sum of their moduli. */
const logarithmic = (n: number): number => (4 + 4 * Math.log2(n)) * 2 ** -24

/** One step of 2 048 units whose products are all alike, so that roundings add up: gates, dz, and the gradient of the start. */
const alike = async (executor: Executor) => {
  const [time, batch, hidden, previous] = [
    axis('time', 1),
    axis('batch', 1),
    axis('hidden', WIDE),
    axis('previous', WIDE),
  ]
  const [forward, backward] = lstmOps
  if (forward === undefined || backward === undefined) throw new Error('two operations')
  const [pre, states] = [input('pre', time, batch, gate, hidden), input('states', batch, hidden)]
  const y = apply(forward, {}, pre, input('weight', previous, gate, hidden), states, input('zero', batch, hidden))
  const slope = input('slope', time, batch, hidden)
  const turned = input('turned', gate, hidden, previous)
  const g = apply(backward, {}, turned, part(2)(y), part(1)(y), input('zero', batch, hidden), slope, slope)
  const prepared = right(await executor.prepare(outputs({ gates: part(2)(y), dz: part(0)(g), initial: part(1)(g) }))())
  const weight = new Float32Array(4 * WIDE * WIDE).fill(0.0007)
  const [zero, states_] = [new Float32Array(WIDE), new Float32Array(WIDE).fill(0.3)]
  const feeds = { pre: new Float32Array(4 * WIDE), weight, turned: weight, states: states_, zero, slope: states_ }
  const got = right(await prepared.run(feeds)())
  prepared.release()
  const z = WIDE * Math.fround(0.0007) * Math.fround(0.3)
  const open = at(got['gates']?.data ?? [], 0)
  const squashed = at(got['gates']?.data ?? [], 2 * WIDE)
  const sent = sum(got['dz']?.data ?? []) * Math.fround(0.0007)
  return {
    logistic: Math.abs(open - 1 / (1 + Math.exp(-z))) / z,
    tangent: Math.abs(squashed - Math.tanh(z)) / z,
    gradient: Math.abs(at(got['initial']?.data ?? [], 0) / sent - 1),
  }
}

/** A language model of 2 048 units with one weight throughout, and outputs that rise by symbol. */
const wideLanguage = (): Fed => {
  const row = axis('row', 4 + WIDE)
  const model = {
    weights: input('weights', row, gate, axis('hidden', WIDE)),
    output: input('output', axis('outputRow', WIDE + 1), axis('symbol', 3)),
  }
  const tokens = inputOf('i32')('tokens', axis('batch', 1), axis('time', 2))
  const { logProbability } = lstmScore(model, tokens, 1)
  const weights = new Float64Array((4 + WIDE) * 4 * WIDE).fill(Math.fround(0.0007))
  return {
    named: { score: logProbability },
    feeds: {
      weights: weights.fill(Math.fround(0.2), 0, 16 * WIDE),
      output: Float64Array.from({ length: 3 * (WIDE + 1) }, (_, i) => Math.fround(0.03 * (i % 3))),
      tokens: Int32Array.of(0, 0),
    },
  }
}

await describeOperations(
  'lstm',
  names,
  { cases: 4, normwise: true, portably: true, hardware: true, how: { ...small, sizes: [1, 2, 4, 5], elements: 60 } },
  (executor, device) => {
    it.each([
      [3, 33, 12],
      [2, 5, 260],
      [4, 65, 9],
    ] as const)('%i steps of %i rows with %i units', { timeout: 120_000 }, async (...sizes) => {
      const exact = await layer(reference, sizes)
      for (const each of [executor, webGpuExecutor()(portable(device))]) {
        const got = await layer(each, sizes)
        for (const name of ['h', 'c', 'gates', 'dz', 'initial'] as const) {
          const far = Float64Array.from(exact[name]?.data ?? []).findIndex(
            (x, i) => !(Math.abs(x - at(got[name]?.data ?? [], i)) <= 2e-5 * (1 + Math.abs(x))),
          )
          expect(far, name).toBe(-1)
        }
      }
    })

    it('sums over 2 048 units are off by no more than grows like their logarithm', { timeout: 120_000 }, async () => {
      for (const each of [executor, webGpuExecutor()(portable(device))]) {
        const off = await alike(each)
        for (const error of [off.logistic, off.tangent]) expect(error).toBeLessThan(logarithmic(WIDE))
        expect(off.gradient).toBeLessThan(logarithmic(4 * WIDE))
        const tolerance = 2 * logarithmic(WIDE)
        expect(await farFromReference(wideLanguage(), { tolerance })(each)).toEqual([])
      }
    })

    // A sum over units is split where lanes abound; tiles of hardware have 4, 8 or 16 rows, by the size of the batch.
    const elsewhere: readonly (readonly [string, Sizes, (device: Device) => Device])[] = [
      ['with subgroups', [33, 3, 130, 3, 2], (own) => own],
      ['as on hardware', [5, 3, 40, 2, 1], asHardware],
      ['of 8 rows a tile, spread over two dimensions', [2100, 1, 6, 5, 1], (own) => narrow(17)(asHardware(own))],
    ]
    it.each(elsewhere)('T32: strings and scores %s: rows, steps, units, symbols, layers %o', async (_, sizes, as) => {
      expect(await farFromReference(language(sizes), { tolerance: 2e-5 })(webGpuExecutor()(as(device)))).toEqual([])
    })
  },
)
