/**
 * Values of the places of a line, joined along the batch: [place·batch, …], place by place. Joining them and taking one out
 * moves whole blocks.
 */
import { type Axis, axis, findAxis, sizeOf } from '../axis.ts'
import type { DType } from '../dtype.ts'
import { type AnyTensor, type Tensor, axesOf } from '../expr.ts'
import { concat } from '../ops/join.ts'
import { reorder, reshape, split } from '../ops/layout.ts'
import { sliceNode } from '../ops/slice.ts'

const batchFirst = <A extends string, D extends DType>(x: Tensor<A, D>): Tensor<A, D> =>
  reorder(['batch', ...axesOf(x).flatMap(({ name }) => (name === 'batch' ? [] : [name]))])(x)

/** Values [batch, …] of all places, joined [place·batch, …]; the joined axis is called `batch`. */
export const joinedPlaces = <A extends string, D extends DType>(
  xs: readonly Tensor<A | 'batch', D>[],
): Tensor<A | 'batch', D> => concat({ name: 'batch' })(...xs.map((x) => batchFirst(x)))

/** The value [batch, …] of one of several places that were joined. */
export const placeOf = <A extends string, D extends DType>(
  joined: Tensor<A, D>,
  place: number,
  places: number,
): Tensor<A, D> => {
  const each = findAxis('places', axesOf(joined), 'batch').size / places
  return sliceNode('batch', place * each, each)(joined)
}

/** Joined values as [place, batch, …]. */
export const apart = <A extends string, D extends DType, N extends string>(
  joined: Tensor<A | 'batch', D>,
  place: Axis<N>,
): Tensor<A | 'batch' | N, D> => {
  const whole = axis('batch', findAxis('places', axesOf(joined), 'batch').size)
  return split(whole, place, axis('batch', whole.size / place.size))(batchFirst(joined))
}

/** Values [place, batch, …], where `name` is the axis of the places, joined. */
export const together = (x: AnyTensor, name: string): AnyTensor => {
  const size = sizeOf(['batch', name].map((own) => findAxis('places', axesOf(x), own)))
  const others = axesOf(x).filter((a) => a.name !== 'batch' && a.name !== name)
  return reshape([axis('batch', size), ...others])(reorder([name, 'batch', ...others.map((a) => a.name)])(x))
}
