/** The log-probability of a string under a PFSA, by the forward algorithm with rescaling: strings of any length. */
import { outside } from '../at.ts'
import { type Automaton, eachArcFrom } from './automaton.ts'
import type { Word } from './word.ts'

const advance = (a: Automaton<number>, reached: ReadonlyMap<number, number>, symbol: number): Map<number, number> => {
  const out = new Map<number, number>()
  for (const [state, mass] of reached)
    eachArcFrom(a, state, (read, to, weight) => {
      if (read === symbol && weight > 0) out.set(to, (out.get(to) ?? 0) + mass * weight)
    })
  return out
}

const total = (masses: ReadonlyMap<number, number>): number => {
  let out = 0
  for (const mass of masses.values()) out += mass
  return out
}

const initial = (a: Automaton<number>): Map<number, number> => {
  const out = new Map<number, number>()
  for (let p = 0; p < a.states; p++)
    if ((a.start[p] ?? outside(a.start, p)) > 0) out.set(p, a.start[p] ?? outside(a.start, p))
  return out
}

/**
 * `log w(x)` (nats) of a string under an ε-free automaton with weights ≥ 0; `-Infinity` when it has none.
 *
 * @example
 * logProbability(right(whiteNoise(3)()))([0, 1, 0]) / Math.LN2 // => -3
 */
export const logProbability =
  (a: Automaton<number>) =>
  (word: Word): number => {
    let reached = initial(a)
    let log = 0
    for (let i = 0; i < word.length; i++) {
      reached = advance(a, reached, word[i] ?? outside(word, i))
      const scale = total(reached)
      if (scale === 0) return Number.NEGATIVE_INFINITY
      log += Math.log(scale)
      for (const [state, mass] of reached) reached.set(state, mass / scale)
    }
    let stop = 0
    for (const [state, mass] of reached) stop += mass * (a.stop[state] ?? outside(a.stop, state))
    return log + Math.log(stop)
  }
