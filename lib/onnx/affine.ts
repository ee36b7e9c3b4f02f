/**
 * Sums with a row: x·W + b becomes one operator, and so does a look-up in a table plus a row (the row is added to the
 * table, which is smaller). A reshape between the two is moved out of the way.
 */
import { at, orElse, two } from '../at.ts'
import { product } from '../math.ts'
import { reshapeNode } from '../ops/emit.ts'
import type { GraphNode } from './types.ts'
import type { Rewriting, Rule } from './rewrite.ts'

/** A sum of a value of the whole shape and one that repeats along its first axes, as [whole, row]. */
const wholeAndRow = (
  { shapeOf }: Rewriting,
  node: GraphNode | undefined,
): readonly [whole: string, row: string] | undefined => {
  if (node?.type !== 'Add') return undefined
  const out = shapeOf(at(node.outputs, 0))
  const [x, y] = two(node.inputs)
  const fits = (whole: string, row: string): boolean => {
    const own = shapeOf(row)
    return (
      out !== undefined &&
      own !== undefined &&
      own.length > 0 &&
      own.length < out.length &&
      shapeOf(whole)?.join() === out.join() &&
      own.every((d, i) => d === out[out.length - own.length + i])
    )
  }
  return fits(x, y) ? [x, y] : fits(y, x) ? [y, x] : undefined
}

/** The node behind a value, through reshapes, if nothing else reads what lies between. */
const behind = (graph: Rewriting, name: string): GraphNode | undefined => {
  const node = graph.uses(name) === 1 ? graph.producer(name) : undefined
  return node?.type === 'Reshape' ? behind(graph, at(node.inputs, 0)) : node
}

/** whole + row on matrices of a given shape. */
const sumNodes = (graph: Rewriting, whole: string, row: string, shape: readonly number[]): string => {
  const { builder, now, shapeOf } = graph
  const width = at(shape, shape.length - 1)
  const flat = reshapeNode(builder, now(row), [width])
  const node = behind(graph, whole)
  const own = shapeOf(orElse(node?.outputs[0], ''))
  const read = node?.inputs.map(now) ?? []
  const [x, y] = [orElse(read[0], ''), orElse(read[1], '')]
  if (node !== undefined && own?.length === 2 && own[1] === width) {
    if ((node.type === 'MatMul' || node.type === 'Gemm') && node.inputs.length === 2)
      return builder.node('Gemm', [x, y, flat], node.attributes)
    if (node.type === 'Gather' && orElse(shapeOf(at(node.inputs, 0))?.[0], 0) < at(own, 0))
      return builder.node('Gather', [builder.node('Add', [x, flat]), y], node.attributes)
  }
  return builder.node('Add', [reshapeNode(builder, now(whole), shape), flat])
}

/** The rule: on a sum that is read as a matrix, and on a reshape of such a sum. */
export const affine: Rule = (graph, node) => {
  const { integersOf, producer, uses, builder, shapeOf } = graph
  if (node.type === 'Reshape' && uses(at(node.inputs, 0)) === 1) {
    const target = integersOf(at(node.inputs, 1)) ?? []
    const parts = wholeAndRow(graph, producer(at(node.inputs, 0)))
    const row = shapeOf(orElse(parts?.[1], ''))
    if (parts === undefined || row === undefined || target.length !== 2 || target[1] !== product(row)) return undefined
    return [sumNodes(graph, parts[0], parts[1], target)]
  }
  const parts = wholeAndRow(graph, node)
  const source = parts === undefined ? undefined : behind(graph, parts[0])
  const own = shapeOf(orElse(source?.outputs[0], ''))
  const [row, out] = [shapeOf(orElse(parts?.[1], '')), shapeOf(at(node.outputs, 0))]
  if (
    parts === undefined ||
    source === undefined ||
    own?.length !== 2 ||
    row === undefined ||
    out === undefined ||
    own[1] !== product(row)
  )
    return undefined
  return [reshapeNode(builder, sumNodes(graph, parts[0], parts[1], own), out)]
}
