/**
 * Layer norms of few rows of which only the result is read: what brings large rows down to 2⁵⁴ need not be a power of two, and takes
 * five nodes instead of nine.
 */
import { at } from '../at.ts'
import { product } from '../math.ts'
import type { GraphNode } from './types.ts'
import type { Rewriting, Rule } from './rewrite.ts'

/** The most elements; of more, the largest modulus takes longer as the largest of moduli than as that of two extremes. */
const MOST = 2 ** 16

const LARGE = 2 ** 54

/** The operand of a norm before it was scaled, where nothing else reads its scale. */
const operandOf = ({ producer, uses, shapeOf }: Rewriting, node: GraphNode): string | undefined => {
  const scaled = at(node.inputs, 0)
  const [x, scale] = producer(scaled)?.inputs ?? []
  const known = producer(scaled)?.type === 'Mul' && producer(scale ?? '')?.type === 'Where'
  const alone = [scaled, scale ?? ''].every((y) => uses(y) === 1) && node.outputs.slice(1).every((y) => uses(y) === 0)
  const shape = shapeOf(scaled)
  return known && alone && shape !== undefined && product(shape) <= MOST ? x : undefined
}

/** The rule. */
export const normed: Rule = (graph, node) => {
  const x = node.type === 'LayerNormalization' ? operandOf(graph, node) : undefined
  if (x === undefined) return undefined
  const { builder: b, now } = graph
  const [large, last] = [b.constant('f32', [], [LARGE]), b.constant('i64', [1], [-1])]
  const high = b.node('ReduceMax', [b.node('Abs', [now(x)]), last], { keepdims: 1 })
  const scaled = b.node('Mul', [now(x), b.node('Div', [large, b.node('Max', [high, large])])])
  return b.nodes('LayerNormalization', [scaled, ...node.inputs.slice(1).map(now)], 3, node.attributes)
}
