/**
 * Automata and transducers as text that other tools read: AT&T/OpenFst lines (`fstcompile`, `fstprint`; `openfst-reading.ts` reads them),
 * and Graphviz. OpenFst has
 * one start state without a weight, so an automaton with others gets one, with ε-arcs to them.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { boolean, minPlus, real } from '../semiring.ts'
import { type Automaton, EPSILON, entriesOf } from './automaton.ts'
import { identity, nameOf, type Transducer, type TransducerArc, transducerArcs } from './transducer.ts'
import { isZero, type Weights } from './weights.ts'

/** How weights are written: as costs, where ⊗ is + and a cost of 0 is the one. */
export interface Costs<W> {
  readonly weights: Weights<W>
  readonly cost: (weight: W) => number
  readonly weight: (cost: number) => W
}

const noCost = (cost: number): number => (cost === 0 ? 0 : cost)

/**
 * Weights that are not negative, as `−log w` (OpenFst's arc type `log`).
 *
 * @example
 * probabilityCosts.cost(0.5) // => 0.693147
 */
export const probabilityCosts: Costs<number> = {
  weights: real,
  cost: (weight) => noCost(-Math.log(weight)),
  weight: (cost) => Math.exp(-cost),
}

/**
 * Costs of the min-plus semiring as they are (arc type `standard`, the tropical semiring).
 *
 * @example
 * tropicalCosts.cost(3) // => 3
 */
export const tropicalCosts: Costs<number> = {
  weights: minPlus,
  cost: (weight) => weight,
  weight: (cost) => cost,
}

/**
 * Languages: what is there costs nothing; whatever is finite in a file is there.
 *
 * @example
 * languageCosts.weight(0) // => true
 */
export const languageCosts: Costs<boolean> = {
  weights: boolean,
  cost: (weight) => (weight ? 0 : Number.POSITIVE_INFINITY),
  weight: (cost) => cost < Number.POSITIVE_INFINITY,
}

/** How ε and the empty symbol are written. */
export const EPSILON_NAME = '<eps>'
/** The empty symbol. */
export const EMPTY_NAME = '<empty>'

/** A symbol without white space: a text's blanks and angle brackets are written `<U+20>`. */
const written = (symbol: string): string =>
  symbol === ''
    ? EMPTY_NAME
    : symbol.replace(/[\s<\p{Cc}]/gu, (c) => `<U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}>`)

const nameIn = (symbols: readonly string[], symbol: number): string =>
  symbol === EPSILON ? EPSILON_NAME : written(at(symbols, symbol))

interface Single<W> {
  readonly first: number
  readonly arcs: readonly TransducerArc<W>[]
}

/** The arcs and the one state from which they start. */
const singleStart = <W>({ weights }: Costs<W>, t: Transducer<W>): Single<W> => {
  const zero = isZero(weights)
  const starts = entriesOf(t.automaton.start, (weight) => !zero(weight))
  const arcs = transducerArcs(t).filter(({ weight }) => !zero(weight))
  const [only, ...more] = starts
  if (only !== undefined && more.length === 0 && only[1] === weights.one) return { first: only[0], arcs }
  const first = t.automaton.states
  const into = starts.map(([to, weight]) => ({ from: first, input: EPSILON, output: EPSILON, to, weight }))
  return { first, arcs: [...into, ...arcs] }
}

const linesOf = <W>(costs: Costs<W>, t: Transducer<W>, label: (arc: TransducerArc<W>) => string): string => {
  const { first, arcs } = singleStart(costs, t)
  const zero = isZero(costs.weights)
  const priced = (weight: W): string => {
    const cost = costs.cost(weight)
    if (Number.isNaN(cost) || cost === Number.NEGATIVE_INFINITY)
      return raise(
        failure('Automaton', `the weight ${String(weight)} has no cost`, 'write finite weights that are not negative'),
      )
    return cost === 0 ? '' : `\t${cost}`
  }
  const stops = entriesOf(t.automaton.stop, (weight) => !zero(weight))
  const lines = [
    ...arcs.map((arc) => ({
      state: arc.from,
      text: `${arc.from}\t${arc.to}\t${label(arc)}${priced(arc.weight)}`,
    })),
    ...stops.map(([state, weight]) => ({ state, text: `${state}${priced(weight)}` })),
  ]
  // The state of the first line is the start; one without arcs and stop accepts nothing.
  const begins = lines.filter(({ state }) => state === first)
  const head = begins.length === 0 ? [`${first}\tInfinity`] : begins.map(({ text }) => text)
  return `${[...head, ...lines.filter(({ state }) => state !== first).map(({ text }) => text)].join('\n')}\n`
}

