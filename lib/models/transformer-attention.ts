/**
 * How the positions of a transformer see each other: causal or bidirectional attention over whole rows, and attention of
 * one step over its caches. Hidden scores are −10³⁰, whose exponential is 0 exactly: what is hidden has no influence, to
 * the bit.
 */
import { type Axis, axis, findAxis } from '../axis.ts'
import { type Tensor, axesOf } from '../expr.ts'
import { attention } from '../ops/attention.ts'
import { type LaneMask, attentionLanes } from '../ops/attention-lanes.ts'
import { type AttentionCache, attentionStep } from '../ops/attention-step.ts'
import { rename, reshape, split } from '../ops/layout.ts'
import type { Heads, Projected } from './transformer-block.ts'
import type { Named, StepInput } from './autoregressive.ts'
import { typed } from '../typed.ts'
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

type Attend = (given: Projected<'batch'>) => Heads<'batch'>

/** The cached keys and values of a layer [time, batch, head, depth]. */
export const cachedRows = ({ head, depth }: TransformerAxes, appended: Named, l: number): AttentionCache => {
  const rows = (name: string) => tensorOf(appended, `layer${l}.${name}`, 'time', 'batch', head, depth)
  return { keys: rows('keys'), values: rows('values') }
}

/** Attention of one step over the caches of layer l below its position, and its own row. */
const overCaches =
  (axes: TransformerAxes, { appended, position }: StepInput, l: number): Attend =>
  ({ query, key, value }) =>
    attentionStep({}, query, cachedRows(axes, appended, l), position, { key, value })

/** The same where lanes share the caches [time, group, head, depth]. */
const overShared =
  ({ head, depth }: TransformerAxes, { appended }: StepInput, seen: LaneMask, l: number): Attend =>
  ({ query, key, value }) => {
    const sizeIn = (name: string): number => findAxis('step', axesOf(seen), name).size
    const [group, rank] = [axis('group', sizeIn('group')), axis('rank', sizeIn('rank'))]
    const batch = axis('batch', group.size * rank.size)
    const lanes = split(batch, group, rank)
    const rows = (name: string) => tensorOf(appended, `layer${l}.${name}`, 'time', group, head, depth)
    const shared = { keys: rows('keys'), values: rows('values') }
    const own = { key: lanes(key), value: lanes(value) }
    return typed(batch, head, depth)(reshape([batch, head, depth])(attentionLanes({}, lanes(query), shared, seen, own)))
  }

/** Attention of one step in layer l. */
export const attendStep = (axes: TransformerAxes, at: StepInput, l: number): Attend =>
  at.seen === undefined ? overCaches(axes, at, l) : overShared(axes, at, at.seen, l)
