/** Complete automata and complements: on every word, and what each is in size. */
import { describe, expect, it } from 'vitest'
import { arcsOf } from '../../lib/automata/automaton.ts'
import { exactly } from '../../lib/automata/build.ts'
import { accepts, complement, complete } from '../../lib/automata/language.ts'
import { wordsUpTo } from '../../lib/automata/word.ts'

describe('complete automata', () => {
  const one = exactly(1)(['a', 'b'])

  it('have an arc from every state under every symbol, the state that catches the rest too', () => {
    const full = complete(one)
    const arcs = [...arcsOf(full)].filter(({ weight }) => weight)
    expect(arcs.map(({ from, symbol }) => [from, symbol])).toEqual(
      Array.from({ length: full.states * 2 }, (_, i) => [Math.floor(i / 2), i % 2]),
    )
    expect(complete(full)).toBe(full)
  })

  it('complements accept the words that are not accepted, however long', () => {
    const others = complement(one)
    for (const word of wordsUpTo(2, 5)) expect(accepts(others)(word)).toBe(!accepts(one)(word))
    for (const word of wordsUpTo(2, 5)) expect(accepts(complement(others))(word)).toBe(accepts(one)(word))
  })
})
