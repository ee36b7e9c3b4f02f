import { describe, expect, it } from 'vitest'
import { automaton } from '../../lib/automata/automaton.ts'
import { geometricNoise } from '../../lib/automata/build.ts'
import { describePfsa } from '../../lib/automata/describe.ts'
import { mixture } from '../../lib/automata/mixture.ts'
import { real } from '../../lib/semiring.ts'
import { DEAD_CYCLE } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const PAPER = { motif: '10001011111000', length: 30 } as const

describe('describePfsa', () => {
  it('W12: the paper’s motif: strings, relative frequency, entropy to 1e-10, per symbol with the end', () => {
    const facts = right(describePfsa(PAPER))
    expect(facts.strings).toBe('1113640')
    expect(facts.relativeFrequency).toBe(0.0010371580719947815)
    expect(Math.abs(facts.entropy - 13.923144487457433)).toBeLessThan(1e-10)
    expect(facts.entropyPerSymbol).toBeCloseTo(0.4491336931, 10)
    expect(facts.meanLength).toBeCloseTo(30, 12)
    expect(facts).toMatchObject({ spectralRadius: 0 })
    expect(facts.residual).toBeLessThan(1e-13)
    expect(facts.errorBound).toBeLessThan(1e-11)
  })

  it('W14: the paper’s mixture of 0.9 motif and 0.1 anti-motif', () => {
    expect(right(describePfsa({ ...PAPER, mixture: 0.9 })).entropyPerSymbol).toBeCloseTo(0.4817822834, 10)
    expect(right(describePfsa({ ...PAPER, mixture: 1 })).entropy).toBe(right(describePfsa(PAPER)).entropy)
    // α = the motif's own frequency gives back white noise.
    const noise = right(describePfsa({ ...PAPER, mixture: 0.0010371580719947815 }))
    expect(noise.entropy).toBeCloseTo(30 * Math.LN2, 11)
    expect(right(describePfsa({ ...PAPER, mixture: 0 })).entropy).toBeCloseTo(Math.log(2 ** 30 - 1_113_640), 11)
  })

  it('any PFSA, deterministic or not', () => {
    const geometric = right(geometricNoise(0.1)())
    const facts = right(describePfsa(geometric))
    expect(facts).toMatchObject({ strings: 'infinite', relativeFrequency: null })
    expect(facts.meanLength).toBeCloseTo(9, 12)
    expect(facts.spectralRadius).toBeCloseTo(0.9, 14)
    expect(right(describePfsa(right(mixture(0.5)(geometric)(geometric)))).entropy).toBeCloseTo(facts.entropy, 10)
  })

  it('what makes no sense is a typed failure', () => {
    expect(left(describePfsa({ motif: '102', length: 30 }))).toMatchObject({ tag: 'Automaton', facts: { symbol: '2' } })
    expect(left(describePfsa({ motif: '10', length: 1 }))).toMatchObject({ tag: 'Domain' })
    expect(left(describePfsa({ motif: '', length: 3 })).tag).toBe('Automaton')
    expect(left(describePfsa({ motif: '1', length: 2.5 })).tag).toBe('Domain')
    expect(left(describePfsa({ ...PAPER, mixture: 1.1 })).tag).toBe('Domain')
    expect(left(describePfsa({ motif: 'a', length: 3, alphabet: ['a'], mixture: 0.5 })).tag).toBe('Support')
    expect(left(describePfsa(DEAD_CYCLE)).tag).toBe('NotTight')
    const half = automaton(real)({ alphabet: ['a'], states: 1, start: [[0, 1]], stop: [[0, 0.5]], arcs: [] })
    expect(left(describePfsa(half))).toMatchObject({ tag: 'Automaton', facts: { state: 0 } })
  })
})
