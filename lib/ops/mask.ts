/**
 * Which pixels a masked convolution reads: the taps of its window and the channels that the pixel itself may show.
 *
 * Taps are offsets (row, column) from the pixel that is computed, counted in raster order; those that a mask forbids do not
 * exist, so a weight has no dead elements: `full` has the rows above and the pixels to the left (van den Oord, Kalchbrenner &
 * Kavukcuoglu 2016, section 3.4), `vertical` whole rows, `horizontal` the row itself up to the pixel (van den Oord et al. 2016,
 * section 2.2).
 */
import { type AnyAxis, axis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { axesOf, type Tensor } from '../expr.ts'
import { requireNames } from '../names.ts'
import { iota } from './layout.ts'
import { constant, constantOf, divide, less, lessEqual, multiply, or, where } from './pointwise.ts'

/** A mask: A hides the pixel itself (its own and later channel groups), B shows it (up to its own group). */
export interface Mask {
  /** For `vertical`, A ends with the row above and B with the pixel's own row, all of it. */
  readonly stack: 'full' | 'vertical' | 'horizontal'
  readonly kind: 'A' | 'B'
  /** Pixels on a side of the unmasked window: odd. */
  readonly size: number
  /** Channel groups in the order in which they are generated (3 for red, green, blue; 1 where there is no order). */
  readonly groups: number
}

/** Taps 0 … count − 1: tap f reads the pixel ⌊f / columns⌋ − up rows and f mod columns − left columns away. */
export interface Window {
  readonly count: number
  readonly columns: number
  readonly up: number
  readonly left: number
}

/** Whether the pixel itself is a tap, which the channel groups then restrict. It is always the last tap. */
const centred = ({ stack, kind, groups }: Mask): boolean => stack !== 'vertical' && (kind === 'B' || groups > 1)

/** The window of a mask; throws `Domain` for an even size or less than one group. */
export const windowOf = (mask: Mask): Window => {
  const { stack, kind, size, groups } = mask
  requireNames({ 'stack of a mask': [stack, ['full', 'vertical', 'horizontal']], 'kind of mask': [kind, ['A', 'B']] })
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0 || !Number.isInteger(groups) || groups < 1)
    return raise(
      failure(
        'Domain',
        `a mask of size ${size} with ${groups} channel groups`,
        'give an odd size and at least 1 group',
        {
          size,
          groups,
        },
      ),
    )
  const reach = (size - 1) / 2
  const own = centred(mask) ? 1 : 0
  if (stack === 'horizontal') return { count: reach + own, columns: size, up: 0, left: reach }
  if (stack === 'vertical')
    return { count: (kind === 'A' ? reach : reach + 1) * size, columns: size, up: reach, left: reach }
  return { count: reach * size + reach + own, columns: size, up: reach, left: reach }
}

/** The offsets [row, column] of all taps, in order; `turned`: those of the adjoint, which looks the other way. */
export const offsetsOf = (
  { count, columns, up, left }: Window,
  turned: boolean,
): readonly (readonly [row: number, column: number])[] =>
  Array.from({ length: count }, (_, f) => {
    const [row, column] = [Math.floor(f / columns) - up, (f % columns) - left]
    return turned ? [-row, -column] : [row, column]
  })

/** The axes of a weight under a mask. */
export const weightAxes = (mask: Mask, input: number, output: number): readonly AnyAxis[] => [
  axis('tap', windowOf(mask).count),
  axis('input', input),
  axis('output', output),
]

/**
 * The weight [tap, input, output] with 0 where the pixel itself would show a channel group too late: channel i of n belongs
 * to group ⌊i·groups/n⌋; A shows earlier groups only, B the own one too.
 *
 * @example
 * const [tap, own, out] = [axis('tap', 5), axis('input', 2), axis('output', 2)]
 * const ones = literal(new Float64Array(20).fill(1), tap, own, out)
 * maskedWeight({ stack: 'full', kind: 'A', size: 3, groups: 2 })(ones) // => [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0]
 */
export const maskedWeight =
  (mask: Mask) =>
  (weight: Tensor<'tap' | 'input' | 'output' | '1'>): Tensor<'tap' | 'input' | 'output' | '1'> => {
    const { count } = windowOf(mask)
    if (mask.groups === 1 || !centred(mask)) return weight
    const group = <N extends string>(name: N): Tensor<N | '1', 'i32'> => {
      const channel = axis(name, findAxis('maskedWeight', axesOf(weight), name).size)
      return divide(
        multiply(iota(channel), constantOf('i32', mask.groups)),
        constantOf('i32', Math.max(1, channel.size)),
      )
    }
    const [from, to] = [group('input'), group('output')]
    const seen = mask.kind === 'A' ? less(from, to) : lessEqual(from, to)
    return where(or(less(iota(axis('tap', count)), constantOf('i32', count - 1)), seen), weight, constant(0))
  }
