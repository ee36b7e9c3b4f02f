/** A compiled constraint as an automaton of `lib/automata`: for OpenFst, Graphviz, and whatever else is asked of automata. */
import { at } from '../at.ts'
import { type Arc, automaton, type Language } from '../automata/automaton.ts'
import { requireNames } from '../names.ts'
import { boolean } from '../semiring.ts'
import type { ByteAutomaton } from './compile.ts'
import { DEAD } from './constraint.ts'

/** What an arc reads: one byte each, or all bytes that lead from one state to another, as ranges. */
export type ByteLabels = 'bytes' | 'sets'

/** A byte as a symbol: the character of printable ASCII, else `\x` and its two digits. */
const byteSymbol = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`

const BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => byteSymbol(byte))

/** Bytes in rising order, three or more neighbours as a range: `a-z`, `\x80-\xBF`. */
const rangesOf = (bytes: readonly number[]): string => {
  const runs: number[][] = []
  for (const byte of bytes) {
    const run = runs.at(-1)
    if (run !== undefined && at(run, run.length - 1) === byte - 1) run.push(byte)
    else runs.push([byte])
  }
  return runs
    .map((run) =>
      run.length > 2
        ? `${byteSymbol(at(run, 0))}-${byteSymbol(at(run, run.length - 1))}`
        : run.map(byteSymbol).join(''),
    )
    .join('')
}

/** The bytes of each class. */
const bytesOf = ({ classes, width }: ByteAutomaton): readonly (readonly number[])[] => {
  const out: number[][] = Array.from({ length: width }, () => [])
  for (const [byte, own] of classes.entries()) at(out, own).push(byte)
  return out
}

/** Where each class of bytes leads from a state, with what it leaves out. */
const movesOf = ({ next, width }: ByteAutomaton, state: number): readonly (readonly [own: number, to: number])[] =>
  Array.from({ length: width }, (_, own): readonly [number, number] => [own, at(next, state * width + own)]).filter(
    ([, to]) => to !== DEAD,
  )

const byBytes = (a: ByteAutomaton): Pick<Language, 'alphabet'> & { readonly arcs: readonly Arc<boolean>[] } => {
  const bytes = bytesOf(a)
  return {
    alphabet: BYTES,
    arcs: Array.from({ length: a.states }, (_, from) =>
      movesOf(a, from).flatMap(([own, to]) => at(bytes, own).map((symbol) => ({ from, symbol, to, weight: true }))),
    ).flat(),
  }
}

const bySets = (a: ByteAutomaton): ReturnType<typeof byBytes> => {
  const bytes = bytesOf(a)
  const symbols = new Map<string, number>()
  const arcs: Arc<boolean>[] = []
  for (let from = 0; from < a.states; from++) {
    const sets = new Map<number, readonly number[]>()
    for (const [own, to] of movesOf(a, from)) sets.set(to, [...(sets.get(to) ?? []), ...at(bytes, own)])
    for (const [to, set] of sets) {
      const name = rangesOf([...set].sort((x, y) => x - y))
      const symbol = symbols.get(name) ?? symbols.size
      symbols.set(name, symbol)
      arcs.push({ from, symbol, to, weight: true })
    }
  }
  return { alphabet: [...symbols.keys()], arcs }
}

/**
 * The language of a compiled constraint over bytes, state by state: `\xC3` is a byte outside of printable ASCII. With `sets` an arc
 * reads any of the bytes that its symbol lists, so that there is one between two states: to be looked at.
 *
 * @example
 * import { automata } from 'exptilt'
 * const table = right(compile(right(matching(/[a-c]x/u))))
 * automata.writeOpenFst(automata.languageCosts)(byteLanguage(table)).split('\n')[0] // => '0\t1\ta'
 * automata.writeGraphviz(automata.languageCosts)(byteLanguage(table, 'sets')).includes('0 -> 1 [label="a-c"]') // => true
 */
export const byteLanguage = (a: ByteAutomaton, labels: ByteLabels = 'bytes'): Language => {
  requireNames({ 'kind of labels': [labels, ['bytes', 'sets']] })
  return automaton(boolean)({
    ...(labels === 'bytes' ? byBytes(a) : bySets(a)),
    states: a.states,
    start: [[0, true]],
    stop: Array.from(a.accepts.keys()).flatMap((state): readonly (readonly [number, boolean])[] =>
      a.accepts[state] === 1 ? [[state, true]] : [],
    ),
  })
}
