/**
 * A weighted automaton or PFSA over characters as a tilt: `w_A(x)` of the whole text, any number of paths added up. On the way a
 * prefix is worth what the automaton gives all texts that begin so, which it knows exactly.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { backwardWeights } from '../automata/allsum.ts'
import { type Automaton, eachArc } from '../automata/automaton.ts'
import { negativeWeight } from '../automata/pfsa.ts'
import { removeEpsilon } from '../automata/reverse.ts'
import { real } from '../automata/star.ts'
import { type Energy, energyOf } from '../energy/energy.ts'
import { type Failure, failure } from '../errors.ts'
import { dot, sum } from '../math.ts'
import type { Target } from './target.ts'

/** The energies of a target that is tilted by an automaton, for samplers with `energyAt: 'prefixes'` or without. */
export interface WeightedTexts extends Pick<Target, 'energy' | 'prefixEnergy'> {
  /** `−log w_A(x)`, nats. */
  readonly energy: Energy<string>
  /** `−log` of the weight of all texts that begin so. */
  readonly prefixEnergy: Energy<string>
}

interface Move {
  readonly from: number
  readonly to: number
  readonly weight: number
}

/** `log αᵀ·M_{x₁}⋯M_{x_n}·v` by the forward algorithm, scaled at each character. */
const forward = (
  { start, states }: Automaton<number>,
  moves: ReadonlyMap<string, readonly Move[]>,
  end: ArrayLike<number>,
  text: string,
): number => {
  let reached = Float64Array.from(start)
  let log = 0
  for (const character of text) {
    const next = new Float64Array(states)
    for (const { from, to, weight } of moves.get(character) ?? []) next[to] = at(next, to) + at(reached, from) * weight
    const total = sum(next)
    if (total === 0) return Number.NEGATIVE_INFINITY
    reached = next.map((mass) => mass / total)
    log += Math.log(total)
  }
  return log + Math.log(dot(reached, end))
}

/** A prefix without what may be the first bytes of a character. */
const wholeCharacters = (prefix: string): string => prefix.replace(/\uFFFD{1,3}$/u, '')

/**
 * The energies of an automaton over single characters; texts with others weigh nothing. `Automaton` for a weight below 0 or a
 * symbol of several characters, `Diverges` where the weights of all texts have no sum.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { automata, tilt } from 'exptilt'
 * pipe(automata.geometricNoise(0.2)(['a', 'b']), E.flatMap(tilt.weightedTexts))
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
      const moves = new Map<string, Move[]>()
      eachArc(own, (from, symbol, to, weight) => {
        const character = at(own.alphabet, symbol)
        const known = moves.get(character)
        if (known === undefined) moves.set(character, [{ from, to, weight }])
        else known.push({ from, to, weight })
      })
      return {
        energy: energyOf((text) => -forward(own, moves, own.stop, text)),
        prefixEnergy: energyOf((prefix) => -forward(own, moves, ahead, wholeCharacters(prefix))),
      }
    }),
  )
}
