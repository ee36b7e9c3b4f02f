/**
 * An n-gram model as an automaton: the same states, one arc a symbol, the end as the weight of stopping. Everything that
 * automata answer exactly (partition, entropy, mean length, tilts by regular features) then holds of the model.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Arc, automaton, type Automaton } from '../automata/automaton.ts'
import { type Pfsa, pfsa } from '../automata/pfsa.ts'
import type { Failure } from '../errors.ts'
import { real } from '../semiring.ts'
import { type Ngram, properNgram } from './ngram.ts'

/** The model as given, its rounding errors included: the weight of a string is its probability. */
export const ngramAutomaton = ({ alphabet, histories, logProbabilities, next }: Ngram): Automaton<number> => {
  const width = alphabet.length + 1
  const weight = (state: number, symbol: number): number => Math.exp(at(logProbabilities, state * width + symbol))
  const states = Array.from(histories, (_, state) => state)
  return automaton(real)({
    alphabet,
    states: histories.length,
    start: [[0, 1]],
    stop: states.map((state) => [state, weight(state, alphabet.length)] as const),
    arcs: states.flatMap((from) =>
      alphabet
        .map(
          (_, symbol): Arc<number> => ({
            from,
            symbol,
            to: at(next, from * alphabet.length + symbol),
            weight: weight(from, symbol),
          }),
        )
        .filter((arc) => arc.weight > 0),
    ),
  })
}

/** The model made proper, as a PFSA; an `Automaton` failure when a state gives no symbol any probability. */
export const ngramPfsa = (model: Ngram): E.Either<Failure, Pfsa> => pfsa(ngramAutomaton(properNgram(model)))
