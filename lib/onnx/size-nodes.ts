/**
 * Sizes at run time: nodes that compute them from the shapes of a graph's inputs. They stand before all others, so that the
 * bodies of loops may read them too.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { encodeValues } from './constants.ts'
import { fixedSize, type Limits, type Size, type Term } from './sizes.ts'
import type { GraphNode, GraphType, GraphValue, Initialiser } from './types.ts'

/** Emits computed sizes. */
export interface SizeNodes {
  /** A constant with computed elements; as the target of a reshape, one element may be left to ONNX (−1). */
  readonly vector: (elements: readonly Size[], like: Initialiser, target: boolean) => string
  /** start, start + step, … in a given shape. */
  readonly progression: (
    steps: readonly [start: number, step: number],
    shape: readonly Size[],
    dtype: GraphType,
  ) => string
  /** A size as an f32 scalar, and 1 divided by one. */
  readonly real: (size: Size) => string
  readonly reciprocal: (size: Size) => string
  readonly nodes: () => readonly GraphNode[]
}

const CAST = { f32: 1, i32: 6, i64: 7, bool: 9, u32: 12 } as const

/** What sizes are computed from: nodes (equal ones once), constants, and the graph's inputs and limits. */
interface Making {
  readonly emit: (type: string, from: readonly string[], attributes?: GraphNode['attributes']) => string
  readonly integers: (shape: readonly number[], values: readonly number[]) => string
  /** As many zeros as there are sizes up to a limit. */
  readonly zerosUpTo: (limit: number) => string
  readonly nodes: () => readonly GraphNode[]
  readonly inputs: readonly GraphValue[]
  readonly limits: Limits
}

const makingOf = (initialisers: Map<string, Initialiser>, inputs: readonly GraphValue[], limits: Limits): Making => {
  const nodes: GraphNode[] = []
  const known = new Map<string, string>()
  const constant = (name: string, shape: readonly number[], values: readonly number[] | Int32Array): string => {
    initialisers.set(name, { name, key: name, dtype: 'i64', shape, bytes: encodeValues('i64', values) })
    return name
  }
  return {
    emit: (type, from, attributes = {}) => {
      const key = `${type}(${from.join()})${JSON.stringify(attributes)}`
      const found = known.get(key)
      if (found !== undefined) return found
      const output = `size${nodes.length}`
      nodes.push({ type, inputs: from, outputs: [output], attributes, origin: 'size' })
      known.set(key, output)
      return output
    },
    integers: (shape, values) =>
      constant(`n_i64_${shape.join('x')}_${values.join('_')}`.replaceAll('-', 'm'), shape, values),
    zerosUpTo: (limit) => constant(`up_to_${limit}`, [limit + 1], new Int32Array(limit + 1)),
    nodes: () => nodes,
    inputs,
    limits,
  }
}

const limited = ({ emit, zerosUpTo, limits }: Making, axis: string, size: string): string => {
  const limit = limits[axis]
  return limit === undefined ? size : emit('Add', [size, emit('Gather', [zerosUpTo(limit), size], { axis: 0 })])
}

/** The size of an axis [1], from the first input that has it. */
const axisNode = (making: Making, axis: string): string => {
  for (const { name, dimensions = [] } of making.inputs) {
    const at = dimensions.findIndex((d) => d.axis === axis)
    if (at >= 0) return limited(making, axis, making.emit('Shape', [name], { start: at, end: at + 1 }))
  }
  return raise(
    failure('Shape', `no input of the program has the axis '${axis}'`, `export with a fixed size of '${axis}'`, {
      axis,
    }),
  )
}

const termNode = (making: Making, { coefficient, axes }: Term): string => {
  const { emit, integers } = making
  const factors = axes.map((axis) => axisNode(making, axis))
  const all = coefficient === 1 && factors.length > 0 ? factors : [integers([1], [coefficient]), ...factors]
  return all.slice(1).reduce((x, y) => emit('Mul', [x, y]), at(all, 0))
}

/** A size [1]. */
const sizeNode = (making: Making, size: Size): string => {
  const fixed = fixedSize(size)
  if (fixed !== undefined) return making.integers([1], [fixed])
  const terms = size.map((term) => termNode(making, term))
  return terms.slice(1).reduce((x, y) => making.emit('Add', [x, y]), at(terms, 0))
}

const listOf = (making: Making, sizes: readonly Size[]): string => {
  const all = sizes.map((size) => sizeNode(making, size))
  return all.length === 1 ? at(all, 0) : making.emit('Concat', all, { axis: 0 })
}

const shaped = ({ emit, integers }: Making, x: string, shape: readonly number[]): string =>
  emit('Reshape', [x, integers([shape.length], shape)])

const castTo = ({ emit }: Making, x: string, dtype: GraphType): string =>
  dtype === 'i64' ? x : emit('Cast', [x], { to: CAST[dtype] })

const vectorOf = (making: Making, elements: readonly Size[], like: Initialiser, target: boolean): string => {
  const fixed = elements.map(fixedSize)
  const free = fixed.filter((n) => n === undefined).length
  if (target && free === 1 && !fixed.includes(-1) && !fixed.includes(0))
    return making.integers(
      like.shape,
      fixed.map((n) => n ?? -1),
    )
  const list = castTo(making, listOf(making, elements), like.dtype)
  return like.shape.length === 1 ? list : shaped(making, list, like.shape)
}

const progressionOf = (
  making: Making,
  [start, step]: readonly [start: number, step: number],
  shape: readonly Size[],
  dtype: GraphType,
): string => {
  const { emit, integers } = making
  if (step === 0) return emit('Expand', [castTo(making, integers([1], [start]), dtype), listOf(making, shape)])
  const count = shape.map((size) => sizeNode(making, size)).reduce((x, y) => emit('Mul', [x, y]))
  const limit = emit('Add', [emit('Mul', [count, integers([1], [step])]), integers([1], [start])])
  const range = emit('Range', [integers([], [start]), shaped(making, limit, []), integers([], [step])])
  const values = castTo(making, range, dtype)
  return shape.length === 1 ? values : emit('Reshape', [values, listOf(making, shape)])
}

/**
 * A builder of computed sizes, which adds its constants to `initialisers`. The size of an axis with a limit is looked up in
 * a table of zeros that ends there and added to what was found: a larger size is an error of the runtime, not a wrong result.
 */
export const sizeNodes = (
  initialisers: Map<string, Initialiser>,
  inputs: readonly GraphValue[],
  limits: Limits,
): SizeNodes => {
  const making = makingOf(initialisers, inputs, limits)
  const real = (size: Size): string => castTo(making, shaped(making, sizeNode(making, size), []), 'f32')
  return {
    vector: (elements, like, target) => vectorOf(making, elements, like, target),
    progression: (steps, shape, dtype) => progressionOf(making, steps, shape, dtype),
    real,
    reciprocal: (size) => making.emit('Reciprocal', [real(size)]),
    nodes: making.nodes,
  }
}
