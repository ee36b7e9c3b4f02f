/**
 * Inputs of a graph: what the program is fed, its state, and caches that come in blocks.
 */
import { at } from '../at.ts'
import type { AnyAxis } from '../axis.ts'
import type { Program } from '../executor.ts'
import { type ArrayType, type Expr, typeOf } from '../expr.ts'
import { BLOCK } from '../ops/attention-nodes.ts'
import type { Dimension, GraphBuilder, GraphValue } from './types.ts'

/** An input of the graph: an input of the program, or a block of it. */
export interface Fed {
  readonly input: Expr
  readonly value: GraphValue
  readonly block?: number
}

/** The variables that a run changes. */
export const moving = (state: Program['state']): Program['state'] =>
  Object.fromEntries(Object.entries(state).filter(([, { input, next }]) => next !== input))

const dimensions = (axes: readonly AnyAxis[]): readonly Dimension[] =>
  axes.map(({ name, size }) => ({ size, axis: name }))

/** Blocks of rows, joined to [batch, head, time, depth]; what splits them again finds the blocks. */
export const blockInputs = (
  { builder, fed }: { readonly builder: GraphBuilder; readonly fed: Fed[] },
  node: Expr,
  whole: GraphValue,
): readonly (ArrayType & { readonly name: string })[] => {
  const [time, batch, head, depth] = typeOf(node).axes
  if (time === undefined || batch === undefined || head === undefined || depth === undefined) return []
  const own = [batch, head, { name: time.name, size: BLOCK }, depth]
  const names = Array.from({ length: time.size / BLOCK }, (_, block) => {
    const value = {
      ...whole,
      name: `${whole.name}/${block}`,
      shape: own.map((a) => a.size),
      dimensions: dimensions(own),
    }
    fed.push({ input: node, value, block })
    return builder.input(value)
  })
  const name = names.length === 1 ? at(names, 0) : builder.node('Concat', names, { axis: 2 })
  return [{ name, axes: [batch, head, time, depth], dtype: whole.dtype === 'i64' ? 'f32' : whole.dtype }]
}
