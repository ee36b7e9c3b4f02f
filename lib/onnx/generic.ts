/**
 * One graph for every size of its free axes, from graphs of the same program at several sizes.
 *
 * The graphs have the same nodes; what differs are constants that hold sizes. Such a constant becomes a computation from
 * the shapes of the inputs (`Shape`, products, sums, `Concat`); numbers 0, s, 2s, … become a `Range`; a repeated number an
 * `Expand`. A program for which the nodes themselves or other numbers differ has no such graph, and the failure names the
 * operation and the axis.
 */
import { absent, at, orElse, two } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { axisOfSize, fixedSize, type Limits, type Probes, type Size, solveSize } from './sizes.ts'
import { type SizeNodes, sizeNodes } from './size-nodes.ts'
import type { Dimension, Graph, GraphNode, GraphValue, Initialiser } from './types.ts'

/** A graph whose inputs, outputs and constants hold for every size. */
type Generic = Pick<Graph, 'nodes' | 'inputs' | 'outputs' | 'initialisers'>

const differs = (what: string, origin: string, axis: string): Failure =>
  failure(
    'Shape',
    `'${origin}' ${what} for another size of axis '${axis}', so one graph cannot serve all sizes`,
    `export with a fixed size of '${axis}'`,
    { op: origin, axis },
  )

interface Merging {
  readonly probes: Probes
  readonly sizes: SizeNodes
  /** For each graph: which merged name a name of it has. */
  readonly names: readonly Map<string, string>[]
  readonly initialisers: Map<string, Initialiser>
  readonly nodes: GraphNode[]
  readonly constants: readonly ReadonlyMap<string, Initialiser>[]
}

/** The axis along which something first differs: the first corner at which it is not what it is at corner 0. */
const axisWhere = ({ probes }: Merging, same: (point: number) => boolean): string =>
  probes.axes.find((_, i) => !same(2 ** i)) ?? probes.axes[0] ?? ''

const numbersIn = ({ dtype, bytes }: Initialiser): readonly number[] => {
  const { buffer } = bytes.slice()
  if (dtype === 'i64') return Array.from(new BigInt64Array(buffer), Number)
  if (dtype === 'f32') return Array.from(new Float32Array(buffer))
  return dtype === 'bool' ? Array.from(bytes) : Array.from(new Int32Array(buffer))
}

const sameBytes = (x: Uint8Array, y: Uint8Array): boolean => x.length === y.length && x.every((b, i) => b === y[i])

const sameConstant = (x: Initialiser | undefined, y: Initialiser | undefined): boolean =>
  x !== undefined &&
  y !== undefined &&
  x.dtype === y.dtype &&
  x.shape.join() === y.shape.join() &&
  sameBytes(x.bytes, y.bytes)

/** Start and step of numbers start, start + step, …: the same at every probe; undefined when they are none. */
const progressionOf = (all: readonly (readonly number[])[]): readonly [start: number, step: number] | undefined => {
  const [start, second] = two(at(all, 0))
  const step = second - start
  return Number.isInteger(start) &&
    Number.isInteger(step) &&
    all.every((xs) => xs.every((x, i) => x === start + i * step))
    ? [start, step]
    : undefined
}

const solved = (m: Merging, node: GraphNode, values: readonly number[]): Size =>
  solveSize(m.probes, values) ??
  raise(
    differs(
      'holds a number that is no product or sum of sizes',
      node.origin ?? node.type,
      axisWhere(m, (p) => values[p] === values[0]),
    ),
  )

/** A number that is a size, or 1 divided by one (a mean). */
const real = (
  m: Merging,
  node: GraphNode,
  found: readonly Initialiser[],
  values: readonly (readonly number[])[],
): string => {
  const numbers = values.map(([x = absent()]) => x)
  const inverses = numbers.map((x) => Math.round(1 / x))
  const whole = solveSize(m.probes, numbers)
  const inverse = inverses.every((n, i) => Math.fround(1 / n) === numbers[i])
    ? solveSize(m.probes, inverses)
    : undefined
  if (found[0]?.dtype === 'f32' && found[0].shape.length === 0 && whole !== undefined) return m.sizes.real(whole)
  if (found[0]?.dtype === 'f32' && found[0].shape.length === 0 && inverse !== undefined)
    return m.sizes.reciprocal(inverse)
  return raise(
    differs(
      'uses another number',
      node.origin ?? node.type,
      axisWhere(m, (p) => sameConstant(found[p], found[0])),
    ),
  )
}

/** A constant that differs from size to size, as a computed value. */
const computed = (m: Merging, node: GraphNode, position: number, found: readonly Initialiser[]): string => {
  const [first] = found
  if (first === undefined) return ''
  const shape = first.shape.map((_, d) =>
    solved(
      m,
      node,
      found.map((c) => at(c.shape, d)),
    ),
  )
  const values = found.map(numbersIn)
  if (shape.every((s) => fixedSize(s) !== undefined)) {
    if (first.dtype !== 'i64' && first.dtype !== 'i32') return real(m, node, found, values)
    const elements = at(values, 0).map((_, i) =>
      solved(
        m,
        node,
        values.map((v) => at(v, i)),
      ),
    )
    return m.sizes.vector(
      elements,
      first,
      node.type === 'Reshape' && position === 1 && !('allowzero' in node.attributes),
    )
  }
  const steps = progressionOf(values)
  if (steps === undefined || first.shape.length === 0)
    return raise(
      differs(
        'uses other numbers',
        node.origin ?? node.type,
        axisWhere(m, (p) => sameConstant(found[p], first)),
      ),
    )
  return m.sizes.progression(steps, shape, first.dtype)
}

