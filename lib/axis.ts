/**
 * Axes: a name that the compiler checks and a size that is checked when an expression is built.
 */
import { at, orElse } from './at.ts'
import { failure, raise } from './errors.ts'

/** An axis of a tensor. Invariant in its name, so that `Axis<'time'>` is never taken for `Axis<string>`. */
export interface Axis<in out N extends string> {
  readonly name: N
  readonly size: number
}

/** Any axis, when its name does not matter to the compiler. */
export interface AnyAxis {
  readonly name: string
  readonly size: number
}

/** The unit axis that every tensor carries in its type: `Tensor<'1'>` is a scalar. It is never stored. */
export type Unit = '1'

/**
 * An axis with a name and a size (an integer ≥ 0).
 *
 * @example
 * const time = axis('time', 31)
 * time.size // => 31
 */
export const axis = <const N extends string>(name: N, size: number): Axis<N> =>
  Number.isInteger(size) && size >= 0
    ? { name, size }
    : raise(failure('Shape', `axis '${name}' has size ${size}`, 'give a whole number, 0 or more', { axis: name, size }))

/** The number of elements of a tensor with these axes; 1 for a scalar. */
export const sizeOf = (axes: readonly AnyAxis[]): number => axes.reduce((n, a) => n * a.size, 1)

/** Row-major strides, in elements, of these axes in this order. */
export const stridesOf = (axes: readonly AnyAxis[]): readonly number[] => axes.map((_, i) => sizeOf(axes.slice(i + 1)))

/** The strides of a tensor with axes `own` when it is walked along `domain`: 0 where the tensor lacks the axis. */
export const stridesAlong = (domain: readonly AnyAxis[], own: readonly AnyAxis[]): readonly number[] => {
  const strides = stridesOf(own)
  return domain.map((a) => {
    const place = own.findIndex((b) => b.name === a.name)
    return place < 0 ? 0 : at(strides, place)
  })
}

/** `batch=128, time=31`, for messages. */
export const showAxes = (axes: readonly AnyAxis[]): string =>
  axes.length === 0 ? 'a scalar' : axes.map((a) => `${a.name}=${a.size}`).join(', ')

/** Whether `axes` has one of this name. */
export const hasAxis = (axes: readonly AnyAxis[], name: string): boolean => axes.some((a) => a.name === name)

/** The axes without those named. */
export const without = (axes: readonly AnyAxis[], names: readonly string[]): readonly AnyAxis[] =>
  axes.filter((a) => !names.includes(a.name))

/** The same axes in the same order, sizes included. */
export const sameAxes = (xs: readonly AnyAxis[], ys: readonly AnyAxis[]): boolean =>
  xs.length === ys.length &&
  xs.every((x, i) => {
    const y = ys[i]
    return y !== undefined && x.name === y.name && x.size === y.size
  })

/** The axis of this name; throws a `Shape` failure that names the operation when there is none. */
export const findAxis = (op: string, axes: readonly AnyAxis[], name: string): AnyAxis =>
  axes.find((a) => a.name === name) ??
  raise(
    failure('Shape', `${op}: there is no axis '${name}' among ${showAxes(axes)}`, 'use one of the axes of the tensor', {
      op,
      axis: name,
      axes,
    }),
  )

/**
 * The union of axes by name: those of the operand with the most axes first, then the others as they come.
 * Throws a `Shape` failure naming the operation, the axis and both sizes when two sizes differ.
 */
export const unionAxes = (op: string, ...operands: readonly (readonly AnyAxis[])[]): readonly AnyAxis[] => {
  const widest = operands.reduce((best, axes) => (axes.length > best.length ? axes : best), orElse(operands[0], []))
  const merged = [...widest]
  for (const a of operands.flat()) {
    const found = merged.find((b) => b.name === a.name)
    if (found === undefined) merged.push(a)
    else if (found.size !== a.size)
      raise(
        failure(
          'Shape',
          `${op}: axis '${a.name}' has size ${found.size} in one operand and ${a.size} in another`,
          `rename one of them, or make the sizes agree`,
          {
            op,
            axis: a.name,
            sizes: [found.size, a.size],
          },
        ),
      )
  }
  return merged
}
