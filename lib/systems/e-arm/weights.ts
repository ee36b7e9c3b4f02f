/**
 * The weights of sampled prefixes, `w(x_<k) = e^{LSE_k} / E_q[e^{LSE_k}] = μ / E μ` with `μ = p_θ(x_<k) / q̃(x_<k)`
 * (E-ARM paper, Eq. 10, 13, 20, 21; E9, E10): how much the energy re-weights a prefix. No gradient flows through them.
 *
 * The expectation below comes from the same batch (the paper's choice: biased by O(1/n), and 1 for a batch of one row;
 * E17), or from an independent batch: then the
 * expected gradient is a multiple of the exact one, E[Z/Ẑ] = 1 + O(1/n) of it, and with the exact Z it is the exact one (E18).
 */
import { type Axis, axis } from '../../axis.ts'
import { failure, raise } from '../../errors.ts'
import type { Tensor } from '../../expr.ts'
import { merge, split } from '../../ops/layout.ts'
import {
  add,
  constant,
  exp,
  greater,
  log,
  minimum,
  multiply,
  square,
  stopGradient,
  subtract,
  where,
} from '../../ops/pointwise.ts'
import { logSumExp, max, sum } from '../../ops/reduce.ts'
import { type PerStep, type PerToken, type TokenTerms, axisIn, ratio } from './rows.ts'

/** `log 0` that no arithmetic turns into NaN. */
const NOTHING = -1e30

/** No weight exceeds e^85, the end of f32: only an independent normaliser can come near. */
const LARGEST = 85

/**
 * Rows of which normaliser: all of the batch, groups of so many consecutive rows (one source each), or another batch, as a
 * whole or in such groups.
 */
export type Sharing =
  | { readonly kind: 'batch' }
  | { readonly kind: 'group'; readonly rows: number }
  | { readonly kind: 'independent'; readonly terms: TokenTerms; readonly rows?: number }

const logMask = <A extends string>(mask: Tensor<A>): Tensor<A | '1'> =>
  where(greater(mask, constant(0)), log(where(greater(mask, constant(0)), mask, constant(1))), constant(NOTHING))

/** The largest logsumexp of the rows that count; rows are compared after it is taken off, so that f32 keeps its digits. */
const peak =
  <K extends string>(member: Axis<K>) =>
  <A extends string>(lse: Tensor<A | K>, mask: Tensor<A | K>): Tensor<A | '1'> => {
    const seen: Tensor<A | K | '1'> = where(greater(mask, constant(0)), lse, constant(NOTHING))
    return max(member)<A | '1'>(seen)
  }

/** `log (Σ_b m·e^{LSE} / Σ_b m)` over the rows of `member`, for each of the other axes. */
const logMean =
  <K extends string>(member: Axis<K>) =>
  <A extends string>(lse: Tensor<A | K>, mask: Tensor<A | K>): Tensor<A | '1'> => {
    const [weighted, rows]: readonly [Tensor<A | '1'>, Tensor<A | '1'>] = [
      logSumExp(member)<A | '1'>(add(lse, logMask(mask))),
      logSumExp(member)<A | '1'>(logMask(mask)),
    ]
    return subtract(weighted, rows)
  }

/** `LSE − log mean e^{LSE}` over the rows of `member`. */
const relative =
  <K extends string>(member: Axis<K>) =>
  <A extends string>(lse: Tensor<A | K>, mask: Tensor<A | K>): Tensor<A | K | '1'> => {
    const centred: Tensor<A | K | '1'> = subtract(lse, peak(member)<A>(lse, mask))
    const level: Tensor<A | '1'> = logMean(member)<A | '1'>(
      centred,
      where(greater(mask, constant(0)), mask, constant(0)),
    )
    return subtract(centred, level)
  }

/**
 * `log Ẑ_k` [time] in nats: the estimate of `log E_q[e^{LSE_k}]` from rows (exact when `mask` is their probability).
 *
 * @example
 * import { axis, literal, literalIntegers } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * logNormaliser(eArm.tokenTerms({ logits, tokens, mask })) // => [1.09861]
 */
export const logNormaliser = ({ logSumExp: lse, mask }: TokenTerms): PerStep =>
  logMean(axisIn(mask, 'batch'))<'time' | '1'>(lse, mask)

/** `LSE − log Ẑ` where Ẑ is that of the group of so many consecutive rows: of the rows themselves, or of `others` in their place. */
const grouped = (rows: number, { logSumExp: lse, mask }: TokenTerms, others?: TokenTerms): PerToken => {
  const batch = axisIn(mask, 'batch')
  if (!(Number.isInteger(rows) && rows > 0 && batch.size % rows === 0))
    raise(
      failure('Shape', `${batch.size} sampled rows in groups of ${rows}`, 'give groups that divide the batch', {
        rows: batch.size,
        group: rows,
      }),
    )
  const [group, member] = [axis('group', batch.size / rows), axis('member', rows)]
  const apart = (x: PerToken): Tensor<'group' | 'member' | 'time' | '1'> => split(batch, group, member)(x)
  if (others === undefined)
    return merge(group, member, batch)(relative(member)<'group' | 'time' | '1'>(apart(lse), apart(mask)))
  const level = logMean(member)<'group' | 'time' | '1'>(apart(others.logSumExp), apart(others.mask))
  return merge(group, member, batch)(subtract(apart(lse), level))
}

const logWeights = (terms: TokenTerms, sharing: Sharing): PerToken => {
  if (sharing.kind === 'group') return grouped(sharing.rows, terms)
  if (sharing.kind === 'batch') return relative(axisIn(terms.mask, 'batch'))<'time' | '1'>(terms.logSumExp, terms.mask)
  const { terms: others, rows = 1 } = sharing
  const free = rows > 1 ? grouped(rows, terms, others) : subtract(terms.logSumExp, logNormaliser(others))
  return minimum(free, constant(LARGEST))
}

/**
 * `w(x_<k)` [batch, time]; 0 where the mask is 0. Its mean over the rows of a step, weighted by the mask, is 1 (E9, E19).
 *
 * @example
 * import { axis, literal, literalIntegers } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * prefixWeights(eArm.tokenTerms({ logits, tokens, mask })) // => [0.666667, 1.33333]
 */
export const prefixWeights = (terms: TokenTerms, sharing: Sharing = { kind: 'batch' }): PerToken => {
  const alive = greater(terms.mask, constant(0))
  const weights = exp(where(alive, logWeights(terms, sharing), constant(0)))
  return stopGradient(where(alive, weights, constant(0)))
}

/** The effective sample size `(Σ_b w)² / Σ_b w²` of every step [time]; 0 at steps that no row reaches. */
export const effectiveSampleSizes = (mask: PerToken, weights: PerToken): PerStep => {
  const batch = axisIn(mask, 'batch')
  const shares = multiply(mask, weights)
  return ratio(square(sum(batch)(shares)), sum(batch)(square(shares)))
}
