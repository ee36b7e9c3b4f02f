import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { whiteNoise } from '../../lib/automata/build.ts'
import { condition } from '../../lib/automata/condition.ts'
import { determinisePfsa } from '../../lib/automata/determinise.ts'
import { entropy, pathEntropy } from '../../lib/automata/entropy.ts'
import { disjoint, disjointMixture, mixture } from '../../lib/automata/mixture.ts'
import { antiMotifAutomaton, motifAutomaton } from '../../lib/automata/motif.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { isUnambiguous } from '../../lib/automata/unambiguous.ts'
import { wordsUpTo } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { anyPfsa, motif } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const parts = (m: string, n: number) => {
  const noise = right(whiteNoise(n)())
  return [
    right(condition(right(motifAutomaton(m)()))(noise)).pfsa,
    right(condition(right(antiMotifAutomaton(m)()))(noise)).pfsa,
  ] as const
}

const binary = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log(1 - p)

describe('mixtures', () => {
  it('W14: H = h(α) + α·H₁ + (1 − α)·H₂ for disjoint languages, by paths and determinised', () => {
    fc.assert(
      fc.property(
        motif(4),
        fc.integer({ min: 5, max: 12 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (m, n, alpha) => {
          const [inside, outside] = parts(m, n)
          const mixed = right(disjointMixture(alpha)(outside)(inside))
          const exact =
            binary(alpha) + alpha * right(entropy(inside)).value + (1 - alpha) * right(entropy(outside)).value
          expect(right(pathEntropy(mixed)).value).toBeCloseTo(exact, 11)
          expect(right(entropy(right(determinisePfsa()(mixed)))).value).toBeCloseTo(exact, 9)
          expect(right(isUnambiguous(real)(mixed))).toBe(true)
        },
      ),
      { seed: 123, numRuns: 30 },
    )
  })

  it('W14: the paper’s mixture, 0.4817822834 nats per symbol', () => {
    const [inside, outside] = parts('10001011111000', 30)
    const mixed = right(disjointMixture(0.9)(outside)(inside))
    expect(right(pathEntropy(mixed)).value / 31).toBeCloseTo(0.4817822834, 10)
    expect(left(entropy(mixed)).tag).toBe('Automaton')
    expect(right(entropy(right(determinisePfsa()(mixed)))).value / 31).toBeCloseTo(0.4817822834, 10)
  })

  it('a mixture has the mixed probabilities, determinised or not', () => {
    fc.assert(
      fc.property(anyPfsa, anyPfsa, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, alpha) => {
        const mixed = right(mixture(alpha)(b)(a))
        for (const x of wordsUpTo(2, 5)) {
          const expected = alpha * Math.exp(logProbability(a)(x)) + (1 - alpha) * Math.exp(logProbability(b)(x))
          expect(Math.exp(logProbability(mixed)(x))).toBeCloseTo(expected, 13)
        }
      }),
      { seed: 124, numRuns: 60 },
    )
  })

  it('overlapping languages and wrong weights are typed failures', () => {
    const noise = right(whiteNoise(3)())
    expect(right(disjoint(noise)(noise))).toBe(false)
    expect(left(disjointMixture(0.5)(noise)(noise)).tag).toBe('Support')
    expect(left(mixture(1.5)(noise)(noise)).tag).toBe('Domain')
    expect(right(isUnambiguous(real)(right(mixture(0.5)(noise)(noise))))).toBe(false)
  })
})
