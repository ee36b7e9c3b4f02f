/**
 * Values of all time steps, kept step by step.
 *
 * A recurrence written out splits what comes in into its steps and joins what comes out. When what is split was computed
 * row by row from something that was joined, it is computed step by step instead, and neither the joined value nor its
 * split exists: matrices of one step fit into the cache, those of all steps do not. Sums over all rows of joined values
 * (weight gradients) are accumulated step by step.
 */
import { at, orElse, two } from '../at.ts'
import { product } from '../math.ts'
import { reshapeNode } from '../ops/emit.ts'
import type { GraphNode } from './types.ts'
import type { Rewriting, Rule } from './rewrite.ts'

const ROW_WISE: readonly string[] = [
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Max',
  'Min',
  'Where',
  'Tanh',
  'Sigmoid',
  'Exp',
  'Log',
  'Neg',
  'Abs',
  'Cast',
  'Equal',
  'Less',
  'Reciprocal',
]

/** A product that sums over fewer rows than this per step is left in one piece. */
const LEAST_ROWS = 32

const number = (a: unknown): number => (typeof a === 'number' ? a : 0)

/** Values in equal parts along their first axis. */
interface Steps {
  /** The value in so many equal parts along its first axis, if they can be had without copying it; new names. */
  readonly cheap: (old: string, count: number) => readonly string[] | undefined
  /** The same, by a split where need be. */
  readonly always: (old: string, count: number) => readonly string[]
}

/** What a node reads at a position; '', the name of nothing, where it reads less. */
const operandOf = ({ inputs }: GraphNode, position: number): string => orElse(inputs[position], '')

/** How a value that a node of some kind computes is had step by step: `count` parts along its first axis. */
type ByStep = (graph: Rewriting, steps: Steps, node: GraphNode, count: number) => readonly string[] | undefined

const rowsIn = ({ shapeOf }: Pick<Rewriting, 'shapeOf'>, old: string): number => orElse(shapeOf(old)?.[0], 0)

/** The result of a node with one. */
const resultOf = ({ outputs }: GraphNode): string => at(outputs, 0)

const joined: ByStep = (graph, { always }, node, count) => {
  const rows = (old: string): number => rowsIn(graph, old)
  const step = rows(resultOf(node)) / count
  return number(node.attributes['axis']) !== 0 || node.inputs.some((x) => rows(x) % step !== 0 || rows(x) === 0)
    ? undefined
    : node.inputs.flatMap((x) => (rows(x) === step ? [graph.now(x)] : always(x, rows(x) / step)))
}

const sliced: ByStep = (graph, { cheap }, node, count) => {
  const [x, from, along] = [operandOf(node, 0), operandOf(node, 1), operandOf(node, 3)]
  const step = rowsIn(graph, resultOf(node)) / count
  const start = orElse(graph.integersOf(from)?.[0], -1)
  if (
    node.inputs.length !== 4 ||
    graph.integersOf(along)?.join() !== '0' ||
    start < 0 ||
    start % step !== 0 ||
    rowsIn(graph, x) % step !== 0
  )
    return undefined
  return cheap(x, rowsIn(graph, x) / step)?.slice(start / step, start / step + count)
}

const reshaped: ByStep = (graph, { cheap }, node, count) => {
  const { builder } = graph
  const x = at(node.inputs, 0)
  const shape = graph.shapeOf(resultOf(node)) ?? []
  const part = [at(shape, 0) / count, ...shape.slice(1)]
  return rowsIn(graph, x) % count === 0 ? cheap(x, count)?.map((p) => reshapeNode(builder, p, part)) : undefined
}

const rowWise: ByStep = (graph, { cheap, always }, node, count) => {
  const { builder, now, uses, shapeOf } = graph
  const out = shapeOf(resultOf(node)) ?? []
  const whole = node.inputs.map((x) => shapeOf(x)?.length === out.length && rowsIn(graph, x) === out[0])
  if (uses(resultOf(node)) > 1 || node.inputs.some((x) => shapeOf(x) === undefined)) return undefined
  if (!node.inputs.some((x, i) => whole[i] === true && cheap(x, count) !== undefined)) return undefined
  const parts = node.inputs.map((x, i) => (whole[i] === true ? always(x, count) : undefined))
  return Array.from({ length: count }, (_, t) =>
    builder.node(
      node.type,
      node.inputs.map((x, i) => orElse(parts[i]?.[t], now(x))),
      node.attributes,
    ),
  )
}

