/**
 * Gradients: a function from expressions to expressions, reverse mode, of any order.
 *
 * Since a tensor is its own expression there is no tape: the gradient walks the graph from the result to the inputs and
 * asks each operation for the cotangents of its arguments.
 */
import { at } from './at.ts'
import { showAxes } from './axis.ts'
import { failure, raise } from './errors.ts'
import {
  type Cotangent,
  type Expr,
  type Scalar,
  type Tensor,
  axesOf,
  definitionOf,
  substitute,
  topological,
  typeOf,
  type AnyTensor,
} from './expr.ts'
import { declared, typedRecord } from './phantom.ts'
import { add, constant, multiply } from './ops/pointwise.ts'
import { input, like } from './ops/layout.ts'
import { spreadTo, sumToAxes } from './ops/rules.ts'

const accumulate = (old: Cotangent, g: AnyTensor): AnyTensor => (old === undefined ? g : add(old, g))

/** Cotangents gathered so far: for each node one slot for each of its results. */
type Slots = Map<Expr, readonly Cotangent[]>

const deposit = (slots: Slots, node: Expr, index: number, g: AnyTensor): void => {
  const old = slots.get(node) ?? node.types.map(() => undefined)
  slots.set(
    node,
    old.map((c, i) => (i === index ? accumulate(c, g) : c)),
  )
}

/** Passes a node's cotangents on to its arguments. */
const propagate = (slots: Slots, node: Expr, wanted: ReadonlySet<Expr>): void => {
  const gs = slots.get(node)
  if (gs === undefined) return
  const spread = gs.map((g, i) => (g === undefined ? undefined : spreadTo(at(node.types, i).axes)(g)))
  const cotangents = node.op.vjp?.(node, spread) ?? throughDefinition(node, spread)
  node.args.forEach((arg, i) => {
    const g = cotangents[i]
    if (g === undefined || !wanted.has(arg) || typeOf(arg).dtype !== 'f32') return
    deposit(slots, arg, 0, declared(g))
  })
}

/** A fused operation without its own rule has the gradient of its definition. */
const throughDefinition = (node: Expr, gs: readonly Cotangent[]): readonly Cotangent[] =>
  vjpWithin(definitionOf(node.op, node.attrs, node.args) ?? [], gs, node.args)

/** Nodes through which a change of one of `xs` reaches the results. */
const dependents = (order: readonly Expr[], xs: readonly Expr[]): ReadonlySet<Expr> => {
  const reached = new Set<Expr>(xs)
  for (const node of order) if (node.args.some((a) => reached.has(a))) reached.add(node)
  return reached
}

/**
 * Cotangents of `xs` for given cotangents of `ys` (undefined where no gradient arrives): the vector-Jacobian product
 * Σ_j ⟨g_j, ∂y_j/∂x_i⟩.
 *
 * @example
 * const x = input('x')
 * const [pulled] = vjpOf([square(x)], [constant(1)], [x])
 * evaluateOne(reference)(pulled ?? constant(0), { x: Float64Array.of(3) }) // => 6
 */
export const vjpOf = (
  ys: readonly Expr[],
  gs: readonly (Expr | undefined)[],
  xs: readonly Expr[],
): readonly Cotangent[] => pullBack(ys, gs, xs, new Set())

/** `vjpOf` that takes `xs` for independent of each other, whatever they were made of. */
export const vjpWithin = (
  ys: readonly Expr[],
  gs: readonly (Expr | undefined)[],
  xs: readonly Expr[],
): readonly Cotangent[] => pullBack(ys, gs, xs, new Set(xs))

const pullBack = (
  ys: readonly Expr[],
  gs: readonly (Expr | undefined)[],
  xs: readonly Expr[],
  leaves: ReadonlySet<Expr>,
): readonly Cotangent[] => {
  const order = topological(ys, leaves)
  const wanted = dependents(order, xs)
  const slots: Slots = new Map()
  ys.forEach((y, i) => {
    const g = gs[i]
    if (g !== undefined && wanted.has(y)) deposit(slots, y, 0, declared(spreadTo(axesOf(y))(g)))
  })
  for (const node of [...order].reverse()) {
    if (!wanted.has(node) || leaves.has(node)) continue
    if (node.op.name === 'part') {
      const g = slots.get(node)?.[0]
      const [whole] = node.args
      const index = node.attrs['index']
      if (g !== undefined && whole !== undefined && typeof index === 'number') deposit(slots, whole, index, g)
    } else propagate(slots, node, wanted)
  }
  return xs.map((x) => {
    const g = slots.get(x)?.[0]
    return g === undefined ? undefined : like(x)(g)
  })
}

