/** The best strings and paths against all strings, sorted. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { arcsOf, type Automaton, automaton, EPSILON, mapWeights } from '../../lib/automata/automaton.ts'
import { bestPaths, bestWords } from '../../lib/automata/best.ts'
import { removeEpsilon } from '../../lib/automata/reverse.ts'
import * as star from '../../lib/automata/star.ts'
import { project } from '../../lib/automata/transducer.ts'
import { weightOf, wordsUpTo } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { left, right } from '../either.ts'
import { randomTransducer } from './small-transducer.ts'

/** Two ways to spell a text, with cycles and ε: strings of any length. */
const cyclic: Automaton<number> = automaton(real)({
  alphabet: ['a', 'b'],
  states: 3,
  start: [
    [0, 0.7],
    [1, 0.3],
  ],
  stop: [
    [1, 0.4],
    [2, 0.6],
  ],
  arcs: [
    { from: 0, symbol: 0, to: 0, weight: 0.2 },
    { from: 0, symbol: 0, to: 1, weight: 0.3 },
    { from: 0, symbol: EPSILON, to: 2, weight: 0.25 },
    { from: 1, symbol: 1, to: 2, weight: 0.35 },
    { from: 1, symbol: 0, to: 1, weight: 0.1 },
    { from: 2, symbol: 1, to: 0, weight: 0.3 },
    { from: 2, symbol: EPSILON, to: 1, weight: 0.05 },
  ],
})

/** log-weights of all strings of at most so many symbols, best first. */
const ranked = (a: Automaton<number>, by: 'total' | 'path', most: number) => {
  const semiring = by === 'total' ? star.log : star.maxPlus
  const own = right(removeEpsilon(semiring)(mapWeights(Math.log)(a)))
  return wordsUpTo(a.alphabet.length, most)
    .map((word) => ({ word, logWeight: weightOf(semiring)(own)(word) }))
    .filter(({ logWeight }) => logWeight > Number.NEGATIVE_INFINITY)
    .sort((x, y) => y.logWeight - x.logWeight)
}

describe('the best strings', () => {
  it.each(['total', 'path'] as const)('W22 are those of all strings, in order, by %s', (by) => {
    const wanted = ranked(cyclic, by, 9).slice(0, 40)
    const found = right(bestWords({ by, count: 40 })(cyclic))
    expect(found.map(({ logWeight }) => logWeight.toFixed(9))).toEqual(
      wanted.map(({ logWeight }) => logWeight.toFixed(9)),
    )
    const weights = new Map(ranked(cyclic, by, 9).map(({ word, logWeight }) => [word.join(), logWeight]))
    for (const { word, logWeight } of found) expect(weights.get(word.join())).toBeCloseTo(logWeight, 9)
    expect(new Set(found.map(({ word }) => word.join())).size).toBe(40)
  })

  it('are all there are of a finite language, on random automata with ε', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const a = project(real)('input')(randomTransducer(['a', 'b'], ['x'], seed))
      const found = right(bestWords({ by: 'total', count: 1000 })(a))
      const wanted = ranked(a, 'total', 3)
      expect(found).toHaveLength(wanted.length)
      found.forEach(({ logWeight }, i) => expect(logWeight).toBeCloseTo(at(wanted, i).logWeight, 9))
    }
  })

  it('come one by one where infinitely many are equally good', () => {
    const loop = automaton(real)({
      alphabet: ['a', 'b'],
      states: 2,
      start: [[0, 1]],
      stop: [[1, 1]],
      arcs: [
        { from: 0, symbol: 0, to: 0, weight: 1 },
        { from: 0, symbol: 1, to: 1, weight: 1 },
      ],
    })
    const found = right(bestWords({ by: 'path', count: 3 })(loop))
    expect(found.map(({ word }) => word)).toEqual([[1], [0, 1], [0, 0, 1]])
    expect(left(bestWords({ by: 'total', count: 3 })(loop)).tag).toBe('Diverges')
  })

  it('are refused of gains, negative weights, no count and past the budget', () => {
    const gain = mapWeights((w: number) => 3 * w)(cyclic)
    expect(
      left(bestWords({ by: 'path', count: 1 })({ ...gain, weights: Array.from(gain.weights, (w) => 2 * w) })).tag,
    ).toBe('Diverges')
    expect(left(bestWords({ by: 'path', count: 1 })(mapWeights((w: number) => -w)(cyclic))).tag).toBe('Automaton')
    expect(left(bestWords({ by: 'path', count: 0 })(cyclic)).what).toBe('0 best strings')
    expect(left(bestWords({ by: 'path', count: 40, budget: 3 })(cyclic))).toMatchObject({ tag: 'Limit' })
  })
})

describe('the best paths', () => {
  it('are those of all paths, in order', () => {
    const arcs = arcsOf(cyclic)
    const paths: { readonly arcs: readonly number[]; readonly log: number }[] = []
    const walk = (state: number, taken: readonly number[], weight: number): void => {
      const stop = at(cyclic.stop, state)
      if (weight * stop > 0 && taken.length > 0) paths.push({ arcs: taken, log: Math.log(weight * stop) })
      if (taken.length < 7)
        arcs.forEach((arc, k) => {
          if (arc.from === state) walk(arc.to, [...taken, k], weight * arc.weight)
        })
    }
    for (let p = 0; p < 3; p++) if (at(cyclic.start, p) > 0) walk(p, [], at(cyclic.start, p))
    const wanted = [...paths].sort((a, b) => b.log - a.log).slice(0, 20)
    const found = right(bestPaths(21)(cyclic)).filter(({ arcs: own }) => own.length > 0)
    expect(found.map(({ logWeight }) => logWeight.toFixed(9))).toEqual(wanted.map(({ log }) => log.toFixed(9)))
    const known = new Map(paths.map(({ arcs: own, log }) => [own.join(), log]))
    for (const { arcs: own, logWeight } of found) expect(known.get(own.join())).toBeCloseTo(logWeight, 9)
  })
})
