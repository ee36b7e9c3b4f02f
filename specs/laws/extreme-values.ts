/**
 * Values at the edges of f32 that every executor must give: shifted softmax rows, masked entries, long running sums, empty
 * axes, constants and expressions that a compiler would like to simplify. Without a test framework, like `non-finite.ts`.
 */
import { axis } from '../../lib/axis.ts'
import { gradient } from '../../lib/grad.ts'
import { softmaxCrossEntropy } from '../../lib/ops/cross-entropy.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import {
  add,
  cast,
  constant,
  equal,
  exp,
  expm1,
  less,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  scale,
  sqrt,
  subtract,
  tanh,
  unit,
} from '../../lib/ops/pointwise.ts'
import { cumulativeSum, logSoftmax, logSumExp, max, mean, min, softmax, sum } from '../../lib/ops/reduce.ts'
import { select } from '../../lib/ops/slice.ts'
import { allowed } from '../accuracy-bounds.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'
import { extremeScores } from './extreme-scores.ts'
import { titled, type Wanted } from './wanted.ts'

const four = axis('four', 4)
const three = axis('three', 3)
const many = axis('many', 257)
const none = axis('none', 0)
const x = input('x', three)
const [NAN, INF] = [Number.NaN, Number.POSITIVE_INFINITY]
const some = { x: Float64Array.of(NAN, INF, -INF) }

const shifted = (c: number): Readonly<Record<string, Wanted>> => {
  const row = input(`shifted ${c}`, four)
  const feeds = { [`shifted ${c}`]: Float64Array.of(0, 1, 2, 3).map((v) => v + c) }
  return {
    [`Σ softmax([0,1,2,3] + ${c})`]: { value: sum(four)(softmax(four)(row)), feeds, want: [1], tolerance: 1e-6 },
    [`Σ e^logSoftmax([0,1,2,3] + ${c})`]: {
      value: sum(four)(exp(logSoftmax(four)(row))),
      feeds,
      want: [1],
      tolerance: 2e-6,
    },
  }
}

const rows = (): Readonly<Record<string, Wanted>> => {
  const [low, masked, void_] = [input('low', four), input('masked', three), input('void', three)]
  const target = inputOf('i32')('target')
  const feeds = {
    low: new Float64Array(4).fill(-1e30),
    masked: Float64Array.of(0, -INF, -INF),
    void: new Float64Array(3).fill(-INF),
    target: Int32Array.of(0),
  }
  return {
    'softmax of a row of −1e30': { value: softmax(four)(low), feeds, want: [0.25, 0.25, 0.25, 0.25], tolerance: 1e-6 },
    'softmax with masked entries': { value: softmax(three)(masked), feeds, want: [1, 0, 0] },
    'log-softmax with masked entries': { value: logSoftmax(three)(masked), feeds, want: [0, -INF, -INF] },
    'cross-entropy with masked entries': { value: softmaxCrossEntropy(three)(masked, target), feeds, want: [0] },
    'log-sum-exp of −∞ throughout': { value: logSumExp(three)(void_), feeds, want: [-INF] },
    'softmax of −∞ throughout': { value: softmax(three)(void_), feeds, want: [NAN, NAN, NAN] },
  }
}

