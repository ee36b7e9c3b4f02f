/**
 * The parts of a graph under construction: what is known of values, the constants, the host values, the nodes. Each keeps its
 * own tables and is asked by name; `graphBuilder` puts them together.
 */
import { absent, at, orElse } from '../at.ts'
import type { OnnxAttribute } from '../expr.ts'
import { constantKey, encodeValues } from './constants.ts'
import { inferShapes } from './shapes.ts'
import type { Graph, GraphBuilder, GraphNode, GraphValue, HostNode, Initialiser } from './types.ts'

type AttributesOf = GraphNode['attributes']

/** The numbers of an attribute, none where it is no list. */
export const numbersOf = (a: OnnxAttribute | undefined): readonly number[] =>
  typeof a === 'object' && !('float' in a) ? a : []

const numberOf = (a: OnnxAttribute | undefined): number =>
  typeof a === 'number' ? a : typeof a === 'object' && 'float' in a ? a.float : 0

/** What is known of values: their shapes, and the numbers of integer constants; inside another graph, also of its values. */
export interface Facts {
  readonly shapeOf: GraphBuilder['shapeOf']
  readonly integersOf: GraphBuilder['integersOf']
  readonly shaped: (name: string, shape: readonly number[]) => void
  /** The same, where no shape is known yet. */
  readonly noted: (name: string, shape: readonly number[]) => void
  readonly counted: (name: string, values: readonly number[]) => void
}

/** Nothing known yet. */
export const factsWithin = (outer: GraphBuilder | undefined): Facts => {
  const shapes = new Map<string, readonly number[]>()
  const integers = new Map<string, readonly number[]>()
  return {
    shapeOf: (name) => shapes.get(name) ?? outer?.shapeOf(name),
    integersOf: (name) => integers.get(name) ?? outer?.integersOf(name),
    shaped: (name, shape) => {
      shapes.set(name, shape)
    },
    noted: (name, shape) => {
      if (!shapes.has(name)) shapes.set(name, shape)
    },
    counted: (name, values) => {
      integers.set(name, values)
    },
  }
}

/** The constants of a graph: equal ones have one name. */
interface Constants {
  readonly constant: GraphBuilder['constant']
  readonly initialiser: GraphBuilder['initialiser']
  readonly all: () => readonly Initialiser[]
}

/** No constants yet; inside another graph, new ones become those of the outer one. */
export const constantsWithin = (outer: GraphBuilder | undefined, facts: Facts): Constants => {
  const named = new Map<string, Initialiser>()
  const initialiser: Constants['initialiser'] = (constant, values) => {
    const found = named.get(constant.key)
    if (found !== undefined) return found.name
    const name = `c${named.size}`
    named.set(constant.key, { ...constant, name })
    facts.shaped(name, constant.shape)
    if (values !== undefined) facts.counted(name, values)
    return name
  }
  const constant: Constants['constant'] = (dtype, shape, data) => {
    if (outer !== undefined) return outer.constant(dtype, shape, data)
    const key = constantKey(dtype, shape, data)
    const found = named.get(key)
    return found === undefined
      ? initialiser(
          { name: '', key, dtype, shape, bytes: encodeValues(dtype, data) },
          dtype === 'i64' ? [...data] : undefined,
        )
      : found.name
  }
  return { constant, initialiser, all: () => [...named.values()] }
}

/** The values that the host makes before a run. */
export interface Hosts {
  readonly add: (node: HostNode) => string
  /** What `host:…` nodes ask for: a kind, a key, and attributes. */
  readonly asked: (type: string, inputs: readonly string[], attributes: AttributesOf) => string
  readonly all: () => readonly HostNode[]
}

const KINDS: Readonly<Record<string, HostNode['kind']>> = {
  'host:words': 'words',
  'host:uniforms': 'uniforms',
  'host:below': 'below',
}

/** No host values yet. */
export const hostsOf = (facts: Facts): Hosts => {
  const nodes = new Map<string, HostNode>()
  const add = (node: HostNode): string => {
    nodes.set(node.output.name, node)
    facts.shaped(node.output.name, node.output.shape)
    return node.output.name
  }
  const asked: Hosts['asked'] = (type, [key = absent()], attributes) => {
    const kind = orElse(KINDS[type], 'fold')
    const output: GraphValue = {
      name: `h${nodes.size}`,
      dtype: kind === 'uniforms' ? 'f32' : kind === 'below' ? 'bool' : 'u32',
      shape: kind === 'fold' ? [2] : numbersOf(attributes['shape']),
    }
    return add({ kind, key, output, parameter: numberOf(attributes['parameter']) })
  }
  return { add, asked, all: () => [...nodes.values()] }
}

/** The nodes of a graph, in order. */
export interface Nodes {
  /** A new node with names of its own for its outputs, whose shapes are noted where they can be followed. */
  readonly emit: (
    type: string,
    inputs: readonly string[],
    count: number,
    attributes: AttributesOf,
    body?: Graph,
  ) => readonly string[]
  readonly producer: GraphBuilder['producer']
  readonly mark: GraphBuilder['mark']
  readonly all: () => readonly GraphNode[]
}

/** No nodes yet; names of outputs begin with the prefix. */
export const nodesOf = (facts: Facts, prefix: string): Nodes => {
  const nodes: GraphNode[] = []
  const producers = new Map<string, GraphNode>()
  const now = { origin: '' }
  const emit: Nodes['emit'] = (type, inputs, count, attributes, body) => {
    const outputs = Array.from({ length: count }, (_, i) =>
      count === 1 ? `${prefix}v${nodes.length}` : `${prefix}v${nodes.length}_${i}`,
    )
    const node = { type, inputs, outputs, attributes, origin: now.origin, ...(body === undefined ? {} : { body }) }
    nodes.push(node)
    const inferred = inferShapes(node, facts.shapeOf, facts.integersOf)
    outputs.forEach((name, i) => {
      producers.set(name, node)
      const shape = inferred?.[i]
      if (shape !== undefined) facts.shaped(name, shape)
    })
    return outputs
  }
  return {
    emit,
    producer: (name) => producers.get(name),
    mark: (origin) => {
      now.origin = origin
    },
    all: () => nodes,
  }
}

/** The value to which a node would be equal: a reshape to the same shape, a transposition that keeps the order. */
export const unchangedBy = (
  { shapeOf, integersOf }: Facts,
  type: string,
  [x, y]: readonly string[],
  attributes: AttributesOf,
): string | undefined => {
  if (type === 'Transpose') return numbersOf(attributes['perm']).every((p, i) => p === i) ? x : undefined
  if (x === undefined || y === undefined || (type !== 'Reshape' && type !== 'Expand')) return undefined
  const shape = shapeOf(x)?.join()
  return shape !== undefined && shape === integersOf(y)?.join() ? x : undefined
}

/** The pieces of which a value was just made, when it is split into the same ones. */
export const piecesOf = (
  { shapeOf }: Facts,
  producer: GraphNode | undefined,
  count: number,
  attributes: AttributesOf,
): readonly string[] | undefined => {
  if (producer?.type !== 'Concat' || producer.inputs.length !== count) return undefined
  if (producer.attributes['axis'] !== attributes['axis']) return undefined
  const first = shapeOf(at(producer.inputs, 0))?.join()
  return first !== undefined && producer.inputs.every((i) => shapeOf(i)?.join() === first) ? producer.inputs : undefined
}
