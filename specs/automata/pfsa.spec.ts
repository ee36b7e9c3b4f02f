import { fc } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { automaton, EPSILON } from '../../lib/automata/automaton.ts'
import { entropy } from '../../lib/automata/entropy.ts'
import { entropyByIteration } from '../../lib/automata/iteration.ts'
import { meanLength } from '../../lib/automata/moments.ts'
import { logPartition, normalise } from '../../lib/automata/normalise.ts'
import { pfsa, rowTotal, tight } from '../../lib/automata/pfsa.ts'
import { real } from '../../lib/semiring.ts'
import { anyPfsa, DEAD_CYCLE, HAND_MADE, LABELS } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const two = (stop: readonly (readonly [number, number])[], weight: number, start = 1) =>
  automaton(real)({
    alphabet: LABELS,
    states: 2,
    start: [[0, start]],
    stop,
    arcs: [{ from: 0, symbol: 0, to: 1, weight }],
  })

describe('pfsa', () => {
  it('W1: rows of every live state sum to 1 ± 1e-12', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        for (let p = 0; p < a.states; p++) expect(Math.abs(rowTotal(a, p) - 1)).toBeLessThanOrEqual(1e-12)
      }),
      { seed: 101, numRuns: 300 },
    )
    expect(HAND_MADE.every((a) => E.isRight(pfsa(a)))).toBe(true)
  })

  it('W1: many small weights sum to 1 however many there are, of a start and of a state', () => {
    const n = 100_001
    const share = 1 / (n - 1)
    const leaves = Array.from({ length: n - 1 }, (_, i) => i + 1)
    const star = automaton(real)({
      alphabet: LABELS,
      states: n,
      start: [[0, 1]],
      stop: leaves.map((p) => [p, 1]),
      arcs: leaves.map((to) => ({ from: 0, symbol: 0, to, weight: share })),
    })
    const spread = automaton(real)({
      alphabet: LABELS,
      states: n,
      start: leaves.map((p) => [p, share]),
      stop: leaves.map((p) => [p, 1]),
      arcs: [],
    })
    for (const a of [star, spread]) {
      right(pfsa(a))
      right(pfsa(right(normalise(a)).pfsa))
    }
  })

  it('W1: the failure names the state', () => {
    expect(left(pfsa(two([[1, 0.9]], 1)))).toMatchObject({ tag: 'Automaton', facts: { state: 1, total: 0.9 } })
    expect(left(pfsa(two([[1, 1]], -1)))).toMatchObject({ tag: 'Automaton', facts: { state: 0, weight: -1 } })
    expect(left(pfsa(two([[1, Number.NaN]], 1)))).toMatchObject({ tag: 'Automaton', facts: { state: 1 } })
    expect(left(pfsa(two([[1, 1]], 1, 0.5)))).toMatchObject({ tag: 'Automaton', facts: { total: 0.5 } })
    expect(left(pfsa(two([[1, 1]], 1 + 1e-9))).tag).toBe('Automaton')
    expect(E.isRight(pfsa(two([[1, 1]], 1 + 1e-14)))).toBe(true)
  })

  it('W1: ε-arcs are refused', () => {
    const silent = automaton(real)({
      alphabet: LABELS,
      states: 2,
      start: [[0, 1]],
      stop: [[1, 1]],
      arcs: [{ from: 0, symbol: EPSILON, to: 1, weight: 1 }],
    })
    expect(left(pfsa(silent)).remedy).toContain('removeEpsilon')
  })

  it('W2: mass is 1 when every reachable state can stop, with ρ < 1 certified', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        const { value, certificate } = right(logPartition(a))
        expect(Math.abs(value)).toBeLessThanOrEqual(Math.max(1e-12, certificate.errorBound))
        expect(certificate.spectralRadius).toBeLessThan(1)
      }),
      { seed: 102, numRuns: 300 },
    )
  })

  it('W2: a state that cannot stop is NotTight and is named', () => {
    for (const solve of [tight, entropy, entropyByIteration(), meanLength])
      expect(left(solve(DEAD_CYCLE))).toMatchObject({ tag: 'NotTight', facts: { state: 1 } })
  })

  it('W2: cycles of weight ≥ 1 diverge and a state is named', () => {
    const loop = (weight: number) =>
      automaton(real)({
        alphabet: LABELS,
        states: 1,
        start: [[0, 1]],
        stop: [[0, 1]],
        arcs: [{ from: 0, symbol: 0, to: 0, weight }],
      })
    for (const weight of [1, 1.5, 7])
      expect(left(logPartition(loop(weight)))).toMatchObject({ tag: 'Diverges', facts: { state: 0 } })
    expect(right(logPartition(loop(0.999))).certificate.spectralRadius).toBeCloseTo(0.999, 12)
  })
})
