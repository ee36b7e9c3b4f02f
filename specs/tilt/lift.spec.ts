/** From bytes to tokens: masks and the graph of tokens against one token at a time. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { key, uniforms } from '../../lib/key.ts'
import { type ByteAutomaton, compile, run } from '../../lib/tilt/compile.ts'
import { all, DEAD, not } from '../../lib/tilt/constraint.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { lift } from '../../lib/tilt/lift.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { containingAll, containingNone } from '../../lib/tilt/words.ts'
import { tokenGraph, twistOf } from '../../lib/tilt/twist.ts'
import { left, right } from '../either.ts'

const constraints = [
  right(matching(/(a|é)*b[^a]?/u)),
  right(matching(/\w+( \w+)*[.!]/u)),
  not(right(matching(/.*€.*/su))),
  all([right(containingAll(['ab', 'é'])), characters({ most: 6 })]),
  right(containingNone(['ba', '€é'])),
]

/** Tokens of one to six bytes cut from a text anywhere, characters split and tokens twice. */
const vocabulary = (seed: number, size: number): readonly Uint8Array[] => {
  const bytes = new TextEncoder().encode('ab baé€é ba€! 😀ab.é')
  const u = uniforms(key(seed), 2 * size)
  return [
    new Uint8Array(0),
    ...Array.from({ length: size }, (_, i) => {
      const from = Math.floor(at(u, 2 * i) * bytes.length)
      return bytes.slice(from, from + 1 + Math.floor(at(u, 2 * i + 1) * 6))
    }),
  ]
}

const bruteMask = (automaton: ByteAutomaton, state: number, texts: readonly Uint8Array[], ends: readonly number[]) =>
  texts.flatMap((text, token) => {
    const to = run(automaton, state, text)
    return text.length === 0 || ends.includes(token) || to === DEAD ? [] : [[token, to]]
  })

describe('masks', () => {
  it('S7 are those of brute force where many bytes may follow and few tokens fit', () => {
    const letters = new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz"0 ')
    const u = uniforms(key(7), 8 * 1500)
    const texts = Array.from({ length: 1500 }, (_, i) =>
      Uint8Array.from({ length: 1 + Math.floor(at(u, 8 * i) ** 0.2 * 6) }, (_, k) =>
        at(letters, Math.floor(at(u, 8 * i + 1 + k) * letters.length)),
      ),
    )
    for (const pattern of [/"[a-z]{1,2}"/u, /[^b0]{2}/u, /([a-y]?0 ?)+/u, /[a-z]{4}/u]) {
      const automaton = right(compile(right(matching(pattern))))
      const { mask } = lift(automaton, { texts, ends: [3] })
      for (let state = 0; state < automaton.states; state++) {
        const { tokens, targets } = mask(state)
        expect(Array.from(tokens, (token, k) => [token, targets[k]])).toEqual(bruteMask(automaton, state, texts, [3]))
      }
    }
  })

  it('S7 are those of brute force, for every state, with random vocabularies', () => {
    constraints.forEach((c, i) => {
      const automaton = right(compile(c))
      for (const size of [1, 5, 60]) {
        const texts = vocabulary(10 * i + size, size)
        const ends = [0, size]
        const { mask, sums: summed } = lift(automaton, { texts, ends })
        const weights = uniforms(key(size), texts.length)
        const from = summed(weights)
        for (let state = 0; state < automaton.states; state++) {
          const brute = bruteMask(automaton, state, texts, ends)
          const { tokens, targets } = mask(state)
          expect(Array.from(tokens, (token, k) => [token, targets[k]])).toEqual(brute)
          const sums = new Float64Array(automaton.states)
          from(state, (target, sum) => {
            sums[target] = at(sums, target) + sum
          })
          const wanted = new Float64Array(automaton.states)
          for (const [token, target] of brute) wanted[target ?? 0] = at(wanted, target ?? 0) + at(weights, token ?? 0)
          expect(Math.max(...sums.map((sum, target) => Math.abs(sum - at(wanted, target))))).toBeLessThan(1e-12)
        }
      }
    })
  })
})

describe('one vocabulary', () => {
  it('with other ends has other masks', () => {
    const texts = vocabulary(1, 9)
    const automaton = right(compile(all([])))
    const tokens = (ends: readonly number[]): readonly number[] => [...lift(automaton, { texts, ends }).mask(0).tokens]
    const whole = tokens([])
    const [first = 0] = whole
    expect(tokens([first])).toEqual(whole.slice(1))
    expect(tokens([])).toEqual(whole)
  })
})

