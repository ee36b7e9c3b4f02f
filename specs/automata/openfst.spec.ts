/** OpenFst text and Graphviz: what is written, and that reading it gives the same weights. */
import { describe, expect, it } from 'vitest'
import { type Automaton, automaton, EPSILON } from '../../lib/automata/automaton.ts'
import {
  drawTransducer,
  languageCosts,
  probabilityCosts,
  tropicalCosts,
  writeGraphviz,
  writeOpenFst,
  writeSymbols,
  writeTransducer,
} from '../../lib/automata/openfst.ts'
import { readOpenFst, readTransducer } from '../../lib/automata/openfst-reading.ts'
import { regexAutomaton } from '../../lib/automata/regex.ts'
import { transducer } from '../../lib/automata/transducer.ts'
import { weightOf, wordsUpTo } from '../../lib/automata/word.ts'
import { boolean, minPlus, real } from '../../lib/semiring.ts'
import { left, right } from '../either.ts'
import { thrown } from '../thrown.ts'
import { everyPair, randomTransducer } from './small-transducer.ts'

const coin: Automaton<number> = automaton(real)({
  alphabet: ['a', ' '],
  states: 2,
  start: [[1, 1]],
  stop: [[0, 0.5]],
  arcs: [
    { from: 1, symbol: 0, to: 0, weight: 1 },
    { from: 0, symbol: 1, to: 1, weight: 0.5 },
    { from: 1, symbol: EPSILON, to: 0, weight: 0.25 },
  ],
})

describe('OpenFst text', () => {
  it('has the start first, costs −log w where they are not 0, and symbols without white space', () => {
    expect(writeOpenFst(probabilityCosts)(coin)).toBe(
      `1\t0\t<eps>\t${-Math.log(0.25)}\n1\t0\ta\n0\t1\t<U+20>\t${-Math.log(0.5)}\n0\t${-Math.log(0.5)}\n`,
    )
    expect(writeSymbols(['a', ' ', '', '<eps>'])).toBe('<eps>\t0\na\t1\n<U+20>\t2\n<empty>\t3\n<U+3C>eps>\t4\n')
  })

  it('gives a start of its own to an automaton with several or weighted ones', () => {
    const several = automaton(real)({
      alphabet: ['a'],
      states: 2,
      start: [
        [0, 0.5],
        [1, 1],
      ],
      stop: [[1, 1]],
      arcs: [],
    })
    expect(writeOpenFst(probabilityCosts)(several)).toBe(`2\t0\t<eps>\t${-Math.log(0.5)}\n2\t1\t<eps>\n1\n`)
    const none = automaton(boolean)({ alphabet: ['a'], states: 1, start: [[0, true]], stop: [], arcs: [] })
    expect(writeOpenFst(languageCosts)(none)).toBe('0\tInfinity\n')
    expect(right(readOpenFst(languageCosts)('0\tInfinity\n')).stop).toEqual([false])
  })

  it('read again is the same transducer: every pair of strings weighs the same (20 random ones)', () => {
    const strange = [' ', '<U+20>', 'ü<', '']
    for (let seed = 1; seed <= 20; seed++) {
      const t = randomTransducer(strange, ['x\t', 'é'], seed)
      const again = right(readTransducer(probabilityCosts, t.inputs, t.outputs)(writeTransducer(probabilityCosts)(t)))
      const wanted = everyPair(t)
      const found = everyPair(again)
      expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort())
      for (const [pair, weight] of wanted) expect((found.get(pair) ?? 0) / weight).toBeCloseTo(1, 10)
      expect([again.inputs, again.outputs]).toEqual([t.inputs, t.outputs])
    }
  })

  it('read again is the same language, and the same costs', () => {
    const language = right(regexAutomaton(/^(ab|b)*a?$/u)(['a', 'b']))
    const again = right(readOpenFst(languageCosts, ['a', 'b'])(writeOpenFst(languageCosts)(language)))
    for (const word of wordsUpTo(2, 6)) expect(weightOf(boolean)(again)(word)).toBe(weightOf(boolean)(language)(word))
    const costs = right(readOpenFst(tropicalCosts)('0 1 a 1.5\n0 1 b\n1 0 a 2\n1 0.5\n'))
    expect(costs.alphabet).toEqual(['a', 'b'])
    expect(weightOf(minPlus)(costs)([0])).toBe(2)
    expect(weightOf(minPlus)(costs)([1, 0, 0])).toBe(4)
    expect(right(readOpenFst(tropicalCosts)('')).states).toBe(0)
    expect(right(readOpenFst(tropicalCosts)('3 <unk> 1\n'.replace('3 <unk>', '0 1 <unk>'))).alphabet).toEqual(['<unk>'])
  })

  it('that is none is refused by its line', () => {
    for (const [text, line] of [
      ['0 1 a\n0 x a\n', 2],
      ['0 1 a b c d\n', 1],
      ['0 1 a nan\n', 1],
      ['99999999999 1 a\n', 1],
      ['0 1.5 2\n', 1],
    ] as const)
      expect([text, left(readOpenFst(tropicalCosts)(text))]).toEqual([
        text,
        expect.objectContaining({
          tag: 'Format',
          what: expect.stringMatching(new RegExp(`^line ${line} of the automaton, "`)),
        }),
      ])
    expect(left(readTransducer(tropicalCosts)('0 1 a b 1 2\n')).remedy).toMatch(
      /^write from, to, input, output and a cost/,
    )
  })
})

describe('Graphviz', () => {
  it('draws stops as double circles, weights behind a slash, and quotes what must be', () => {
    expect(writeGraphviz(probabilityCosts)(coin)).toBe(
      [
        'digraph {',
        '  rankdir=LR;',
        '  node [shape=circle];',
        '  0 [shape=doublecircle, label="0/0.5"];',
        '  1;',
        '  start1 [shape=point];',
        '  start1 -> 1 [label=""];',
        '  0 -> 1 [label=" /0.5"];',
        '  1 -> 0 [label="ε/0.25"];',
        '  1 -> 0 [label="a"];',
        '}',
        '',
      ].join('\n'),
    )
    const t = transducer(real)({
      inputs: ['"'],
      outputs: ['\\', '\n'],
      states: 1,
      start: [[0, 1]],
      stop: [[0, 1]],
      arcs: [
        { from: 0, input: 0, output: 0, to: 0, weight: 1 },
        { from: 0, input: EPSILON, output: 1, to: 0, weight: 0.5 },
      ],
    })
    expect(drawTransducer(probabilityCosts)(t)).toContain('0 -> 0 [label="\\":\\\\"];')
    expect(drawTransducer(probabilityCosts)(t)).toContain('0 -> 0 [label="ε:\\\\n/0.5"];')
  })
})

it('a weight that has no cost is not written', () => {
  for (const weight of [-0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const one = automaton(real)({ alphabet: ['a'], states: 1, start: [[0, 1]], stop: [[0, weight]], arcs: [] })
    expect(thrown(() => writeOpenFst(probabilityCosts)(one))?.tag).toBe('Automaton')
  }
})
