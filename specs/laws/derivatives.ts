/**
 * Derivatives of a sample checked two ways: the transpose identity ⟨v, Jᵀu⟩ = ⟨Jv, u⟩ and central differences.
 */
import type { Values } from '../../lib/dtype.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { vjpOf } from '../../lib/grad.ts'
import { fold, type Key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { dot } from '../../lib/math.ts'
import { input } from '../../lib/ops/layout.ts'
import { add, constant, multiply } from '../../lib/ops/pointwise.ts'
import { sumToAxes } from '../../lib/ops/rules.ts'
import { type Placed, realInputs, realResults, type Sample, valuesOf } from '../domains.ts'
import { declared } from '../../lib/phantom.ts'

/** An f32 result and what it depends on; cotangents `u` of the results and tangents `v` of the inputs. */
export interface Linearised {
  readonly sample: Sample
  readonly ys: readonly Expr[]
  readonly xs: readonly Placed[]
  readonly us: readonly Placed[]
  readonly vs: readonly Placed[]
  /** Jᵀu, one for each input. */
  readonly pulled: readonly Expr[]
  /** Jv, one for each result. */
  readonly pushed: readonly Expr[]
  /** The Hessian of ⟨u, y⟩ times v. */
  readonly curved: readonly Expr[]
}

const noise = (k: Key, i: number, n: number): Float64Array => uniforms(fold(k, i), n).map((u) => 2 * u - 1)

const companions = (prefix: string, k: Key, xs: readonly Expr[]): readonly Placed[] =>
  xs.map((x, i) => {
    const axes = axesOf(x)
    return {
      node: input(`${prefix}${i}`, ...axes),
      data: noise(
        k,
        i,
        axes.reduce((n, a) => n * a.size, 1),
      ),
    }
  })

const scalar = (x: Expr): Tensor<'1'> => declared(x)

const inner = (gs: readonly (Expr | undefined)[], vs: readonly Placed[]): Expr =>
  gs.reduce((total: Expr, g, i) => {
    const v = vs[i]?.node
    return g === undefined || v === undefined
      ? total
      : add(scalar(total), scalar(sumToAxes([])(multiply(scalar(g), scalar(v)))))
  }, constant(0))

const zero = (x: Expr): Expr => multiply(scalar(x), constant(0))

/** Builds the derivatives of a sample along random directions; `on` are the inputs that move. */
export const linearise = (sample: Sample, k: Key, on: readonly Placed[] = realInputs(sample)): Linearised => {
  const ys = realResults(sample)
  const nodes = on.map((x) => x.node)
  const [us, vs] = [companions('u', fold(k, 0), ys), companions('v', fold(k, 1), nodes)]
  const pulled = vjpOf(
    ys,
    us.map((u) => u.node),
    nodes,
  ).map((g, i) => g ?? zero(nodes[i] ?? constant(0)))
  const direction = inner(pulled, vs)
  const pushed = vjpOf(
    [direction],
    [constant(1)],
    us.map((u) => u.node),
  ).map((g, i) => g ?? zero(ys[i] ?? constant(0)))
  const curved = vjpOf([direction], [constant(1)], nodes).map((g, i) => g ?? zero(nodes[i] ?? constant(0)))
  return { sample, ys, xs: on, us, vs, pulled, pushed, curved }
}

/** Values of expressions of a linearised sample, with directions `along` in place of its own tangents. */
export const valuesAt = (l: Linearised, roots: readonly Expr[], along: readonly Values[] = []): readonly Values[] =>
  valuesOf(roots, [...l.sample.inputs, ...l.us, ...l.vs.map(({ node, data }, i) => ({ node, data: along[i] ?? data }))])

/** ⟨v, Jᵀu⟩, ⟨Jv, u⟩ and Σ|terms| of both. */
export const transposeGap = (l: Linearised): { readonly gap: number; readonly scale: number } => {
  const [pulled, pushed] = [valuesAt(l, l.pulled), valuesAt(l, l.pushed)]
  const pairs = [
    ...pulled.map((g, i) => [g, l.vs[i]?.data ?? []] as const),
    ...pushed.map((y, i) => [y, l.us[i]?.data ?? []] as const),
  ]
  const [left, right] = [pairs.slice(0, pulled.length), pairs.slice(pulled.length)].map((part) =>
    part.reduce((n, [a, b]) => n + dot(a, b), 0),
  )
  const scale = pairs.reduce(
    (n, [a, b]) => n + Array.from(a, (x, i) => Math.abs(x * at(b, i))).reduce((m, x) => m + x, 0),
    0,
  )
  return { gap: Math.abs((left ?? 0) - (right ?? 0)), scale }
}

/** Directions: three random ones, and every unit vector where all inputs together have at most 16 elements. */
export const directions = (l: Linearised, k: Key): readonly (readonly Values[])[] => {
  const sizes = l.xs.map((x) => x.data.length)
  const total = sizes.reduce((n, s) => n + s, 0)
  const random = [0, 1, 2].map((r) => sizes.map((n, i) => noise(fold(k, r), i, n)))
  const start = sizes.map((_, i) => sizes.slice(0, i).reduce((n, s) => n + s, 0))
  const units = Array.from({ length: total <= 16 ? total : 0 }, (_, j) =>
    sizes.map((n, i) => Float64Array.from({ length: n }, (_x, e) => Number((start[i] ?? 0) + e === j))),
  )
  return [...random, ...units]
}

/** (f(x + hv) − f(x − hv)) / 2h for each of `roots`. */
export const centralDifference = (
  l: Linearised,
  roots: readonly Expr[],
  along: readonly Values[],
  h = 1e-5,
): readonly Values[] => {
  const moved = (step: number): readonly Values[] => {
    const shifted = new Map(
      l.xs.map(({ node, data }, i) => [node, Float64Array.from(data, (x, e) => x + step * (along[i]?.[e] ?? 0))]),
    )
    return valuesOf(roots, [
      ...l.sample.inputs.map((x) => ({ node: x.node, data: shifted.get(x.node) ?? x.data })),
      ...l.us,
    ])
  }
  const [up, down] = [moved(h), moved(-h)]
  return up.map((y, j) => Float64Array.from(y, (x, e) => (x - (down[j]?.[e] ?? 0)) / (2 * h)))
}

/** The largest |a − b| / max(1, |b|) over all elements; infinite where one is undefined. */
export const relativeGap = (xs: readonly Values[], ys: readonly Values[]): number => {
  const gaps = xs.flatMap((x, i) =>
    Array.from(x, (a, e) => {
      const b = ys[i]?.[e] ?? Number.NaN
      return Math.abs(a - b) / Math.max(1, Math.abs(b))
    }),
  )
  return gaps.reduce((worst, gap) => (gap <= worst ? worst : Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap), 0)
}
