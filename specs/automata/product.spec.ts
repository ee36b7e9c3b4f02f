import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { characteristic } from '../../lib/automata/automaton.ts'
import { everything } from '../../lib/automata/build.ts'
import { equivalent, exactWeights } from '../../lib/automata/equivalence.ts'
import { accepts } from '../../lib/automata/language.ts'
import { antiMotifAutomaton, motifAutomaton } from '../../lib/automata/motif.ts'
import { intersect } from '../../lib/automata/product.ts'
import { isEmpty } from '../../lib/automata/trim.ts'
import { weightOf, wordsUpTo } from '../../lib/automata/word.ts'
import { boolean, real } from '../../lib/semiring.ts'
import { anyWeighted, motif } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const WORDS = wordsUpTo(2, 6)
const ALL = characteristic(real)(everything())

describe('intersection', () => {
  it('W10: w_{A∩B}(x) = w_A(x)·w_B(x) for every short string, exactly for dyadic weights', () => {
    fc.assert(
      fc.property(anyWeighted, anyWeighted, (a, b) => {
        const both = right(intersect(real)(b)(a))
        const [wa, wb, wab] = [weightOf(real)(a), weightOf(real)(b), weightOf(real)(both)]
        for (const x of WORDS) expect(Math.abs(wab(x) - wa(x) * wb(x))).toBeLessThanOrEqual(1e-15 * (1 + wa(x) * wb(x)))
      }),
      { seed: 116, numRuns: 60 },
    )
  })

  it('W10: strings of 8 symbols', () => {
    fc.assert(
      fc.property(anyWeighted, anyWeighted, fc.array(fc.nat(1), { minLength: 8, maxLength: 8 }), (a, b, x) => {
        const product = weightOf(real)(a)(x) * weightOf(real)(b)(x)
        expect(weightOf(real)(right(intersect(real)(b)(a)))(x)).toBeCloseTo(product, 15)
      }),
      { seed: 117, numRuns: 300 },
    )
  })

  it('W10: commutative, associative, and Σ* is the identity, by exact equivalence', () => {
    fc.assert(
      fc.property(anyWeighted, anyWeighted, anyWeighted, (a, b, c) => {
        const and = intersect(real)
        const same = (x: typeof a, y: typeof a): boolean => right(equivalent(exactWeights(x))(exactWeights(y)))
        expect(same(right(and(ALL)(a)), a)).toBe(true)
        fc.pre(a.states * b.states * c.states <= 8)
        expect(same(right(and(b)(a)), right(and(a)(b)))).toBe(true)
        expect(same(right(and(c)(right(and(b)(a)))), right(and(right(and(c)(b)))(a)))).toBe(true)
      }),
      { seed: 118, numRuns: 40, maxSkipsPerRun: 1000 },
    )
  })

  it('W10: the language of an intersection is the intersection of the languages', () => {
    fc.assert(
      fc.property(motif(4), motif(4), (m, n) => {
        const [a, b] = [right(motifAutomaton(m)()), right(motifAutomaton(n)())]
        const both = right(intersect(boolean)(b)(a))
        for (const x of WORDS) expect(accepts(both)(x)).toBe(accepts(a)(x) && accepts(b)(x))
        expect(isEmpty(boolean)(right(intersect(boolean)(right(antiMotifAutomaton(m)()))(a)))).toBe(true)
      }),
      { seed: 119, numRuns: 60 },
    )
  })

  it('different alphabets are a typed failure', () => {
    expect(left(intersect(real)(characteristic(real)(everything(['a', 'b'])))(ALL)).tag).toBe('Automaton')
  })
})
