/**
 * Measures the errors that `specs/accuracy-bounds.ts` bounds: an executor in f32 against the f64 reference, which
 * `specs/fixtures/accuracy/points.json` (values to 25 digits) bounds in turn.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import { type Axis, axis } from '../lib/axis.ts'
import type { Values } from '../lib/dtype.ts'
import { type Executor, type Feeds, feedsOf, inputName } from '../lib/executor.ts'
import { apply, type Expr, type Tensor } from '../lib/expr.ts'
import { gradient } from '../lib/grad.ts'
import { key, uniforms } from '../lib/key.ts'
import { at } from '../lib/at.ts'
import { attention } from '../lib/ops/attention.ts'
import { contract } from '../lib/ops/contract.ts'
import { softmaxCrossEntropy } from '../lib/ops/cross-entropy.ts'
import { oneHot, scatterAdd } from '../lib/ops/gather.ts'
import { layerNorm } from '../lib/ops/layer-norm.ts'
import { input, inputOf } from '../lib/ops/layout.ts'
import { absolute, add, divide, multiply, shift, sqrt, square, subtract } from '../lib/ops/pointwise.ts'
import { cumulativeSum, logSoftmax, logSumExp, max, mean, softmax, sum, sumOver } from '../lib/ops/reduce.ts'
import { operations } from '../lib/ops/table.ts'
import { evaluateOn, outputs } from '../lib/program.ts'
import { reference } from '../lib/reference.ts'
import { elementary, type Interval } from './accuracy-bounds.ts'
import { run } from './either.ts'

/** The largest error found, in the unit of the table, and where. */
export interface Finding {
  readonly error: number
  readonly at: string
}

const none: Finding = { error: 0, at: '' }
const worse = (x: Finding, y: Finding): Finding => (y.error > x.error || Number.isNaN(y.error) ? y : x)

/** The unit in the last place of a number with so many bits of significand, normal numbers only. */
export const ulpOf = (x: number, bits: 24 | 53): number =>
  2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), bits === 24 ? -126 : -1022) - bits + 1)

const points = ({ low, high, by }: Interval, n: number, seed: number): Float64Array =>
  Float64Array.from(uniforms(key(seed), n), (u, i) => {
    const share = i === 0 ? 0 : i === 1 ? 1 : u
    const size = by === 'step' ? low + (high - low) * share : low * (high / low) ** share
    return Math.fround(size)
  })

/** Operands of an elementary operation: n for each interval of the first, paired with draws of the second. */
const operandsOf = (name: string, n: number): readonly Float64Array[] => {
  const all = elementary[name]?.operands ?? []
  const most = Math.max(...all.map((intervals) => intervals.length))
  return all.map((intervals, o) =>
    Float64Array.from(
      Array.from({ length: most }, (_, i) => intervals[i % intervals.length]).flatMap((interval, i) =>
        interval === undefined ? [] : [...points(interval, n, 100 * o + i)],
      ),
    ),
  )
}

/** Values of expressions that are fed by name. */
const valuesOn = async (executor: Executor, roots: readonly Expr[], feeds: Feeds): Promise<readonly Values[]> => {
  const named = Object.fromEntries(roots.map((r, i) => [`r${i}`, r]))
  const wanted = new Set(feedsOf(outputs(named)).map(inputName))
  const got = await run(
    evaluateOn(executor)(named, Object.fromEntries(Object.entries(feeds).filter(([k]) => wanted.has(k)))),
  )
  return roots.map((_, i) => got[`r${i}`]?.data ?? new Float64Array(0))
}

const [SMALLEST, LARGEST] = [2 ** -126, 3.4028234e38]

/** The largest error of an elementary operation on an executor in ulp of f32, over n arguments of each interval. */
export const elementaryError = async (executor: Executor, name: string, n: number): Promise<Finding> => {
  const operands = operandsOf(name, n)
  const along = axis('n', operands[0]?.length ?? 1)
  const op = operations.get(name)
  if (op === undefined) throw new Error(`there is no operation '${name}'`)
  const y: Expr = apply(op, {}, ...operands.map((_, i) => input(`x${i}`, along)))
  const feeds: Feeds = Object.fromEntries(operands.map((data, i) => [`x${i}`, data]))
  const [[exact = []], [got = []]] = [await valuesOn(reference, [y], feeds), await valuesOn(executor, [y], feeds)]
  const scale = elementary[name]?.scale
  return Array.from(exact).reduce<Finding>((found, want, i) => {
    if (Math.abs(want) < SMALLEST || Math.abs(want) > LARGEST) return found
    const unit = ulpOf(Math.max(Math.abs(want), scale?.(at(operands[0] ?? [], i)) ?? 0), 24)
    const error = Math.abs(at(got, i) - want) / unit
    return worse(found, { error, at: operands.map((x) => String(at(x, i))).join(', ') })
  }, none)
}

