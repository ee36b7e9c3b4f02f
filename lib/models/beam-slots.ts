/**
 * Where the caches of a beam search hold what its hypotheses remember: every prefix has slots, and a table of ancestors
 * [position, lane] says in which slot of its prefix the row lies that a lane has at a position. Lanes that begin alike have one
 * slot for a position; a slot that no lane of the prefix has any more is taken again.
 */
import { at, outside } from '../at.ts'

/** Lanes of the batch, and those of each prefix, which lie side by side. */
interface LaneShape {
  readonly batch: number
  readonly width: number
}

/** The table of so many positions where every lane has the slots of a prefix that was fed in one pass: slot t at position t. */
export const firstSlots = (rows: number, batch: number): Int32Array =>
  Int32Array.from({ length: rows * batch }, (_, i) => Math.floor(i / batch))

/** Lets every lane go on from another: its rows below `position` are those of that lane. */
export const follow = (ancestors: Int32Array, from: Int32Array, position: number): void => {
  const { length: batch } = from
  const row = new Int32Array(batch)
  for (let start = 0; start < position * batch; start += batch) {
    for (let r = 0; r < batch; r++) row[r] = ancestors[start + at(from, r)] ?? outside(ancestors, start)
    ancestors.set(row, start)
  }
}

/**
 * Gives every lane a slot of its own at `position`: the first that no lane of its prefix has below. How many slots there have to
 * be; at most `width` for every position so far.
 */
export const takeSlots = (ancestors: Int32Array, position: number, { batch, width }: LaneShape): number => {
  const taken = new Uint8Array((position + 1) * width)
  let needed = 0
  for (let first = 0; first < batch; first += width) {
    taken.fill(0)
    for (let start = first; start < position * batch; start += batch)
      for (let r = 0; r < width; r++) taken[ancestors[start + r] ?? outside(ancestors, start)] = 1
    let slot = 0
    for (let r = 0; r < width; r++) {
      while (taken[slot] === 1) slot++
      ancestors[position * batch + first + r] = slot
      taken[slot] = 1
    }
    needed = Math.max(needed, taken.lastIndexOf(1) + 1)
  }
  return needed
}

/** Which slots every lane has below `position` [lane, slot]: 1, others 0. */
export const seenSlots = (ancestors: Int32Array, position: number, batch: number, slots: number): Uint32Array => {
  const seen = new Uint32Array(batch * slots)
  for (let t = 0; t < position; t++)
    for (let r = 0; r < batch; r++) seen[r * slots + (ancestors[t * batch + r] ?? outside(ancestors, t))] = 1
  return seen
}

/** The rows of the caches that lanes have at so many positions from `first` on [position, lane]. */
export const rowsAt = (ancestors: Int32Array, { batch, width }: LaneShape, first: number, count: number): Int32Array =>
  ancestors
    .subarray(first * batch, (first + count) * batch)
    .map((slot, i) => (slot * batch) / width + Math.floor((i % batch) / width))
