/**
 * The vector-Jacobian product of expressions, and with it all gradients: reverse mode, of any order.
 *
 * Since a tensor is its own expression there is no tape: the walk goes from the results to the inputs and asks each
 * operation for the cotangents of its arguments. Fused operations take the rules of their definitions from here.
 */
import { at } from '../at.ts'
import { type AnyTensor, axesOf, type Cotangent, definitionOf, type Expr, topological, typeOf } from '../expr.ts'
import { declared } from '../phantom.ts'
import { like } from './layout.ts'
import { add } from './pointwise.ts'
import { spreadTo } from './rules.ts'

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
