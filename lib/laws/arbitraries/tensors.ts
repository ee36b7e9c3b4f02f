/**
 * Arbitrary tensors: axes with sizes, values on them, and inputs that hold them; all shrink.
 */
import fc from 'fast-check'
import { type AnyAxis, axis, sizeOf } from '../../axis.ts'
import type { DType, Values } from '../../dtype.ts'
import type { Expr } from '../../expr.ts'
import { inputOf } from '../../ops/layout.ts'

/** Up to `most` axes a, b, c … with sizes 0 to 4. */
export const axesUpTo = (most: number, smallest = 0): fc.Arbitrary<readonly AnyAxis[]> =>
  fc
    .array(fc.integer({ min: smallest, max: 4 }), { maxLength: most })
    .map((sizes) => sizes.map((size, i) => axis('abcdefgh'.charAt(i), size)))

/** Finite doubles of moderate size, zeros and negative zeros among them. */
const moderate: fc.Arbitrary<number> = fc.double({ min: -1e3, max: 1e3, noNaN: true })

/** n values of an element type. */
const valuesFor = (dtype: DType, n: number): fc.Arbitrary<Values> => {
  const list = <A>(x: fc.Arbitrary<A>) => fc.array(x, { minLength: n, maxLength: n })
  if (dtype === 'f32') return list(moderate).map((xs) => Float64Array.from(xs))
  if (dtype === 'i32') return list(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })).map((xs) => Int32Array.from(xs))
  return list(fc.integer({ min: 0, max: dtype === 'bool' ? 1 : 2 ** 32 - 1 })).map((xs) => Uint32Array.from(xs))
}

/** An input and its values. */
export interface Tensored {
  readonly node: Expr
  readonly axes: readonly AnyAxis[]
  readonly data: Values
}

/** A tensor over given axes. */
export const tensorOver = (axes: readonly AnyAxis[], dtype: DType = 'f32', name = 'x'): fc.Arbitrary<Tensored> =>
  valuesFor(dtype, sizeOf(axes)).map((data) => ({ node: inputOf(dtype)(name, ...axes), axes, data }))

/**
 * A tensor of any element type with up to `most` axes.
 *
 * @example
 * const filled = forAll('a number a cell', tensors(2), ({ axes, data }) =>
 *   data.length === axes.reduce((cells, { size }) => cells * size, 1) ? undefined : `${data.length} numbers`)
 * complaintsOf([filled]) // => []
 */
export const tensors = (most: number, smallest = 0): fc.Arbitrary<Tensored> =>
  fc
    .tuple(axesUpTo(most, smallest), fc.constantFrom<DType>('f32', 'i32', 'u32', 'bool'))
    .chain(([axes, dtype]) => tensorOver(axes, dtype))