const multiplied: ByStep = ({ builder, now, uses, shapeOf }, { cheap, always }, node, count) => {
  const [x, y] = [operandOf(node, 0), operandOf(node, 1)]
  const c = node.inputs[2]
  const [left, right, out] = [shapeOf(x), shapeOf(y), shapeOf(resultOf(node))]
  const whole =
    left?.length === 2 &&
    right?.length === 2 &&
    out !== undefined &&
    number(node.attributes['transA']) === 0 &&
    uses(resultOf(node)) === 1
  if (!whole || (c !== undefined && shapeOf(c)?.length !== 1)) return undefined
  const parts = cheap(x, count) ?? (product(left) <= product(out) ? always(x, count) : undefined)
  return parts?.map((p) => builder.node(node.type, [p, now(y), ...(c === undefined ? [] : [now(c)])], node.attributes))
}

const lookedUp: ByStep = ({ builder, now, uses, shapeOf }, { always }, node, count) => {
  const [table, index] = [operandOf(node, 0), operandOf(node, 1)]
  const row = number(node.attributes['axis']) === 0 && shapeOf(index)?.length === 1 && uses(resultOf(node)) === 1
  return row ? always(index, count).map((p) => builder.node('Gather', [now(table), p], node.attributes)) : undefined
}

const BY_STEP: Readonly<Record<string, ByStep>> = {
  Concat: joined,
  Slice: sliced,
  Reshape: reshaped,
  MatMul: multiplied,
  Gemm: multiplied,
  Gather: lookedUp,
  ...Object.fromEntries(ROW_WISE.map((type) => [type, rowWise])),
}

const stepsOf = (graph: Rewriting): Steps => {
  const known = new Map<string, readonly string[] | undefined>()
  const compute = (old: string, count: number): readonly string[] | undefined => {
    const node = graph.producer(old)
    const rows = rowsIn(graph, old)
    return node === undefined || rows === 0 || rows % count !== 0
      ? undefined
      : BY_STEP[node.type]?.(graph, steps, node, count)
  }
  const steps: Steps = {
    cheap: (old, count) => {
      const key = `${old}/${count}`
      if (!known.has(key)) known.set(key, compute(old, count))
      return known.get(key)
    },
    always: (old, count) =>
      count === 1
        ? [graph.now(old)]
        : (steps.cheap(old, count) ??
          graph.builder.nodes('Split', [graph.now(old)], count, { axis: 0, num_outputs: count })),
  }
  return steps
}

/** In how many equal parts a value was joined, through reshapes. */
const partsOf = ({ producer, shapeOf }: Pick<Rewriting, 'producer' | 'shapeOf'>, old: string): number => {
  const node = producer(old)
  if (node?.type === 'Reshape') return partsOf({ producer, shapeOf }, at(node.inputs, 0))
  const first = shapeOf(orElse(node?.inputs[0], ''))?.join()
  return node?.type === 'Concat' &&
    node.attributes['axis'] === 0 &&
    node.inputs.length > 3 &&
    node.inputs.every((x) => shapeOf(x)?.join() === first)
    ? node.inputs.length
    : 1
}

/** Whether an old or new value is a repeated constant 0. */
export const isZero = (graph: Rewriting, name: string): boolean => {
  const node = graph.builder.producer(name)
  return node === undefined
    ? name === graph.builder.constant('f32', [], [0])
    : (node.type === 'Expand' || node.type === 'Reshape') && isZero(graph, at(node.inputs, 0))
}

/** A product that sums over fewer rows takes several steps at once: what it costs beside its terms is that of its result. */
const PRODUCT_ROWS = 200

/** Neighbouring steps joined, so that each product sums over enough rows. */
const grouped = ({ builder }: Rewriting, parts: readonly string[], rows: number): readonly string[] => {
  const size = Math.ceil(PRODUCT_ROWS / rows)
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, i) => {
    const own = parts.slice(i * size, (i + 1) * size)
    return own.length === 1 ? at(own, 0) : builder.node('Concat', own, { axis: 0 })
  })
}

/** xᵀ·y over the rows of all steps, some steps after the other; where x is 0 what stays of y is one row, 0 or NaN. */
const accumulated = (graph: Rewriting, steps: Steps, node: GraphNode): readonly string[] | undefined => {
  if (
    node.type !== 'Gemm' ||
    node.inputs.length !== 2 ||
    node.attributes['transA'] !== 1 ||
    node.attributes['transB'] === 1
  )
    return undefined
  const [x, y] = two(node.inputs)
  const count = Math.max(partsOf(graph, x), partsOf(graph, y))
  const rows = orElse(graph.shapeOf(y)?.[0], 0) / count
  if (count === 1 || rows < LEAST_ROWS || (steps.cheap(x, count) ?? steps.cheap(y, count)) === undefined)
    return undefined
  const [xs, ys] = [steps.always(x, count), steps.always(y, count)]
  const { builder } = graph
  const [zero, down] = [builder.constant('f32', [], [0]), builder.constant('i64', [1], [0])]
  const empty = xs.map((p) => isZero(graph, p))
  if (empty.every(Boolean)) return undefined
  const start = ys.flatMap((p, t) => (empty[t] === true ? [builder.node('Mul', [p, zero])] : []))
  const rest = start.map((p) => builder.node('ReduceSum', [p, down], { keepdims: 1 }))
  const first = rest.length === 0 ? undefined : rest.reduce((sum, p) => builder.node('Add', [sum, p]))
  const filled = (parts: readonly string[]) =>
    grouped(
      graph,
      parts.filter((_, t) => empty[t] !== true),
      rows,
    )
  const right = filled(ys)
  const total = filled(xs).reduce(
    (sum: string | undefined, p, t) =>
      builder.node('Gemm', [p, at(right, t), ...(sum === undefined ? [] : [sum])], node.attributes),
    first,
  )
  return total === undefined ? undefined : [total]
}

