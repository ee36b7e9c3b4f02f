/** Softmax and its kin on values that a rounded log-sum would spoil: what every executor gives, in f32. */
import { axis } from '../../lib/axis.ts'
import { type Executor, inputName } from '../../lib/executor.ts'
import { type Expr, topological } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { at } from '../../lib/at.ts'
import { contractLog, contractMaxPlus } from '../../lib/ops/contract.ts'
import { softmaxCrossEntropy } from '../../lib/ops/cross-entropy.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { exp } from '../../lib/ops/pointwise.ts'
import { cumulativeSum, logSoftmax, logSumExp, max, mean, min, softmax, sum } from '../../lib/ops/reduce.ts'
import { evaluateOn } from '../../lib/program.ts'
import { run } from '../either.ts'

const { POSITIVE_INFINITY: ABOVE, NEGATIVE_INFINITY: BELOW, NaN: NONE } = Number

/** What a row must give: `tolerance` is absolute, and nothing is tolerated beside a value that is not finite. */
interface Law {
  readonly title: string
  readonly row: readonly number[]
  readonly build: (row: readonly number[]) => Expr
  readonly want: readonly number[]
  readonly tolerance: number
}

const along = (row: readonly number[]) => axis('n', row.length)
const x = (row: readonly number[]) => input('x', along(row))
const classes = (row: readonly number[]) => input('x', axis('one', 1), along(row))
const targets = inputOf('i32')('targets', axis('one', 1))
const probabilities = (row: readonly number[]): Expr => softmax(along(row))(x(row))
const slopes = (row: readonly number[]): Expr => gradient(logSumExp(along(row))(x(row)), { x: x(row) }).x
const total = (row: readonly number[]): Expr => logSumExp(along(row))(x(row))
const loss = (row: readonly number[]): Expr => softmaxCrossEntropy(along(row))(classes(row), targets)
const lossSlope = (row: readonly number[]): Expr => {
  const z = classes(row)
  return gradient(sum(axis('one', 1))(softmaxCrossEntropy(along(row))(z, targets)), { z }).z
}

const shifted = (c: number): readonly number[] => [0, 1, 2, 3].map((v) => v + c)
/** Of the row as f32 holds it: at 1e7 all of it, at 1e8 what is left after rounding to 8. */
const softmaxOf = (row: readonly number[]): readonly number[] => {
  const rounded = row.map(Math.fround)
  const weights = rounded.map((v) => Math.exp(v - Math.max(...rounded)))
  return weights.map((w) => w / weights.reduce((a, b) => a + b, 0))
}

const shifts: readonly Law[] = [1e4, 1e7, 1e8, -1e7].flatMap((c) => {
  const [row, want] = [shifted(c), softmaxOf(shifted(c))]
  const forms: readonly (readonly [string, Law['build']])[] = [
    ['softmax', probabilities],
    ['the exponential of logSoftmax', (r) => exp(logSoftmax(along(r))(x(r)))],
    ['the gradient of logSumExp', slopes],
  ]
  const laws = forms.map(
    ([name, build]): Law => ({ title: `${name} of [0, 1, 2, 3] + ${c}`, row, build, want, tolerance: 1e-6 }),
  )
  const own = want.map((p, i) => p - Number(i === 0))
  return [
    ...laws,
    {
      title: `the sum of softmax([0, 1, 2, 3] + ${c})`,
      row,
      build: (r) => sum(along(r))(softmax(along(r))(x(r))),
      want: [1],
      tolerance: 1e-6,
    },
    {
      title: `the gradient of the cross-entropy of [0, 1, 2, 3] + ${c}`,
      row,
      build: lossSlope,
      want: own,
      tolerance: 1e-6,
    },
  ]
})

const law = (
  title: string,
  row: readonly number[],
  build: Law['build'],
  want: readonly number[],
  tolerance = 1e-6,
): Law => ({
  title,
  row,
  build,
  want,
  tolerance,
})

