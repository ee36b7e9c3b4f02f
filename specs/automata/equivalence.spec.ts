/** Weights as exact rationals: what is inside of a language counts 1, and what is outside counts nothing. */
import { expect, it } from 'vitest'
import { exactly } from '../../lib/automata/build.ts'
import { countingWeights, exactWeights } from '../../lib/automata/equivalence.ts'
import { automaton, characteristic } from '../../lib/automata/automaton.ts'
import { rational, rationals } from '../../lib/automata/rational.ts'
import { weightOf } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { thrown } from '../thrown.ts'

it('a language has its strings once, and no others', () => {
  const language = exactly(2)(['a', 'b'])
  for (const own of [countingWeights(language), exactWeights(characteristic(real)(language))]) {
    expect(weightOf(rationals)(own)([0, 1])).toEqual({ numerator: 1n, denominator: 1n })
    for (const word of [[], [0], [0, 1, 1]]) expect(weightOf(rationals)(own)(word).numerator).toBe(0n)
  }
})

it('what is no rational is refused: a weight of NaN would be the weight 0', () => {
  for (const weight of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const one = automaton(real)({ alphabet: ['a'], states: 1, start: [[0, 1]], stop: [[0, weight]], arcs: [] })
    expect(thrown(() => exactWeights(one))?.tag).toBe('NonFinite')
  }
  expect(thrown(() => rational(1n, 0n))?.tag).toBe('Domain')
})