const elements: Readonly<Record<string, Wanted>> = {
  exp: { value: exp(x), feeds: some, want: [NAN, INF, 0] },
  expm1: { value: expm1(x), feeds: some, want: [NAN, INF, -1] },
  log: { value: log(x), feeds: some, want: [NAN, INF, Math.log(2 ** -126)], tolerance: 1e-6 },
  sqrt: { value: sqrt(x), feeds: some, want: [NAN, INF, 0] },
  tanh: { value: tanh(x), feeds: some, want: [NAN, 1, -1] },
  maximum: { value: maximum(x, constant(1)), feeds: some, want: [NAN, INF, 1] },
  minimum: { value: minimum(constant(1), x), feeds: some, want: [NAN, 1, -INF] },
  max: { value: max(three)(x), feeds: some, want: [NAN] },
  min: { value: min(three)(x), feeds: some, want: [NAN] },
  logSumExp: { value: logSumExp(three)(x), feeds: some, want: [NAN] },
  'x − x': { value: subtract(x, x), feeds: some, want: [NAN, NAN, NAN] },
  '0·x, the other way round': { value: multiply(constant(0), x), feeds: some, want: [NAN, NAN, NAN] },
  '1 − (1 − x)': { value: subtract(constant(1), subtract(constant(1), x)), feeds: some, want: [NAN, INF, -INF] },
  'x − (x − 1)': { value: subtract(x, subtract(x, constant(1))), feeds: some, want: [NAN, NAN, NAN] },
  '0·x': { value: scale(0)(x), feeds: some, want: [NAN, NAN, NAN] },
  '(1 + x) − x': { value: subtract(add(constant(1), x), x), feeds: some, want: [NAN, NAN, NAN] },
  'x = x': { value: cast('f32')(equal(x, x)), feeds: some, want: [0, 1, 1] },
  'x < 1': { value: cast('f32')(less(x, constant(1))), feeds: some, want: [0, 0, 1] },
  'constants that are not finite': {
    value: add(multiply(x, constant(0)), constant(INF)),
    feeds: { x: Float64Array.of(NAN, INF, -INF) },
    want: [NAN, NAN, NAN],
  },
  '∞': { value: constant(INF), feeds: {}, want: [INF] },
  '−∞': { value: negate(constant(INF)), feeds: {}, want: [-INF] },
  'constant −∞': { value: constant(-INF), feeds: {}, want: [-INF] },
  NaN: { value: constant(NAN), feeds: {}, want: [NAN] },
}

const overflow = (): Readonly<Record<string, Wanted>> => {
  const points = Float64Array.of(88.7, 89, 709)
  const y = input('points', three)
  const [equal, mixed] = [input('equal', three), input('mixed', three)]
  const large = { equal: new Float64Array(3).fill(3.4e38), mixed: Float64Array.of(3.4e38, -3.4e38, 3.4e38) }
  return {
    'mean of the largest numbers': { value: mean(three)(equal), feeds: large, want: [3.4e38], tolerance: 1e-6 },
    'mean of large numbers': { value: mean(three)(mixed), feeds: large, want: [3.4e38 / 3], tolerance: 1e-6 },
    'layer norm of equal elements': {
      value: layerNorm(many)(input('alike', many), input('one', many), input('nought', many)),
      feeds: {
        alike: new Float64Array(257).fill(1_000_000.3125),
        one: new Float64Array(257).fill(1),
        nought: new Float64Array(257),
      },
      want: Array.from({ length: 257 }, () => 0),
    },
    'mean of a row with ∞': { value: mean(three)(x), feeds: some, want: [NAN] },
    'exp near the largest number': {
      value: minimum(exp(y), constant(INF)),
      feeds: { points },
      want: [Math.exp(Math.fround(88.7)), INF, INF],
      tolerance: 1e-4,
    },
    'expm1 near the largest number': {
      value: expm1(y),
      feeds: { points },
      want: [Math.exp(Math.fround(88.7)), INF, INF],
      tolerance: 1e-4,
    },
  }
}

/** Reductions of no integers: 0, and the least and the largest one. */
const emptyOf = (dtype: 'i32' | 'u32', least: number, largest: number): Readonly<Record<string, Wanted>> => {
  const e = inputOf(dtype)(`no ${dtype}`, three, none)
  const feeds = { [`no ${dtype}`]: dtype === 'i32' ? new Int32Array(0) : new Uint32Array(0) }
  const thrice = (value: number): readonly number[] => [value, value, value]
  return {
    [`max of no ${dtype}`]: { value: max(none)(e), feeds, want: thrice(least) },
    [`min of no ${dtype}`]: { value: min(none)(e), feeds, want: thrice(largest) },
    [`sum of no ${dtype}`]: { value: sum(none)(e), feeds, want: thrice(0) },
  }
}

