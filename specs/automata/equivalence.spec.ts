/** Weights as exact rationals: what is inside of a language counts 1, and what is outside counts nothing. */
import { expect, it } from 'vitest'
import { exactly } from '../../lib/automata/build.ts'
import { countingWeights, exactWeights } from '../../lib/automata/equivalence.ts'
import { characteristic } from '../../lib/automata/automaton.ts'
import { rationals } from '../../lib/automata/rational.ts'
import { weightOf } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'

it('a language has its strings once, and no others', () => {
  const language = exactly(2)(['a', 'b'])
  for (const own of [countingWeights(language), exactWeights(characteristic(real)(language))]) {
    expect(weightOf(rationals)(own)([0, 1])).toEqual({ numerator: 1n, denominator: 1n })
    for (const word of [[], [0], [0, 1, 1]]) expect(weightOf(rationals)(own)(word).numerator).toBe(0n)
  }
})
