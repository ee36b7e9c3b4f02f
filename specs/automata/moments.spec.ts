import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Automaton, automaton, partsOf } from '../../lib/automata/automaton.ts'
import { geometricNoise, whiteNoise } from '../../lib/automata/build.ts'
import { entropy, localEntropies } from '../../lib/automata/entropy.ts'
import {
  expectedArcCounts,
  expectedFeature,
  expectedVisits,
  meanLength,
  partitionGradient,
} from '../../lib/automata/moments.ts'
import { logPartition, normalise } from '../../lib/automata/normalise.ts'
import { isEmpty } from '../../lib/automata/trim.ts'
import { weightOf, wordsUpTo } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { anyPfsa, anyWeighted, shortPfsa } from '../../lib/laws/arbitraries/automata.ts'
import { right } from '../either.ts'

const dot = (xs: ArrayLike<number>, ys: ArrayLike<number>): number =>
  Array.from(xs).reduce((total, x, i) => total + x * (ys[i] ?? Number.NaN), 0)

const nudged = (a: Automaton<number>, arc: number, by: number): Automaton<number> => ({
  ...a,
  weights: Array.from(a.weights, (w, k) => (k === arc ? w + by : w)),
})

describe('moments', () => {
  it('W7: H(start) = Σ visits·h, and mean length = Σ visits − 1', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        const visits = right(expectedVisits(a)).values
        const { value } = right(entropy(a))
        const total = visits.reduce((sum, x) => sum + x, 0)
        expect(Math.abs(dot(visits, localEntropies(a)) - value)).toBeLessThan(1e-9 * (1 + value))
        expect(Math.abs(right(meanLength(a)).value - (total - 1))).toBeLessThan(1e-9 * total)
        expect(Math.abs(dot(visits, a.stop) - 1)).toBeLessThan(1e-9)
      }),
      { seed: 110, numRuns: 300 },
    )
  })

  it('W7: mean lengths in closed form', () => {
    expect(right(meanLength(right(whiteNoise(30)()))).value).toBeCloseTo(30, 12)
    expect(right(meanLength(right(geometricNoise(0.01)()))).value).toBeCloseTo(99, 9)
  })

  it('expected features: counting ones by enumeration', () => {
    fc.assert(
      fc.property(shortPfsa, (a) => {
        const feature = { arcs: a.symbols, stops: new Float64Array(a.states).fill(10) }
        const words = wordsUpTo(2, 9)
        const masses = words.map(weightOf(real)(a))
        const enumerated = words.reduce(
          (sum, w, i) => sum + (masses[i] ?? 0) * (10 + w.filter((s) => s === 1).length),
          0,
        )
        const missing = 1 - masses.reduce((sum, x) => sum + x, 0)
        const { value } = right(expectedFeature(feature)(a))
        expect(value).toBeGreaterThanOrEqual(enumerated - 1e-9)
        // Beyond nine symbols a string still costs at most 10 + 9 + the mean of the rest.
        expect(value - enumerated).toBeLessThanOrEqual(missing * (20 + 1 / 0.2) + 1e-9)
      }),
      { seed: 111, numRuns: 30 },
    )
  })

  it('W18: ∂log Z/∂log w(arc) = expected arc count = finite difference', () => {
    fc.assert(
      fc.property(anyWeighted, (a) => {
        fc.pre(!isEmpty(real)(a))
        const gradient = right(partitionGradient(a))
        const counts = right(expectedArcCounts(a))
        for (let k = 0; k < a.targets.length; k++) {
          const w = a.weights[k] ?? 0
          const step = 1e-5 * w
          const up = right(logPartition(nudged(a, k, step))).value
          const down = right(logPartition(nudged(a, k, -step))).value
          expect(Math.abs((up - down) / 2e-5 - (counts[k] ?? 0))).toBeLessThan(1e-6)
          expect(counts[k]).toBe(w * (gradient.arcs[k] ?? 0))
        }
      }),
      { seed: 112, numRuns: 60 },
    )
  })

  it('W18: in a PFSA an arc’s count is visits times probability', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        const visits = right(expectedVisits(a)).values
        right(expectedArcCounts(a)).forEach((count, k) => {
          const from = Array.from(a.rowPointers).findLastIndex((begin, p) => begin <= k && p < a.states)
          const expected = (visits[from] ?? 0) * (a.weights[k] ?? 0)
          expect(Math.abs(count - expected)).toBeLessThan(1e-8 * (1 + expected))
        })
      }),
      { seed: 113, numRuns: 100 },
    )
  })

  it('W18: the counts of a normalised automaton are those of the weighted one', () => {
    const doubled = automaton(real)({ ...partsOf(right(geometricNoise(0.5)())), stop: [[0, 3]] })
    expect(right(expectedArcCounts(doubled)).reduce((s, x) => s + x, 0)).toBeCloseTo(
      right(meanLength(right(normalise(doubled)).pfsa)).value,
      12,
    )
  })
})
