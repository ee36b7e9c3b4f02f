/**
 * A sum with a value that is 0 but for what is scattered into it, such as the gradient of a look-up: the updates are added to the
 * other value, and neither the zeros nor a pass over both exist.
 */
import { at, orElse, two } from '../at.ts'
import { reshapeNode } from '../ops/emit.ts'
import type { GraphNode } from './types.ts'
import type { Rewriting, Rule } from './rewrite.ts'
import { isZero } from './steps.ts'

/** The node that scatters into zeros behind a value, through reshapes, if nothing else reads what lies between. */
const scatterBehind = (graph: Rewriting, name: string): GraphNode | undefined => {
  const node = graph.uses(name) === 1 ? graph.producer(name) : undefined
  if (node?.type === 'Reshape') return scatterBehind(graph, at(node.inputs, 0))
  const adds = node?.type === 'ScatterElements' && node.attributes['reduction'] === 'add'
  return adds && isZero(graph, graph.now(at(node.inputs, 0))) ? node : undefined
}

/** The rule. */
export const scattered: Rule = (graph, node) => {
  const { builder, now, shapeOf } = graph
  if (node.type !== 'Add') return undefined
  const [x, y] = two(node.inputs)
  const [left, right] = [shapeOf(x), shapeOf(y)]
  if (left === undefined || left.join() !== right?.join()) return undefined
  const behind = scatterBehind(graph, y)
  const [found, other] = behind === undefined ? [scatterBehind(graph, x), y] : [behind, x]
  const flat = shapeOf(orElse(found?.outputs[0], ''))
  if (found === undefined || flat === undefined) return undefined
  const operands = [reshapeNode(builder, now(other), flat), ...found.inputs.slice(1).map(now)]
  return [reshapeNode(builder, builder.node('ScatterElements', operands, found.attributes), left)]
}
