import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { automaton, rowOf } from '../../lib/automata/automaton.ts'
import { geometricNoise, whiteNoise } from '../../lib/automata/build.ts'
import { condition } from '../../lib/automata/condition.ts'
import { motifAutomaton } from '../../lib/automata/motif.ts'
import { pfsa, type Pfsa } from '../../lib/automata/pfsa.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { choices, type Sample, sample, sampleTexts, sampleWords, startChoice } from '../../lib/automata/sample.ts'
import { wordsOfLength, wordsUpTo } from '../../lib/automata/word.ts'
import { at } from '../../lib/at.ts'
import { fold, key, words } from '../../lib/key.ts'
import { real } from '../../lib/semiring.ts'
import { anyPfsa, DEAD_CYCLE, LABELS } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'
import { chiSquareDesign } from '../../lib/laws/statistics.ts'

const conditioned = (m: string, n: number): Pfsa =>
  right(condition(right(motifAutomaton(m)()))(right(whiteNoise(n)()))).pfsa

const counted = (s: Sample, names: ReadonlyMap<string, number>): Float64Array => {
  const counts = new Float64Array(names.size + 1)
  for (const word of sampleWords(s)) {
    const cell = names.get(word.join('')) ?? names.size
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return counts
}

/** χ² of a sample against the enumerated probabilities of `words`, with one more cell for all other strings. */
const verdict = (a: Pfsa, words: readonly (readonly number[])[], seed: number) => {
  const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.02, power: 1 - 1e-6 }, words.length + 1)
  const probabilities = words.map((x) => Math.exp(logProbability(a)(x)))
  const rest = Math.max(0, 1 - probabilities.reduce((sum, x) => sum + x, 0))
  const names = new Map(words.map((x, i) => [x.join(''), i]))
  const drawn = right(sample({ key: key(seed), count: design.n })(a))
  return design.check(counted(drawn, names), [...probabilities, rest < 1e-12 ? 0 : rest])
}

/** Every string of the sample contains `motif`; reads symbols without building strings. */
const violations = (s: Sample, motif: readonly number[]): number => {
  const fallback = right(motifAutomaton(motif.join(''))())
  let wrong = 0
  for (let i = 0; i + 1 < s.offsets.length; i++) {
    let state = 0
    for (let k = s.offsets[i] ?? 0; k < (s.offsets[i + 1] ?? 0); k++)
      state = fallback.targets[2 * state + (s.symbols[k] ?? 0)] ?? 0
    if (state !== motif.length) wrong++
  }
  return wrong
}

/** String i of a key by the definition: step t reads block t of child i, arcs stand before stopping. */
const byHand = (a: Pfsa, seed: number, i: number): readonly number[] => {
  const uniform = (t: number): number => {
    const [high = 0, low = 0] = words(fold(key(seed), i), 2, 2 * t)
    return (high * 2 ** 20 + Math.floor(low / 2 ** 12) + 0.5) / 2 ** 52
  }
  const first = (ps: readonly number[], u: number): number => {
    let [k, below] = [0, at(ps, 0)]
    while (u >= below) below += at(ps, ++k)
    return k
  }
  const out: number[] = []
  let state = first(Array.from(a.start), uniform(0))
  for (let t = 1; ; t++) {
    const begin = at(a.rowPointers, state)
    const arcs = Array.from(a.weights).slice(begin, at(a.rowPointers, state + 1))
    const arc = first([...arcs, at(a.stop, state)], uniform(t))
    if (arc === arcs.length) return out
    out.push(at(a.symbols, begin + arc))
    state = at(a.targets, begin + arc)
  }
}