const lonely: readonly Law[] = [
  law('softmax of a row of −1e30 is uniform', [-1e30, -1e30, -1e30, -1e30], probabilities, [0.25, 0.25, 0.25, 0.25]),
  law('softmax over one element is 1', [-7e8], probabilities, [1]),
  law('logSumExp of −∞ throughout is −∞', [BELOW, BELOW, BELOW], total, [BELOW]),
  law('… with gradient 0', [BELOW, BELOW, BELOW], slopes, [0, 0, 0]),
  law('… and softmax 0/0', [BELOW, BELOW, BELOW], probabilities, [NONE, NONE, NONE]),
  law('logSumExp with ∞ is ∞', [ABOVE, 0, 1], total, [ABOVE]),
  law('… and softmax NaN', [0, ABOVE, 1], probabilities, [NONE, NONE, NONE]),
  law('logSumExp with NaN behind is NaN', [0, 1, NONE], total, [NONE]),
  law('… with NaN among −∞', [BELOW, NONE, BELOW], total, [NONE]),
  law('cross-entropy of (0, −∞, −∞) is 0', [0, BELOW, BELOW], loss, [0]),
  law('… with a finite gradient', [0, BELOW, BELOW], lossSlope, [0, 0, 0]),
  law('softmax over a spread of 6e38', [3e38, -3e38, 3e38], probabilities, [0.5, 0, 0.5]),
  law('logSumExp of subnormals', [1e-45, 0, -1e-40], total, [Math.log(3)]),
  law('max and min see NaN behind', [1, NONE, 2], (r) => max(along(r))(x(r)), [NONE]),
  law('min sees NaN behind', [1, NONE, 2], (r) => min(along(r))(x(r)), [NONE]),
]

const empty: readonly Law[] = [
  law('an empty sum', [], (r) => sum(along(r))(x(r)), [0]),
  law('an empty mean', [], (r) => mean(along(r))(x(r)), [NONE]),
  law('an empty maximum', [], (r) => max(along(r))(x(r)), [BELOW]),
  law('an empty minimum', [], (r) => min(along(r))(x(r)), [ABOVE]),
  law('an empty log-sum-exp', [], total, [BELOW]),
  law('an empty contraction over log', [], (r) => contractLog(along(r))(x(r), x(r)), [BELOW]),
  law('an empty contraction over max-plus', [], (r) => contractMaxPlus(along(r))(x(r), x(r)), [BELOW]),
]

const long: readonly Law[] = [
  law('a sum of 10⁶ × 0.1', new Array<number>(1e6).fill(0.1), (r) => sum(along(r))(x(r)), [100_000.001_49], 0.1),
  law('a mean of 10⁶ × 0.1', new Array<number>(1e6).fill(0.1), (r) => mean(along(r))(x(r)), [0.1], 1e-7),
  law(
    'the last running sum of 10⁶ × 0.1',
    new Array<number>(1e6).fill(0.1),
    (r) => max(along(r))(cumulativeSum(along(r))(x(r))),
    [100_000.001_49],
    0.1,
  ),
  law(
    'softmax over 4 097 equal logits',
    new Array<number>(4097).fill(1e7),
    (r) => max(along(r))(softmax(along(r))(x(r))),
    [1 / 4097],
    1e-9,
  ),
]

/** Every law of this file. */
export const softmaxLaws: readonly Law[] = [...shifts, ...lonely, ...empty, ...long]

/** What an executor gets wrong of a law; undefined when it holds. */
export const broken = async (executor: Executor, { row, build, want, tolerance }: Law): Promise<string | undefined> => {
  const y = build(row)
  const results = await run(evaluateOn(executor)({ y }, feedsOf(y, row)))
  const got = [...(results['y']?.data ?? [])]
  const holds =
    got.length === want.length &&
    want.every((w, i) => (Number.isFinite(w) ? Math.abs(at(got, i) - w) <= tolerance : Object.is(got[i], w)))
  return holds ? undefined : `[${got.slice(0, 8).join(', ')}], not [${want.slice(0, 8).join(', ')}]`
}

const feedsOf = (y: Expr, row: readonly number[]) => {
  const names = inputsOf(y)
  return {
    ...(names.has('x') ? { x: Float64Array.from(row, Math.fround) } : {}),
    ...(names.has('targets') ? { targets: Int32Array.of(0) } : {}),
  }
}

const inputsOf = (y: Expr): ReadonlySet<string> =>
  new Set(topological([y]).flatMap((node) => (node.op.name === 'input' ? [inputName(node)] : [])))