const empty = (): Readonly<Record<string, Wanted>> => {
  const e = input('e', three, none)
  const feeds = { e: new Float64Array(0) }
  const thrice = (value: number): readonly number[] => [value, value, value]
  return {
    'sum of nothing': { value: sum(none)(e), feeds, want: thrice(0) },
    'max of nothing': { value: max(none)(e), feeds, want: thrice(-INF) },
    'min of nothing': { value: min(none)(e), feeds, want: thrice(INF) },
    'logSumExp of nothing': { value: logSumExp(none)(e), feeds, want: thrice(-INF) },
    'mean of nothing': { value: mean(none)(e), feeds, want: thrice(NAN) },
  }
}

const long = (): Readonly<Record<string, Wanted>> => {
  const n = axis('n', 1e6)
  const tenths = input('tenths', n)
  const feeds = { tenths: new Float64Array(1e6).fill(Math.fround(0.1)) }
  const running = cumulativeSum(n)(tenths)
  const five = axis('five', 5)
  const there = { there: Float64Array.of(3e38, 3e38, -3e38, -3e38, 1) }
  const and = { and: Float64Array.of(1, -3e38, -3e38, 3e38, 3e38) }
  return {
    'running sums that leave f32 and come back': {
      value: cumulativeSum(five)(input('there', five)),
      feeds: there,
      want: [3e38, INF, 3e38, 0, 1],
      tolerance: 1e-6,
    },
    'their gradient, from the end': {
      value: gradient(sum(five)(multiply(input('and', five), cumulativeSum(five)(input('there', five)))), {
        x: input('there', five),
      }).x,
      feeds: { ...there, ...and },
      want: [1, 0, 3e38, INF, 3e38],
      tolerance: 1e-6,
    },
    'the last of 1e6 running sums of 0.1': {
      value: select(n, 999_999)(running),
      feeds,
      want: [100_000.00149],
      tolerance: 3e-7,
    },
    'their middle': { value: select(n, 499_999)(running), feeds, want: [50_000.000745], tolerance: 3e-7 },
    'sum of 1e6 times 0.1': {
      value: sum(n)(tenths),
      feeds,
      want: [100_000.00149],
      tolerance: allowed('sum', 'webgpu', 1e6),
    },
  }
}

const gumbels = (): Readonly<Record<string, Wanted>> => {
  const bits = inputOf('u32')('bits', three)
  const feeds = { bits: Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1) }
  const u = [0.5, 2 ** 22 + 0.5, 2 ** 23 - 0.5].map((k) => k / 2 ** 23)
  return {
    'Gumbel variables, the largest 16.64': {
      value: negate(log(negate(log(unit(bits))))),
      feeds,
      want: u.map((p) => -Math.log(-Math.log(p))),
      tolerance: 1e-6,
    },
    'log 0.999875': {
      value: log(input('near 1')),
      feeds: { 'near 1': Float64Array.of(Math.fround(0.999875)) },
      want: [Math.log(Math.fround(0.999875))],
      tolerance: 2e-7,
    },
  }
}

/** Every value, in groups. */
export const extremeValues: readonly Comparison[] = [
  titled('softmax of shifted rows sums to 1', { ...shifted(1e4), ...shifted(1e7), ...shifted(1e8) }),
  titled('rows of −1e30, with masked entries, of −∞', rows()),
  titled('functions, reductions, constants and what a compiler may not simplify', elements),
  titled('exp and expm1 overflow where f32 does, means nowhere; equal elements have norm 0', overflow()),
  titled('reductions over an empty axis are their identity', {
    ...empty(),
    ...emptyOf('i32', -(2 ** 31), 2 ** 31 - 1),
    ...emptyOf('u32', 0, 2 ** 32 - 1),
  }),
  titled('a million tenths, and running sums beyond f32', long()),
  ...extremeScores,
  titled('Gumbel variables and logarithms near 1', gumbels()),
]
