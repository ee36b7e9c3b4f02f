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
import { prepare, type Prepared, type Target } from './target.ts'

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
export interface NgramTarget extends Omit<Target, 'model' | 'energy' | 'tokenisation'> {
  readonly model: Ngram
  /** How symbols are spelled, as for `ngramModel`. */
  readonly spelling?: (symbol: string) => string
}

/** Where a text stands: the history of the model, and the state of the constraint. */
interface Place {
  readonly history: number
  readonly state: number
}

const START: Place = { history: 0, state: 0 }

interface Move {
  readonly token: number
  /** log q(token | history)^α, nats. */
  readonly log: number
  readonly to: Place
}

/** How a text goes on and ends, and log β of what may still come. */
interface Steps {
  readonly moves: (place: Place) => readonly Move[]
  readonly ending: (place: Place, left: number) => number
  readonly ahead: (place: Place, left: number) => number
}

const stepsOf = (model: Ngram, { lifted, power, forced, endings, least, target: { limit } }: Prepared): Steps => {
  const size = model.alphabet.length
  const known = new Map<string, number>()
  const log = (history: number, symbol: number): number => at(model.logProbabilities, history * (size + 1) + symbol)
  const steps: Steps = {
    moves: ({ history, state }) => {
      const { tokens, targets } = lifted.mask(state)
      return Array.from(tokens, (token, k) => ({
        token,
        log: power * log(history, token),
        to: { history: at(model.next, history * size + token), state: at(targets, k) },
      }))
    },
    ending: ({ history, state }, left) =>
      !mayEnd(lifted, state) || limit - left < least
        ? Number.NEGATIVE_INFINITY
        : at(endings, state) + (forced && left === 0 ? 0 : power * log(history, size)),
    ahead: (place, left) => {
      const name = `${left} ${place.history} ${place.state}`
      const found = known.get(name)
      if (found !== undefined) return found
      const value = logSumExp([
        steps.ending(place, left),
        ...(left === 0 ? [] : steps.moves(place).map((move) => move.log + steps.ahead(move.to, left - 1))),
      ])
      known.set(name, value)
      return value
    },
  }
  return steps
}

/** Where a text ends, and Σ log q^α of its tokens; undefined where the constraint has no such beginning. */
const walked = (
  { moves }: Steps,
  tokens: readonly number[],
): { readonly place: Place; readonly log: number } | undefined => {
  let [place, log] = [START, 0]
  for (const token of tokens) {
    const move = moves(place).find((each) => each.token === token)
    if (move === undefined) return undefined
    ;[place, log] = [move.to, log + move.log]
  }
  return { place, log }
}

/** p(next token) at a place with so many tokens left [size + 1]; all 0 where nothing may follow. */
const nextAt = ({ moves, ending, ahead }: Steps, place: Place, left: number, size: number): Float64Array => {
  const out = new Float64Array(size + 1)
  const total = ahead(place, left)
  if (total === Number.NEGATIVE_INFINITY) return out
  if (left > 0)
    for (const { token, log, to } of moves(place))
      out[token] = orElse(out[token], 0) + Math.exp(log + ahead(to, left - 1) - total)
  out[size] = Math.exp(ending(place, left) - total)
  return out
}

/** The law of texts of at most `limit` tokens. */
const lawOf = (steps: Steps, size: number, limit: number): E.Either<Failure, ExactLaw> => {
  const logPartition = steps.ahead(START, limit)
  if (logPartition === Number.NEGATIVE_INFINITY)
    return E.left(failure('Support', 'the model gives no text of the constraint any probability', 'loosen it'))
  const ended = (tokens: readonly number[]) => (tokens.length > limit ? undefined : walked(steps, tokens))
  return E.right({
    logPartition,
    logProbability: (tokens) => {
      const end = ended(tokens)
      return end === undefined
        ? Number.NEGATIVE_INFINITY
        : end.log + steps.ending(end.place, limit - tokens.length) - logPartition
    },
    next: (tokens) => {
      const end = ended(tokens)
      return end === undefined ? new Float64Array(size + 1) : nextAt(steps, end.place, limit - tokens.length, size)
    },
  })
}

/**
 * Solves `β_l(h, s) = q(end | h)^α·[s accepts]·e^{w(s)} + Σ_v q(v | h)^α·β_{l−1}(h·v, δ(s, v))`; Z = β_limit at the start. Failures as
 * those of `prepare`.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = right(ngram(right(parseArpa(arpa))))
 * const law = await run(exactLaw({ model, constraint: right(containingAll(['aa'])), limit: 8 }))
 * Math.exp(law.logPartition) // => 0.326218
 */
export const exactLaw = ({ model: given, spelling, ...target }: NgramTarget): TE.TaskEither<Failure, ExactLaw> => {
  const model = properNgram(given)
  return pipe(
    prepare({ ...target, model: ngramModel(given, spelling) }),
    TE.chainEitherK((prepared) => lawOf(stepsOf(model, prepared), model.alphabet.length, target.limit)),
  )
}
