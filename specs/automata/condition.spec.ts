import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { whiteNoise } from '../../lib/automata/build.ts'
import { condition, languageMass } from '../../lib/automata/condition.ts'
import { accepts, complement } from '../../lib/automata/language.ts'
import { motifAutomaton } from '../../lib/automata/motif.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { wordsOfLength, wordsUpTo } from '../../lib/automata/word.ts'
import { motif, shortPfsa } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const WORDS = wordsUpTo(2, 8)
const TWELVE = wordsOfLength(2, 12)

describe('conditioning', () => {
  it('W13: the renormalised intersection is p(x)·1[x ∈ L]/p(L)', () => {
    fc.assert(
      fc.property(shortPfsa, motif(3), (a, m) => {
        const language = right(motifAutomaton(m)())
        const mass = right(languageMass(language)(a))
        fc.pre(mass > 1e-12)
        const { pfsa, logPartition } = right(condition(language)(a))
        expect(Math.abs(Math.exp(logPartition) - mass)).toBeLessThan(1e-13)
        for (const x of WORDS) {
          const expected = accepts(language)(x) ? Math.exp(logProbability(a)(x)) / mass : 0
          expect(Math.abs(Math.exp(logProbability(pfsa)(x)) - expected)).toBeLessThan(1e-12 * (1 + expected))
        }
      }),
      { seed: 122, numRuns: 40 },
    )
  })

  it('W13: all strings of 12 symbols, Z = p(L), and p(L) + p(¬L) = 1', () => {
    for (const m of ['1', '0101', '111000']) {
      const language = right(motifAutomaton(m)())
      const noise = right(whiteNoise(12)())
      const { pfsa, logPartition } = right(condition(language)(noise))
      const count = TWELVE.filter((x) => accepts(language)(x)).length
      expect(Math.exp(logPartition)).toBeCloseTo(count / 4096, 14)
      for (const x of TWELVE)
        expect(Math.abs(Math.exp(logProbability(pfsa)(x)) - (accepts(language)(x) ? 1 / count : 0))).toBeLessThan(1e-14)
      const both = right(languageMass(language)(noise)) + right(languageMass(complement(language))(noise))
      expect(both).toBeCloseTo(1, 13)
    }
  })

  it('an impossible language is a Support failure, and has the mass 0', () => {
    const language = right(motifAutomaton('11111')())
    const noise = right(whiteNoise(3)())
    expect(left(condition(language)(noise)).tag).toBe('Support')
    expect(right(languageMass(language)(noise))).toBe(0)
  })
})
