/** Random transducers without cycles, of which every path can be written down. */
import { at } from '../../lib/at.ts'
import { EPSILON } from '../../lib/automata/automaton.ts'
import { type Transducer, transducer, type TransducerArc, transducerArcs } from '../../lib/automata/transducer.ts'
import { fineUniforms } from '../../lib/energy/uniform.ts'
import { key } from '../../lib/key.ts'
import { real } from '../../lib/semiring.ts'

/** Four states in a row, arcs forward alone, ε on either side. */
export const randomTransducer = (
  inputs: readonly string[],
  outputs: readonly string[],
  seed: number,
): Transducer<number> => {
  const [states, count] = [4, 9]
  const u = fineUniforms(key(seed), 5 * count + 2 * states)
  const pick = (i: number, n: number): number => Math.floor(at(u, i) * n)
  const arcs = Array.from({ length: count }, (_, k): TransducerArc<number> => {
    const from = pick(5 * k, states - 1)
    return {
      from,
      to: from + 1 + pick(5 * k + 1, states - 1 - from),
      input: pick(5 * k + 2, inputs.length + 1) - 1,
      output: pick(5 * k + 3, outputs.length + 1) - 1,
      weight: 0.1 + at(u, 5 * k + 4),
    }
  })
  const rest = 5 * count
  return transducer(real)({
    inputs,
    outputs,
    states,
    start: [
      [0, 0.5 + at(u, rest)],
      [1, at(u, rest + 1)],
    ],
    stop: [0, 1, 2, 3].flatMap((p) => (at(u, rest + 2 + p) < 0.7 ? [[p, 0.2 + at(u, rest + 2 + p)] as const] : [])),
    arcs,
  })
}

/** The weight of every pair of strings that has a path, `input|output`: the paths added up. */
export const everyPair = (t: Transducer<number>): ReadonlyMap<string, number> => {
  const out = new Map<string, number>()
  const arcs = transducerArcs(t)
  const name = (symbols: readonly string[], symbol: number): string => (symbol === EPSILON ? '' : at(symbols, symbol))
  const walk = (state: number, read: string, written: string, weight: number): void => {
    const stop = at(t.automaton.stop, state)
    const pair = `${read}|${written}`
    if (weight * stop !== 0) out.set(pair, (out.get(pair) ?? 0) + weight * stop)
    for (const arc of arcs.filter(({ from }) => from === state))
      walk(arc.to, read + name(t.inputs, arc.input), written + name(t.outputs, arc.output), weight * arc.weight)
  }
  for (let p = 0; p < t.automaton.states; p++)
    if (at(t.automaton.start, p) !== 0) walk(p, '', '', at(t.automaton.start, p))
  return out
}
