/**
 * Where a fused run walks: axes that all operands walk alike are merged.
 */
import { at } from '../at.ts'
import { type AnyAxis, sizeOf } from '../axis.ts'
import type { DType } from '../dtype.ts'

/** The WGSL type of an element. */
export const wgslType = (dtype: DType): 'f32' | 'i32' | 'u32' => (dtype === 'bool' ? 'u32' : dtype)

/** A value that the run loads: where it lies, and its strides along the axes of the run. */
export interface Operand {
  readonly binding: number
  readonly dtype: DType
  readonly strides: readonly number[]
}

/** The sizes of the axes of a run, and its operands. */
export interface Domain {
  readonly sizes: readonly number[]
  readonly operands: readonly Operand[]
}

/** Axes merged where every operand walks them as one. */
export const merged = (axes: readonly AnyAxis[], operands: readonly Operand[]): Domain => {
  const kept: number[] = []
  axes.forEach((a, i) => {
    const before = kept.at(-1)
    if (a.size === 1) return
    const joins = before !== undefined && operands.every((o) => o.strides[before] === at(o.strides, i) * a.size)
    if (joins) kept.pop()
    kept.push(i)
  })
  const sizes: number[] = []
  let from = 0
  for (const i of kept) {
    sizes.push(sizeOf(axes.slice(from, i + 1)))
    from = i + 1
  }
  return { sizes, operands: operands.map((o) => ({ ...o, strides: kept.map((i) => at(o.strides, i)) })) }
}

/** Whether four neighbouring elements can be computed together. */
export const quadable = ({ sizes, operands }: Domain): boolean => {
  const last = sizes.length - 1
  return (
    (last <= 0 || at(sizes, last) % 4 === 0) &&
    operands.every(
      (o) =>
        last < 0 ||
        at(o.strides, last) === 0 ||
        (o.strides[last] === 1 && o.strides.slice(0, last).every((s) => s % 4 === 0)),
    )
  )
}

/** Where an element at positions p0, p1, … lies, as WGSL text. */
export const offsetText = (strides: readonly number[]): string => {
  const terms = strides.flatMap((s, d) => (s === 0 ? [] : [s === 1 ? `p${d}` : `p${d} * ${s}u`]))
  return terms.length === 0 ? '0u' : terms.join(' + ')
}

/** The components of a vector, in order. */
export const COMPONENTS: readonly ['x', 'y', 'z', 'w'] = ['x', 'y', 'z', 'w']
