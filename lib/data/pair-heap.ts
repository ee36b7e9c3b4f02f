/**
 * A binary heap of pairs of numbers, smallest first: by the first number, then by the second. The queue of merges in
 * training and applying byte-pair encodings.
 */
import { at, orElse } from '../at.ts'

/** A queue of pairs that can only be added to and emptied from the front. */
export interface PairHeap {
  readonly push: (first: number, second: number) => void
  /** Takes the smallest pair away; `undefined` when there is none. */
  readonly pop: () => readonly [first: number, second: number] | undefined
}

/** An empty heap. */
export const pairHeap = (): PairHeap => {
  const firsts: number[] = []
  const seconds: number[] = []
  const before = (i: number, j: number): boolean =>
    at(firsts, i) < at(firsts, j) || (at(firsts, i) === at(firsts, j) && at(seconds, i) < at(seconds, j))
  const swap = (i: number, j: number): void => {
    const first = at(firsts, i)
    const second = at(seconds, i)
    firsts[i] = at(firsts, j)
    seconds[i] = at(seconds, j)
    firsts[j] = first
    seconds[j] = second
  }
  const rise = (from: number): void => {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >>> 1
      if (!before(i, parent)) return
      swap(i, parent)
      i = parent
    }
  }
  const sink = (): void => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      const right = left + 1
      if (left >= firsts.length) return
      const child = right < firsts.length && before(right, left) ? right : left
      if (!before(child, i)) return
      swap(i, child)
      i = child
    }
  }
  return {
    push: (first, second) => {
      firsts.push(first)
      seconds.push(second)
      rise(firsts.length - 1)
    },
    pop: () => {
      if (firsts.length === 0) return undefined
      swap(0, firsts.length - 1)
      const first = orElse(firsts.pop(), 0)
      const second = orElse(seconds.pop(), 0)
      sink()
      return [first, second]
    },
  }
}
