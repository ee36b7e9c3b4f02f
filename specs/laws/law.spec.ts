/** Laws as values: what a failing one says, and that it fails for any test runner. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExptiltError } from '../../lib/errors.ts'
import { complaintsOf, forAll, isClose, law, statisticalLaw } from '../../lib/laws/law.ts'
import { mustEqual } from '../../lib/laws/same.ts'
import { binomialDesign } from '../../lib/laws/statistics.ts'

describe('a law of generated values', () => {
  const small = forAll('numbers are small', fc.nat(1000), (x) => (x < 10 ? undefined : `${x} is large`), {
    runs: 50,
    seed: 3,
  })

  it('says the smallest counterexample, and how to generate it again', async () => {
    const [found = ''] = await complaintsOf([small])
    expect(found).toMatch(/^numbers are small: 10 is large; counterexample 10 \(case \d+ of 50, seed 3, path [\d:]+\)/)
    await expect(small.check()).rejects.toBeInstanceOf(ExptiltError)
  })

  it('passes what has no counterexample, and tries as many cases as asked', async () => {
    let cases = 0
    const counted = forAll(
      'nothing',
      fc.nat(),
      () => {
        cases += 1
        return undefined
      },
      { runs: 17 },
    )
    expect(await complaintsOf([counted])).toEqual([])
    expect(cases).toBe(17)
  })

  it('takes what a subject throws for a complaint, with its counterexample', async () => {
    const throws = forAll('it runs', fc.boolean(), (x) => {
      if (x) throw new Error('no')
      return undefined
    })
    expect(await complaintsOf([throws])).toEqual([expect.stringMatching(/^it runs: no; counterexample true/)])
  })
})

describe('complaints', () => {
  it('are those of the laws that fail, in order, each with all that is wrong', async () => {
    const laws = [
      law('one', () => ['a', 'b']),
      law('two', () => []),
      law('three', () => Promise.reject(new Error('c'))),
    ]
    expect(await complaintsOf(laws)).toEqual([
      expect.stringMatching(/^one: a; b/),
      expect.stringMatching(/^three: c: /),
    ])
  })

  it('of a statistical law say the statistic, α and what the design sees', async () => {
    const design = binomialDesign({ alpha: 1e-6, minDiscrepancy: 0.1, power: 0.999 })
    const tossed = statisticalLaw('a coin', () => Promise.resolve(design.check(0, design.n, 0.5)))
    const [found = ''] = await complaintsOf([tossed])
    expect(found).toContain(`a coin: the share of successes: 0.00000 from n = ${design.n}, p = `)
    expect(found).toContain('< α = 0.000001; the design sees a change of 0.1 with probability 0.999')
  })
})

describe('equality', () => {
  it('of numbers is relative to 1 + |b|, of infinities exact, of NaN never', () => {
    expect([isClose(1, 1 + 1e-9, 1e-9), isClose(1, 1 + 3e-9, 1e-9)]).toEqual([true, false])
    expect([isClose(Infinity, Infinity, 0), isClose(Infinity, -Infinity, 1), isClose(NaN, NaN, 1)]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('of answers is by structure', () => {
    expect(() => mustEqual({ a: [1, new Set([2])], b: Int32Array.of(3) }, { b: [3], a: [1, [2]] })).not.toThrow()
    const pairs: readonly (readonly [unknown, unknown])[] = [
      [0, -0],
      [[1, 2], [1]],
      [{ a: undefined }, {}],
      [{ a: 1 }, { b: 1 }],
      [[], {}],
      ['1', 1],
    ]
    for (const [a, b] of pairs) expect(() => mustEqual(a, b)).toThrow('the answer is')
  })
})
