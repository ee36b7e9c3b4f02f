/**
 * The exact law of a tilted n-gram model without an energy: the intersection of its states with the constraint's, solved
 * backwards over the tokens left. It shares nothing with the samplers but the lifted automaton, and is what they are checked
 * against.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at, orElse } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp } from '../math.ts'
import { type Ngram, properNgram } from '../models/ngram.ts'
import { ngramModel } from './adapters.ts'
import { mayEnd } from './lift.ts'
import { prepare, type Target } from './target.ts'

/** What is known of `p` in closed form. */
export interface ExactLaw {
  /** log Z, nats. */
  readonly logPartition: number
  /** log p(x) (nats) of a string of tokens; `-Infinity` outside of the constraint or beyond the limit. */
  readonly logProbability: (tokens: readonly number[]) => number
  /** p(next token | tokens) [symbols + 1], the end last; all 0 after a prefix that p does not have. */
  readonly next: (tokens: readonly number[]) => Float64Array
}

/** A target whose model is given as its table. */
export interface NgramTarget extends Omit<Target, 'model' | 'energy'> {
  readonly model: Ngram
  /** How symbols are spelled, as for `ngramModel`. */
  readonly spelling?: (symbol: string) => string
}

interface Place {
  readonly history: number
  readonly state: number
}

/**
 * Solves `β_l(h, s) = q(end | h)^α·[s accepts] + Σ_v q(v | h)^α·β_{l−1}(h·v, δ(s, v))`; Z = β_limit at the start. Failures as
 * those of `prepare`.
 */
export const exactLaw = ({ model: given, spelling, ...target }: NgramTarget): TE.TaskEither<Failure, ExactLaw> => {
  const model = properNgram(given)
  const size = model.alphabet.length
  const log = (history: number, symbol: number): number => at(model.logProbabilities, history * (size + 1) + symbol)
  return pipe(
    prepare({ ...target, model: ngramModel(given, spelling) }),
    TE.chainEitherK(({ lifted, power, forced }) => {
      const known = new Map<string, number>()
      const moves = ({ history, state }: Place) => {
        const { tokens, targets } = lifted.mask(state)
        return Array.from(tokens, (token, k) => ({
          token,
          log: power * log(history, token),
          to: { history: at(model.next, history * size + token), state: at(targets, k) },
        }))
      }
      const ending = ({ history, state }: Place, left: number): number =>
        !mayEnd(lifted, state) ? Number.NEGATIVE_INFINITY : forced && left === 0 ? 0 : power * log(history, size)
      const ahead = (place: Place, left: number): number => {
        const name = `${left} ${place.history} ${place.state}`
        const found = known.get(name)
        if (found !== undefined) return found
        const value = logSumExp([
          ending(place, left),
          ...(left === 0 ? [] : moves(place).map((move) => move.log + ahead(move.to, left - 1))),
        ])
        known.set(name, value)
        return value
      }
      const start: Place = { history: 0, state: 0 }
      const logPartition = ahead(start, target.limit)
      const walked = (tokens: readonly number[]): { readonly place: Place; readonly log: number } | undefined => {
        let [place, total] = [start, 0]
        for (const token of tokens) {
          const move = moves(place).find((each) => each.token === token)
          if (move === undefined) return undefined
          ;[place, total] = [move.to, total + move.log]
        }
        return tokens.length > target.limit ? undefined : { place, log: total }
      }
      if (logPartition === Number.NEGATIVE_INFINITY)
        return E.left(failure('Support', 'the model gives no text of the constraint any probability', 'loosen it'))
      return E.right({
        logPartition,
        logProbability: (tokens) => {
          const end = walked(tokens)
          return end === undefined
            ? Number.NEGATIVE_INFINITY
            : end.log + ending(end.place, target.limit - tokens.length) - logPartition
        },
        next: (tokens) => {
          const out = new Float64Array(size + 1)
          const end = walked(tokens)
          if (end === undefined) return out
          const left = target.limit - tokens.length
          const total = ahead(end.place, left)
          if (total === Number.NEGATIVE_INFINITY) return out
          if (left > 0)
            for (const move of moves(end.place))
              out[move.token] = orElse(out[move.token], 0) + Math.exp(move.log + ahead(move.to, left - 1) - total)
          out[size] = Math.exp(ending(end.place, left) - total)
          return out
        },
      })
    }),
  )
}
