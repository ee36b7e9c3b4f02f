/**
 * Weighted transducers: automata whose arcs read one symbol and write another, either of which may be ε. They say how strings
 * become others ("spelled like", "normalises to"); composed with an automaton they give an automaton.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { requireNames } from '../names.ts'
import { type Automaton, arcsOf, automaton, EPSILON, eachArcFrom, entriesOf, partsOf } from './automaton.ts'
import { MOST_ARCS, tooLarge } from './budget.ts'
import { numbering } from './numbering.ts'
import { isZero, type Weights } from './weights.ts'

/** What an arc reads and writes: indices into the two alphabets, or `EPSILON`. */
export type Label = readonly [input: number, output: number]

/**
 * A transducer: an automaton over labels. Symbol l of `automaton` is `labels[l]`; its own ε reads and writes nothing. The weight of a
 * pair of strings is `⊕` over the paths that read the one and write the other.
 */
export interface Transducer<W> {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly labels: readonly Label[]
  readonly automaton: Automaton<W>
}

/** An arc of a transducer. */
export interface TransducerArc<W> {
  readonly from: number
  readonly input: number
  readonly output: number
  readonly to: number
  readonly weight: W
}

/** What a transducer is made of; what is listed several times adds up, as for `automaton`. */
export interface TransducerParts<W> {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly states: number
  readonly start: readonly (readonly [state: number, weight: W])[]
  readonly stop: readonly (readonly [state: number, weight: W])[]
  readonly arcs: readonly TransducerArc<W>[]
}

/** A symbol as people read it. */
export const nameOf = (symbols: readonly string[], symbol: number): string =>
  symbol === EPSILON ? 'ε' : at(symbols, symbol)

/**
 * Builds a transducer; throws an `Automaton` error for a state that does not exist and an `Index` error for a symbol that does not.
 *
 * @example
 * const upper = transducer(semiring.real)({
 *   inputs: ['a'], outputs: ['A'], states: 1, start: [[0, 1]], stop: [[0, 1]], arcs: [{ from: 0, input: 0, output: 0, to: 0, weight: 1 }],
 * })
 * upper.labels // => [[0, 0]]
 */
export const transducer =
  <W>(weights: Weights<W>) =>
  ({ inputs, outputs, arcs, ...parts }: TransducerParts<W>): Transducer<W> => {
    const { found: labels, of } = numbering(([input, output]: Label) => `${input} ${output}`)
    const own = arcs.map(({ input, output, ...arc }) => ({
      ...arc,
      symbol: input === EPSILON && output === EPSILON ? EPSILON : of([input, output]),
    }))
    // The number keeps names apart where symbols hold a colon.
    const alphabet = labels.map(([input, output], l) => `${l} ${nameOf(inputs, input)}:${nameOf(outputs, output)}`)
    return { inputs, outputs, labels, automaton: automaton(weights)({ ...parts, alphabet, arcs: own }) }
  }

/** The label of a symbol of a transducer's automaton. */
const labelOf = ({ labels }: Transducer<unknown>, symbol: number): Label =>
  symbol === EPSILON ? [EPSILON, EPSILON] : at(labels, symbol)

/**
 * The transducer that writes each string of an automaton as it is, with its weight.
 *
 * @example
 * identity(exactly(1)(['a', 'b'])).labels // => [[0, 0], [1, 1]]
 */
export const identity = <W>(a: Automaton<W>): Transducer<W> => ({
  inputs: a.alphabet,
  outputs: a.alphabet,
  labels: a.alphabet.map((_, symbol) => [symbol, symbol]),
  automaton: a,
})

/**
 * Reads what the transducer writes, and writes what it reads.
 *
 * @example
 * const one = right(readTransducer(languageCosts)('0 1 a A\n1\n'))
 * inverse(one).inputs // => ['A']
 */
export const inverse = <W>({ inputs, outputs, labels, automaton: own }: Transducer<W>): Transducer<W> => ({
  inputs: outputs,
  outputs: inputs,
  labels: labels.map(([input, output]) => [output, input]),
  automaton: own,
})

/**
 * The strings that are read (`input`) or written (`output`), with the weights of all their partners added up; its arcs may be ε.
 *
 * @example
 * const one = right(readTransducer(languageCosts)('0 1 a A\n1\n'))
 * project(semiring.boolean)('output')(one).alphabet // => ['A']
 */
