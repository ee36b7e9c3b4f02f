/**
 * The log-weight of the best path from each state to a stop. As a scale of the states it brings every weight to at most
 * 1, whatever the weights were: sums over paths then neither overflow nor vanish.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import type { Components } from './components.ts'
import type { SparseMatrix } from './matrix.ts'

/** A rise by less than this (relative) is rounding, not a cycle that gains. */
const ROUNDING = 1e-12

const bestOf = (m: SparseMatrix, logs: Float64Array, state: number, logStop: number): number => {
  let best = logStop
  for (let k = at(m.rowPointers, state); k < at(m.rowPointers, state + 1); k++)
    best = Math.max(best, Math.log(at(m.values, k)) + at(logs, at(m.columns, k)))
  return best
}

/** One pass over the members of a component; a state whose log rose, or −1. */
const pass = (m: SparseMatrix, logs: Float64Array, members: Uint32Array, logStop: Float64Array): number => {
  let risen = -1
  for (const p of members) {
    const before = at(logs, p)
    const best = bestOf(m, logs, p, at(logStop, p))
    if (best > before + ROUNDING * (1 + Math.abs(before)) || (before === Number.NEGATIVE_INFINITY && best > before))
      risen = p
    logs[p] = Math.max(before, best)
  }
  return risen
}

/**
 * `max` over paths of `Σ log w + log f` [states]; −∞ for a state without a path. Left: a state on a cycle whose weights
 * multiply to more than 1, of which the sum over paths diverges.
 */
export const bestPaths = (
  m: SparseMatrix,
  { count, order, begins }: Components,
  logStop: Float64Array,
): E.Either<number, Float64Array> => {
  const logs = new Float64Array(m.size).fill(Number.NEGATIVE_INFINITY)
  for (let c = 0; c < count; c++) {
    const members = order.subarray(at(begins, c), at(begins, c + 1))
    for (let round = 0; ; round++) {
      const risen = pass(m, logs, members, logStop)
      if (risen < 0) break
      if (round > members.length) return E.left(risen)
    }
  }
  return E.right(logs)
}
