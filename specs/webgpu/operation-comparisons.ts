/**
 * Many samples of an operation in one program, each compared with the f64 reference within the running-error bound of
 * `specs/onnx/agreement.ts`; one program, so that pipelines compile side by side and are shared. Without a test framework,
 * so that every runtime can run them.
 */
import { sizeOf } from '../../lib/axis.ts'
import type { Executor, Feeds } from '../../lib/executor.ts'
import { type Expr, substitute, type Tensor, typeOf } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { inputOf, literal } from '../../lib/ops/layout.ts'
import { add, constant, multiply } from '../../lib/ops/pointwise.ts'
import { sumAll } from '../../lib/ops/reduce.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { type How, type Placed, realInputs, realResults, type Sample, sample, small, wild } from '../domains.ts'
import { run } from '../either.ts'
import { disagreements } from '../onnx/agreement.ts'
import { anyTensor } from '../../lib/typed.ts'

const SEED = key(20_242)

/** Small smooth values, small extreme values, and sizes around workgroups with empty axes. */
export const hows: readonly How[] = [
  small,
  { ...small, rank: 4, values: 'edge' },
  { ...wild, sizes: [0, 1, 2, 3, 7, 64, 65, 257], rank: 5, elements: 3000 },
]

/** Roots and the values of their inputs. */
export interface Compared {
  readonly roots: readonly Expr[]
  readonly inputs: readonly Placed[]
}

/** The same sample with inputs of its own names. */
export const renamed = ({ roots, inputs }: Compared, i: number): Compared => {
  const placed = inputs.map(({ node, data }, j) => ({
    node: inputOf(typeOf(node).dtype)(`sample${i} ${j}`, ...typeOf(node).axes),
    data,
  }))
  const fresh = new Map<Expr, Expr>(inputs.map(({ node }, j) => [node, placed[j]?.node ?? node]))
  return { roots: substitute(roots, (x) => fresh.get(x)), inputs: placed }
}

/** All disagreements of many samples, run as one program. */
export const compareAll = (
  executor: Executor,
  samples: readonly Compared[],
  normwise: boolean,
): Promise<readonly string[]> => {
  const own = samples.map(renamed)
  return disagreements(
    executor,
    own.flatMap((s) => s.roots),
    own.flatMap((s) => s.inputs),
    { normwise },
  )
}

/** ⟨u, results⟩ for random u: a scalar whose gradient is the vector-Jacobian product. */
const pairing = (s: Sample, seed: number): Tensor<'1'> =>
  realResults(s).reduce((total: Tensor<'1'>, y, i) => {
    const { axes } = typeOf(y)
    const weights = Float64Array.from(uniforms(fold(key(seed), i), sizeOf(axes)), (x) => Math.fround(2 * x - 1))
    const u = literal(weights, ...axes)
    return add(total, sumAll(multiply(u, anyTensor('f32')(y))))
  }, constant(0))

/** The vector-Jacobian product of a sample with random cotangents; none where nothing is differentiable. */
export const pullback = (s: Sample, i: number): readonly Compared[] => {
  const inputs = realInputs(s)
  if (inputs.length === 0 || realResults(s).length === 0) return []
  const loss = pairing(s, i)
  const named = Object.fromEntries(
    inputs.map(({ node }, j): [string, Tensor<string>] => [`x${j}`, anyTensor('f32')(node)]),
  )
  return [{ roots: Object.values(gradient(loss, named)), inputs: s.inputs }]
}

/**
 * How much to try. `normwise` compares with the largest element of a result instead of element by element; `hardware` tries
 * also the tiles of hardware, where kernels choose others on software.
 */
export interface Trials {
  readonly cases?: number
  readonly normwise?: boolean
  readonly hardware?: boolean
  readonly how?: How
}

/** A comparison with the reference: what an executor gets wrong, one line each. */
export interface Comparison {
  readonly title: string
  readonly complaints: (executor: Executor) => Promise<readonly string[]>
}

/** F1 of an operation: its results on all shapes and extreme values, and its vector-Jacobian products. */
export const operationComparisons = (
  name: string,
  { cases = 4, normwise = false, how }: Trials,
): readonly Comparison[] => [
  {
    title: `F1: ${name}, forward, on all shapes and extreme values`,
    complaints: (executor) => {
      const samples = (how === undefined ? hows : [how]).flatMap((h, n) =>
        Array.from({ length: cases }, (_, i) => sample(name, fold(fold(SEED, n), i), h)),
      )
      const forward = samples.map((s) => ({ roots: s.results, inputs: s.inputs }))
      return compareAll(executor, forward, normwise)
    },
  },
  {
    title: `F1: ${name}, backward`,
    complaints: (executor) => {
      const samples = Array.from({ length: Math.ceil(cases / 2) }, (_, i) =>
        sample(name, fold(fold(SEED, 9), i), how ?? small),
      )
      return compareAll(executor, samples.flatMap(pullback), normwise)
    },
  },
]

/** F1 of some operations, and comparisons of their own. */
export interface Suite {
  readonly title: string
  readonly names: readonly string[]
  readonly trials: Trials
  readonly more: readonly Comparison[]
}

/** All that a suite compares. */
export const suiteComparisons = ({ names, trials, more }: Suite): readonly Comparison[] => [
  ...names.flatMap((name) => operationComparisons(name, trials)),
  ...more,
]

/** Expressions by name, and what is fed to them. */
export interface Fed {
  readonly named: Readonly<Record<string, Expr>>
  readonly feeds: Feeds
}

/** Results off the reference's by more than `tolerance` times the largest element of each, or times `least` if that is more. */
export const farFromReference =
  ({ named, feeds }: Fed, { tolerance, least = 0 }: { readonly tolerance: number; readonly least?: number }) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const [exact, got] = [await run(evaluateOn(reference)(named, feeds)), await run(evaluateOn(executor)(named, feeds))]
    return Object.keys(named).flatMap((name) => {
      const [own, wanted] = [got[name]?.data ?? [], exact[name]?.data ?? []]
      const most = Float64Array.from(wanted, Math.abs).reduce((m, x) => Math.max(m, x), least)
      const far = Float64Array.from(wanted).findIndex((x, i) => !(Math.abs(x - at(own, i)) <= tolerance * most))
      if (own.length === wanted.length && far < 0) return []
      return [`${name}[${far}] is ${own[far]}, the reference says ${wanted[far]}`]
    })
  }