describe('the graph of tokens', () => {
  const texts = [...vocabulary(3, 40), new TextEncoder().encode('a'), new TextEncoder().encode('b')]
  const u = uniforms(key(9), texts.length).map((x) => x / texts.length)

  it('has sums, distances and twists by enumeration', () => {
    for (const c of constraints) {
      const lifted = lift(right(compile(c)), { texts, ends: [0] })
      const graph = right(tokenGraph(lifted, u))
      const logStop = Math.log(at(u, 0))
      const endings = Float64Array.from({ length: lifted.automaton.states }, (_, state) => ((state % 3) - 1) * 0.7)
      /** Mass of the ways to finish with at most so many tokens, token by token. */
      const mass = (state: number, left: number, forced: boolean): number => {
        const { tokens, targets } = lifted.mask(state)
        const cost = forced && left === 0 ? 1 : at(u, 0)
        const stop = lifted.automaton.accepts[state] === 1 ? cost * Math.exp(at(endings, state)) : 0
        return left === 0
          ? stop
          : Array.from(tokens).reduce((sum, v, k) => sum + at(u, v) * mass(at(targets, k), left - 1, forced), stop)
      }
      /** The same without texts of fewer tokens than 2, where 3 may be had. */
      const later = (state: number, left: number, forced: boolean): number => {
        const { tokens, targets } = lifted.mask(state)
        return left < 2
          ? mass(state, left, forced)
          : Array.from(tokens).reduce((sum, v, k) => sum + at(u, v) * later(at(targets, k), left - 1, forced), 0)
      }
      for (const forced of [false, true]) {
        const ends = { logStop, forced, endings, least: 0 }
        const least = twistOf('surrogate', graph, 3, { ...ends, least: 2 })
        const some = twistOf('possible', graph, 3, { ...ends, least: 2 })
        const twist = twistOf('surrogate', graph, 3, ends)
        const possible = twistOf('possible', graph, 3, ends)
        for (const state of graph.states.slice(0, 12))
          for (const left of [0, 1, 2, 3]) {
            const wanted = mass(state, left, forced)
            expect(Math.abs(Math.exp(twist(state, left)) - wanted)).toBeLessThanOrEqual(1e-11 * (1 + wanted))
            expect(possible(state, left)).toBe(wanted > 0 ? 0 : Number.NEGATIVE_INFINITY)
            expect(twistOf('none', graph, 3, ends)(state, left)).toBe(0)
            const own = later(state, left, forced)
            expect(Math.abs(Math.exp(least(state, left)) - own)).toBeLessThanOrEqual(1e-11 * (1 + own))
            expect(some(state, left)).toBe(own > 0 ? 0 : Number.NEGATIVE_INFINITY)
          }
      }
    }
  })

  it('does not underflow far from the end', () => {
    const lifted = lift(right(compile(right(matching(/a{400}/u)))), {
      texts: [new Uint8Array(0), Uint8Array.of(97)],
      ends: [0],
    })
    const graph = right(tokenGraph(lifted, Float64Array.of(0.5, 1e-3)))
    const twist = twistOf('surrogate', graph, 400, {
      logStop: Math.log(0.5),
      forced: false,
      least: 0,
      endings: new Float64Array(lifted.automaton.states),
    })
    expect(twist(0, 400)).toBeCloseTo(Math.log(0.5) + 400 * Math.log(1e-3), 8)
    expect(twist(0, 399)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('ends at so many states and arcs', () => {
    const small = lift(right(compile(right(matching(/a/u)))), { texts: [Uint8Array.of(97)], ends: [] })
    const wide = (reach: number) => ({
      ...small,
      automaton: { ...small.automaton, states: 60_000 + reach },
      sums: () => (state: number, visit: (target: number, sum: number) => void) => {
        for (let i = 1; i <= reach; i++) visit(state + i, 1)
      },
    })
    expect(left(tokenGraph(wide(1), Float64Array.of(1))).what).toMatch(/more than 50000 states/u)
    expect(left(tokenGraph(wide(300), Float64Array.of(1))).what).toMatch(/more than 4194304 arcs/u)
  })
})
