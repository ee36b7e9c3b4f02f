/**
 * How the positions of a transformer see each other: causal or bidirectional attention over whole rows, and attention of
 * one step over its caches. Hidden scores are −10³⁰, whose exponential is 0 exactly: what is hidden has no influence, to
 * the bit.
 */
import { type Axis, axis } from '../axis.ts'
import type { Tensor } from '../expr.ts'
import { attention } from '../ops/attention.ts'
import { attentionStep } from '../ops/attention-step.ts'
import { rename } from '../ops/layout.ts'
import type { Heads, Projected } from './transformer-block.ts'
import type { Named } from './autoregressive.ts'
import { tensorOf } from './parameters.ts'
import type { TransformerAxes } from './transformer-size.ts'

/** How many positions of each row are real; all by default. */
export type Lengths = Tensor<'batch' | '1', 'i32'>

/** Whether later positions are seen, and how many positions there are. */
export interface Sight {
  readonly direction: 'causal' | 'bidirectional'
  readonly lengths?: Lengths
}

/** softmax(q·kᵀ/√depth)·v over whole rows (Vaswani et al. 2017, equation 1). */
export const attendRows =
  (time: Axis<'time'>, { direction, lengths }: Sight) =>
  ({ query, key, value }: Projected): Heads => {
    const keyTime = axis('keyTime', time.size)
    const [keys, values] = [rename(time, keyTime)(key), rename(time, keyTime)(value)]
    return attention({ causal: direction === 'causal' }, query, keys, values, lengths)
  }

type Cache = Tensor<'time' | 'batch' | 'head' | 'depth' | '1'>

/** One step's caches and where it stands: rows below `position` are seen, and the step's own key and value. */
interface Cached {
  readonly keys: Cache
  readonly values: Cache
  readonly position: Tensor<'1', 'i32'>
}

/** The cached keys and values of a layer [time, batch, head, depth]. */
export const cachedRows = (
  { head, depth }: TransformerAxes,
  appended: Named,
  l: number,
): Pick<Cached, 'keys' | 'values'> => {
  const rows = (name: string): Cache => tensorOf(appended, `layer${l}.${name}`, 'time', 'batch', head, depth)
  return { keys: rows('keys'), values: rows('values') }
}

/** Attention of one step: over the cached rows before it and its own. */
export const attendStep =
  ({ keys, values, position }: Cached) =>
  ({ query, key, value }: Projected<'batch'>): Heads<'batch'> =>
    attentionStep({}, query, { keys, values }, position, { key, value })
