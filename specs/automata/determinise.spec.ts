import { fc } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { describe, expect, it } from 'vitest'
import { type Automaton, automaton, arcsOf, EPSILON, partsOf } from '../../lib/automata/automaton.ts'
import { determinise, determinisePfsa } from '../../lib/automata/determinise.ts'
import { countingWeights, distinguish, equivalent, exactWeights } from '../../lib/automata/equivalence.ts'
import { accepts, deterministic } from '../../lib/automata/language.ts'
import { minimise, minimiseLanguage, minimisePfsa } from '../../lib/automata/minimise.ts'
import { antiMotifAutomaton, motifAutomaton } from '../../lib/automata/motif.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { intersect } from '../../lib/automata/product.ts'
import { type Rational, rational, rationals } from '../../lib/automata/rational.ts'
import { removeEpsilon, reverse } from '../../lib/automata/reverse.ts'
import { boolean, real } from '../../lib/automata/star.ts'
import { mixture, union } from '../../lib/automata/mixture.ts'
import { isEmpty } from '../../lib/automata/trim.ts'
import { weightOf, wordsUpTo } from '../../lib/automata/word.ts'
import { boolean as plainBoolean } from '../../lib/semiring.ts'
import { anyPfsa, anyRational, anyWeighted, LABELS, motif } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

const WORDS = wordsUpTo(2, 8)
const sameWeights = <W>(a: (x: readonly number[]) => W, b: (x: readonly number[]) => W): number =>
  WORDS.filter((x) => a(x) !== b(x)).length

/** Turns an automaton's start into an ε-arc from a new state, and adds an ε-loop of weight 1/4. */
const withSilence = (a: Automaton<Rational>): Automaton<Rational> =>
  automaton(rationals)({
    ...partsOf(a),
    states: a.states + 1,
    start: [[a.states, rational(1n)]],
    arcs: [
      ...arcsOf(a),
      { from: a.states, symbol: EPSILON, to: a.states, weight: rational(1n, 4n) },
      ...Array.from(a.start, (weight, to) => ({ from: a.states, symbol: EPSILON, to, weight })),
    ],
  })

