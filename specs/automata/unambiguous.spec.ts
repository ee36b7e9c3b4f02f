/** Ambiguity against a count of every string's paths: with all weights 1, the weight of a string is how many it has. */
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Arc, automaton, EPSILON, mapWeights } from '../../lib/automata/automaton.ts'
import { isUnambiguous, unambiguous } from '../../lib/automata/unambiguous.ts'
import { weightOf, wordsUpTo } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { anyWeighted } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

/** Of two states 0 and 1: 0 starts, 1 stops. */
const between = (arcs: readonly (readonly [from: number, symbol: number, to: number])[], states = 3) =>
  automaton(real)({
    alphabet: ['0', '1'],
    states,
    start: [[0, 1]],
    stop: [[1, 1]],
    arcs: arcs.map(([from, symbol, to]): Arc<number> => ({ from, symbol, to, weight: 0.25 })),
  })

describe('unambiguous', () => {
  it('is said of an automaton exactly where no string has two paths', () => {
    let ambiguous = 0
    fc.assert(
      fc.property(anyWeighted, (a) => {
        const paths = weightOf(real)(mapWeights((w: number) => Number(w > 0))(a))
        // Two paths of one string pass at most states² pairs of states: a string of at most 2·4² shows them, and of these
        // small ones nearly always one of 7.
        const seen = wordsUpTo(2, 7).some((word) => paths(word) > 1)
        const found = right(isUnambiguous(real)(a))
        if (seen) {
          ambiguous++
          expect(found).toBe(false)
        } else expect(found || wordsUpTo(2, 11).some((word) => paths(word) > 1)).toBe(true)
      }),
      { seed: 701, numRuns: 150 },
    )
    expect(ambiguous).toBeGreaterThan(20)
    expect(ambiguous).toBeLessThan(130)
  })

  it('two ways that part and meet are ambiguous; ways that part and never meet, or on no path, are not', () => {
    const parting = [
      [0, 0, 2],
      [0, 0, 0],
    ] as const
    expect(right(isUnambiguous(real)(between([...parting, [0, 1, 1], [2, 1, 1]])))).toBe(false)
    expect(right(isUnambiguous(real)(between([...parting, [0, 0, 1], [2, 1, 1]])))).toBe(true)
    expect(right(isUnambiguous(real)(between([...parting, [0, 1, 1]])))).toBe(true)
  })

  it('what is listed twice is one path, of the sum', () => {
    expect(
      right(
        isUnambiguous(real)(
          between([
            [0, 0, 1],
            [0, 0, 1],
            [0, 0, 2],
          ]),
        ),
      ),
    ).toBe(true)
  })

  it('the failure names the remedy; the automaton itself comes out otherwise; ε is refused', () => {
    const single = between([[0, 0, 1]])
    expect(right(unambiguous(real)(single))).toBe(single)
    const twice = between([
      [0, 0, 2],
      [0, 0, 0],
      [0, 1, 1],
      [2, 1, 1],
    ])
    expect(left(unambiguous(real)(twice))).toMatchObject({ tag: 'Automaton', remedy: 'determinise it first' })
    expect(
      left(
        isUnambiguous(real)(
          between([
            [0, EPSILON, 1],
            [0, EPSILON, 2],
          ]),
        ),
      ).tag,
    ).toBe('Automaton')
  })
})
