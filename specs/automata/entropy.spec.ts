import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { arcsOf, automaton, partsOf } from '../../lib/automata/automaton.ts'
import { geometricNoise, whiteNoise } from '../../lib/automata/build.ts'
import { entropy, localEntropies, pathEntropy, stateEntropies } from '../../lib/automata/entropy.ts'
import { entropyBySemiring } from '../../lib/automata/expectation.ts'
import { entropyByIteration } from '../../lib/automata/iteration.ts'
import { multiply, transitionMatrix } from '../../lib/automata/matrix.ts'
import { type Pfsa, pfsa } from '../../lib/automata/pfsa.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { wordsUpTo } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { anyPfsa, HAND_MADE, LABELS, shortPfsa } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

/** Two arcs that read the same symbol: strings are certain, paths are not. */
const AMBIGUOUS: Pfsa = right(
  pfsa(
    automaton(real)({
      alphabet: LABELS,
      states: 3,
      start: [[0, 1]],
      stop: [
        [1, 1],
        [2, 1],
      ],
      arcs: [
        { from: 0, symbol: 0, to: 1, weight: 0.3 },
        { from: 0, symbol: 0, to: 2, weight: 0.7 },
      ],
    }),
  ),
)

const WORDS = wordsUpTo(2, 10)

describe('entropy', () => {
  it('W5: enumeration to length L is below H, and the rest is within the exact tail Mᴸ⁺¹·H', () => {
    fc.assert(
      fc.property(shortPfsa, (a) => {
        const solved = right(stateEntropies(a)).values
        const h = right(entropy(a)).value
        let enumerated = 0
        let mass = 0
        for (const word of WORDS) {
          const log = logProbability(a)(word)
          if (log === Number.NEGATIVE_INFINITY) continue
          mass += Math.exp(log)
          enumerated -= Math.exp(log) * log
        }
        const m = transitionMatrix(a)
        let tail: Float64Array = solved
        for (let t = 0; t < 11; t++) tail = multiply(m)(tail)
        // A longer string's surprisal is that of its first 11 symbols, at most Σ max(−log w), and that of the rest.
        const dearest = Math.max(...Array.from(a.weights, (w) => (w > 0 ? -Math.log(w) : 0)))
        expect(enumerated).toBeLessThanOrEqual(h + 1e-12 * (1 + h))
        expect(h - enumerated).toBeLessThanOrEqual((tail[0] ?? 0) + (1 - mass) * 11 * dearest + 1e-11 * (1 + h))
      }),
      { seed: 106, numRuns: 20 },
    )
  })

  it('W6: an arc of weight 0 changes nothing, to the bit', () => {
    fc.assert(
      fc.property(anyPfsa, fc.nat(7), fc.nat(7), fc.nat(1), (a, from, to, symbol) => {
        const parts = partsOf(a)
        const extra = { from: from % a.states, to: to % a.states, symbol, weight: 0 }
        const wider = right(pfsa(automaton(real)({ ...parts, arcs: [...arcsOf(a), extra] })))
        expect(right(entropy(wider)).value).toBe(right(entropy(a)).value)
      }),
      { seed: 107, numRuns: 200 },
    )
  })

  it('W8: a nondeterministic PFSA is refused; its path entropy exceeds the strings’ (.611 against 0)', () => {
    for (const solve of [entropy, entropyByIteration(), entropyBySemiring])
      expect(left(solve(AMBIGUOUS))).toMatchObject({ tag: 'Automaton', facts: { state: 0, symbol: '0' } })
    expect(right(pathEntropy(AMBIGUOUS)).value).toBeCloseTo(0.6108643, 7)
    expect(logProbability(AMBIGUOUS)([0])).toBe(0)
  })

  it('W8: for a deterministic PFSA path entropy is entropy', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        expect(right(pathEntropy(a)).value).toBe(right(entropy(a)).value)
      }),
      { seed: 108, numRuns: 100 },
    )
  })

  it('W3, W17: solve, iteration and expectation semiring agree', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        const { value, certificate } = right(entropy(a))
        fc.pre(certificate.spectralRadius < 0.9999)
        expect(Math.abs(right(entropyBySemiring(a)) - value)).toBeLessThan(1e-10 * (1 + value))
        const iterated = right(entropyByIteration()(a))
        expect(Math.abs(iterated.value - value)).toBeLessThanOrEqual(
          iterated.certificate.errorBound + certificate.errorBound,
        )
      }),
      { seed: 109, numRuns: 200 },
    )
    for (const a of HAND_MADE) expect(right(entropyBySemiring(a))).toBeCloseTo(right(entropy(a)).value, 9)
  })

  it('closed forms: white noise n·log 2, geometric noise', () => {
    expect(right(entropy(right(whiteNoise(30)()))).value).toBeCloseTo(30 * Math.LN2, 12)
    const s = 0.05
    const exact = -Math.log(s) - ((1 - s) / s) * Math.log((1 - s) / 3)
    const h = right(entropy(right(geometricNoise(s)(['a', 'b', 'c']))))
    expect(Math.abs(h.value - exact)).toBeLessThanOrEqual(h.certificate.errorBound)
    expect(h.certificate.spectralRadius).toBeCloseTo(0.95, 14)
  })

  it('0·log 0 = 0 in local entropies', () => {
    expect(Array.from(localEntropies(right(whiteNoise(1)(['a']))))).toEqual([0, 0])
  })
})