describe('sampling', () => {
  it('W19: 3 000 strings are those of their uniforms, one by one: no stop too many, none too few', () => {
    const machines = [
      right(geometricNoise(0.3)(['a', 'b', 'c'])),
      conditioned('0110', 9),
      right(
        pfsa(
          automaton(real)({
            alphabet: LABELS,
            states: 2,
            start: [
              [0, 0.3],
              [1, 0.7],
            ],
            stop: [
              [0, 0.2],
              [1, 0.45],
            ],
            arcs: [
              { from: 0, symbol: 0, to: 1, weight: 0.5 },
              { from: 0, symbol: 1, to: 0, weight: 0.3 },
              { from: 1, symbol: 1, to: 0, weight: 0.55 },
            ],
          }),
        ),
      ),
    ]
    for (const a of machines)
      expect(sampleWords(right(sample({ key: key(206), count: 3000 })(a))).map((x) => [...x])).toEqual(
        Array.from({ length: 3000 }, (_, i) => byHand(a, 206, i)),
      )
  })

  it('W19: χ² on all strings of length 10 with a motif (α = 1e-9, TV ≥ 0.02 seen with power 1 − 1e-6)', () => {
    expect(verdict(conditioned('0110', 10), wordsOfLength(2, 10), 201).complaints).toEqual([])
  })

  it('W19: χ² on strings of any length (α = 1e-9, TV ≥ 0.02)', () => {
    expect(verdict(right(geometricNoise(0.4)(['a', 'b', 'c'])), wordsUpTo(3, 4), 202).complaints).toEqual([])
  })

  it('W19: the test sees a planted shift of 0.03', () => {
    const coin = (p: number): Pfsa =>
      right(
        pfsa(
          automaton(real)({
            alphabet: LABELS,
            states: 2,
            start: [[0, 1]],
            stop: [[1, 1]],
            arcs: [
              { from: 0, symbol: 0, to: 1, weight: p },
              { from: 0, symbol: 1, to: 1, weight: 1 - p },
            ],
          }),
        ),
      )
    const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.02, power: 1 - 1e-6 }, 2)
    const drawn = right(sample({ key: key(203), count: design.n })(coin(0.53)))
    const counts = counted(
      drawn,
      new Map([
        ['0', 0],
        ['1', 1],
      ]),
    )
    expect(design.check(counts, [0.5, 0.5, 0]).passed).toBe(false)
    expect(design.check(counts, [0.53, 0.47, 0]).complaints).toEqual([])
  })

  it('W19: 10⁶ draws of 30 symbols, every one with the motif', () => {
    const drawn = right(sample({ key: key(204), count: 1_000_000 })(conditioned('10001011111000', 30)))
    expect(drawn.symbols).toHaveLength(30_000_000)
    expect(violations(drawn, [1, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0])).toBe(0)
  }, 60_000)

  it('W19: seeds are reproducible, and string i does not depend on how many are drawn', () => {
    fc.assert(
      fc.property(anyPfsa, fc.nat(), (a, seed) => {
        const drawn = (count: number) => sample({ key: key(seed), count, longest: 10_000_000 })(a)
        const many = right(drawn(20))
        expect(right(drawn(20)).symbols).toEqual(many.symbols)
        expect(sampleTexts(right(drawn(5)))).toEqual(sampleTexts(many).slice(0, 5))
      }),
      { seed: 205, numRuns: 20 },
    )
    const noise = right(whiteNoise(60)())
    expect(sampleTexts(right(sample({ key: key(1), count: 3 })(noise)))).not.toEqual(
      sampleTexts(right(sample({ key: key(2), count: 3 })(noise))),
    )
  })

  it('an arc of probability 0 is never taken; a string too long and a dead state are typed failures', () => {
    fc.assert(
      fc.property(anyPfsa, fc.nat(), (a, seed) => {
        for (const word of sampleWords(right(sample({ key: key(seed), count: 20, longest: 10_000_000 })(a))))
          if (word.length < 5000) expect(logProbability(a)(word)).toBeGreaterThan(Number.NEGATIVE_INFINITY)
      }),
      { seed: 206, numRuns: 30 },
    )
    expect(left(sample({ key: key(1), count: 1, longest: 29 })(right(whiteNoise(30)())))).toMatchObject({
      tag: 'Limit',
      facts: { longest: 29, index: 0 },
    })
    expect(right(sample({ key: key(1), count: 1, longest: 30 })(right(whiteNoise(30)()))).symbols).toHaveLength(30)
    expect(left(sample({ key: key(1), count: 1 })(DEAD_CYCLE)).tag).toBe('NotTight')
  })
})

describe('the law of a step, by enumeration of uniforms', () => {
  const GRID = 4096
  const shares = (choose: (u: number) => number): ReadonlyMap<number, number> => {
    const counts = new Map<number, number>()
    for (let k = 0; k < GRID; k++) {
      const chosen = choose((k + 0.5) / GRID)
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1 / GRID)
    }
    return counts
  }

  it('W19: each arc, stopping and each start has the share of its weight, to one grid step: .02 % of a point', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        const choose = choices(a)
        for (let p = 0; p < a.states; p++) {
          const [begin, end] = rowOf(a, p)
          const total = Array.from(a.weights)
            .slice(begin, end)
            .reduce((t, w) => t + w, a.stop[p] ?? Number.NaN)
          if (!(Math.abs(total - 1) < 1e-9)) continue
          const found = shares((u) => choose(p, u))
          expect(Math.abs((found.get(-1) ?? 0) - (a.stop[p] ?? Number.NaN))).toBeLessThanOrEqual(1.01 / GRID)
          for (let k = begin; k < end; k++)
            expect(Math.abs((found.get(k) ?? 0) - (a.weights[k] ?? Number.NaN))).toBeLessThanOrEqual(1.01 / GRID)
        }
        const starts = shares(startChoice(a))
        Array.from(a.start).forEach((w, p) => {
          expect(Math.abs((starts.get(p) ?? 0) - w)).toBeLessThanOrEqual(1.01 / GRID)
        })
      }),
      { seed: 190, numRuns: 30 },
    )
  })

  it('an arc of weight 0 is never taken, at the ends of (0, 1) either', () => {
    const parts = {
      alphabet: ['a', 'b', 'c'],
      states: 1,
      start: [[0, 1] as const],
      stop: [[0, 0.5] as const],
      arcs: [
        { from: 0, symbol: 0, to: 0, weight: 0 },
        { from: 0, symbol: 1, to: 0, weight: 0.5 },
        { from: 0, symbol: 2, to: 0, weight: 0 },
      ],
    }
    const choose = choices(automaton(real)(parts))
    for (const u of [2 ** -53, 0.25, 0.5 - 2 ** -54, 0.5, 1 - 2 ** -53]) expect(choose(0, u)).toBe(u < 0.5 ? 1 : -1)
  })
})
