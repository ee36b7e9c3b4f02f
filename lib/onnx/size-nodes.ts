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

/**
 * A builder of computed sizes, which adds its constants to `initialisers`. The size of an axis with a limit is looked up in
 * a table of zeros that ends there and added to what was found: a larger size is an error of the runtime, not a wrong result.
 */
export const sizeNodes = (
  initialisers: Map<string, Initialiser>,
  inputs: readonly GraphValue[],
  limits: Limits,
): SizeNodes => {
  const nodes: GraphNode[] = []
  const known = new Map<string, string>()

  const emit = (type: string, from: readonly string[], attributes: GraphNode['attributes'] = {}): string => {
    const key = `${type}(${from.join()})${JSON.stringify(attributes)}`
    const found = known.get(key)
    if (found !== undefined) return found
    const output = `size${nodes.length}`
    nodes.push({ type, inputs: from, outputs: [output], attributes, origin: 'size' })
    known.set(key, output)
    return output
  }

  const integers = (shape: readonly number[], values: readonly number[], dtype: 'i64' | 'i32' = 'i64'): string => {
    const name = `n_${dtype}_${shape.join('x')}_${values.join('_')}`.replaceAll('-', 'm')
    initialisers.set(name, { name, key: name, dtype, shape, bytes: encodeValues(dtype, values) })
    return name
  }

  const limited = (axis: string, size: string): string => {
    const limit = limits[axis]
    if (limit === undefined) return size
    const name = `up_to_${limit}`
    const [dtype, shape] = ['i64' as const, [limit + 1]]
    initialisers.set(name, { name, key: name, dtype, shape, bytes: encodeValues(dtype, new Int32Array(limit + 1)) })
    return emit('Add', [size, emit('Gather', [name, size], { axis: 0 })])
  }

  /** The size of an axis [1], from the first input that has it. */
  const axisNode = (axis: string): string => {
    for (const { name, dimensions = [] } of inputs) {
      const at = dimensions.findIndex((d) => d.axis === axis)
      if (at >= 0) return limited(axis, emit('Shape', [name], { start: at, end: at + 1 }))
    }
    return raise(
      failure('Shape', `no input of the program has the axis '${axis}'`, `export with a fixed size of '${axis}'`, {
        axis,
      }),
    )
  }

  const termNode = ({ coefficient, axes }: Term): string => {
    const factors = axes.map(axisNode)
    const all = coefficient === 1 && factors.length > 0 ? factors : [integers([1], [coefficient]), ...factors]
    return all.slice(1).reduce((x, y) => emit('Mul', [x, y]), at(all, 0))
  }

  /** A size [1]. */
  const sizeNode = (size: Size): string => {
    const fixed = fixedSize(size)
    if (fixed !== undefined) return integers([1], [fixed])
    const terms = size.map(termNode)
    return terms.slice(1).reduce((x, y) => emit('Add', [x, y]), at(terms, 0))
  }

  const listOf = (sizes: readonly Size[]): string =>
    sizes.length === 1 && sizes[0] !== undefined ? sizeNode(sizes[0]) : emit('Concat', sizes.map(sizeNode), { axis: 0 })

  const shaped = (x: string, shape: readonly number[]): string => emit('Reshape', [x, integers([shape.length], shape)])

  const typed = (x: string, dtype: GraphType): string => (dtype === 'i64' ? x : emit('Cast', [x], { to: CAST[dtype] }))

  return {
    vector: (elements, like, target) => {
      const fixed = elements.map(fixedSize)
      const free = fixed.filter((n) => n === undefined).length
      if (target && free === 1 && !fixed.includes(-1) && !fixed.includes(0))
        return integers(
          like.shape,
          fixed.map((n) => n ?? -1),
        )
      const list = typed(listOf(elements), like.dtype)
      return like.shape.length === 1 ? list : shaped(list, like.shape)
    },
    progression: ([start, step], shape, dtype) => {
      if (step === 0) return emit('Expand', [typed(integers([1], [start]), dtype), listOf(shape)])
      const count = shape.map(sizeNode).reduce((x, y) => emit('Mul', [x, y]))
      const limit = emit('Add', [emit('Mul', [count, integers([1], [step])]), integers([1], [start])])
      const range = emit('Range', [integers([], [start]), shaped(limit, []), integers([], [step])])
      const values = typed(range, dtype)
      return shape.length === 1 ? values : emit('Reshape', [values, listOf(shape)])
    },
    real: (size) => typed(shaped(sizeNode(size), []), 'f32'),
    reciprocal: (size) => emit('Reciprocal', [typed(shaped(sizeNode(size), []), 'f32')]),
    nodes: () => nodes,
  }
}
