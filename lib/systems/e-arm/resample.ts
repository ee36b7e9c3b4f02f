/**
 * Top-K energy re-sampling (E-ARM paper, section 5 and Table 9; Deng et al. 2020): of K candidates drawn or searched by
 * the model, take one by the energy of the whole sequence, read from the logits of its last step. K = 0 takes the first.
 *
 * The paper weighs by `e^{−φ} = e^{logit}` of the last token. For candidates *drawn* from the model, importance sampling
 * weighs by `p_θ/q = e^{LSE}` of the last step instead, since `p_θ(x_K | x_<K) = q(x_K | x_<K)`. Both are here.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../../at.ts'
import { type Failure, failure } from '../../errors.ts'
import { categorical } from '../../energy/uniform.ts'
import { weigh } from '../../energy/weights.ts'
import { type Key, fold } from '../../key.ts'
import type { Tensor } from '../../expr.ts'
import { unknownName } from '../../names.ts'
import { multiply, subtract } from '../../ops/pointwise.ts'
import { sum } from '../../ops/reduce.ts'
import { pad, slice } from '../../ops/slice.ts'
import { type PerToken, type TokenTerms, axisIn } from './rows.ts'

/** What weighs a candidate: the logit of its last token (the paper's energy), or the logsumexp of its last step. */
type CandidateScore = 'logit' | 'logsumexp'

/** 1 at the last token of every row, 0 elsewhere [batch, time], from the mask of its tokens. */
export const lastToken = (mask: PerToken): PerToken => {
  const time = axisIn(mask, 'time')
  return subtract(mask, slice(time, 1, time.size)(pad(time, 0, 1)(mask)))
}

/** The log-weight of every row [batch], nats. */
export const candidateScores =
  (score: CandidateScore) =>
  (rows: TokenTerms): Tensor<'batch' | '1'> =>
    sum(axisIn(rows.mask, 'time'))(multiply(lastToken(rows.mask), score === 'logit' ? rows.logit : rows.logSumExp))

/** How one of K is taken: drawn by weight, or the one of the greatest weight. */
type Choice = 'draw' | 'best'

/** Settings: candidates of each group (0: no re-sampling, the first of each group), and how one is taken. */
export interface ResampleOptions {
  readonly candidates: number
  readonly choice: Choice
}

const bestOf = (scores: Float64Array): number => scores.reduce((best, s, i) => (s > at(scores, best) ? i : best), 0)

const oneOf =
  (key: Key, choice: Choice) =>
  (scores: Float64Array): E.Either<Failure, number> =>
    pipe(
      weigh(scores, (i) => `the log-weight of candidate ${i}`),
      E.map(({ normalised }) => (choice === 'best' ? bestOf(scores) : at(categorical(key, normalised, 1), 0))),
    )

/**
 * Takes one of every group of consecutive candidates by their log-weights: the positions taken [groups]. With K candidates
 * in a group of n ≥ K the first K compete. Left `Shape` when the groups do not divide the scores.
 *
 * @example
 * resampleCandidates(key(1), { candidates: 2, choice: 'draw' })(Float64Array.of(0, -50, -50, 0), 2) // => [0, 3]
 */
export const resampleCandidates =
  (key: Key, { candidates, choice }: ResampleOptions) =>
  (scores: Float64Array, perGroup: number): E.Either<Failure, Int32Array> => {
    const unknown = unknownName({ 'way of taking a candidate': [choice, ['draw', 'best']] })
    if (unknown !== undefined) return E.left(unknown)
    if (!(perGroup > 0 && scores.length % perGroup === 0 && candidates <= perGroup && candidates >= 0))
      return E.left(
        failure(
          'Shape',
          `${candidates} of ${perGroup} candidates from ${scores.length} scores`,
          'give as many scores for every group, and no more competitors than candidates',
        ),
      )
    const groups = scores.length / perGroup
    const taken = new Int32Array(groups)
    for (let g = 0; g < groups; g++) {
      const start = g * perGroup
      const found = candidates === 0 ? E.right(0) : oneOf(fold(key, g), choice)(scores.slice(start, start + candidates))
      if (E.isLeft(found)) return found
      taken[g] = start + found.right
    }
    return E.right(taken)
  }
