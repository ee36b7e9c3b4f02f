/**
 * F15: no executor turns a value that is not finite into a number, or a number into one that is not finite.
 *
 * Over the whole table of operations, forward and backward, on values mixed with NaN, ±∞, ±0, subnormals and the largest
 * numbers of f32: where the f64 reference is NaN an executor is NaN; where it is infinite, or beyond f32, the executor is
 * not finite, and an infinity keeps its sign; where it is finite, so is the executor, within the running-error bound of
 * `specs/onnx/agreement.ts`. A subnormal may count as 0, since devices may flush it. Without a test framework, so that every runtime
 * can run it.
 */
import process from 'node:process'
import type { Values } from '../../lib/dtype.ts'
import { type Executor, feedsOf, inputName } from '../../lib/executor.ts'
import { axesOf, type Expr, typeOf } from '../../lib/expr.ts'
import { fold, type Key, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { operations } from '../../lib/ops/table.ts'
import { outputs } from '../../lib/program.ts'
import {
  domains,
  feedsFor,
  type How,
  type Placed,
  realInputs,
  type Sample,
  sample,
  small,
  valuesOf,
} from '../domains.ts'
import { convolutionDomains } from '../domains/convolutions.ts'
import { draws, drawAxes, sampleNode } from '../domains/draws.ts'
import { fusedDomains } from '../domains/fused.ts'
import { loopDomains } from '../domains/loops.ts'
import { run } from '../either.ts'
import { bounds } from '../onnx/agreement.ts'
import { type Comparison, type Compared, pullback, renamed } from '../webgpu/operation-comparisons.ts'

/** The largest f32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127
/** Below it, f32 is subnormal. */
const SMALLEST = 2 ** -126

/** How an operation takes part in the law. */
export interface Row {
  /** The largest finite magnitudes tried forward and backward; smaller than all of f32 where products of operands are taken. */
  readonly forward?: number
  readonly backward?: number
  /** Why a NaN among the operands need not be seen in a result of the reference. */
  readonly keepsNaN?: string
  /** Keys are made to count, and where queries see different ones, only the query is replaced; and why. */
  readonly counted?: string
  /** An absolute error beside the running one. */
  readonly within?: number
  /** Why an infinity of the reference may be NaN on an executor (never a number). */
  readonly losesInfinity?: string
  /** Results that are not compared. */
  readonly open?: readonly number[]
  /** Integer results are not compared: which index a row without an order has is nobody's promise. */
  readonly anyIndex?: true
}

const DEFAULT = { forward: 3.4e38, backward: 3.4e38 }

const chosen: Row = { keepsNaN: 'only some operands are looked at' }
const moved: Row = { keepsNaN: 'only moved, and an axis may be cut' }
const without: Row = { keepsNaN: 'it has no real operand, or no real result' }
const MASKED = 'what a mask parts meets as 0·NaN in the products of ONNX Runtime, and not at all on WebGPU'
/** A product of products of operands is taken: their magnitudes must leave room for it in f32. */
const roomy = (forward: number, backward: number): Row => ({ forward, backward })

/** A row for every operation: `specs/ops/non-finite.spec.ts` checks that none is missing. */
export const rows: Readonly<Record<string, Row>> = {
  add: {},
  subtract: {},
  multiply: {},
  divide: {},
  maximum: {},
  minimum: {},
  remainder: {},
  negate: {},
  annihilate: { keepsNaN: '0 times anything is 0' },
  reciprocal: {},
  absolute: {},
  sign: {},
  is_finite: { keepsNaN: 'it says whether they are finite' },
  equal: without,
  less: without,
  less_equal: without,
  and: without,
  or: without,
  not: without,
  where: chosen,
  cast: { keepsNaN: 'an integer has no NaN' },
  constant: without,
  stop_gradient: {},
  power: { keepsNaN: 'x⁰ is 1' },
  exp: {},
  log: {},
  expm1: {},
  log1p: {},
  sqrt: {},
  floor: {},
  tanh: {},
  sigmoid: {},
  softplus: {},
  sine: {},
  cosine: {},
  normal_quantile: {},
  unit: without,
  erf: {},
  gelu: {},
  gelu_slope: {},
  gelu_tanh: {},
  gelu_tanh_slope: {},
  spread: {},
  sum: {},
  mean: {},
  max: {},
  min: {},
  argmax: without,
  argmin: without,
  exponential_sums: {},
  log_sum_exp: {},
  softmax: {},
  log_softmax: {},
  cumulative_sum: {},
  input: {},
  literal: without,
  iota: without,
  reorder: {},
  reshape: {},
  slice: moved,
  pad: {},
  concat: {},
  reverse: {},
  contract: { forward: 1e18, keepsNaN: 'in max-plus and log, −∞ annihilates' },
  gather: chosen,
  scatter_add: {},
  filter_logits: { keepsNaN: 'what is cut is no number of the row' },
  largest: without,
  random_bits: without,
  fold_key: without,
  scan: roomy(1e6, 1e3),
  part: { ...roomy(1e6, 1e3), keepsNaN: 'a part may not depend on every operand' },
  argument: {},
  // ONNX Runtime's logistic function, which its LSTM takes, is right to half a unit of 1, not of its value.
  lstm: { ...roomy(1e18, 1e4), within: 2 ** -24 },
  lstm_backward: {
    ...roomy(1e6, 1e3),
    losesInfinity: 'x(1 − y²) is x − xy·y on ONNX Runtime; a step whose gradient is not finite fails either way',
  },
  lstm_sample: { ...roomy(1e6, 1e3), anyIndex: true, keepsNaN: 'a string may end before what is NaN' },
  lstm_score: { ...roomy(1e6, 1e3), keepsNaN: 'a string may end before what is NaN' },
  masked_convolution: { forward: 1e18, keepsNaN: 'taps outside the image are not read' },
  masked_convolution_weight: { forward: 1e18, keepsNaN: 'taps outside the image are not read' },
  masked_convolution_step: { forward: 1e18, keepsNaN: 'only the pixels of the window are read' },
  layer_norm: {
    ...roomy(3.4e38, 1e30),
    // The inverse deviation: of rows of equal elements above 2⁵⁴ it is another on devices (docs/accuracy.md).
    open: [2],
    losesInfinity:
      'the mean of a row with an infinity is kept for the backward pass alone, where all of the row is NaN',
  },
  layer_norm_backward: roomy(1e6, 1e3),
  attention: { ...roomy(1e12, 4), keepsNaN: 'keys past the length are not read', counted: MASKED },
  attention_backward: { ...roomy(1e6, 4), keepsNaN: 'keys past the length are not read', counted: MASKED },
  attention_step: { ...roomy(1e12, 4), keepsNaN: 'keys past the position are not read', counted: MASKED },
  attention_lanes: { ...roomy(1e12, 4), ...chosen, counted: MASKED, losesInfinity: 'a share of 0 meets it as 0·∞' },
  cross_entropy: {},
  cross_entropy_backward: { forward: 1e18 },
}

/** The values that an operand is mixed with, up to a magnitude. */
const special = (most: number, forward: boolean): readonly number[] =>
  [
    ...[Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ...[0, -0, 1, -1, 100, -100, 1e4, -1e30, 3.4e38, -3.4e38, most, -most],
    ...(forward ? [1e-40, -1e-40, SMALLEST, -1e-30] : [1e-6, -1e-6]),
  ].filter((x) => !Number.isFinite(x) || Math.abs(x) <= most)

/**
 * The sample with every key counting. With `causal`, which no length undoes, only the query may be replaced, and backward
 * nothing: whether the gradient of a key is NaN for a query that does not see it is left open.
 */
const counted = (s: Sample): { readonly s: Sample; readonly open: (i: number) => boolean } => {
  const keys = axesOf(s.inputs[1]?.node ?? s.node)
  const size = (keys.find((a) => a.name === 'keyTime') ?? keys.find((a) => a.name === 'time'))?.size ?? 1
  const last = s.node.op.name === 'attention_step' && s.inputs.length < 5 ? size - 1 : size
  const inputs = s.inputs.map((p) =>
    typeOf(p.node).dtype === 'f32' ? p : { node: p.node, data: Int32Array.from(p.data, () => last) },
  )
  const causal = s.node.attrs['causal'] === 1
  return { s: { ...s, inputs }, open: (i) => !causal || (i === 0 && s.node.op.name !== 'attention_backward') }
}

/** The sample with a share of its real values replaced, in each operand by one value after the other, from some value on. */
const poisoned = (
  { s, open }: ReturnType<typeof counted>,
  values: readonly number[],
  k: Key,
  share: number,
): Sample => ({
  ...s,
  inputs: s.inputs.map(({ node, data }, i) => {
    if (typeOf(node).dtype !== 'f32' || !open(i)) return { node, data }
    const which = uniforms(fold(fold(k, i), 0), data.length)
    let next = Math.floor(at(uniforms(fold(fold(k, i), 1), 1), 0) * values.length)
    const pick = (): number => Math.fround(at(values, next++ % values.length))
    return { node, data: Float64Array.from(data, (x, j) => (at(which, j) < share ? pick() : x)) }
  }),
})

/** Operations without operands have the values in an attribute. */
const planted = (name: string, k: Key, values: readonly number[]): Sample | undefined => {
  const d = draws(k, small)
  if (name === 'constant')
    return sampleNode('constant', { value: at(values, d.integer(0, values.length - 1)), dtype: 'f32' }, [])
  if (name !== 'literal') return undefined
  const axes = drawAxes(d, 3, 0, 1, 1).map(({ name: axis, size }) => ({ name: axis, size }))
  const n = axes.reduce((m, a) => m * a.size, 1)
  const data = Float64Array.from({ length: n }, () => at(values, d.integer(0, values.length - 1)))
  return sampleNode('literal', { data, axes, dtype: 'f32' }, [])
}

/** Small sizes, and sizes on both sides of a workgroup and of a tile. */
const hows: readonly { readonly how: How; readonly share: number }[] = [
  { how: small, share: 0.3 },
  { how: { ...small, sizes: [1, 2, 4], elements: 64 }, share: 0.08 },
  { how: { ...small, sizes: [1, 3, 4, 65, 130], elements: 800 }, share: 0.01 },
]

/** Element by element, half of all elements may be special: every value stands in every operand, beside many others. */
const POINTWISE_SHARE = 0.5

const SEED = key(20_261)

/** Samples of each size: more in a nightly run (`EXPTILT_NIGHTLY=1`). */
const CASES = process.env['EXPTILT_NIGHTLY'] === '1' ? 6 : 2

/** Samples of an operation on values that are not finite, or on the edge of it. */
export const extremeSamples = (name: string, cases: number, direction: 'forward' | 'backward'): readonly Sample[] => {
  const values = special(rows[name]?.[direction] ?? DEFAULT[direction], direction === 'forward')
  const chosenHows = direction === 'forward' ? hows : hows.slice(0, 2)
  const pointwise = operations.get(name)?.kind === 'pointwise'
  return chosenHows.flatMap(({ how, share: usual }, h) =>
    Array.from({ length: cases }, (_, i) => {
      const share = pointwise ? POINTWISE_SHARE : usual
      const k = fold(fold(fold(SEED, h), i), direction === 'forward' ? 0 : 1)
      const s = sample(name, fold(k, 0), how)
      const given = rows[name]?.counted !== undefined ? counted(s) : { s, open: () => true }
      return planted(name, k, values) ?? poisoned(given, values, fold(k, 1), share)
    }),
  )
}

const flushed = (inputs: readonly Placed[]): readonly Placed[] =>
  inputs.map(({ node, data }) => ({
    node,
    data: typeOf(node).dtype === 'f32' ? Float64Array.from(data, (x) => (Math.abs(x) < SMALLEST ? 0 : x)) : data,
  }))

/** What is wrong with `y` where the reference says `x` and allows an error, if anything. */
const wrong = (x: number, y: number, allowed: number, lost: boolean): string | undefined => {
  if (Number.isNaN(x)) return Number.isNaN(y) ? undefined : 'the reference is NaN'
  if (!Number.isFinite(x)) return y === x || (lost && Number.isNaN(y)) ? undefined : `the reference is ${x}`
  if (Math.abs(x) > LARGEST) return Number.isFinite(y) ? `the reference is ${x}, beyond f32` : undefined
  if (!Number.isFinite(allowed) || Math.abs(x) > 3.4e38) return undefined
  return Math.abs(x - y) <= allowed ? undefined : `the reference is ${x}, within ${allowed}`
}

const describeInputs = (inputs: readonly Placed[]): string =>
  inputs
    .map(({ node, data }) => `${inputName(node).replace(/^sample\d+ /, 'x')} [${[...data].slice(0, 12).join(' ')}]`)
    .join(', ')

const compare = async (
  executor: Executor,
  samples: readonly Compared[],
  { anyIndex, losesInfinity, within = 0, open }: Row = {},
): Promise<readonly string[]> => {
  const own = samples.map(renamed)
  const named = own.flatMap((s, i) => s.roots.map((root, r): readonly [string, Expr] => [`sample${i} ${r}`, root]))
  if (named.length === 0) return []
  const wanted = outputs(Object.fromEntries(named))
  const prepared = await run(executor.prepare(wanted))
  const names = feedsOf(wanted).map(inputName)
  const inputs = own.flatMap((s) => s.inputs).filter(({ node }) => names.includes(inputName(node)))
  const got = await run(prepared.run(feedsFor(inputs)))
  prepared.release()
  return own.flatMap(({ roots, inputs: placed }, i) => {
    const exact = [valuesOf(roots, placed), valuesOf(roots, flushed(placed))]
    const limits = bounds(roots, placed, exact[0] ?? [], false)
    return roots.flatMap((root, r) => {
      const real = typeOf(root).dtype === 'f32'
      const have: Values = got[`sample${i} ${r}`]?.data ?? new Float64Array(0)
      const complaint = (j: number): string | undefined => {
        const each = exact.map((e) =>
          real
            ? wrong(
                at(e[r] ?? [], j),
                Math.fround(at(have, j)),
                at(limits[r] ?? [], j) + within,
                losesInfinity !== undefined,
              )
            : anyIndex === true || at(e[r] ?? [], j) === at(have, j)
              ? undefined
              : `the reference is ${at(e[r] ?? [], j)}`,
        )
        return each.includes(undefined) ? undefined : each[0]
      }
      const length = exact[0]?.[r]?.length ?? 0
      if (have.length !== length) return [`sample ${i}: ${have.length} elements, not ${length}`]
      if (open?.includes(r) === true) return []
      const bad = Array.from({ length }, (_, j) => j).find((j) => complaint(j) !== undefined)
      return bad === undefined
        ? []
        : [`sample ${i}, result ${r}[${bad}] is ${at(have, bad)}, ${complaint(bad)}: ${describeInputs(placed)}`]
    })
  })
}

/** F15 of an operation, forward and backward: what an executor gets wrong, one line each. */
export const nonFiniteComparisons = (name: string, cases = CASES): readonly Comparison[] => [
  {
    title: `F15: ${name}, forward, on values that are not finite`,
    complaints: (executor) =>
      compare(
        executor,
        extremeSamples(name, cases, 'forward').map((s) => ({ roots: s.results, inputs: s.inputs })),
        rows[name],
      ),
  },
  {
    title: `F15: ${name}, backward, on values that are not finite`,
    complaints: (executor) =>
      compare(executor, extremeSamples(name, Math.ceil(cases / 2), 'backward').flatMap(pullback), {
        within: rows[name]?.within ?? 0,
      }),
  },
]

/** Every operation of the table that has a value outside a loop. */
export const lawfulNames: readonly string[] = Object.keys(domains).filter((name) => name !== 'argument')

/** Those with a loop or several operations in one: the other half of the work on a GPU. */
export const fusedNames: readonly string[] = lawfulNames.filter(
  (name) => name in loopDomains || name in fusedDomains || name in convolutionDomains,
)

/** Operands of the reference, one at a time all NaN: whether a result says so. */
export const losesNaN = (name: string): readonly string[] =>
  [0, 1, 2, 3].flatMap((seed) => {
    const s = sample(name, key(seed), small)
    return realInputs(s).flatMap(({ node, data }) => {
      if (data.length === 0) return []
      const inputs = s.inputs.map((p) =>
        p.node === node ? { node, data: Float64Array.from(data, () => Number.NaN) } : p,
      )
      const seen = valuesOf(s.results, inputs).some((v) => [...v].some(Number.isNaN))
      return seen ? [] : [`${name}: NaN in '${inputName(node)}' leaves no trace (seed ${seed})`]
    })
  })
