/**
 * Rewriting a finished graph: its nodes are emitted again, one by one, into a fresh builder, and a rule may emit something
 * else with the same value. What is no longer needed disappears.
 */
import { at } from '../at.ts'
import { graphBuilder } from './graph.ts'
import type { Finished, GraphBuilder, GraphNode, GraphValue } from './types.ts'

/** What a rule may ask about the graph as it was, and the builder of the new one. */
export interface Rewriting {
  readonly builder: GraphBuilder
  /** The new name of an old value. */
  readonly now: (old: string) => string
  /** The old node that computes an old value. */
  readonly producer: (old: string) => GraphNode | undefined
  /** How many nodes and outputs of the old graph read an old value. */
  readonly uses: (old: string) => number
  readonly shapeOf: (old: string) => readonly number[] | undefined
  /** The value of an old integer constant. */
  readonly integersOf: (old: string) => readonly number[] | undefined
}

/** New names of a node's outputs, or undefined to emit it as it is. */
export type Rule = (graph: Rewriting, node: GraphNode) => readonly string[] | undefined

const usesOf = ({ graph }: Finished): ReadonlyMap<string, number> => {
  const uses = new Map<string, number>()
  for (const name of [...graph.nodes.flatMap((n) => [...new Set(n.inputs)]), ...graph.outputs.map((o) => o.name)])
    uses.set(name, (uses.get(name) ?? 0) + 1)
  return uses
}

/** The graph with a rule applied to every node, outputs in the same order. */
export const rewrite = (old: Finished, rule: Rule): Finished => {
  const builder = graphBuilder()
  const names = new Map<string, string>()
  const producers = new Map(old.graph.nodes.flatMap((n) => n.outputs.map((o): [string, GraphNode] => [o, n])))
  const uses = usesOf(old)
  const made = new Set(old.hosts.map((h) => h.output.name))
  for (const value of old.graph.inputs) if (!made.has(value.name)) names.set(value.name, builder.input(value))
  for (const host of old.hosts) names.set(host.output.name, builder.host(host))
  for (const constant of old.graph.initialisers)
    names.set(constant.name, builder.initialiser(constant, old.integersOf(constant.name)))
  const now = (name: string): string => names.get(name) ?? name
  const rewriting: Rewriting = {
    builder,
    now,
    producer: (name) => producers.get(name),
    uses: (name) => uses.get(name) ?? 0,
    shapeOf: old.shapeOf,
    integersOf: old.integersOf,
  }
  for (const node of old.graph.nodes) {
    const results =
      rule(rewriting, node) ?? builder.nodes(node.type, node.inputs.map(now), node.outputs.length, node.attributes)
    node.outputs.forEach((name, i) => {
      names.set(name, at(results, i))
      const shape = old.shapeOf(name)
      if (shape !== undefined) builder.note(at(results, i), shape)
    })
  }
  const taken = new Set<string>()
  return builder.finish(old.graph.outputs.map((o): GraphValue => ({ ...o, name: builder.own(now(o.name), taken) })))
}
