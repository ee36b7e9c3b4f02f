/**
 * ONNX graphs under construction. The builder gives equal nodes one name, follows the shapes that it can, drops reshapes
 * that change nothing, and in the end keeps only the nodes on which an output depends.
 */
import { at, orElse } from '../at.ts'
import {
  type Facts,
  type Hosts,
  type Nodes,
  constantsWithin,
  factsWithin,
  hostsOf,
  nodesOf,
  numbersOf,
  piecesOf,
  unchangedBy,
} from './graph-parts.ts'
import type { Graph, GraphBuilder, GraphNode, GraphValue } from './types.ts'

const HOST = 'host:'

/** What a node reads, in its body too. */
const readBy = ({ inputs, body }: GraphNode): readonly string[] =>
  body === undefined ? inputs : [...inputs, ...body.nodes.flatMap(readBy), ...body.outputs.map((o) => o.name)]

/** Nodes on which the wanted names depend, in order. */
const needed = (
  nodes: readonly GraphNode[],
  wanted: readonly string[],
): { readonly nodes: readonly GraphNode[]; readonly names: ReadonlySet<string> } => {
  const names = new Set(wanted)
  const kept = [...nodes].reverse().filter((n) => {
    const used = n.outputs.some((o) => names.has(o))
    if (used) for (const i of readBy(n)) names.add(i)
    return used
  })
  return { nodes: kept.reverse(), names }
}

/** A loop without the outputs of its steps that nobody reads. */
const prunedLoop = (node: GraphNode, read: ReadonlySet<string>): GraphNode => {
  const { body, outputs, attributes } = node
  const { num_scan_inputs: elements } = attributes
  if (body === undefined || typeof elements !== 'number') return node
  const carries = node.inputs.length - elements
  const kept = outputs.map((name, i) => i < carries || read.has(name))
  const wanted = body.outputs.filter((_, i) => kept[i])
  const { nodes } = needed(
    body.nodes,
    wanted.map((o) => o.name),
  )
  const { scan_output_directions: directions, ...rest } = attributes
  return {
    ...node,
    outputs: outputs.filter((_, i) => kept[i]),
    attributes: {
      ...rest,
      scan_output_directions: numbersOf(directions).filter((_, i) => kept[carries + i]),
    },
    body: { ...body, nodes, outputs: wanted },
  }
}

/** The graph with only what its outputs need. */
export const pruned = (graph: Graph): Graph => {
  const { nodes, names } = needed(
    graph.nodes,
    graph.outputs.map((o) => o.name),
  )
  const loops = nodes.map((n) => (n.body === undefined ? n : prunedLoop(n, names)))
  const read = new Set(loops.flatMap(readBy))
  return { ...graph, nodes: loops, initialisers: graph.initialisers.filter(({ name }) => read.has(name)) }
}

/** The way in which a builder makes nodes: none that changes nothing, no second one that is equal to a first. */
const nodesBy = (facts: Facts, nodes: Nodes, hosts: Hosts): GraphBuilder['nodes'] => {
  const known = new Map<string, readonly string[]>()
  return (type, given, count, attributes = {}) => {
    const producer = nodes.producer(orElse(given[0], ''))
    const from = type === 'Reshape' && producer?.type === 'Reshape' ? [at(producer.inputs, 0), at(given, 1)] : given
    const same = count === 1 ? unchangedBy(facts, type, from, attributes) : undefined
    if (same !== undefined) return [same]
    const pieces = type === 'Split' ? piecesOf(facts, producer, count, attributes) : undefined
    if (pieces !== undefined) return pieces
    const key = `${type}(${from.join()})${count}${JSON.stringify(attributes)}`
    const found = known.get(key)
    if (found !== undefined) return found
    const made = type.startsWith(HOST)
      ? [hosts.asked(type, from, attributes)]
      : nodes.emit(type, from, count, attributes)
    known.set(key, made)
    return made
  }
}

/** A fresh builder; inside another one, for the body of a loop, constants become those of the outer graph. */
export const graphBuilder = (outer?: GraphBuilder, prefix = ''): GraphBuilder => {
  const facts = factsWithin(outer)
  const constants = constantsWithin(outer, facts)
  const hosts = hostsOf(facts)
  const nodes = nodesOf(facts, prefix)
  const inputs: GraphValue[] = []
  const made = nodesBy(facts, nodes, hosts)
  const copy = (name: string): string => at(nodes.emit('Identity', [name], 1, {}), 0)
  return {
    nodes: made,
    node: (type, from, attributes = {}) => at(made(type, from, 1, attributes), 0),
    loop: nodes.emit,
    mark: nodes.mark,
    producer: nodes.producer,
    shapeOf: facts.shapeOf,
    integersOf: facts.integersOf,
    note: facts.noted,
    constant: constants.constant,
    initialiser: constants.initialiser,
    host: hosts.add,
    input: (value) => {
      inputs.push(value)
      facts.shaped(value.name, value.shape)
      return value.name
    },
    copy,
    own: (name, taken) => {
      const chosen = nodes.producer(name) !== undefined && !taken.has(name) ? name : copy(name)
      taken.add(chosen)
      return chosen
    },
    finish: (outputs) => {
      const kept = needed(
        nodes.all(),
        outputs.map((o) => o.name),
      )
      const used = hosts.all().filter((h) => kept.names.has(h.output.name))
      return {
        graph: {
          nodes: kept.nodes,
          initialisers: constants.all().filter((c) => kept.names.has(c.name)),
          inputs: [...inputs.filter((v) => kept.names.has(v.name)), ...used.map((h) => h.output)],
          outputs,
        },
        hosts: used,
        shapeOf: facts.shapeOf,
        integersOf: facts.integersOf,
      }
    },
  }
}
