/**
 * An n-gram model as an automaton: the same states, one arc a symbol, the end as the weight of stopping. Everything that
 * automata answer exactly (partition, entropy, mean length, tilts by regular features) then holds of the model.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Arc, automaton, type Automaton } from '../automata/automaton.ts'
import { MOST_ARCS, tooLarge } from '../automata/budget.ts'
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

/** How many n-grams a model gives a probability, back-off counted: one arc each. */
const arcsOf = ({ logProbabilities }: Ngram): number =>
  logProbabilities.reduce((n, log) => n + Number(log > Number.NEGATIVE_INFINITY), 0)

/**
 * The model made proper, as a PFSA; an `Automaton` failure when a state gives no symbol any probability, `Limit` when it
 * has more than 2²² arcs (histories by symbols).
 */
export const ngramPfsa = (model: Ngram): E.Either<Failure, Pfsa> =>
  arcsOf(model) > MOST_ARCS
    ? E.left(
        tooLarge(
          `the automaton of ${model.histories.length} histories by ${model.alphabet.length} symbols`,
          'use a model with fewer words or of a lower order; ngramLogProbability needs no automaton',
          { histories: model.histories.length, symbols: model.alphabet.length },
        ),
      )
    : pfsa(ngramAutomaton(properNgram(model)))
