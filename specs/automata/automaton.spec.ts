/** What an automaton is made of: every state, symbol and name that it speaks of is there once. */
import { expect, it } from 'vitest'
import { automaton, type Parts } from '../../lib/automata/automaton.ts'
import { real } from '../../lib/semiring.ts'
import { thrown } from '../thrown.ts'

const parts: Parts<number> = {
  alphabet: ['a', 'b'],
  states: 2,
  start: [[0, 1]],
  stop: [[1, 1]],
  arcs: [{ from: 0, symbol: 1, to: 1, weight: 1 }],
}

it.each([
  ['start', (i: number) => ({ start: [[i, 1]] as const }), 'start state'],
  ['stop', (i: number) => ({ stop: [[i, 1]] as const }), 'stop state'],
  ['the beginning of an arc', (i: number) => ({ arcs: [{ from: i, symbol: 0, to: 0, weight: 1 }] }), 'state'],
  ['the end of an arc', (i: number) => ({ arcs: [{ from: 0, symbol: 0, to: i, weight: 1 }] }), 'state'],
  ['the symbol of an arc', (i: number) => ({ arcs: [{ from: 0, symbol: i, to: 0, weight: 1 }] }), 'symbol'],
] as const)('%s that does not exist is an error that names it', (_, changed, what) => {
  for (const index of [2, 0.5, -2, Number.NaN, 2 ** 32])
    expect(thrown(() => automaton(real)({ ...parts, ...changed(index) }))).toMatchObject({
      tag: 'Automaton',
      what: `${what} ${index} does not exist`,
      remedy: 'use an index from 0 to 1',
    })
  expect(automaton(real)({ ...parts, ...changed(1) }).states).toBe(2)
})

it('an alphabet names each symbol once', () => {
  expect(thrown(() => automaton(real)({ ...parts, alphabet: ['a', 'a'] }))).toMatchObject({
    tag: 'Automaton',
    what: 'the alphabet has a symbol twice',
  })
})
