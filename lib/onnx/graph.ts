/**
 * ONNX graphs under construction. The builder gives equal nodes one name, follows the shapes that it can, drops reshapes
 * that change nothing, and in the end keeps only the nodes on which an output depends.
 */
import { at, orElse } from '../at.ts'
import type { OnnxAttribute } from '../expr.ts'
import { constantKey, encodeValues } from './constants.ts'
import { inferShapes } from './shapes.ts'
import type { Graph, GraphBuilder, GraphNode, GraphValue, HostNode, Initialiser } from './types.ts'

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

const numbersOf = (a: OnnxAttribute | undefined): readonly number[] =>
  typeof a === 'object' && !('float' in a) ? a : []
const numberOf = (a: OnnxAttribute | undefined): number =>
  typeof a === 'number' ? a : typeof a === 'object' && 'float' in a ? a.float : 0

/** A fresh builder; inside another one, for the body of a loop, constants become those of the outer graph. */
export const graphBuilder = (outer?: GraphBuilder, prefix = ''): GraphBuilder => {
  const nodes: GraphNode[] = []
  const producers = new Map<string, GraphNode>()
  const initialisers = new Map<string, Initialiser>()
  const constants = new Map<string, string>()
  const integers = new Map<string, readonly number[]>()
  const inputs: GraphValue[] = []
  const hosts = new Map<string, HostNode>()
  const shapes = new Map<string, readonly number[]>()
  const known = new Map<string, readonly string[]>()
  const now = { origin: '' }
  const shapeOf = (name: string): readonly number[] | undefined => shapes.get(name) ?? outer?.shapeOf(name)
  const integersOf = (name: string): readonly number[] | undefined => integers.get(name) ?? outer?.integersOf(name)

  const host = (
    type: string,
    [key = '']: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): readonly string[] => {
    const kind =
      type === 'host:words' ? 'words' : type === 'host:uniforms' ? 'uniforms' : type === 'host:below' ? 'below' : 'fold'
    const dtype = kind === 'uniforms' ? 'f32' : kind === 'below' ? 'bool' : 'u32'
    const output: GraphValue = {
      name: `h${hosts.size}`,
      dtype,
      shape: kind === 'fold' ? [2] : numbersOf(attributes['shape']),
    }
    hosts.set(output.name, { kind, key, output, parameter: numberOf(attributes['parameter']) })
    shapes.set(output.name, output.shape)
    return [output.name]
  }

  const emit = (
    type: string,
    from: readonly string[],
    count: number,
    attributes: Readonly<Record<string, OnnxAttribute>>,
    body?: Graph,
  ): readonly string[] => {
    const outputs = Array.from({ length: count }, (_, i) =>
      count === 1 ? `${prefix}v${nodes.length}` : `${prefix}v${nodes.length}_${i}`,
    )
    const made: GraphNode = {
      type,
      inputs: from,
      outputs,
      attributes,
      origin: now.origin,
      ...(body === undefined ? {} : { body }),
    }
    nodes.push(made)
    const inferred = inferShapes(made, shapeOf, integersOf)
    outputs.forEach((name, i) => {
      producers.set(name, made)
      const shape = inferred?.[i]
      if (shape !== undefined) shapes.set(name, shape)
    })
    return outputs
  }

  /** What a node is equal to, if that exists already: a reshape to the same shape, a transposition that keeps the order. */
  const simpler = (
    type: string,
    [x = '', y = '']: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): string | undefined => {
    const shape = shapeOf(x)?.join()
    if (type === 'Reshape' && shape !== undefined && shape === integersOf(y)?.join()) return x
    if (type === 'Expand' && shape !== undefined && shape === integersOf(y)?.join()) return x
    return type === 'Transpose' && numbersOf(attributes['perm']).every((p, i) => p === i) ? x : undefined
  }

  /** The pieces of which a value was just made, when it is split into the same ones. */
  const joined = (
    x: string,
    count: number,
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): readonly string[] | undefined => {
    const producer = producers.get(x)
    if (
      producer?.type !== 'Concat' ||
      producer.inputs.length !== count ||
      producer.attributes['axis'] !== attributes['axis']
    )
      return undefined
    const first = shapeOf(at(producer.inputs, 0))?.join()
    return first !== undefined && producer.inputs.every((i) => shapeOf(i)?.join() === first)
      ? producer.inputs
      : undefined
  }

  const builder: GraphBuilder = {
    nodes: (type, given, count, attributes = {}) => {
      const producer = producers.get(orElse(given[0], ''))
      const from = type === 'Reshape' && producer?.type === 'Reshape' ? [at(producer.inputs, 0), at(given, 1)] : given
      const same = count === 1 ? simpler(type, from, attributes) : undefined
      if (same !== undefined) return [same]
      const pieces = type === 'Split' ? joined(at(from, 0), count, attributes) : undefined
      if (pieces !== undefined) return pieces
      const key = `${type}(${from.join()})${count}${JSON.stringify(attributes)}`
      const found = known.get(key)
      if (found !== undefined) return found
      const outputs = type.startsWith(HOST) ? host(type, from, attributes) : emit(type, from, count, attributes)
      known.set(key, outputs)
      return outputs
    },
    node: (type, from, attributes = {}) => at(builder.nodes(type, from, 1, attributes), 0),
    loop: (type, inputs, count, attributes, body) => emit(type, inputs, count, attributes, body),
    mark: (origin) => {
      now.origin = origin
    },
    integersOf,
    constant: (dtype, shape, data) => {
      if (outer !== undefined) return outer.constant(dtype, shape, data)
      const key = constantKey(dtype, shape, data)
      const found = constants.get(key)
      if (found !== undefined) return found
      return builder.initialiser(
        { name: '', key, dtype, shape, bytes: encodeValues(dtype, data) },
        dtype === 'i64' ? [...data] : undefined,
      )
    },
    input: (value) => {
      inputs.push(value)
      shapes.set(value.name, value.shape)
      return value.name
    },
    note: (name, shape) => {
      if (!shapes.has(name)) shapes.set(name, shape)
    },
    shapeOf,
    producer: (name) => producers.get(name),
    host: (node) => {
      hosts.set(node.output.name, node)
      shapes.set(node.output.name, node.output.shape)
      return node.output.name
    },
    initialiser: (constant, values) => {
      const found = constants.get(constant.key)
      if (found !== undefined) return found
      const name = `c${constants.size}`
      constants.set(constant.key, name)
      initialisers.set(name, { ...constant, name })
      shapes.set(name, constant.shape)
      if (values !== undefined) integers.set(name, values)
      return name
    },
    own: (name, taken) => {
      const chosen = producers.has(name) && !taken.has(name) ? name : builder.copy(name)
      taken.add(chosen)
      return chosen
    },
    copy: (name) => at(emit('Identity', [name], 1, {}), 0),
    finish: (outputs) => {
      const kept = needed(
        nodes,
        outputs.map((o) => o.name),
      )
      const used = [...hosts.values()].filter((h) => kept.names.has(h.output.name))
      return {
        graph: {
          nodes: kept.nodes,
          initialisers: [...initialisers.values()].filter((c) => kept.names.has(c.name)),
          inputs: [...inputs.filter((v) => kept.names.has(v.name)), ...used.map((h) => h.output)],
          outputs,
        },
        hosts: used,
        shapeOf,
        integersOf,
      }
    },
  }
  return builder
}
