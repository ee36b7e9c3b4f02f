/** Constructions that would grow without end stop at a budget with a `Limit` that says what to do, in short time. */
import type * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type Arc, automaton, type Language } from '../../lib/automata/automaton.ts'
import { MOST_ARCS } from '../../lib/automata/budget.ts'
import { determinise } from '../../lib/automata/determinise.ts'
import { complement, completed } from '../../lib/automata/language.ts'
import { minimiseLanguage } from '../../lib/automata/minimise.ts'
import { intersect } from '../../lib/automata/product.ts'
import { boolean } from '../../lib/automata/star.ts'
import type { Failure } from '../../lib/errors.ts'
import { ngramPfsa } from '../../lib/models/ngram-automaton.ts'
import { left } from '../either.ts'

const symbols = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `s${i}`)

/** A language whose arcs are given; every state accepts. */
const language = (alphabet: readonly string[], states: number, arcs: readonly Arc<boolean>[]): Language =>
  automaton(boolean)({
    alphabet,
    states,
    start: [[0, true]],
    stop: Array.from({ length: states }, (_, i) => [i, true] as const),
    arcs,
  })

/** From every state one symbol leads to every state. */
const dense = (states: number): Language =>
  language(
    ['a'],
    states,
    Array.from(
      { length: states * states },
      (_, i): Arc<boolean> => ({ from: Math.floor(i / states), symbol: 0, to: i % states, weight: true }),
    ),
  )

/** A line of states by one symbol, in an alphabet of many. */
const sparse = language(
  symbols(3000),
  2000,
  Array.from({ length: 1999 }, (_, from): Arc<boolean> => ({ from, symbol: 0, to: from + 1, weight: true })),
)

/** The n-th symbol from the end is an a: 2ⁿ subsets of n states. */
const fromTheEnd = (n: number): Language =>
  language(
    ['a', 'b'],
    n + 1,
    [0, 1].flatMap((symbol) => [
      { from: 0, symbol, to: 0, weight: true },
      ...(symbol === 0 ? [{ from: 0, symbol, to: 1, weight: true }] : []),
      ...Array.from({ length: n - 1 }, (_, i): Arc<boolean> => ({ from: i + 1, symbol, to: i + 2, weight: true })),
    ]),
  )

const ngramOf = (histories: number, words: number) => ({
  alphabet: symbols(words),
  histories: Array.from({ length: histories }, (_, i) => [String(i)]),
  logProbabilities: new Float64Array(histories * (words + 1)).fill(-Math.log(words + 1)),
  next: new Int32Array(histories * words),
})

const cases: readonly (readonly [string, () => E.Either<Failure, unknown>, RegExp])[] = [
  ['completing', () => completed(sparse), /minimise it first/],
  ['minimising', () => minimiseLanguage(sparse), /minimise it first/],
  ['a product', () => intersect(boolean)(dense(60))(dense(60)), /minimise both first/],
  ['subsets of many states', () => determinise(boolean, { states: 1e9 })(fromTheEnd(40)), /smaller automaton/],
  ['subsets past `states`', () => determinise(boolean, { states: 1000 })(fromTheEnd(40)), /raise `states`/],
  ['a large n-gram model', () => ngramPfsa(ngramOf(2100, 2000)), /fewer words/],
]

describe('budgets of automata', { timeout: 120_000 }, () => {
  it.each(cases)('%s: Limit with a remedy', (_, make, remedy) => {
    const failure = left(make())
    expect(failure).toMatchObject({ tag: 'Limit', remedy: expect.stringMatching(remedy) })
    expect(failure.facts).toMatchObject({ limit: expect.any(Number) })
  })

  it('a complement throws what completing gives', () => {
    expect(() => complement(sparse)).toThrow(`more than ${MOST_ARCS} arcs`)
  })
})
