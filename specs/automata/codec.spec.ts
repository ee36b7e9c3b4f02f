import { readFileSync } from 'node:fs'
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { automatonCodec, parseAutomaton, parsePfsa, writeAutomaton } from '../../lib/automata/codec.ts'
import { equivalent, exactWeights } from '../../lib/automata/equivalence.ts'
import { describePfsa } from '../../lib/automata/describe.ts'
import { anyPfsa, anyWeighted } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/automata/${name}.json`, import.meta.url), 'utf8')

describe('automata as JSON', () => {
  it('encode ∘ decode is canonical, and keeps every weight', () => {
    fc.assert(
      fc.property(fc.oneof(anyWeighted, anyPfsa), (a) => {
        const text = right(writeAutomaton(a))
        const read = right(parseAutomaton(text))
        expect(right(writeAutomaton(read))).toBe(text)
        expect(right(writeAutomaton({ ...read, stop: [...Array.from(read.stop)] }))).toBe(text)
        expect(right(equivalent(exactWeights(read))(exactWeights(a)))).toBe(true)
        expect(automatonCodec.is(read)).toBe(true)
      }),
      { seed: 501, numRuns: 100 },
    )
  })

  it('arcs in any order, with zeros, give one text', () => {
    const shuffled = fixture('weather').replace(
      '"arcs": [',
      '"arcs": [{ "from": 1, "symbol": "rain", "to": 0, "weight": 0 },',
    )
    expect(right(writeAutomaton(right(parseAutomaton(shuffled))))).toBe(
      right(writeAutomaton(right(parseAutomaton(fixture('weather'))))),
    )
  })

  it('the examples are PFSAs, and can be described', () => {
    expect(right(describePfsa(right(parsePfsa(fixture('weather'))))).strings).toBe('infinite')
    const facts = right(describePfsa(right(parsePfsa(fixture('coin-pair')))))
    expect(facts).toMatchObject({ strings: '4', meanLength: 2 })
    expect(facts.entropy).toBeCloseTo(2 * Math.LN2, 14)
  })

  it('misfits are drawn as a tree that names the path', () => {
    const failed = left(parseAutomaton(fixture('broken')))
    expect(failed.tag).toBe('Format')
    expect(failed.facts['tree']).toMatchInlineSnapshot(`
      "automaton
      ├─ stop
      │  └─ [0]
      │     └─ state: state 7 does not exist: there are 2 states
      └─ arcs
         ├─ [0]
         │  └─ symbol: 'c' is not in the alphabet
         └─ [1]
            └─ to: state 2 does not exist: there are 2 states"
    `)
    expect(left(parseAutomaton('{"format":"exptilt-automaton"}')).facts['tree']).toContain('alphabet')
    expect(left(parseAutomaton('[1')).tag).toBe('Format')
  })

  it('a file whose rows do not sum to 1 is an automaton and not a PFSA', () => {
    const loud = fixture('weather').replace('0.125', '0.25')
    expect(right(parseAutomaton(loud)).states).toBe(2)
    expect(left(parsePfsa(loud))).toMatchObject({ tag: 'Automaton', facts: { state: 0 } })
  })
})
