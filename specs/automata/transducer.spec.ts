/** Transducers against all of their paths. */
import { describe, expect, it } from 'vitest'
import { EPSILON } from '../../lib/automata/automaton.ts'
import { removeEpsilon } from '../../lib/automata/reverse.ts'
import * as star from '../../lib/automata/star.ts'
import {
  compose,
  identity,
  inverse,
  project,
  type Transducer,
  transducer,
  transducerArcs,
} from '../../lib/automata/transducer.ts'
import { encodeWord, weightOf } from '../../lib/automata/word.ts'
import { real } from '../../lib/semiring.ts'
import { left, right } from '../either.ts'
import { everyPair, randomTransducer } from './small-transducer.ts'

const [one, two, three] = [
  ['a', 'b'],
  ['x', 'y'],
  ['p', 'q'],
]

const same = (found: ReadonlyMap<string, number>, wanted: ReadonlyMap<string, number>): void => {
  expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort())
  for (const [pair, weight] of wanted)
    expect([pair, Math.abs((found.get(pair) ?? 0) / weight - 1) < 1e-12]).toEqual([pair, true])
}

/** `Σ_y w_a(x, y)·w_b(y, z)` over all pairs of pairs. */
const composed = (a: Transducer<number>, b: Transducer<number>): ReadonlyMap<string, number> => {
  const out = new Map<string, number>()
  for (const [first, v] of everyPair(a))
    for (const [second, w] of everyPair(b)) {
      const [x, y] = first.split('|')
      const [read, z] = second.split('|')
      if (y === read) out.set(`${x}|${z}`, (out.get(`${x}|${z}`) ?? 0) + v * w)
    }
  return out
}

describe('transducers', () => {
  it('W21 compose as the sum over what stands between, ε-paths counted once (30 random pairs)', () => {
    let pairs = 0
    for (let seed = 1; seed <= 30; seed++) {
      const [a, b] = [randomTransducer(one, two, seed), randomTransducer(two, three, 100 + seed)]
      const wanted = composed(a, b)
      pairs += wanted.size
      same(everyPair(right(compose(real)(b)(a))), wanted)
    }
    expect(pairs).toBeGreaterThan(100)
  })

  it('compose with identities to themselves, and turned round to the inverse', () => {
    const t = randomTransducer(one, two, 7)
    const loop = (alphabet: readonly string[]) =>
      transducer(real)({
        inputs: alphabet,
        outputs: alphabet,
        states: 1,
        start: [[0, 1]],
        stop: [[0, 1]],
        arcs: alphabet.map((_, s) => ({ from: 0, input: s, output: s, to: 0, weight: 1 })),
      })
    same(everyPair(right(compose(real)(loop(two))(t))), everyPair(t))
    same(everyPair(right(compose(real)(t)(loop(one)))), everyPair(t))
    const turned = new Map([...everyPair(t)].map(([pair, w]) => [pair.split('|').reverse().join('|'), w]))
    same(everyPair(inverse(t)), turned)
  })

  it('have projections that add up the partners of each string', () => {
    const t = randomTransducer(one, two, 3)
    for (const side of ['input', 'output'] as const) {
      const own = right(removeEpsilon(star.real)(project(real)(side)(t)))
      const sums = new Map<string, number>()
      for (const [pair, w] of everyPair(t)) {
        const word = pair.split('|')[side === 'input' ? 0 : 1] ?? ''
        sums.set(word, (sums.get(word) ?? 0) + w)
      }
      for (const [word, w] of sums)
        expect(weightOf(real)(own)(right(encodeWord(own.alphabet)(word)))).toBeCloseTo(w, 12)
    }
  })

  it('keep arcs of an automaton as they are, and refuse other alphabets in between', () => {
    const a = project(real)('input')(randomTransducer(one, two, 5))
    expect(transducerArcs(identity(a)).every(({ input, output }) => input === output)).toBe(true)
    expect(transducerArcs(identity(a)).some(({ input }) => input === EPSILON)).toBe(true)
    expect(left(compose(real)(randomTransducer(one, two, 1))(randomTransducer(one, two, 1))).what).toBe(
      'the first transducer writes {x, y} and the second reads {a, b}',
    )
  })
})