describe('changes of form', () => {
  it('W16: determinise keeps every weight, exactly, or gives up with Limit', () => {
    let done = 0
    fc.assert(
      fc.property(anyRational, (a) => {
        const made = determinise(rationals, { states: 40 })(a)
        if (E.isLeft(made)) {
          expect(made.left.tag).toBe('Limit')
          return
        }
        done++
        expect(E.isRight(deterministic(rationals)(made.right))).toBe(true)
        expect(right(equivalent(made.right)(a))).toBe(true)
      }),
      { seed: 129, numRuns: 100 },
    )
    expect(done).toBeGreaterThan(30)
  })

  it('W16: minimise keeps every weight, is minimal, and is idempotent', () => {
    fc.assert(
      fc.property(anyRational, (a) => {
        fc.pre(!isEmpty(rationals)(a))
        const made = determinise(rationals, { states: 20 })(a)
        fc.pre(E.isRight(made))
        const small = right(minimise(rationals)(right(made)))
        expect(right(equivalent(small)(a))).toBe(true)
        expect(small.states).toBeLessThanOrEqual(right(made).states)
        expect(right(minimise(rationals)(small)).states).toBe(small.states)
      }),
      { seed: 130, numRuns: 60 },
    )
  })

  it('W16: reverse mirrors every weight and is an involution', () => {
    fc.assert(
      fc.property(anyWeighted, (a) => {
        const mirrored = weightOf(real)(reverse(real)(a))
        expect(WORDS.filter((x) => Math.abs(mirrored([...x].reverse()) - weightOf(real)(a)(x)) > 1e-16)).toHaveLength(0)
        expect(right(equivalent(exactWeights(reverse(real)(reverse(real)(a))))(exactWeights(a)))).toBe(true)
      }),
      { seed: 131, numRuns: 20 },
    )
  })

  it('W16: ε-removal keeps every weight, exactly', () => {
    fc.assert(
      fc.property(anyRational, (a) => {
        const plain = right(removeEpsilon(rationals)(withSilence(a)))
        expect(plain.symbols.includes(EPSILON)).toBe(false)
        // The ε-loop of weight 1/4 is gone round any number of times: 1/(1 − 1/4) = 4/3.
        const scaled = { ...a, start: Array.from(a.start, (w) => rationals.mul(w, rational(4n, 3n))) }
        expect(right(equivalent(plain)(scaled))).toBe(true)
      }),
      { seed: 132, numRuns: 60 },
    )
  })

  it('W16: an ε-cycle of weight 1 diverges', () => {
    const loop = automaton(real)({
      alphabet: LABELS,
      states: 1,
      start: [[0, 1]],
      stop: [[0, 1]],
      arcs: [{ from: 0, symbol: EPSILON, to: 0, weight: 1 }],
    })
    expect(left(removeEpsilon(real)(loop)).tag).toBe('Diverges')
    // Only the states that ε-arcs touch count towards the limit.
    const chain = (symbol: number, states: number) =>
      automaton(real)({
        alphabet: ['a'],
        states,
        start: [[0, 1]],
        stop: [[states - 1, 1]],
        arcs: Array.from({ length: states - 1 }, (_, from) => ({ from, symbol, to: from + 1, weight: 0.5 })),
      })
    expect(right(removeEpsilon(real)(chain(0, 1000)))).toEqual(chain(0, 1000))
    expect(left(removeEpsilon(real)(chain(EPSILON, 401))).tag).toBe('Limit')
  })

  it('W16: string-wise, in f64: determinised and minimised PFSAs give the same probabilities', () => {
    fc.assert(
      fc.property(anyPfsa, (a) => {
        const small = right(minimisePfsa(a))
        for (const x of wordsUpTo(2, 6))
          expect(Math.exp(logProbability(small)(x))).toBeCloseTo(Math.exp(logProbability(a)(x)), 12)
        // Two copies of one distribution are an ambiguous automaton with a small deterministic form.
        const twice = right(determinisePfsa()(right(mixture(0.5)(a)(a))))
        expect(right(minimisePfsa(twice)).states).toBe(small.states)
      }),
      { seed: 133, numRuns: 50 },
    )
  })

  it('W16: the rank test tells apart automata that enumeration to length 8 may not', () => {
    const until = (n: number): Automaton<Rational> =>
      automaton(rationals)({
        alphabet: ['a'],
        states: n + 1,
        start: [[0, rational(1n)]],
        stop: Array.from({ length: n + 1 }, (_, p) => [p, rational(1n)]),
        arcs: Array.from({ length: n }, (_, from) => ({ from, symbol: 0, to: from + 1, weight: rational(1n, 2n) })),
      })
    expect(right(distinguish(until(12))(until(13)))).toEqual(O.some(Array.from({ length: 13 }, () => 0)))
    expect(right(distinguish(until(12))(until(12)))).toEqual(O.none)
  })

  it('W16: equal total weight is not equivalence', () => {
    const one = (symbol: number): Automaton<number> =>
      automaton(real)({
        alphabet: LABELS,
        states: 2,
        start: [[0, 1]],
        stop: [[1, 1]],
        arcs: [{ from: 0, symbol, to: 1, weight: 1 }],
      })
    expect(right(distinguish(exactWeights(one(1)))(exactWeights(one(0))))).toEqual(O.some([0]))
  })

  it('W16: languages: subset construction, and minimal automata of motifs have |m| + 1 states', () => {
    fc.assert(
      fc.property(motif(5), motif(5), (m, n) => {
        const [a, b] = [right(motifAutomaton(m)()), right(motifAutomaton(n)())]
        const either = right(determinise(boolean)(right(union(plainBoolean)(b)(a))))
        expect(WORDS.filter((x) => accepts(either)(x) !== (accepts(a)(x) || accepts(b)(x)))).toHaveLength(0)
        expect(right(minimiseLanguage(a)).states).toBe(m.length + 1)
        expect(right(equivalent(countingWeights(right(minimiseLanguage(a))))(countingWeights(a)))).toBe(true)
        const none = right(intersect(plainBoolean)(right(antiMotifAutomaton(m)()))(a))
        expect(right(minimiseLanguage(none)).states).toBe(1)
      }),
      { seed: 134, numRuns: 40 },
    )
    expect(sameWeights(accepts(right(motifAutomaton('01')())), accepts(right(motifAutomaton('01')())))).toBe(0)
  })
})
