/** Small models of which every string can be written down, and programs of which every outcome can. */
import { at } from '../../lib/at.ts'
import { fineUniforms } from '../../lib/energy/uniform.ts'
import { key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import type { Ngram } from '../../lib/models/ngram.ts'
import type { Chance } from '../../lib/tilt/chance.ts'
import type { Choose } from '../../lib/tilt/proposal.ts'
import { cumulative } from '../../lib/energy/uniform.ts'

/** A bigram model with lopsided random probabilities; state 0 is the begin, state 1 + s follows symbol s. */
export const bigram = (alphabet: readonly string[], seed: number): Ngram => {
  const size = alphabet.length
  const width = size + 1
  const states = size + 1
  const u = fineUniforms(key(seed), states * width)
  const logs = new Float64Array(states * width)
  for (let s = 0; s < states; s++) {
    const row = u.subarray(s * width, (s + 1) * width).map((x) => x ** 2 + 0.02)
    const total = sum(row)
    row.forEach((x, v) => {
      logs[s * width + v] = Math.log(x / total)
    })
  }
  return {
    alphabet,
    histories: [['<s>'], ...alphabet.map((s) => [s])],
    logProbabilities: logs,
    next: Int32Array.from({ length: states * size }, (_, i) => 1 + (i % size)),
  }
}

/** A model that forgets nothing: every prefix shorter than `depth` has a lopsided random law of its own. */
export const tree = (alphabet: readonly string[], depth: number, seed: number): Ngram => {
  const size = alphabet.length
  const states = Array.from({ length: depth }, (_, t) => size ** t).reduce((a, b) => a + b, 0)
  const u = fineUniforms(key(seed), states * (size + 1))
  const logs = Array.from({ length: states }, (_, s) => {
    const row = u.subarray(s * (size + 1), (s + 1) * (size + 1)).map((x) => x ** 2 + 0.02)
    return row.map((x) => Math.log(x / sum(row)))
  })
  return {
    alphabet,
    histories: logs.map((_, s) => [String(s)]),
    logProbabilities: Float64Array.from(logs.flatMap((row) => [...row])),
    // Beyond its depth the model begins again.
    next: Int32Array.from({ length: states * size }, (_, i) => (i + 1 < states ? i + 1 : 0)),
  }
}

/** A string of tokens with its probability under the model: of all strings that begin so (`open`), and of it ending there. */
export interface Spelled {
  readonly tokens: readonly number[]
  readonly text: string
  readonly open: number
  readonly ended: number
}

/** Every string of at most so many tokens. */
export const everyString = ({ alphabet, logProbabilities, next }: Ngram, most: number): readonly Spelled[] => {
  const size = alphabet.length
  const p = (state: number, v: number): number => Math.exp(at(logProbabilities, state * (size + 1) + v))
  const grow = (tokens: readonly number[], state: number, open: number): readonly Spelled[] => [
    { tokens, text: tokens.map((v) => at(alphabet, v)).join(''), open, ended: open * p(state, size) },
    ...(tokens.length === most
      ? []
      : alphabet.flatMap((_, v) => grow([...tokens, v], at(next, state * size + v), open * p(state, v)))),
  ]
  return grow([], 0, 1)
}

/** Masses by text: those of token strings with the same text added up. */
export const byText = (entries: readonly (readonly [string, number])[]): ReadonlyMap<string, number> => {
  const out = new Map<string, number>()
  for (const [text, mass] of entries) out.set(text, (out.get(text) ?? 0) + mass)
  return out
}

/** One outcome of a program and its probability. */
export interface Outcome<A> {
  readonly probability: number
  readonly value: A
}

/** Runs a program once for every way in which its choices can fall. */
export const everyOutcome = async <A>(program: (choose: Choose) => Promise<A>): Promise<readonly Outcome<A>[]> => {
  const outcomes: Outcome<A>[] = []
  let script: { place: number; shares: readonly number[] }[] = []
  for (;;) {
    let depth = 0
    const value = await program((sums) => {
      const shares = Array.from(sums, (x, i) => (x - (i === 0 ? 0 : at(sums, i - 1))) / at(sums, sums.length - 1))
      const known = script[depth++]
      if (known !== undefined) return known.place
      const place = shares.findIndex((share) => share > 0)
      script.push({ place, shares })
      return place
    })
    outcomes.push({ value, probability: script.reduce((p, { place, shares }) => p * at(shares, place), 1) })
    const following = ({ place, shares }: (typeof script)[number]): number =>
      shares.findIndex((share, i) => i > place && share > 0)
    while (script.length > 0 && following(at(script, script.length - 1)) < 0) script = script.slice(0, -1)
    const last = script.at(-1)
    if (last === undefined) return outcomes
    script = [...script.slice(0, -1), { ...last, place: following(last) }]
  }
}

/** All chance from one chooser, particle by particle; resampling is multinomial. */
export const chanceFrom = (choose: Choose): Chance => ({
  token: () => choose,
  ancestors: (_island, _step, weights, n) => Int32Array.from({ length: n }, () => choose(cumulative(weights))),
})
