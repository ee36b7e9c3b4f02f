import { describe, expect, it } from 'vitest'
import * as E from 'fp-ts/lib/Either.js'
import { countOfLength } from '../../lib/automata/count.ts'
import { accepts, complement, deterministic } from '../../lib/automata/language.ts'
import { antiMotifAutomaton, motifAutomaton, prefixAutomaton } from '../../lib/automata/motif.ts'
import { encodeWord, wordsOfLength } from '../../lib/automata/word.ts'
import { boolean } from '../../lib/semiring.ts'
import { left, right } from '../either.ts'

const motifsUpTo = (length: number): readonly string[] =>
  Array.from({ length }, (_, n) => wordsOfLength(2, n + 1).map((w) => w.join(''))).flat()

const TEXTS = wordsOfLength(2, 10).map((w) => [w, w.join('')] as const)
const LONG = wordsOfLength(2, 16).map((w) => [w, w.join('')] as const)

describe('motif automata', () => {
  it('W11: accepts x ⇔ x.includes(m), all motifs |m| ≤ 6, all strings of length 10; |m| + 1 states', () => {
    for (const m of motifsUpTo(6)) {
      const a = right(motifAutomaton(m)())
      const b = right(antiMotifAutomaton(m)())
      expect(a.states).toBe(m.length + 1)
      expect(E.isRight(deterministic(boolean)(a))).toBe(true)
      let wrong = 0
      for (const [word, text] of TEXTS)
        if (accepts(a)(word) !== text.includes(m) || accepts(b)(word) === text.includes(m)) wrong++
      expect(wrong).toBe(0)
    }
  })

  it('W11: all 2¹⁶ strings for self-overlapping motifs', () => {
    for (const m of ['000', '0101', '010010', '111111']) {
      const accept = accepts(right(motifAutomaton(m)()))
      expect(LONG.filter(([word, text]) => accept(word) !== text.includes(m))).toHaveLength(0)
    }
  })

  it('W11: shorter strings, and named symbols', () => {
    const a = right(motifAutomaton(['ab', 'b'])(['ab', 'b', 'c']))
    const read = (names: readonly string[]) => accepts(a)(right(encodeWord(a.alphabet)(names)))
    expect(read(['ab', 'b'])).toBe(true)
    expect(read(['c', 'ab', 'ab', 'b'])).toBe(true)
    expect(read(['b', 'ab'])).toBe(false)
    expect(read([])).toBe(false)
  })

  it('W12: N(m) + N(¬m) = 2ⁿ exactly, and the paper’s count', () => {
    for (const m of motifsUpTo(5))
      for (const n of [0, 1, 7, 30, 200])
        expect(
          right(countOfLength(n)(right(motifAutomaton(m)()))) + right(countOfLength(n)(right(antiMotifAutomaton(m)()))),
        ).toBe(2n ** BigInt(n))
    expect(right(countOfLength(30)(right(motifAutomaton('10001011111000')())))).toBe(1_113_640n)
  })

  it('a prefix automaton accepts exactly what begins so', () => {
    for (const m of ['0', '01', '110']) {
      const a = right(prefixAutomaton(m)())
      // Complete: the complement, which turns only the stops, accepts all else.
      expect([a.states, a.targets.length]).toEqual([m.length + 2, 2 * (m.length + 2)])
      for (const [word, text] of TEXTS) {
        expect(accepts(a)(word)).toBe(text.startsWith(m))
        expect(accepts(complement(a))(word)).toBe(!text.startsWith(m))
      }
    }
  })

  it('a motif with a strange symbol, or none, is a typed failure', () => {
    expect(left(motifAutomaton('0120')())).toMatchObject({ tag: 'Automaton', facts: { symbol: '2', position: 2 } })
    expect(left(motifAutomaton('')()).tag).toBe('Automaton')
    expect(left(prefixAutomaton('x')()).tag).toBe('Automaton')
  })
})
