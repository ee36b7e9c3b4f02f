/**
 * Expressions as tensors, checked when the graph is built: for what comes out of a record, a file or a list, where the
 * compiler lost the axes. Results of operations carry theirs already.
 */
import { type AnyAxis, type Unit, showAxes } from './axis.ts'
import type { DType } from './dtype.ts'
import { failure, raise } from './errors.ts'
import { type AnyTensor, type Expr, type Tensor, axesOf, typeOf } from './expr.ts'
import { declared } from './phantom.ts'

/** An axis, or the name of one whose size does not matter. */
export type Expected = AnyAxis | string

/** The name of an expected axis. */
export type NameOf<E extends Expected> = E extends string ? E : E extends AnyAxis ? E['name'] : never

const subject = ({ op, attrs }: Expr): string =>
  op.name === 'input' && typeof attrs['name'] === 'string' ? `input '${attrs['name']}'` : `'${op.name}'`

const isAxis = (expected: Expected, { name, size }: AnyAxis): boolean =>
  typeof expected === 'string' ? expected === name : expected.name === name && expected.size === size

const shown = (expected: readonly Expected[]): string =>
  expected.length === 0 ? 'a scalar' : expected.map((a) => (typeof a === 'string' ? a : showAxes([a]))).join(', ')

const checked = <A extends string, D extends DType>(
  x: Expr,
  axes: readonly Expected[],
  dtype: D,
): Tensor<A | Unit, D> => {
  const found = typeOf(x)
  const fits = found.axes.length === axes.length && found.axes.every((a) => axes.some((b) => isAxis(b, a)))
  return fits && found.dtype === dtype
    ? declared(x)
    : raise(
        failure(
          fits ? 'DType' : 'Shape',
          `${subject(x)} is ${found.dtype} over ${showAxes(found.axes)}, not ${dtype} over ${shown(axes)}`,
          'name the axes and the element type that it has, or rename, sum or cast it first',
          { op: x.op.name, expected: { axes, dtype }, found },
        ),
      )
}

/**
 * `typed` for another element type than f32.
 *
 * @example
 * typedOf('i32')()(constantOf('i32', 3)) // => 3
 */
export const typedOf =
  <D extends DType>(dtype: D) =>
  <const Axs extends readonly Expected[]>(...axes: Axs) =>
  (x: Expr): Tensor<NameOf<Axs[number]> | Unit, D> =>
    checked(x, axes, dtype)

/**
 * The expression as an f32 tensor over these axes, in any order; an axis given by name alone may have any size. Throws a
 * `Shape` failure with the expected axes and those found where they differ, and a `DType` failure where only the element
 * type does.
 *
 * @example
 * const [row, n] = [axis('row', 2), axis('n', 3)]
 * const x = typed(row, n)(input('x', row, n)) // throws where the axes are others
 * print(x).split(' : ')[1] // => 'f32[row=2, n=3]'
 */
export const typed: <const Axs extends readonly Expected[]>(
  ...axes: Axs
) => (x: Expr) => Tensor<NameOf<Axs[number]> | Unit> = typedOf('f32')

/**
 * The expression as a tensor whose axes only matter at run time; throws a `DType` failure for another element type.
 *
 * @example
 * anyTensor('f32')(constant(3)) // => 3
 */
export const anyTensor =
  <D extends DType>(dtype: D) =>
  (x: Expr): AnyTensor<D> =>
    checked<string, D>(x, axesOf(x), dtype)
