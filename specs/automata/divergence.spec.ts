import { fc } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { geometricNoise, whiteNoise } from '../../lib/automata/build.ts'
import { crossEntropy, relativeEntropy } from '../../lib/automata/divergence.ts'
import { entropy } from '../../lib/automata/entropy.ts'
import { minimisePfsa } from '../../lib/automata/minimise.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { wordsUpTo } from '../../lib/automata/word.ts'
import { anyPfsa, shortPfsa } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const WORDS = wordsUpTo(2, 9)

describe('divergence', () => {
  it('W9: KL by the product of states = enumeration, within the missing mass', () => {
    fc.assert(
      fc.property(shortPfsa, shortPfsa, (a, b) => {
        const cross = crossEntropy(b)(a)
        fc.pre(E.isRight(cross))
        let enumerated = 0
        let mass = 0
        for (const word of WORDS) {
          const p = logProbability(a)(word)
          if (p === Number.NEGATIVE_INFINITY) continue
          mass += Math.exp(p)
          enumerated -= Math.exp(p) * logProbability(b)(word)
        }
        const smallest = Math.min(...Array.from(b.weights).filter((w) => w > 0), ...Array.from(b.stop))
        const missing = 1 - mass
        const value = right(cross).value
        expect(value).toBeGreaterThanOrEqual(enumerated - 1e-9)
        // A longer string has 10 symbols and then on average at most 1/0.2 more, each costing at most −log(smallest).
        expect(value - enumerated).toBeLessThanOrEqual(missing * 16 * -Math.log(smallest) + 1e-9)
      }),
      { seed: 114, numRuns: 30 },
    )
  })

  it('W9: KL ≥ 0, and 0 for the same distribution in another form', () => {
    fc.assert(
      fc.property(anyPfsa, anyPfsa, (a, b) => {
        const divergence = relativeEntropy(b)(a)
        if (E.isRight(divergence))
          expect(divergence.right.value).toBeGreaterThanOrEqual(-divergence.right.certificate.errorBound)
        const same = right(relativeEntropy(right(minimisePfsa(a)))(a))
        expect(Math.abs(same.value)).toBeLessThan(1e-8 * (1 + right(entropy(a)).value))
        expect(right(crossEntropy(a)(a)).value).toBeCloseTo(right(entropy(a)).value, 6)
      }),
      { seed: 115, numRuns: 150 },
    )
  })

  it('W9: closed form of two geometric lengths', () => {
    const [p, q] = [0.3, 0.5]
    const exact = Math.log(p / q) + ((1 - p) / p) * Math.log((1 - p) / (1 - q))
    expect(right(relativeEntropy(right(geometricNoise(q)()))(right(geometricNoise(p)()))).value).toBeCloseTo(exact, 12)
  })

  it.each([
    // Closed forms to 50 digits (mpmath).
    [1e-9, 2e-9, 0.306852819940054691416],
    [0.5, 0.5 + 1e-6, 4.00000000023804533913e-12],
    [0.5, 0.55, 0.0100503358535014411835],
    [1e-6, 1e-6 * (1 + 1e-9), 5.000006091738942e-19],
  ])('W9: geometric lengths of %d and %d: nothing cancels', (p, q, exact) => {
    const [a, b] = [right(geometricNoise(p)(['a'])), right(geometricNoise(q)(['a']))]
    expect(Math.abs(right(relativeEntropy(b)(a)).value / exact - 1)).toBeLessThan(1e-6)
    expect(Math.abs(right(crossEntropy(a)(a)).value / right(entropy(a)).value - 1)).toBeLessThan(1e-14)
    expect(right(relativeEntropy(a)(a)).value).toBe(0)
  })

  it('W9: an infinite divergence is a typed failure that names the states', () => {
    const noise = right(whiteNoise(3)())
    const geometric = right(geometricNoise(0.5)())
    expect(left(relativeEntropy(noise)(geometric))).toMatchObject({ tag: 'Support', facts: { symbol: 'stop' } })
    expect(right(relativeEntropy(geometric)(noise)).value).toBeGreaterThan(0)
    expect(left(crossEntropy(right(whiteNoise(3)(['a'])))(noise)).tag).toBe('Automaton')
  })
})
