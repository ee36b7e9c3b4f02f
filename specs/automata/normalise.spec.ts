import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { automaton } from '../../lib/automata/automaton.ts'
import { total } from '../../lib/automata/allsum.ts'
import { logPartition, normalise } from '../../lib/automata/normalise.ts'
import { rowTotal } from '../../lib/automata/pfsa.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { real as starred } from '../../lib/automata/star.ts'
import { isEmpty, trim } from '../../lib/automata/trim.ts'
import { weightOf, wordsUpTo } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { anyWeighted, LABELS } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const WORDS = wordsUpTo(2, 6)

describe('normalise', () => {
  it('W15: every string’s weight is divided by Z, and the result is stochastic', () => {
    fc.assert(
      fc.property(anyWeighted, (a) => {
        fc.pre(!isEmpty(real)(a))
        const { pfsa, logPartition: logZ } = right(normalise(a))
        for (let p = 0; p < pfsa.states; p++) expect(Math.abs(rowTotal(pfsa, p) - 1)).toBeLessThan(1e-14)
        for (const x of WORDS) {
          const expected = weightOf(real)(a)(x) / Math.exp(logZ)
          expect(Math.abs(Math.exp(logProbability(pfsa)(x)) - expected)).toBeLessThan(1e-11 * expected + 1e-300)
        }
      }),
      { seed: 125, numRuns: 100 },
    )
  })

  it('W15: pushing twice is pushing once', () => {
    fc.assert(
      fc.property(anyWeighted, (a) => {
        fc.pre(!isEmpty(real)(a))
        const once = right(normalise(a))
        const twice = right(normalise(once.pfsa))
        expect(Math.abs(twice.logPartition)).toBeLessThan(1e-13)
        expect(twice.pfsa.states).toBe(once.pfsa.states)
        Array.from(twice.pfsa.weights).forEach((w, k) =>
          expect(Math.abs(w - (once.pfsa.weights[k] ?? 0))).toBeLessThan(1e-13),
        )
      }),
      { seed: 126, numRuns: 100 },
    )
  })

  it('W15: states of total weight 0 are trimmed; nothing left is a Support failure', () => {
    fc.assert(
      fc.property(anyWeighted, (a) => {
        if (isEmpty(real)(a)) expect(left(normalise(a)).tag).toBe('Support')
        else expect(right(normalise(a)).pfsa.states).toBe(trim(real)(a).states)
      }),
      { seed: 127, numRuns: 200 },
    )
  })

  it('W2: log Z agrees with state elimination over the real semiring', () => {
    fc.assert(
      fc.property(anyWeighted, (a) => {
        fc.pre(!isEmpty(real)(a))
        const { value, certificate } = right(logPartition(a))
        expect(Math.abs(Math.log(right(total(starred)(a))) - value)).toBeLessThan(certificate.errorBound + 1e-13)
      }),
      { seed: 128, numRuns: 200 },
    )
  })

  it('a chain of 5 000 weights of e^{−20} has log Z = −100 000, far below f64', () => {
    const n = 5000
    const chain = (first: number) =>
      automaton(real)({
        alphabet: LABELS,
        states: n + 1,
        start: [[0, 1]],
        stop: [[n, 1]],
        arcs: Array.from({ length: n }, (_, i) => ({
          from: i,
          symbol: i % 2,
          to: i + 1,
          weight: i === 0 ? first : Math.exp(-20),
        })),
      })
    for (const first of [Math.exp(-20), 0.3, 0.37, 1.9, 7]) {
      expect(right(logPartition(chain(first))).value).toBeCloseTo(Math.log(first) - 20 * (n - 1), 6)
      // The pushed weights carry the logarithms' error of 1e-11; a row of one arc is 1 all the same.
      expect(Array.from(right(normalise(chain(first))).pfsa.weights).findIndex((w) => w !== 1)).toBe(-1)
    }
  })

  it('a share of 1e-163 keeps its digits where e^{shift} alone is subnormal', () => {
    // State 0 stops with weight 1, or goes on by 1e149 to a chain that weighs 1e-312.
    const rare = automaton(real)({
      alphabet: LABELS,
      states: 4,
      start: [[0, 1]],
      stop: [
        [0, 1],
        [3, 1],
      ],
      arcs: [1e149, 1e-156, 1e-156].map((weight, from) => ({ from, symbol: 0, to: from + 1, weight })),
    })
    const [share = 0, ...rest] = Array.from(right(normalise(rare)).pfsa.weights)
    // Logarithms of some hundreds hold 13 digits of the share; a subnormal e^{−718} holds 11.
    expect(Math.abs(share / 1e-163 - 1)).toBeLessThan(1e-12)
    for (const weight of rest) expect(Math.abs(weight - 1)).toBeLessThan(1e-12)
  })

  it('a negative weight is a typed failure', () => {
    const bad = automaton(real)({ alphabet: LABELS, states: 1, start: [[0, 1]], stop: [[0, -1]], arcs: [] })
    expect(left(normalise(bad))).toMatchObject({ tag: 'Automaton', facts: { state: 0 } })
  })
})
