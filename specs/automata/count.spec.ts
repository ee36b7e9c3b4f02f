import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { everything, exactly, whiteNoise } from '../../lib/automata/build.ts'
import {
  approximateCountOfLength,
  countOfLength,
  countStrings,
  ratio,
  relativeFrequency,
} from '../../lib/automata/count.ts'
import { union } from '../../lib/automata/mixture.ts'
import { motifAutomaton } from '../../lib/automata/motif.ts'
import { intersect } from '../../lib/automata/product.ts'
import { wordsOfLength, wordsUpTo } from '../../lib/automata/word.ts'
import { boolean } from '../../lib/semiring.ts'
import { motif } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'
import { thrown } from '../thrown.ts'

describe('counting', () => {
  it('W20: f64 agrees with BigInt to 1e-12 relative for n ≤ 200', () => {
    fc.assert(
      fc.property(motif(8), fc.integer({ min: 0, max: 200 }), (m, n) => {
        const a = right(motifAutomaton(m)())
        const exact = right(countOfLength(n)(a))
        const rounded = right(approximateCountOfLength(n)(a))
        expect(Math.abs(rounded - Number(exact))).toBeLessThanOrEqual(1e-12 * Number(exact))
      }),
      { seed: 120, numRuns: 100 },
    )
  })

  it('W20: f64 overflow is a typed failure, BigInt goes on', () => {
    expect(left(approximateCountOfLength(1100)(everything())).tag).toBe('Limit')
    expect(right(countOfLength(1100)(everything()))).toBe(2n ** 1100n)
  })

  it('W12: the counts of a finite language and of one length agree', () => {
    fc.assert(
      fc.property(motif(5), fc.integer({ min: 0, max: 40 }), (m, n) => {
        const a = right(motifAutomaton(m)())
        const finite = right(intersect(boolean)(exactly(n)())(a))
        expect(right(countStrings(finite))).toBe(right(countOfLength(n)(a)))
      }),
      { seed: 121, numRuns: 60 },
    )
  })

  it('W12: the relative frequency of the paper’s motif', () => {
    expect(right(relativeFrequency(30)(right(motifAutomaton('10001011111000')())))).toBe(0.0010371580719947815)
  })

  it('an infinite language and an ambiguous automaton are typed failures', () => {
    expect(left(countStrings(everything())).tag).toBe('Diverges')
    expect(left(countStrings(right(union(boolean)(exactly(3)())(exactly(3)())))).tag).toBe('Automaton')
    expect(right(countStrings(right(union(boolean)(exactly(3)())(exactly(2)()))))).toBe(12n)
  })

  it('a ratio of BigInts beyond f64 is right to an ulp', () => {
    expect(ratio(1n, 3n)).toBe(1 / 3)
    expect(ratio(10n ** 400n, 10n ** 401n)).toBe(0.1)
    expect(ratio(0n, 7n)).toBe(0)
    expect(ratio(2n ** 1100n - 1n, 2n ** 1100n)).toBe(1)
  })

  it('a length that is no count is refused wherever one is asked, and so is a share of no strings', () => {
    const all = everything(['a', 'b'])
    for (const n of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
      for (const refused of [countOfLength(n)(all), approximateCountOfLength(n)(all), relativeFrequency(n)(all)])
        expect(left(refused).tag).toBe('Domain')
      expect(left(whiteNoise(n)()).tag).toBe('Domain')
      for (const make of [() => exactly(n)(), () => wordsOfLength(2, n), () => wordsUpTo(2, n)])
        expect(thrown(make)?.tag).toBe('Domain')
    }
    expect(left(relativeFrequency(2)(everything([]))).tag).toBe('Domain')
    expect(right(relativeFrequency(0)(everything([])))).toBe(1)
  })
})
