/**
 * A sum with a value that is 0 but for what is scattered into it, such as the gradient of a look-up: the updates are added to the
 * other value, and neither the zeros nor a pass over both exist.
 */
import { at, orElse, two } from '../at.ts'
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
  const found = scatterBehind(graph, y) ?? scatterBehind(graph, x)
  const flat = shapeOf(orElse(found?.outputs[0], ''))
  if (found === undefined || flat === undefined) return undefined
  const other = scatterBehind(graph, y) === undefined ? y : x
  const reshaped = (value: string, shape: readonly number[]): string =>
    builder.node('Reshape', [value, builder.constant('i64', [shape.length], shape)])
  const [rows, updates] = two(found.inputs.slice(1).map(now))
  return [
    reshaped(builder.node('ScatterElements', [reshaped(now(other), flat), rows, updates], found.attributes), left),
  ]
}
