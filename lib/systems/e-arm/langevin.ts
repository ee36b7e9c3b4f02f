/**
 * The paper's MCMC baseline (Table 11): negatives that do not come from the model's own sampling but from Langevin
 * dynamics in the space of its input embeddings, k steps of `h ← h − (s²/2)·∂E/∂h + s·N(0, 1)` (Welling & Teh 2011).
 *
 * Embeddings that no token has need an energy without tokens: `E(h) = −Σ_k LSE_k(h)`, the energy of the prefixes with the
 * next token summed out (as Grathwohl et al. 2020 read a classifier).
 */
import type { Scalar } from '../../expr.ts'
import { vjpOf } from '../../ops/pull-back.ts'
import { type Drop, type Named, keepAll } from '../../models/autoregressive.ts'
import type { EmbeddedModel, Embeddings } from '../../models/embedded.ts'
import { add, constant, greater, multiply, negate, scale, stopGradient, subtract, where } from '../../ops/pointwise.ts'
import { logSumExp, sum, sumOver } from '../../ops/reduce.ts'
import { type PerStep, type PerToken, type TokenTerms, axisIn, ratio, stepMeans } from './rows.ts'
import { positivePhase } from './objective.ts'
import { typed } from '../../typed.ts'

/** `−LSE_k(h)` of every row and step [batch, time], 0 where the mask is 0. */
export const embeddingEnergies = (
  model: EmbeddedModel,
  parameters: Named,
  embeddings: Embeddings,
  mask: PerToken,
  drop: Drop = keepAll,
): PerToken => {
  const logits = model.fromEmbeddings(parameters, embeddings, drop)
  const energies = negate(logSumExp(axisIn(logits, 'symbol'))(logits))
  return where(greater(mask, constant(0)), energies, constant(0))
}

/**
 * One Langevin step of size s from h with standard normal noise; no gradient flows through it.
 *
 * @example
 * import { embeddedTransformer } from 'exptilt'
 * const parts = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const model = embeddedTransformer({ ...parts, positions: 'learned', norm: 'pre', activation: 'gelu' })
 * const step = langevinStep(model, 0.01)
 */
export const langevinStep =
  (model: EmbeddedModel, step: number) =>
  (parameters: Named, embeddings: Embeddings, mask: PerToken, noise: Embeddings): Embeddings => {
    const energies = embeddingEnergies(model, parameters, embeddings, mask)
    const total: Scalar = sumOver(axisIn(energies, 'batch'), axisIn(energies, 'time'))(energies)
    const [slope] = vjpOf([total], [constant(1)], [embeddings])
    const drift = slope === undefined ? embeddings : moved(embeddings, typed('batch', 'time', 'model')(slope), step)
    return stopGradient(add(drift, scale(step)(noise)))
  }

const moved = (embeddings: Embeddings, slope: Embeddings, step: number): Embeddings =>
  subtract(embeddings, scale((step * step) / 2)(slope))

/**
 * The energy objective with Langevin negatives: the positive phase as ever, the negative phase the mean of `−LSE_k(h)` over
 * the embeddings that the chain ended in.
 */
export const langevinEnergy = (
  window: number,
  data: TokenTerms,
  negatives: { readonly energies: PerToken; readonly mask: PerToken },
): Scalar => {
  const time = axisIn(data.mask, 'time')
  const counts: PerStep = sum(axisIn(data.mask, 'batch'))(data.mask)
  const gaps = subtract(positivePhase(window)(data), stepMeans(negatives.mask, negatives.energies))
  return ratio(sum(time)(multiply(counts, gaps)), sum(time)(counts))
}
