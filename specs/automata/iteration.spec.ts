import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { localEntropies, stateEntropies } from '../../lib/automata/entropy.ts'
import { entropyByIteration, fixpointSweep, leastFixpoint } from '../../lib/automata/iteration.ts'
import { multiply, transitionMatrix } from '../../lib/automata/matrix.ts'
import { type Pfsa, pfsa } from '../../lib/automata/pfsa.ts'
import { resolvent } from '../../lib/automata/resolvent.ts'
import { trim } from '../../lib/automata/trim.ts'
import { real } from '../../lib/semiring.ts'
import { geometricNoise } from '../../lib/automata/build.ts'
import { anyPfsa, DEAD_CYCLE, HAND_MADE, shortPfsa } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

/** Unreachable states have equations of their own, which the entropy of the automaton leaves out. */
const useful = (a: Pfsa): Pfsa => right(pfsa(trim(real)(a)))

describe('least fixpoint', () => {
  it('W3: iteration from 0 rises to the solution of H = h + M·H, with remainder Mᵗ·H', () => {
    fc.assert(
      fc.property(shortPfsa, (any) => {
        const a = useful(any)
        const m = transitionMatrix(a)
        const h = localEntropies(a)
        const solved = right(stateEntropies(a)).values
        const scale = 1 + Math.max(...solved)
        let values: Float64Array = new Float64Array(a.states)
        let remainder: Float64Array = solved
        for (let t = 0; t < 60; t++) {
          values.forEach((x, p) =>
            expect(Math.abs((solved[p] ?? 0) - x - (remainder[p] ?? 0))).toBeLessThan(1e-12 * scale),
          )
          const next = fixpointSweep(m, h)(values)
          next.forEach((x, p) => expect(x).toBeGreaterThanOrEqual((values[p] ?? 0) - 1e-15 * scale))
          values = next
          remainder = multiply(m)(remainder)
        }
      }),
      { seed: 103, numRuns: 100 },
    )
  })

  it('W3: the iteration and the solve agree to 1e-8 on 200 random PFSAs', () => {
    fc.assert(
      fc.property(anyPfsa, (any) => {
        const a = useful(any)
        const solved = right(stateEntropies(a))
        // Rows may stop with a probability near 1e-6: those take millions of sweeps, and the cap is then the answer.
        fc.pre(solved.certificate.spectralRadius < 0.9999)
        const iterated = right(leastFixpoint()(transitionMatrix(a), localEntropies(a)))
        const scale = 1 + Math.max(...solved.values)
        iterated.values.forEach((x, p) => expect(Math.abs(x - (solved.values[p] ?? 0))).toBeLessThan(1e-8 * scale))
      }),
      { seed: 104, numRuns: 200 },
    )
  })

  it('W3: the certificate bounds the error, and a cap on sweeps is a failure, not an answer', () => {
    const slow = right(geometricNoise(1e-4)())
    const exact = -Math.log(1e-4) - (1 / 1e-4 - 1) * Math.log((1 - 1e-4) / 2)
    const capped = left(entropyByIteration({ sweeps: 10_000 })(slow))
    expect(capped.tag).toBe('Limit')
    const { value, certificate } = right(entropyByIteration({ tolerance: 1e-10 })(slow))
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(certificate.errorBound + 1e-11 * exact)
    expect(certificate.errorBound).toBeLessThan(1e-6)
    expect(certificate.spectralRadius).toBeCloseTo(0.9999, 12)
    expect(certificate.sweeps).toBeGreaterThan(100_000)
  })

  it('W4: H is the least non-negative fixpoint', () => {
    fc.assert(
      fc.property(shortPfsa, fc.double({ min: 0, max: 5, noNaN: true }), (a, extra) => {
        const m = transitionMatrix(a)
        const h = localEntropies(a)
        const least = right(leastFixpoint()(m, h)).values
        // With ρ(M) < 1 the fixpoint is unique, so anything above it is sent strictly below itself.
        const above = least.map((x) => x + extra)
        fixpointSweep(m, h)(above).forEach((x, p) => expect(x).toBeLessThanOrEqual((above[p] ?? 0) + 1e-12))
      }),
      { seed: 105, numRuns: 100 },
    )
  })

  it('W4: a dead cycle of weight 1 has the least value 0, where the linear system is singular', () => {
    const m = transitionMatrix(DEAD_CYCLE)
    const h = localEntropies(DEAD_CYCLE)
    const { values } = right(leastFixpoint()(m, h))
    expect(values[1]).toBe(0)
    expect(values[0]).toBeCloseTo(Math.LN2, 15)
    expect(left(resolvent(m)).tag).toBe('Diverges')
    // Any constant on the dead cycle is another fixpoint: the least one is the only meaningful answer.
    const other = fixpointSweep(m, h)([Math.LN2 + 1, 2])
    expect(other[1]).toBe(2)
  })

  it('W4: an infinite least fixpoint diverges', () => {
    const m = transitionMatrix(DEAD_CYCLE)
    expect(left(leastFixpoint()(m, [1, 1])).tag).toBe('Diverges')
  })

  it('W3: hand-made cases agree with the solve', () => {
    for (const a of HAND_MADE) {
      const iterated = right(entropyByIteration()(a))
      const solved = right(stateEntropies(a)).values[0] ?? Number.NaN
      expect(Math.abs(iterated.value - solved)).toBeLessThanOrEqual(1e-9)
    }
  })
})
