/**
 * Shapes of the results of those ONNX operators whose shape follows from the shapes of their operands. Unknown is
 * undefined; nothing depends on knowing, but reshapes that change nothing can then be left out.
 */
import { absent, at, orElse } from '../at.ts'
import type { GraphNode } from './types.ts'

type Shape = readonly number[]
type Lookup = (name: string) => Shape | undefined

/** Shapes of all operands, if all are known. */
const all = (node: GraphNode, shapeOf: Lookup): readonly Shape[] | undefined => {
  const shapes = node.inputs.flatMap((name) => {
    const shape = shapeOf(name)
    return shape === undefined ? [] : [shape]
  })
  return shapes.length === node.inputs.length ? shapes : undefined
}

/** The shape to which operands broadcast. */
const broadcast = (shapes: readonly Shape[]): Shape => {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((s) => orElse(s[s.length - rank + i], 1))
    return sizes.find((n) => n !== 1) ?? 1
  })
}

const POINTWISE = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Max',
  'Min',
  'Mod',
  'Pow',
  'Where',
  'Equal',
  'Less',
  'LessOrEqual',
  'Greater',
  'GreaterOrEqual',
  'IsNaN',
  'IsInf',
  'And',
  'Or',
  'Not',
  'Neg',
  'Exp',
  'Log',
  'Sqrt',
  'Reciprocal',
  'Abs',
  'Sign',
  'Floor',
  'Tanh',
  'Sigmoid',
  'Sin',
  'Cos',
  'Cast',
  'Identity',
  'BitShift',
  'Softmax',
  'LogSoftmax',
  'CumSum',
  'Erf',
])

const numbers = (a: unknown): readonly number[] =>
  Array.isArray(a) ? a.flatMap((x: unknown) => (typeof x === 'number' ? [x] : [])) : []
const number = (a: unknown): number => (typeof a === 'number' ? a : 0)

const gemm = (node: GraphNode, [x, y]: readonly Shape[]): Shape => {
  const [tx, ty] = [number(node.attributes['transA']), number(node.attributes['transB'])]
  return [orElse(x?.[tx], 0), orElse(y?.[1 - ty], 0)]
}

const matmul = ([x = absent(), y = absent()]: readonly Shape[]): Shape => [
  ...broadcast([x.slice(0, -2), y.slice(0, -2)]),
  at(x, x.length - 2),
  at(y, y.length - 1),
]

const concat = (node: GraphNode, shapes: readonly Shape[]): Shape => {
  const along = number(node.attributes['axis'])
  const total = shapes.reduce((n, s) => n + at(s, along), 0)
  return at(shapes, 0).map((d, i) => (i === along ? total : d))
}

const gathered = (node: GraphNode, [x = absent(), index = absent()]: readonly Shape[]): Shape => {
  const along = number(node.attributes['axis'])
  return [...x.slice(0, along), ...index, ...x.slice(along + 1)]
}

/** The shape without the reduced axes, or with 1 in their places. */
const reduced = (node: GraphNode, x: Shape, over: readonly number[]): Shape => {
  const gone = over.map((d) => (d < 0 ? d + x.length : d))
  return x.flatMap((size, d) => (!gone.includes(d) ? [size] : node.attributes['keepdims'] === 0 ? [] : [1]))
}

/** The shape with an axis of one at each of these places of the result. */
const unsqueezed = (x: Shape, places: readonly number[]): Shape => {
  const rank = x.length + places.length
  const own = [...x]
  return Array.from({ length: rank }, (_, d) =>
    places.some((p) => (p < 0 ? p + rank : p) === d) ? 1 : (own.shift() ?? absent()),
  )
}

/** The shape between constant places along axes, in steps of 1. */
const sliced = (node: GraphNode, x: Shape, integersOf: Lookup): Shape | undefined => {
  const [starts, ends, axes] = node.inputs.slice(1).map(integersOf)
  if (starts === undefined || ends === undefined || axes === undefined || node.inputs.length > 4) return undefined
  return x.map((size, d) => {
    const i = axes.findIndex((a) => (a < 0 ? a + x.length : a) === d)
    const place = (n: number): number => Math.max(0, Math.min(size, n < 0 ? n + size : n))
    return i < 0 ? size : Math.max(0, place(at(ends, i)) - place(at(starts, i)))
  })
}

/** Shapes of a node's results, where they follow; `integersOf` gives the value of an integer constant. */
export const inferShapes = (node: GraphNode, shapeOf: Lookup, integersOf: Lookup): readonly Shape[] | undefined => {
  const [x] = node.inputs.map(shapeOf)
  const target = integersOf(orElse(node.inputs[1], ''))
  if (node.type === 'Reshape' && target !== undefined && !target.includes(-1)) return [target]
  if (x === undefined) return undefined
  if (node.type === 'Transpose') return [numbers(node.attributes['perm']).map((p) => at(x, p))]
  if (node.type === 'Expand' && target !== undefined) return [broadcast([x, target])]
  if (node.type === 'CumSum' || node.type === 'Clip' || node.type.startsWith('Scatter')) return [x]
  if (node.type === 'TopK' && target !== undefined) {
    const along = number(node.attributes['axis'])
    return node.outputs.map(() => x.map((d, i) => (i === along ? at(target, 0) : d)))
  }
  if (node.type === 'Unsqueeze' && target !== undefined) return [unsqueezed(x, target)]
  if (node.type.startsWith('Reduce') && target !== undefined) return [reduced(node, x, target)]
  if (node.type === 'Slice') {
    const shape = sliced(node, x, integersOf)
    return shape === undefined ? undefined : [shape]
  }
  if (node.type === 'Split') {
    const along = number(node.attributes['axis'])
    return node.inputs.length > 1
      ? undefined
      : node.outputs.map(() => x.map((d, i) => (i === along ? d / node.outputs.length : d)))
  }
  const shapes = all(node, shapeOf)
  if (shapes === undefined) return undefined
  if (node.type === 'GatherElements') return shapes.slice(1)
  if (node.type === 'LayerNormalization')
    return node.outputs.map((_, i) => (i === 0 ? x : x.map((d, k) => (k === x.length - 1 ? 1 : d))))
  if (node.type === 'Gather') return [gathered(node, shapes)]
  if (POINTWISE.has(node.type)) return [broadcast(shapes)]
  if (node.type === 'Gemm') return [gemm(node, shapes)]
  if (node.type === 'MatMul' && shapes.every((s) => s.length >= 2)) return [matmul(shapes)]
  return node.type === 'Concat' ? [concat(node, shapes)] : undefined
}
