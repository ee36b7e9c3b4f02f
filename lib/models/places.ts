/**
 * Values of the places of a line, joined along the batch: [place·batch, …], place by place. Joining them and taking one out
 * moves whole blocks.
 */
import { axis, findAxis } from '../axis.ts'
import { type Expr, axesOf } from '../expr.ts'
import { concatNodes } from '../ops/join.ts'
import { reorder, reshape } from '../ops/layout.ts'
import { sliceNode } from '../ops/slice.ts'

const batchFirst = (x: Expr): Expr =>
  reorder(['batch', ...axesOf(x).flatMap(({ name }) => (name === 'batch' ? [] : [name]))])(x)

/** Values [batch, …] of all places, joined [place·batch, …]; the joined axis is called `batch`. */
export const joinedPlaces = (xs: readonly Expr[]): Expr => concatNodes('batch')(xs.map(batchFirst))

/** The value [batch, …] of one of several places that were joined. */
export const placeOf = (joined: Expr, place: number, places: number): Expr => {
  const each = findAxis('places', axesOf(joined), 'batch').size / places
  return sliceNode('batch', place * each, each)(joined)
}

/** Joined values as [place, batch, …]. */
export const apart = (joined: Expr, name: string, places: number): Expr => {
  const whole = batchFirst(joined)
  const [batch, ...others] = axesOf(whole)
  return reshape([axis(name, places), axis('batch', (batch?.size ?? 0) / places), ...others])(whole)
}

/** Values [place, batch, …], where `name` is the axis of the places, joined. */
export const together = (x: Expr, name: string): Expr => {
  const [batch, place] = ['batch', name].map((n) => findAxis('places', axesOf(x), n).size)
  const others = axesOf(x).filter((a) => a.name !== 'batch' && a.name !== name)
  return reshape([axis('batch', (batch ?? 0) * (place ?? 0)), ...others])(
    reorder([name, 'batch', ...others.map((a) => a.name)])(x),
  )
}