export const project =
  <W>(weights: Weights<W>) =>
  (side: 'input' | 'output') =>
  (t: Transducer<W>): Automaton<W> => {
    requireNames({ side: [side, ['input', 'output']] })
    const parts = partsOf(t.automaton)
    const place = side === 'input' ? 0 : 1
    return automaton(weights)({
      ...parts,
      alphabet: side === 'input' ? t.inputs : t.outputs,
      arcs: parts.arcs.map((arc) => ({ ...arc, symbol: labelOf(t, arc.symbol)[place] })),
    })
  }

/** Arcs of a state as what they read, write, lead to and weigh. */
const movesOf = <W>(t: Transducer<W>, state: number): readonly (readonly [...Label, to: number, weight: W])[] => {
  const out: (readonly [...Label, number, W])[] = []
  eachArcFrom(t.automaton, state, (symbol, to, weight) => out.push([...labelOf(t, symbol), to, weight]))
  return out
}

/**
 * Where the composition stands between two matches: ε-moves of both may be taken together (0), until one of them goes on alone
 * (1: the first, 2: the second). So every pair of ε-runs has one path, and weights that add are not counted twice.
 */
type Filter = 0 | 1 | 2

const differ = (a: readonly string[], b: readonly string[]): boolean =>
  a.length !== b.length || a.some((symbol, i) => symbol !== b[i])

/** A state of the composition. */
type Triple = readonly [number, number, Filter]

/**
 * `a ∘ b`, which reads what `a` reads and writes what `b` writes of what `a` wrote:
 * `w(x, z) = ⊕_y w_a(x, y) ⊗ w_b(y, z)` over a commutative semiring (Mohri, Pereira and Riley 1996, with their ε-filter).
 * `Automaton` when `a` writes other symbols than `b` reads, `Limit` past 2²² arcs.
 *
 * @example
 * const upper = right(readTransducer(languageCosts)('0 1 a A\n1\n'))
 * const back = right(compose(semiring.boolean)(inverse(upper))(upper))
 * back.outputs // => ['a']
 */
export const compose =
  <W>(weights: Weights<W>) =>
  (b: Transducer<W>) =>
  (a: Transducer<W>): E.Either<Failure, Transducer<W>> => {
    if (differ(a.outputs, b.inputs))
      return E.left(
        failure(
          'Automaton',
          `the first transducer writes {${a.outputs.join(', ')}} and the second reads {${b.inputs.join(', ')}}`,
          'build both over one list of symbols in the same order',
          { left: a.outputs, right: b.inputs },
        ),
      )
    const zero = isZero(weights)
    const nonZero = (weight: W): boolean => !zero(weight)
    const { found: triples, of } = numbering(([p, q, filter]: Triple) => (p * b.automaton.states + q) * 3 + filter)
    const start = entriesOf(a.automaton.start, nonZero).flatMap(([p, v]) =>
      entriesOf(b.automaton.start, nonZero).map(([q, w]) => [of([p, q, 0]), weights.mul(v, w)] as const),
    )
    const arcs: TransducerArc<W>[] = []
    const stop: (readonly [number, W])[] = []
    for (let from = 0; from < triples.length; from++) {
      if (arcs.length > MOST_ARCS)
        return E.left(tooLarge('the composition', 'minimise both first, or give smaller ones'))
      const [p, q, filter] = at(triples, from)
      stop.push([from, weights.mul(at(a.automaton.stop, p), at(b.automaton.stop, q))])
      const [left, right] = [movesOf(a, p), movesOf(b, q)]
      for (const [input, written, to, v] of left) {
        if (written === EPSILON && filter !== 2)
          arcs.push({ from, input, output: EPSILON, to: of([to, q, 1]), weight: v })
        for (const [read, output, on, w] of right)
          if (written === read && (read !== EPSILON || filter === 0))
            arcs.push({ from, input, output, to: of([to, on, 0]), weight: weights.mul(v, w) })
      }
      if (filter !== 1)
        for (const [read, output, on, w] of right)
          if (read === EPSILON) arcs.push({ from, input: EPSILON, output, to: of([p, on, 2]), weight: w })
    }
    return E.right(
      transducer(weights)({ inputs: a.inputs, outputs: b.outputs, states: triples.length, start, stop, arcs }),
    )
  }

/**
 * The arcs of a transducer as records.
 *
 * @example
 * transducerArcs(identity(exactly(1)(['a']))) // => [{ from: 0, to: 1, weight: true, input: 0, output: 0 }]
 */
export const transducerArcs = <W>(t: Transducer<W>): readonly TransducerArc<W>[] =>
  arcsOf(t.automaton).map(({ symbol, ...arc }) => {
    const [input, output] = labelOf(t, symbol)
    return { ...arc, input, output }
  })