/** Arguments of operations with their exact values. */
export type Points = Readonly<Record<string, readonly (readonly [number, string])[]>>

const codec = t.record(t.string, t.array(t.tuple([t.number, t.string])))

/** The fixture. */
export const knownPoints = (): Points => {
  const path = fileURLToPath(new URL('./fixtures/accuracy/points.json', import.meta.url))
  const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return codec.is(read) ? read : {}
}

/** The largest error of the reference on the points of the fixture, in ulp of f64. */
export const referenceError = async (name: string, known: Points): Promise<Finding> => {
  const rows = known[name] ?? []
  const op = operations.get(name)
  if (op === undefined) throw new Error(`there is no operation '${name}'`)
  const y: Expr = apply(op, {}, input('x', axis('n', rows.length)))
  const [got = []] = await valuesOn(reference, [y], { x: Float64Array.from(rows, ([x]) => x) })
  return rows.reduce<Finding>((found, [x, value], i) => {
    const want = Number(value)
    const unit = ulpOf(Math.max(Math.abs(want), elementary[name]?.scale?.(x) ?? 0), 53)
    return worse(found, { error: Math.abs(at(got, i) - want) / unit, at: String(x) })
  }, none)
}

type Row = Tensor<'n' | '1'>
/** A sum of n terms as an expression, and Σ|terms| of each of its elements. */
type Case = (x: Row, n: Axis<'n'>) => { readonly y: Expr; readonly size: Expr }

const one = axis('one', 1)
const [batch, head, time, depth] = [axis('batch', 1), axis('head', 1), axis('time', 1), axis('depth', 4)]
const variance = (x: Row, n: Axis<'n'>): Tensor<'1'> => mean(n)(square(subtract(x, mean(n)(x))))
const itself = (y: Expr): { readonly y: Expr; readonly size: Expr } => ({ y, size: y })
const targets = inputOf('i32')('targets', one)
/** Rows and columns of a matrix product, more than a tile's; their factors round nothing. */
const [row, column] = [axis('row', 17), axis('column', 3)]
const powers = (i: number): number => (i % 2 === 0 ? 1 : -1) * 2 ** (i % 3)
/** Rows of the table that terms are added to in turn. */
const place = axis('place', 3)
const rowOf = (x: Row): Tensor<'n' | 'one' | '1'> => multiply(x, input('ones', one))
/** Terms that lie apart in memory: [n, column], along the first axis; and [n, column, pair], along both ends. */
const pair = axis('pair', 2)
const apart = (x: Row): Tensor<'n' | 'column' | '1'> => multiply(x, input('columns', column))
const shares = (x: Row): Tensor<'n' | 'column' | '1'> => multiply(x, input('shares', column))
const atEnds = (x: Row): Tensor<'n' | 'column' | 'pair' | '1'> => multiply(apart(x), input('pairs', pair))

type Query = Tensor<'batch' | 'head' | 'time' | 'depth' | '1'>
/** Attention over n keys that are their own values. */
const attended = (x: Row, n: Axis<'n'>, query: Query): { readonly y: Expr; readonly size: Expr } => {
  const keys: Tensor<'batch' | 'head' | 'keyTime' | 'depth' | '1'> = input(
    'keys',
    batch,
    head,
    axis('keyTime', n.size),
    depth,
  )
  return { y: attention({ causal: false }, query, keys, keys), size: max(n)(absolute(x)) }
}

