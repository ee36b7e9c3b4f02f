/** Reads automata and transducers from AT&T/OpenFst text, of which nothing is vouched for. */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { decimalOf } from '../codec/decimal.ts'
import { quoted } from '../codec/quoted.ts'
import { type Failure, failure } from '../errors.ts'
import { type Automaton, EPSILON } from './automaton.ts'
import { type Costs, EMPTY_NAME, EPSILON_NAME } from './openfst.ts'
import { project, type Transducer, transducer, type TransducerArc } from './transducer.ts'

/** A character by its number; one that is none stays as it is. */
const characterOf = (whole: string, digits: string): string => {
  const code = Number.parseInt(digits, 16)
  return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? whole : String.fromCodePoint(code)
}

/** The symbol that a text stands for; undefined for ε. Angle brackets that are none of ours stay as they are. */
const readSymbol = (text: string): string | undefined =>
  text === EPSILON_NAME || text === '<epsilon>'
    ? undefined
    : text === EMPTY_NAME
      ? ''
      : text.replace(/<U\+([0-9A-F]{1,6})>/g, characterOf)

/** States are numbered from 0 without large gaps: so many lines have numbers below this. */
const bound = (lines: number): number => 100_000 + 10 * lines

const malformed = (text: string, line: number, why: string, remedy: string): Failure =>
  failure('Format', `line ${line} of the automaton, ${quoted(text)}, ${why}`, remedy, { line })

/** The weight of a cost; undefined for what is no cost, and for one whose weight is infinitely large. */
const weightOf = <W>({ weight, cost }: Costs<W>, text: string | undefined): W | undefined => {
  const price = text === undefined ? 0 : decimalOf(text)
  if (Number.isNaN(price)) return undefined
  const found = weight(price)
  return cost(found) === Number.NEGATIVE_INFINITY ? undefined : found
}

/** Numbers symbols in the order in which they come up, after those of a given list. */
const symbolNumbers = (given: readonly string[]) => {
  const numbers = new Map(given.map((symbol, i) => [symbol, i]))
  return {
    of: (text: string): number => {
      const symbol = readSymbol(text)
      if (symbol === undefined) return EPSILON
      const known = numbers.get(symbol) ?? numbers.size
      numbers.set(symbol, known)
      return known
    },
    symbols: (): readonly string[] => [...numbers.keys()],
  }
}

/** A line in parts: two states, their labels and a weight for an arc, a state and a weight for a stop. */
interface Line<W> {
  readonly from: number
  readonly to: number | undefined
  readonly labels: readonly string[]
  readonly weight: W
}

/** Blanks around a line, those of ASCII only: any other belongs to a symbol. */
const AROUND = /^[ \t]+|(?<![ \t])[ \t]+$/gu

const parsed =
  <W>(costs: Costs<W>, labels: 1 | 2, states: number) =>
  (text: string, line: number): E.Either<Failure, Line<W>> => {
    const shape = `write from, to, ${labels === 1 ? 'symbol' : 'input, output'} and a cost, or a state and a cost`
    const fields = text.split(/[ \t]+/u)
    const arc = fields.length >= 2 + labels
    const numbers = fields.slice(0, arc ? 2 : 1)
    if (fields.length > (arc ? 3 + labels : 2) || !numbers.every((each) => /^\d+$/u.test(each)))
      return E.left(malformed(text, line, 'is none', shape))
    const [from, to] = [Number(at(fields, 0)), arc ? Number(at(fields, 1)) : undefined]
    if (Math.max(from, to ?? 0) >= states)
      return E.left(
        malformed(text, line, 'has a state of a high number', `number states from 0, in this text below ${states}`),
      )
    const weight = weightOf(costs, fields[arc ? 2 + labels : 1])
    return weight === undefined
      ? E.left(malformed(text, line, 'has no cost that can be read', 'write a decimal number above -Infinity'))
      : E.right({ from, to, labels: arc ? fields.slice(2, 2 + labels) : [], weight })
  }

const readLines = <W>(
  costs: Costs<W>,
  text: string,
  labels: 1 | 2,
  [inputs, outputs]: readonly [readonly string[], readonly string[]],
): E.Either<Failure, Transducer<W>> => {
  const { weights } = costs
  const [read, write] = [symbolNumbers(inputs), symbolNumbers(outputs)]
  const arcs: TransducerArc<W>[] = []
  const stop: (readonly [number, W])[] = []
  const lines = text.replace(/^\ufeff/u, '').split(/\r\n?|\n/u)
  const parse = parsed(costs, labels, bound(lines.length))
  let [first, most] = [-1, -1]
  for (const [i, whole] of lines.entries()) {
    const line = whole.replace(AROUND, '')
    if (line === '') continue
    const found = parse(line, i + 1)
    if (E.isLeft(found)) return found
    const { from, to, labels: names, weight } = found.right
    if (first < 0) first = from
    most = Math.max(most, from, to ?? 0)
    if (to === undefined) stop.push([from, weight])
    else {
      const input = read.of(at(names, 0))
      arcs.push({ from, input, output: labels === 1 ? input : write.of(at(names, 1)), to, weight })
    }
  }
  return E.right(
    transducer(weights)({
      inputs: read.symbols(),
      outputs: labels === 1 ? read.symbols() : write.symbols(),
      states: most + 1,
      start: first < 0 ? [] : [[first, weights.one]],
      stop,
      arcs,
    }),
  )
}

/**
 * Reads a transducer from AT&T/OpenFst text with symbols as words. Alphabets begin with those given, and go on with what comes up.
 * `Format` names the line that is none, has a cost that is none, or a state of a number above 100 000 and ten times the lines.
 *
 * @example
 * right(readTransducer(languageCosts)('0 1 a A\n1\n')).outputs // => ['A']
 */
export const readTransducer =
  <W>(costs: Costs<W>, inputs: readonly string[] = [], outputs: readonly string[] = []) =>
  (text: string): E.Either<Failure, Transducer<W>> =>
    readLines(costs, text, 2, [inputs, outputs])

/**
 * Reads an automaton from AT&T/OpenFst text; as `readTransducer`.
 *
 * @example
 * right(countStrings(right(readOpenFst(languageCosts)('0 1 a\n0 1 b\n1\n')))) // => 2n
 */
export const readOpenFst =
  <W>(costs: Costs<W>, alphabet: readonly string[] = []) =>
  (text: string): E.Either<Failure, Automaton<W>> =>
    E.map(project(costs.weights)('input'))(readLines(costs, text, 1, [alphabet, alphabet]))