const zerosLike = (x: Expr): AnyTensor => declared(spreadTo(axesOf(x))(constant(0)))

/**
 * The gradient of a scalar with respect to named tensors: a record of tensors with the axes of each. A tensor on which
 * the scalar does not depend has gradient 0. Throws a `Shape` failure when `y` has axes: sum it first.
 *
 * @example
 * const n = axis('n', 3)
 * const x = input('x', n)
 * const { x: twice } = gradient(sum(n)(multiply(x, x)), { x })
 * evaluateOne(reference)(twice, { x: Float64Array.of(1, 2, 3) }) // => [2, 4, 6]
 */
export const gradient = <P extends Readonly<Record<string, string>>>(
  y: Scalar,
  xs: { readonly [K in keyof P]: Tensor<P[K]> },
): { readonly [K in keyof P]: Tensor<P[K]> } => {
  if (axesOf(y).length > 0)
    raise(
      failure('Shape', `gradient: the result has axes ${showAxes(axesOf(y))}`, 'sum it to a scalar first', {
        axes: axesOf(y),
      }),
    )
  return mapRecord(xs, (nodes) => vjpOf([y], [constant(1)], nodes).map((g, i) => g ?? zerosLike(at(nodes, i))))
}

/** Applies a function of lists to the values of a record of expressions. */
const mapRecord = <R extends Readonly<Record<string, Expr>>>(
  xs: R,
  f: (nodes: readonly Expr[]) => readonly Expr[],
): R => {
  const entries = Object.entries(xs)
  const results = f(entries.map(([, x]) => x))
  return typedRecord(
    Object.fromEntries(
      entries.flatMap(([name], i) => {
        const r = results[i]
        return r === undefined ? [] : [[name, r]]
      }),
    ),
  )
}

/**
 * Forward mode as reverse mode twice: the directional derivative of `y` along `v` at `x`, ∂y/∂x · v (the vjp is linear
 * in its cotangent, so its own vjp is the Jacobian).
 *
 * @example
 * const x = input('x')
 * const along = jvp(square(x), x, constant(1), input('dummy'))
 * evaluateOne(reference)(along, { x: Float64Array.of(3) }) // => 6
 */
export const jvp = <A extends string, B extends string>(
  y: Tensor<A>,
  x: Tensor<B>,
  v: Tensor<B>,
  dummy: Tensor<A>,
): Tensor<A> => {
  const [pulled] = vjpOf([y], [dummy], [x])
  const [pushed] =
    pulled === undefined ? [undefined] : vjpOf([sumToAxes([])(multiply(pulled, v))], [constant(1)], [dummy])
  return declared(pushed ?? zerosLike(y))
}

/**
 * ⟨∇y, v⟩ differentiated again: the Hessian of a scalar at `x` times `v`, whatever `v` was made of.
 *
 * @example
 * const x = input('x')
 * const second = hessianVector(power(x, constant(3)), x, constant(1))
 * evaluateOne(reference)(second, { x: Float64Array.of(2) }) // => 12
 */
export const hessianVector = <B extends string>(y: Scalar, x: Tensor<B>, v: Tensor<B>): Tensor<B> => {
  const [g] = vjpOf([y], [constant(1)], [x])
  const direction = input('hessianVector/direction', ...axesOf(v))
  const inner = g === undefined ? undefined : sumToAxes([])(multiply(g, direction))
  const [h] = inner === undefined ? [undefined] : vjpOf([inner], [constant(1)], [x])
  return declared(
    h === undefined
      ? zerosLike(x)
      : at(
          substitute([h], (node) => (node === direction ? v : undefined)),
          0,
        ),
  )
}