/** The reductions and fused operations of the table; logarithms are relative to the largest modulus of the operand or result. */
const cases: Readonly<Record<string, Case>> = {
  sum: (x, n) => ({ y: sum(n)(x), size: sum(n)(absolute(x)) }),
  mean: (x, n) => ({ y: mean(n)(x), size: mean(n)(absolute(x)) }),
  cumulative_sum: (x, n) => ({ y: cumulativeSum(n)(x), size: cumulativeSum(n)(absolute(x)) }),
  dot: (x, n) => ({ y: contract(n)(x, x), size: contract(n)(x, x) }),
  product: (x, n) => {
    const [left, right] = [multiply(x, input('rows', row)), multiply(x, input('columns', column))]
    return { y: contract(n)(left, right), size: contract(n)(absolute(left), absolute(right)) }
  },
  scatter_add: (x, n) => {
    const to = inputOf('i32')('places', n)
    return { y: scatterAdd(place, n)(x, to), size: scatterAdd(place, n)(absolute(x), to) }
  },
  norm: (x, n) => itself(sum(n)(square(x))),
  log_sum_exp: (x, n) => ({ y: logSumExp(n)(x), size: logSumExp(n)(absolute(x)) }),
  'sum, first axis': (x, n) => ({ y: sum(n)(apart(x)), size: sum(n)(absolute(apart(x))) }),
  'sum, first and last axis': (x, n) => ({
    y: sumOver(n, pair)(atEnds(x)),
    size: sumOver(n, pair)(absolute(atEnds(x))),
  }),
  'mean, first axis': (x, n) => ({ y: mean(n)(apart(x)), size: mean(n)(absolute(apart(x))) }),
  'cumulative_sum, first axis': (x, n) => ({
    y: cumulativeSum(n)(apart(x)),
    size: cumulativeSum(n)(absolute(apart(x))),
  }),
  'product, last axis': (x, n) => {
    const [left, right] = [multiply(input('rows', row), x), multiply(input('columns', column), x)]
    return { y: contract(n)(left, right), size: contract(n)(absolute(left), absolute(right)) }
  },
  'log_sum_exp, first axis': (x, n) => ({ y: logSumExp(n)(shares(x)), size: logSumExp(n)(absolute(shares(x))) }),
  'softmax, first axis': (x, n) => itself(softmax(n)(shares(x))),
  'log_softmax, first axis': (x, n) => ({ y: logSoftmax(n)(shares(x)), size: absolute(logSoftmax(n)(shares(x))) }),
  softmax: (x, n) => itself(softmax(n)(x)),
  log_softmax: (x, n) => ({ y: logSoftmax(n)(x), size: absolute(logSoftmax(n)(x)) }),
  'log_sum_exp, gradient': (x, n) => itself(gradient(logSumExp(n)(x), { x }).x),
  cross_entropy: (x, n) => itself(softmaxCrossEntropy(n)(rowOf(x), targets)),
  'cross_entropy, gradient': (x, n) => {
    const row = rowOf(x)
    const [p, hit]: readonly [Tensor<'n' | 'one' | '1'>, Tensor<'n' | 'one' | '1'>] = [
      softmax(n)(row),
      oneHot(n)(targets),
    ]
    return { y: gradient(sum(one)(softmaxCrossEntropy(n)(row, targets)), { row }).row, size: add(p, hit) }
  },
  layer_norm: (x, n) => ({
    y: layerNorm(n)(rowOf(x), input('gain', n), input('bias', n)),
    size: divide<'1', '1'>(max(n)(absolute(x)), sqrt(shift(1e-5)(variance(x, n)))),
  }),
  attention: (x, n) => attended(x, n, input('query', batch, head, time, depth)),
  'attention, 17 queries': (x, n) => attended(x, n, input('queries', batch, head, axis('time', 17), depth)),
}

/** Names of the sums that can be measured. */
export const sumNames: readonly string[] = Object.keys(cases)

/** Rows of n terms: a constant, which rounds one way, and draws from [−1, 1), from [0, 30), and from a small interval far from 0. */
const rowsFor = (n: number): Readonly<Record<string, Float64Array>> => ({
  'all 0.1': new Float64Array(n).fill(Math.fround(0.1)),
  'from −1 to 1': Float64Array.from(uniforms(key(7), n), (u) => Math.fround(2 * u - 1)),
  'from 0 to 30': Float64Array.from(uniforms(key(8), n), (u) => Math.fround(30 * u)),
  'near 10,000': Float64Array.from(uniforms(key(9), n), (u) => Math.fround(1e4 + 2 * u - 1)),
})

/** The largest error of a sum of n terms relative to Σ|terms|, over all kinds of rows. */
export const sumError = async (executor: Executor, name: string, n: number): Promise<Finding> => {
  const build = cases[name]
  if (build === undefined) throw new Error(`there is no sum '${name}'`)
  const along = axis('n', n)
  const { y, size } = build(input('x', along), along)
  let found = none
  for (const [kind, x] of Object.entries(rowsFor(n))) {
    const all: Feeds = {
      x,
      ones: Float64Array.of(1),
      targets: Int32Array.of(n - 1),
      gain: new Float64Array(n).fill(1),
      bias: new Float64Array(n),
      rows: Float64Array.from({ length: row.size }, (_, i) => powers(i)),
      pairs: Float64Array.of(1, -0.5),
      shares: Float64Array.from({ length: column.size }, (_, i) => 2 ** -i),
      columns: Float64Array.from({ length: column.size }, (_, i) => powers(2 * i)),
      places: Int32Array.from({ length: n }, (_, i) => i % place.size),
      query: Float64Array.of(0.5, -0.25, 1, 0.125),
      queries: Float64Array.from({ length: 68 }, (_, i) => powers(i) / 8),
      keys: Float64Array.from({ length: 4 * n }, (_, i) => at(x, i % n)),
    }
    const [exact = [], sizes = []] = await valuesOn(reference, [y, size], all)
    const [got = []] = await valuesOn(executor, [y], all)
    found = Array.from(exact).reduce<Finding>((most, want, i) => {
      const scale = Math.max(Math.abs(at(sizes, sizes.length === exact.length ? i : 0)), SMALLEST)
      return worse(most, { error: Math.abs(at(got, i) - want) / scale, at: `${kind}, element ${i}` })
    }, found)
  }
  return found
}
