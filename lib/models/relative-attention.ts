/**
 * Relative attention (Dai et al. 2019, section 3.3): the score of query i and key j is ⟨q_i + u, k_j⟩ + ⟨q_i + v, r_{i−j}⟩,
 * where r_d is a projection of the sinusoid of the distance d, and u and v are learnt once for all positions.
 */
import { type Axis, axis, findAxis } from '../axis.ts'
import { type Tensor, axesOf } from '../expr.ts'
import { contract } from '../ops/contract.ts'
import { gather } from '../ops/gather.ts'
import { iota, literal, rename, reorder, reshape } from '../ops/layout.ts'
import {
  add,
  constant,
  constantOf,
  equal,
  less,
  lessEqual,
  multiply,
  scale,
  subtract,
  where,
} from '../ops/pointwise.ts'
import { HIDDEN } from '../ops/numeric.ts'
import { softmax, sum } from '../ops/reduce.ts'
import { pad, slice } from '../ops/slice.ts'
import type { Named } from './autoregressive.ts'
import { tensorOf } from './parameters.ts'
import { sinusoids } from './sinusoids.ts'
import type { Heads, Projected } from './transformer-block.ts'
import type { TransformerAxes } from './transformer-size.ts'
import { typed } from '../typed.ts'

/** Sinusoids of the distances `most` − 1 … 0, in this order: a table for keys from the farthest to the nearest. */
export interface Distances {
  readonly axis: Axis<'distance'>
  readonly table: Tensor<'distance' | 'model' | '1'>
}

/** The table for distances below `most`. */
export const distancesBelow = (most: number, model: Axis<'model'>): Distances => {
  const ascending = sinusoids(most, model.size, 'sines first')
  const rows = Array.from({ length: most }, (_, d) => ascending.subarray(d * model.size, (d + 1) * model.size))
  const data = new Float64Array(ascending.length)
  rows.forEach((row, d) => {
    data.set(row, (most - 1 - d) * model.size)
  })
  const along = axis('distance', most)
  return { axis: along, table: literal(data, along, model) }
}

/** What relative attention of one layer is made of. */
interface Relative {
  readonly axes: TransformerAxes
  readonly distances: Distances
  /** u and v [head, depth]. */
  readonly content: Tensor<'head' | 'depth' | '1'>
  readonly position: Tensor<'head' | 'depth' | '1'>
  /** The projection of sinusoids [model, head, depth]. */
  readonly weight: Tensor<'model' | 'head' | 'depth' | '1'>
}

/** Relative attention of the layer called `name`. */
export const relativeOf = (axes: TransformerAxes, distances: Distances, parameters: Named, name: string): Relative => ({
  axes,
  distances,
  content: tensorOf(parameters, 'relative.content', axes.head, axes.depth),
  position: tensorOf(parameters, 'relative.position', axes.head, axes.depth),
  weight: tensorOf(parameters, `${name}.relative.weight`, axes.model, axes.head, axes.depth),
})

type Scores = Tensor<'batch' | 'head' | 'time' | 'keyTime' | '1'>

/**
 * Moves row i of [time, distance] so that column j is key j: entry (i, j) ← (i, j + T − 1 − i). With a column of zeros in
 * front, the same numbers read as [distance + 1, time] have what belongs together below their first row.
 */
const relativeShift = (
  time: Axis<'time'>,
  keyTime: Axis<'keyTime'>,
  x: Tensor<'batch' | 'head' | 'time' | 'distance' | '1'>,
): Scores => {
  const distance = axis('distance', keyTime.size)
  const padded = pad(distance, 1, 0)(reorder(['head', 'batch', 'time', 'distance'])(x))
  const lead = axesOf(padded).slice(0, 2)
  const folded = axis('folded', keyTime.size + 1)
  const turned = typed('head', 'batch', folded, time)(reshape([...lead, folded, time])(padded))
  return typed(
    'head',
    'batch',
    time,
    keyTime,
  )(reshape([...lead, time, keyTime])(slice(folded, 1, keyTime.size)(turned)))
}

/** Attention of a segment's queries over keys that begin with those of the memory. */
export const attendRelative = (
  { axes, distances, content, position, weight }: Relative,
  query: Heads,
  { key, value }: Pick<Projected, 'key' | 'value'>,
): Heads => {
  const time = axis('time', findAxis('relative attention', axesOf(query), 'time').size)
  const whole = axis('time', findAxis('relative attention', axesOf(key), 'time').size)
  const keyTime = axis('keyTime', whole.size)
  const [keys, values] = [rename(whole, keyTime)(key), rename(whole, keyTime)(value)]
  const near = slice(distances.axis, distances.axis.size - whole.size, whole.size)(distances.table)
  const far = contract(axes.depth)(add(query, position), contract(axes.model)(near, weight))
  const scores = add(contract(axes.depth)(add(query, content), keys), relativeShift(time, keyTime, far))
  const last = add(iota(time), constantOf('i32', whole.size - time.size))
  const seen: Scores = where(
    lessEqual(iota(keyTime), last),
    scale(1 / Math.sqrt(axes.depth.size))(scores),
    constant(HIDDEN),
  )
  return contract(keyTime)(softmax(keyTime)(seen), values)
}

/** What a step remembers, and its position. */
interface RelativeCache {
  readonly keys: Tensor<'time' | 'batch' | 'head' | 'depth' | '1'>
  readonly values: Tensor<'time' | 'batch' | 'head' | 'depth' | '1'>
  readonly position: Tensor<'1', 'i32'>
}

type Own = Tensor<'batch' | 'head' | 'depth' | '1'>
type Row = Tensor<'batch' | 'head' | 'time' | '1'>

/** Attention of one step over the cached rows before it and its own. */
export const attendRelativeStep = (
  relative: Relative,
  cache: RelativeCache,
  parts: Projected<'batch'>,
): Heads<'batch'> => {
  const { axes, distances, content, position: bias, weight } = relative
  const { keys, values, position } = cache
  const { query, key, value } = parts
  const time = axis('time', findAxis('relative attention', axesOf(keys), 'time').size)
  const farthest = constantOf('i32', distances.axis.size - 1)
  const places = add(farthest, subtract(iota(time), position))
  const relatives = contract(axes.model)(gather(distances.axis)(distances.table, places), weight)
  const [before, here] = [less(iota(time), position), equal(iota(time), position)]
  const asked: Own = add(query, content)
  const own: Tensor<'batch' | 'head' | '1'> = sum(axes.depth)(multiply(asked, key))
  const near: Row = where(here, own, contract(axes.depth)(asked, keys))
  const scores: Row = scale(1 / Math.sqrt(axes.depth.size))(
    add(near, contract(axes.depth)(add(query, bias), relatives)),
  )
  const hidden: Row = where(before, scores, where(here, scores, constant(HIDDEN)))
  const weights: Row = softmax(time)(hidden)
  const rest: Own = contract(time)(where(before, weights, constant(0)), values)
  const mine: Tensor<'batch' | 'head' | '1'> = sum(time)(where(here, weights, constant(0)))
  return add(rest, multiply(mine, value))
}
