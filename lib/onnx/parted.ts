/**
 * Products of a few rows with every part of a weight, such as queries, keys and values of one step: one product with all parts at
 * once. Parts of a weight are copies, and for few rows a copy costs as much as the product with it.
 */
import { at, orElse, two } from '../at.ts'
import { reshapeNode } from '../ops/emit.ts'
import { isLong } from './blocks.ts'
import type { GraphNode } from './types.ts'
import type { Rewriting, Rule } from './rewrite.ts'

/** Where a product has more rows than this, copies of its weight do not count. */
const FEW_ROWS = 128

/** Part `index` of `count` along the first axis of a value. */
interface Part {
  readonly whole: string
  readonly index: number
  readonly count: number
}

/** The part of which a value is a reshape, if it is one. */
const partOf = ({ producer, integersOf, shapeOf }: Rewriting, name: string): Part | undefined => {
  const node = producer(name)
  const slice = node?.type === 'Reshape' ? producer(at(node.inputs, 0)) : node
  if (slice?.type !== 'Slice' || slice.inputs.length !== 4) return undefined
  const [whole, from, to, along] = slice.inputs
  const [start, end, axis] = [from, to, along].map((x) => integersOf(orElse(x, ''))?.[0])
  const count = shapeOf(orElse(whole, ''))?.[0]
  return whole !== undefined && count !== undefined && start !== undefined && axis === 0 && end === start + 1
    ? { whole, index: start, count }
    : undefined
}

/** The rule: x·W + b with parts of the same number of W and b, of which x is multiplied with all. */
export const parted: Rule = (graph, node: GraphNode) => {
  const { builder, now, shapeOf, uses } = graph
  const [x, y, c] = node.inputs
  if (node.type !== 'Gemm' || x === undefined || y === undefined || c === undefined) return undefined
  const [weight, bias, rows, own] = [partOf(graph, y), partOf(graph, c), shapeOf(x), shapeOf(y)]
  if (weight === undefined || bias === undefined || rows?.length !== 2 || own?.length !== 2) return undefined
  const { count, index } = weight
  const all = uses(x) === count && uses(weight.whole) === count && bias.index === index && bias.count === count
  const plain = node.attributes['transA'] !== 1 && node.attributes['transB'] !== 1
  const [m, [k, n]] = [at(rows, 0), two(own)]
  if (!all || !plain || m > FEW_ROWS || isLong(m, k, n)) return undefined
  const reshaped = (name: string, ...shape: readonly number[]): string => reshapeNode(builder, name, shape)
  const product = builder.node('MatMul', [now(x), reshaped(now(weight.whole), count, ...own)])
  const sum = builder.node('Add', [product, reshaped(now(bias.whole), count, 1, n)])
  const parts = builder.nodes('Split', [sum], count, { axis: 0, num_outputs: count })
  return [reshaped(at(parts, index), m, n)]
}
