/**
 * A weighted automaton or PFSA over characters as a tilt: `w_A(x)` of the whole text, any number of paths added up. On the way a
 * prefix is worth what the automaton gives all texts that begin so, which it knows exactly.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { backwardWeights } from '../automata/allsum.ts'
import { type Automaton, mapWeights } from '../automata/automaton.ts'
import { negativeWeight } from '../automata/pfsa.ts'
import { removeEpsilon } from '../automata/reverse.ts'
import { log, real } from '../automata/star.ts'
import { encodeWord, weightOf } from '../automata/word.ts'
import { type Energy, energyOf } from '../energy/energy.ts'
import { type Failure, failure } from '../errors.ts'
import type { Target } from './target.ts'

/** The energies of a target that is tilted by an automaton, for samplers with `energyAt: 'prefixes'` or without. */
export interface WeightedTexts extends Pick<Target, 'energy' | 'prefixEnergy'> {
  /** `−log w_A(x)`, nats. */
  readonly energy: Energy<string>
  /** `−log` of the weight of all texts that begin so. */
  readonly prefixEnergy: Energy<string>
}

/** `log w(x)` of texts by an automaton of log-weights; −∞ for other characters than its own. */
const logWeightIn = (a: Automaton<number>): ((text: string) => number) => {
  const [read, weigh] = [encodeWord(a.alphabet), weightOf(log)(a)]
  return (text) =>
    pipe(
      read(text),
      E.match(() => Number.NEGATIVE_INFINITY, weigh),
    )
}

/** A prefix without what may be the first bytes of a character. */
const wholeCharacters = (prefix: string): string => prefix.replace(/\uFFFD{1,3}$/u, '')

/**
 * The energies of an automaton over single characters; texts with others weigh nothing. `Automaton` for a weight below 0 or a
 * symbol of several characters, `Diverges` where the weights of all texts have no sum.
 *
 * @example
 * const { energy } = right(weightedTexts(right(automata.whiteNoise(2)(['a', 'b']))))
 * energy(['ab', 'abc']) // => [1.38629, Infinity]
 */
export const weightedTexts = (a: Automaton<number>): E.Either<Failure, WeightedTexts> => {
  const long = a.alphabet.find((symbol) => Array.from(symbol).length !== 1)
  const wrong =
    long === undefined
      ? negativeWeight(a)
      : failure('Automaton', `the symbol '${long}' is not one character`, 'use an automaton over characters', { long })
  if (wrong !== undefined) return E.left(wrong)
  return pipe(
    removeEpsilon(real)(a),
    E.bindTo('own'),
    E.bind('ahead', ({ own }) => backwardWeights(real)(own)),
    E.map(({ own, ahead }) => {
      const logs = mapWeights(Math.log)(own)
      const [whole, begun] = [logWeightIn(logs), logWeightIn({ ...logs, stop: ahead.map(Math.log) })]
      return {
        energy: energyOf((text) => -whole(text)),
        prefixEnergy: energyOf((prefix) => -begun(wholeCharacters(prefix))),
      }
    }),
  )
}
