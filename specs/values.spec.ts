/**
 * Values that a program of other means gave, or a formula: what every executor must give of long sums, of functions in their tails and
 * of what comes after them, and what has no value.
 */
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import type { Executor } from '../lib/executor.ts'
import { gradient } from '../lib/grad.ts'
import { openOnnx } from '../lib/onnx.ts'
import { softmaxCrossEntropy } from '../lib/ops/cross-entropy.ts'
import { layerNorm } from '../lib/ops/layer-norm.ts'
import { input, inputOf } from '../lib/ops/layout.ts'
import { expm1, gelu, geluTanh, log, multiply, sigmoid } from '../lib/ops/pointwise.ts'
import { argmax, argmin, logSoftmax, logSumExp, mean, softmax, sum } from '../lib/ops/reduce.ts'
import { reference } from '../lib/reference.ts'
import { webGpuExecutor } from '../lib/webgpu.ts'
import { allowed } from './accuracy-bounds.ts'
import { describeOnDevice } from './adapter.ts'
import { right } from './either.ts'
import { titled, type Wanted } from './laws/wanted.ts'
import type { Comparison } from './webgpu/operation-comparisons.ts'
import { thrown } from './thrown.ts'

const TENTH = Math.fround(0.1)
const MANY = 1e7

const long = (): Readonly<Record<string, Wanted>> => {
  const [n, column] = [axis('n', MANY), axis('column', 3)]
  const feeds = { tenths: new Float64Array(MANY).fill(TENTH) }
  const thousand = axis('thousand', 1000)
  const rows = input('rows', thousand, column)
  const below = { rows: new Float64Array(3000).fill(TENTH) }
  const tolerance = allowed('sum', 'webgpu', MANY)
  return {
    'sum of 10⁷ × 0.1': { value: sum(n)(input('tenths', n)), feeds, want: [MANY * TENTH], tolerance },
    'mean of 10⁷ × 0.1': { value: mean(n)(input('tenths', n)), feeds, want: [TENTH], tolerance },
    'sums of 1 000 × 0.1 that lie apart': {
      value: sum(thousand)(rows),
      feeds: below,
      want: [1000 * TENTH, 1000 * TENTH, 1000 * TENTH],
      tolerance: allowed('sum', 'onnx', 1000),
    },
    'the gradient of a bias that 1 000 rows share': {
      value: gradient(sum(column)(sum(thousand)(multiply(rows, input('bias', column)))), {
        bias: input('bias', column),
      }).bias,
      feeds: below,
      want: [1000 * TENTH, 1000 * TENTH, 1000 * TENTH],
      tolerance: allowed('sum', 'onnx', 1000),
    },
  }
}

/** x and f(x) to 25 digits (mpmath), or by a formula. */
const tails = (): Readonly<Record<string, Wanted>> => {
  const at = (name: string, ...xs: readonly number[]) => ({
    x: input(name, axis('n', xs.length)),
    feeds: { [name]: Float64Array.from(xs, Math.fround) },
  })
  const [deep, five, near, one, low] = [
    at('deep', -5.9, -7, -8),
    at('five', -5.09),
    at('near', 0.351),
    at('one', 0.999875),
    at('low', -87),
  ]
  const far = axis('n', 4)
  const wide = at('wide', -3.4e38, -1e20, 1e20, 3.4e38)
  const twice = (f: typeof gelu): Wanted['value'] => {
    const slope = gradient(sum(far)(f(wide.x)), { x: wide.x }).x
    return gradient(sum(far)(slope), { x: wide.x }).x
  }
  const zeros = [0, 0, 0, 0]
  return {
    'gelu below −5.8': {
      value: gelu(deep.x),
      feeds: deep.feeds,
      want: [-1.07232904e-8, -8.95868781e-12, -4.97676846e-15],
      tolerance: 48 * 2 ** -24,
    },
    'geluTanh(−5.09)': {
      value: geluTanh(five.x),
      feeds: five.feeds,
      want: [-1.23761841e-7],
      tolerance: 256 * 2 ** -24,
    },
    'expm1(.351)': {
      value: expm1(near.x),
      feeds: near.feeds,
      want: [Math.expm1(Math.fround(0.351))],
      tolerance: 4 * 2 ** -24,
    },
    'log .999875': {
      value: log(one.x),
      feeds: one.feeds,
      want: [Math.log(Math.fround(0.999875))],
      tolerance: 8 * 2 ** -24,
    },
    'sigmoid(−87)': {
      value: sigmoid(low.x),
      feeds: low.feeds,
      want: [Math.exp(-87)],
      tolerance: 8 * 2 ** -24,
    },
    'the curvature of gelu far out': { value: twice(gelu), feeds: wide.feeds, want: zeros },
    'the curvature of geluTanh far out': { value: twice(geluTanh), feeds: wide.feeds, want: zeros },
  }
}

const values: readonly Comparison[] = [titled('long sums', long()), titled('tails', tails())]

const keeps = (executor: () => Executor): void => {
  for (const { title, complaints } of values)
    it(title, { timeout: 120_000 }, async () => expect(await complaints(executor())).toEqual([]))
}

const onnx = right(await openOnnx({ threads: 1 })())
describe('the reference', () => keeps(() => reference))
describe('ONNX Runtime', () => keeps(() => onnx))
await describeOnDevice('values', (device) => {
  const executor = webGpuExecutor()(device)
  keeps(() => executor)
})

describe('the reference at 10¹⁶', () => {
  const four = axis('four', 4)
  const row = input('row', four)
  const feeds = { row: Float64Array.of(0, 1, 2, 3).map((x) => x + 1e16) }
  const shares = [0, 0, 2, 4].map((x) => Math.exp(x - 4) / (2 * Math.exp(-4) + Math.exp(-2) + 1))
  const target = inputOf('i32')('target')
  const { row: slope } = gradient(softmaxCrossEntropy(four)(row, target), { row })
  const wanted: Readonly<Record<string, Wanted>> = {
    softmax: { value: softmax(four)(row), feeds, want: shares, tolerance: 1e-6 },
    'log-softmax': { value: logSoftmax(four)(row), feeds, want: shares.map(Math.log), tolerance: 1e-6 },
    'the gradient of log-sum-exp': {
      value: gradient(logSumExp(four)(row), { row }).row,
      feeds,
      want: shares,
      tolerance: 1e-6,
    },
    'the gradient of the cross-entropy': {
      value: slope,
      feeds: { ...feeds, target: Int32Array.of(0) },
      want: shares.map((p, i) => p - Number(i === 0)),
      tolerance: 1e-6,
    },
  }
  it.each(Object.entries(wanted))('%s', async (name, each) => {
    expect(await titled(name, { [name]: each }).complaints(reference)).toEqual([])
  })
})

it('what has no value over an empty axis is refused when it is made', () => {
  const [none, rows] = [axis('none', 0), axis('rows', 2)]
  const x = input('x', rows, none)
  const [gain, target] = [input('gain', none), inputOf('i32')('target', rows)]
  for (const make of [
    () => argmax(none)(x),
    () => argmin(none)(x),
    () => layerNorm(none)(x, gain, gain),
    () => softmaxCrossEntropy(none)(x, target),
  ])
    expect(thrown(make)).toMatchObject({ tag: 'Shape', what: expect.stringContaining('empty') })
})