/**
 * A transducer as AT&T/OpenFst text: `from to input output [cost]`, `state [cost]` where it may stop; the first state is the start.
 *
 * @example
 * writeTransducer(languageCosts)(identityTransducer(exactly(1)(['a']))) // => '0\t1\ta\ta\n1\n'
 */
export const writeTransducer =
  <W>(costs: Costs<W>) =>
  (t: Transducer<W>): string =>
    linesOf(costs, t, ({ input, output }) => `${nameIn(t.inputs, input)}\t${nameIn(t.outputs, output)}`)

/**
 * An automaton as AT&T/OpenFst text: `from to symbol [cost]` (`fstcompile --acceptor`).
 *
 * @example
 * writeOpenFst(languageCosts)(exactly(1)(['a'])) // => '0\t1\ta\n1\n'
 */
export const writeOpenFst =
  <W>(costs: Costs<W>) =>
  (a: Automaton<W>): string =>
    linesOf(costs, identity(a), ({ input }) => nameIn(a.alphabet, input))

/**
 * A table of symbols as OpenFst reads it, ε first.
 *
 * @example
 * writeSymbols(['a', 'b']) // => '<eps>\t0\na\t1\nb\t2\n'
 */
export const writeSymbols = (alphabet: readonly string[]): string =>
  `${[EPSILON_NAME, ...alphabet.map(written)].map((name, i) => `${name}\t${i}`).join('\n')}\n`

const quotedLabel = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replace(/[\n\r\t]/g, (c) => `\\\\${c === '\n' ? 'n' : c === '\r' ? 'r' : 't'}`)}"`

const drawn = <W>(costs: Costs<W>, t: Transducer<W>, label: (arc: TransducerArc<W>) => string): string => {
  const zero = isZero(costs.weights)
  const stops = new Map(entriesOf(t.automaton.stop, (weight) => !zero(weight)))
  const priced = (weight: W): string => (weight === costs.weights.one ? '' : `/${String(weight)}`)
  const states = Array.from({ length: t.automaton.states }, (_, state) => {
    const stop = stops.get(state)
    return stop === undefined
      ? `  ${state};`
      : `  ${state} [shape=doublecircle, label=${quotedLabel(`${state}${priced(stop)}`)}];`
  })
  const starts = entriesOf(t.automaton.start, (weight) => !zero(weight)).flatMap(([state, weight]) => [
    `  start${state} [shape=point];`,
    `  start${state} -> ${state} [label=${quotedLabel(priced(weight))}];`,
  ])
  const arcs = transducerArcs(t).map(
    (arc) => `  ${arc.from} -> ${arc.to} [label=${quotedLabel(`${label(arc)}${priced(arc.weight)}`)}];`,
  )
  return `digraph {\n  rankdir=LR;\n  node [shape=circle];\n${[...states, ...starts, ...arcs].join('\n')}\n}\n`
}

/**
 * An automaton for Graphviz (`dot -Tsvg`): stops are double circles, weights stand behind a slash.
 *
 * @example
 * writeGraphviz(languageCosts)(exactly(1)(['a'])).split('\n')[0] // => 'digraph {'
 */
export const writeGraphviz =
  <W>(costs: Costs<W>) =>
  (a: Automaton<W>): string =>
    drawn(costs, identity(a), ({ input }) => nameOf(a.alphabet, input))

/**
 * A transducer for Graphviz: its arcs say `input:output`.
 *
 * @example
 * drawTransducer(languageCosts)(identityTransducer(exactly(1)(['a']))).split('\n')[0] // => 'digraph {'
 */
export const drawTransducer =
  <W>(costs: Costs<W>) =>
  (t: Transducer<W>): string =>
    drawn(costs, t, ({ input, output }) => `${nameOf(t.inputs, input)}:${nameOf(t.outputs, output)}`)
