/**
 * Derivatives of expressions, checked two ways: the transpose identity ⟨v, Jᵀu⟩ = ⟨Jv, u⟩ and central differences.
 */
import { at } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { type AnyTensor, axesOf, type Expr, typeOf } from '../expr.ts'
import { vjpOf } from '../ops/pull-back.ts'
import { fold, type Key, uniforms } from '../key.ts'
import { dot, sum } from '../math.ts'
import { input } from '../ops/layout.ts'
import { add, constant, multiply } from '../ops/pointwise.ts'
import { sumToAxes } from '../ops/rules.ts'
import { evaluate } from '../reference.ts'
import { anyTensor } from '../typed.ts'

/** An input with its values. */
export interface Placed {
  readonly node: Expr
  readonly data: Values
}

/** Expressions, with values for every input that they read. */
interface Differentiable {
  readonly results: readonly Expr[]
  readonly inputs: readonly Placed[]
}

/** f32 results and what they depend on; cotangents `u` of the results and tangents `v` of the inputs. */
export interface Linearised {
  readonly inputs: readonly Placed[]
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

const isReal = (x: Expr): boolean => typeOf(x).dtype === 'f32'

const noise = (k: Key, i: number, n: number): Float64Array => uniforms(fold(k, i), n).map((u) => 2 * u - 1)

const companions = (prefix: string, k: Key, xs: readonly Expr[]): readonly Placed[] =>
  xs.map((x, i) => ({ node: input(`${prefix}${i}`, ...axesOf(x)), data: noise(k, i, sizeOf(axesOf(x))) }))

const real: (x: Expr) => AnyTensor = anyTensor('f32')

const inner = (gs: readonly (Expr | undefined)[], vs: readonly Placed[]): AnyTensor =>
  gs.reduce<AnyTensor>(
    (total, g, i) =>
      g === undefined ? total : real(add(total, real(sumToAxes([])(multiply(real(g), real(at(vs, i).node)))))),
    real(constant(0)),
  )

/** Derivatives of `ys` along `gs` in `xs`, zeros where nothing arrives. */
const pulledBack = (ys: readonly Expr[], gs: readonly Expr[], xs: readonly Expr[]): readonly Expr[] =>
  vjpOf(ys, gs, xs).map((g, i) => g ?? multiply(real(at(xs, i)), constant(0)))

/** Builds the derivatives along random directions; `on` are the inputs that move (all of f32 by default). */
export const linearise = (
  { results, inputs }: Differentiable,
  k: Key,
  on: readonly Placed[] = inputs.filter(({ node }) => isReal(node)),
): Linearised => {
  const ys = results.filter(isReal)
  const xs = on.map(({ node }) => node)
  const [us, vs] = [companions('u', fold(k, 0), ys), companions('v', fold(k, 1), xs)]
  const cotangents = us.map(({ node }) => node)
  const pulled = pulledBack(ys, cotangents, xs)
  const direction = inner(pulled, vs)
  return {
    inputs,
    ys,
    xs: on,
    us,
    vs,
    pulled,
    pushed: pulledBack([direction], [constant(1)], cotangents),
    curved: pulledBack([direction], [constant(1)], xs),
  }
}

const valuesOf = (roots: readonly Expr[], inputs: readonly Placed[]): readonly Values[] =>
  evaluate(roots, new Map(inputs.map(({ node, data }) => [node, data]))).map(({ data }) => data)

/** Values of expressions of what was linearised, with directions `along` in place of its own tangents. */
export const valuesAt = (l: Linearised, roots: readonly Expr[], along?: readonly Values[]): readonly Values[] =>
  valuesOf(roots, [
    ...l.inputs,
    ...l.us,
    ...(along === undefined ? l.vs : l.vs.map(({ node }, i) => ({ node, data: at(along, i) }))),
  ])

const inners = (xs: readonly Values[], placed: readonly Placed[]): readonly number[] =>
  xs.map((x, i) => dot(x, at(placed, i).data))

const magnitude = (xs: readonly Values[], placed: readonly Placed[]): number =>
  sum(xs.flatMap((x, i) => Array.from(x, (a, e) => Math.abs(a * at(at(placed, i).data, e)))))

/** ⟨v, Jᵀu⟩, ⟨Jv, u⟩: how far they are apart, and Σ|terms| of both. */
export const transposeGap = (l: Linearised): { readonly gap: number; readonly scale: number } => {
  const [pulled, pushed] = [valuesAt(l, l.pulled), valuesAt(l, l.pushed)]
  return {
    gap: Math.abs(sum(inners(pulled, l.vs)) - sum(inners(pushed, l.us))),
    scale: magnitude(pulled, l.vs) + magnitude(pushed, l.us),
  }
}

/** Directions: three random ones, and every unit vector where all inputs together have at most 16 elements. */
export const directions = (l: Linearised, k: Key): readonly (readonly Values[])[] => {
  const sizes = l.xs.map((x) => x.data.length)
  const total = sum(sizes)
  const random = [0, 1, 2].map((r) => sizes.map((n, i) => noise(fold(k, r), i, n)))
  const start = sizes.map((_, i) => sum(sizes.slice(0, i)))
  const units = Array.from({ length: total <= 16 ? total : 0 }, (_, j) =>
    sizes.map((n, i) => Float64Array.from({ length: n }, (_x, e) => Number(at(start, i) + e === j))),
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
      l.xs.map(({ node, data }, i) => [node, Float64Array.from(data, (x, e) => x + step * at(at(along, i), e))]),
    )
    return valuesOf(roots, [...l.inputs.map(({ node, data }) => ({ node, data: shifted.get(node) ?? data })), ...l.us])
  }
  const [up, down] = [moved(h), moved(-h)]
  return up.map((y, j) => Float64Array.from(y, (x, e) => (x - at(at(down, j), e)) / (2 * h)))
}

/** The largest |a − b| / max(1, |b|) over all elements; infinite where one is undefined. */
export const relativeGap = (xs: readonly Values[], ys: readonly Values[]): number => {
  const gaps = xs.flatMap((x, i) =>
    Array.from(x, (a, e) => Math.abs(a - at(at(ys, i), e)) / Math.max(1, Math.abs(at(at(ys, i), e)))),
  )
  return gaps.reduce((worst, gap) => (gap <= worst ? worst : Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap), 0)
}