/** The merged name of what input `position` of a node reads. */
const inputName = (m: Merging, nodes: readonly GraphNode[], position: number): string => {
  const [node] = nodes
  const given = nodes.map((n) => at(n.inputs, position))
  if (node === undefined) return ''
  const merged = given.map((name, g) => m.names[g]?.get(name))
  if (merged[0] !== undefined && merged.every((name) => name === merged[0])) return merged[0]
  const found = given.flatMap((name, g) => orElse(m.constants[g]?.get(name), []))
  if (found.length !== given.length)
    return raise(
      differs(
        'has other operands',
        node.origin ?? node.type,
        axisWhere(m, (p) => merged[p] === merged[0]),
      ),
    )
  const [first] = found
  if (first === undefined || !found.every((c) => sameConstant(c, first))) return computed(m, node, position, found)
  m.initialisers.set(first.name, first)
  return first.name
}

const dimensionsOf = (m: Merging, node: GraphNode, values: readonly GraphValue[]): readonly Dimension[] =>
  at(values, 0).shape.map((_, d): Dimension => {
    const size = solved(
      m,
      node,
      values.map((v) => at(v.shape, d)),
    )
    const axis = values[0]?.dimensions?.[d]?.axis
    const fixed = fixedSize(size)
    const shown = axis === undefined ? {} : { axis }
    if (fixed !== undefined) return { size: fixed, ...shown }
    return { name: axisOfSize(size) ?? axis ?? 'size', ...shown }
  })

const NOWHERE: GraphNode = { type: '', inputs: [], outputs: [], attributes: {}, origin: 'the program' }

const mergedValue = (m: Merging, values: readonly GraphValue[], node: GraphNode = NOWHERE): GraphValue => {
  const [first] = values
  return { name: '', dtype: 'f32', shape: [], ...first, dimensions: dimensionsOf(m, node, values) }
}

/** Body of a loop: its own nodes, in names of the first graph. */
const mergedBody = (m: Merging, nodes: readonly GraphNode[]): Graph | undefined => {
  const bodies = nodes.flatMap(({ body }) => (body === undefined ? [] : [body]))
  const [first] = bodies
  const [node] = nodes
  if (first === undefined || node === undefined || bodies.length !== nodes.length) return undefined
  const inside: Merging = { ...m, nodes: [] }
  const inputs = first.inputs.map((_, i) =>
    mergedValue(
      m,
      bodies.flatMap((b) => at(b.inputs, i)),
      node,
    ),
  )
  bodies.forEach((b, g) => {
    b.inputs.forEach(({ name }, i) => m.names[g]?.set(name, at(inputs, i).name))
  })
  mergeNodes(
    inside,
    bodies.map((b) => b.nodes),
  )
  const outputs = first.outputs.map((_, i) =>
    mergedValue(
      m,
      bodies.flatMap((b) => at(b.outputs, i)),
      node,
    ),
  )
  return { nodes: inside.nodes, inputs, outputs, initialisers: [] }
}

const described = ({ type, inputs, outputs, attributes, body }: GraphNode): string =>
  JSON.stringify([type, inputs.length, outputs.length, attributes, body === undefined])

const mergeNodes = (m: Merging, graphs: readonly (readonly GraphNode[])[]): void => {
  const first = at(graphs, 0)
  first.forEach((node, i) => {
    const nodes = graphs.map((g) => g[i])
    const present = nodes.flatMap((n) => n ?? [])
    const same = (p: number): boolean => nodes[p] !== undefined && described(nodes[p]) === described(node)
    if (!nodes.every((_, p) => same(p)))
      raise(differs('becomes other operators', node.origin ?? node.type, axisWhere(m, same)))
    const body = mergedBody(m, present)
    const inputs = node.inputs.map((_, k) => inputName(m, present, k))
    m.nodes.push({ ...node, inputs, ...(body === undefined ? {} : { body }) })
    present.forEach((n, g) => {
      n.outputs.forEach((name, k) => m.names[g]?.set(name, at(node.outputs, k)))
    })
  })
  const longer = graphs.findIndex((g) => g.length !== first.length)
  if (longer >= 0) {
    const extra = graphs[longer]?.[first.length]
    raise(
      differs(
        'becomes other operators',
        extra?.origin ?? 'the program',
        axisWhere(m, (p) => graphs[p]?.length === first.length),
      ),
    )
  }
}

/** Merges graphs of one program, one for each probe. Throws a `Shape` failure that names an operation and an axis. */
export const genericGraph = (probes: Probes, graphs: readonly Graph[], limits: Limits = {}): Generic => {
  const [first] = graphs
  if (first === undefined) return { nodes: [], inputs: [], outputs: [], initialisers: [] }
  const initialisers = new Map<string, Initialiser>()
  const sizes = sizeNodes(initialisers, first.inputs, limits)
  const m: Merging = {
    probes,
    sizes,
    names: graphs.map((g) => new Map(g.inputs.map(({ name }) => [name, name]))),
    initialisers,
    nodes: [],
    constants: graphs.map((g) => new Map(g.initialisers.map((c) => [c.name, c]))),
  }
  mergeNodes(
    m,
    graphs.map((g) => g.nodes),
  )
  const values = (of: (g: Graph) => readonly GraphValue[]): readonly GraphValue[] =>
    of(first).map((_, i) =>
      mergedValue(
        m,
        graphs.flatMap((g) => at(of(g), i)),
      ),
    )
  const [inputs, outputs] = [values((g) => g.inputs), values((g) => g.outputs)]
  return { nodes: [...sizes.nodes(), ...m.nodes], inputs, outputs, initialisers: [...initialisers.values()] }
}