/** Left operands of at most so many rows, as one-hot rows of a look-up among few: what such a product costs is reading the right one. */
const FEW_ROWS = 32

/** x·y over the rows of all steps where x has few rows, step after step, so that no y of all steps is joined. */
const gathered = (graph: Rewriting, steps: Steps, node: GraphNode): readonly string[] | undefined => {
  if (node.type !== 'MatMul') return undefined
  const { builder, now, shapeOf } = graph
  const [x, y] = two(node.inputs)
  const [left, right, count] = [shapeOf(x), shapeOf(y), partsOf(graph, y)]
  const fits = left?.length === 2 && right?.length === 2 && at(left, 0) <= FEW_ROWS
  if (!fits || count === 1 || at(right, 0) / count < LEAST_ROWS) return undefined
  const ys = steps.cheap(y, count)
  if (ys === undefined) return undefined
  const xs = builder.nodes('Split', [now(x)], count, { axis: 1, num_outputs: count })
  const total = ys.reduce(
    (sum: string | undefined, p, t) => builder.node('Gemm', [at(xs, t), p, ...(sum === undefined ? [] : [sum])]),
    undefined,
  )
  return total === undefined ? undefined : [total]
}

/** The first rows of all steps, as many as are found at run time: those of each step, joined. */
const begun = (graph: Rewriting, steps: Steps, node: GraphNode): readonly string[] | undefined => {
  const { builder, now, shapeOf, integersOf } = graph
  const [x, from, to, along] = [0, 1, 2, 3].map((i) => operandOf(node, i))
  if (node.type !== 'Slice' || x === undefined || from === undefined || to === undefined || along === undefined)
    return undefined
  const whole = integersOf(from)?.join() === '0' && integersOf(along)?.join() === '0'
  if (!whole || integersOf(to) !== undefined) return undefined
  const count = partsOf(graph, x)
  const parts = count === 1 ? undefined : steps.cheap(x, count)
  const rows = orElse(shapeOf(x)?.[0], 0) / count
  const integer = (n: number): string => builder.constant('i64', [1], [n])
  const end = (t: number): string =>
    builder.node('Max', [builder.node('Sub', [now(to), integer(t * rows)]), integer(0)])
  const cut = parts?.map((p, t) => builder.node('Slice', [p, now(from), end(t), now(along)]))
  return cut === undefined ? undefined : [builder.node('Concat', cut, { axis: 0 })]
}

/** A sum over the first axis (and perhaps others) of all steps: of each step, then of those. */
const summed = (graph: Rewriting, steps: Steps, node: GraphNode): readonly string[] | undefined => {
  const { builder, now, shapeOf, integersOf } = graph
  if (node.type !== 'ReduceSum') return undefined
  const [x, along] = two(node.inputs)
  const count = integersOf(along)?.includes(0) === true ? partsOf(graph, x) : 1
  const parts = count === 1 || product(shapeOf(x) ?? []) / count < 4096 ? undefined : steps.cheap(x, count)
  if (parts === undefined) return undefined
  const sums = parts.map((p) => builder.node('ReduceSum', [p, now(along)], { keepdims: 1 }))
  return [builder.node('ReduceSum', [builder.node('Concat', sums, { axis: 0 }), now(along)], node.attributes)]
}

/** What sums or reads values of all steps, and can do so step by step. */
const WAYS = [accumulated, gathered, begun, summed]

/** The rule, with what it remembers of one graph. */
export const stepByStep = (): Rule => {
  let made: Steps | undefined
  return (graph, node) => {
    made ??= stepsOf(graph)
    const steps = made
    if (node.type === 'Split' && node.attributes['axis'] === 0 && node.outputs.length > 1)
      return steps.cheap(operandOf(node, 0), node.outputs.length)
    return WAYS.reduce<readonly string[] | undefined>((found, way) => found ?? way(graph, steps, node), undefined)
  }
}
