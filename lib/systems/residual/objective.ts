/**
 * Objectives that train an energy on data against samples of the base, as expressions on a batch of energies.
 *
 * A batch holds B rows of data and then ν·B rows of noise, ν for each datum in turn (for conditional models: after the
 * same prefix). `s(x) = log P_θ(x) − log q(x)`: for a residual model −E(x); for a model that is not residual
 * `−E(x) − c − log q(x)`, with a learnable log-normaliser c.
 */
import { axis } from '../../axis.ts'
import type { Scalar, Tensor } from '../../expr.ts'
import { split } from '../../ops/layout.ts'
import { add, cast, constant, greater, negate, scale, shift, softplus, square, subtract } from '../../ops/pointwise.ts'
import { logSumExp, mean } from '../../ops/reduce.ts'
import { slice } from '../../ops/slice.ts'

/** A number for every row of a batch. */
export type RowValues = Tensor<'batch' | '1'>

/** Rows of a batch: data rows B, and noise rows per datum ν. */
export interface Mix {
  readonly data: number
  readonly ratio: number
}

/** A loss to minimise (nats per datum), and what to watch. All are scalars. */
export interface Objective {
  readonly loss: Scalar
  /** Mean of the share of data and the share of noise that the posterior of NCE puts on the right side. */
  readonly accuracy: Scalar
  readonly dataEnergy: Scalar
  readonly noiseEnergy: Scalar
}

/** What `s` has besides −E: a learnable log-normaliser c, and, of a model that is not residual, `log q` of every row. */
export interface LogitTerms {
  readonly logNormaliser?: Scalar
  readonly logBase?: RowValues
}

/**
 * `s` of a model: −E; −E − c with a log-normaliser; −E − c − log q of one that is not residual.
 *
 * @example
 * const batch = axis('batch', 2)
 * logitsOf(literal(Float64Array.of(1, -2), batch)) // => [-1, 2]
 */
export const logitsOf = (energies: RowValues, { logNormaliser, logBase }: LogitTerms = {}): RowValues => {
  const own = negate(energies)
  const shifted = logNormaliser === undefined ? own : subtract(own, logNormaliser)
  return logBase === undefined ? shifted : subtract(shifted, logBase)
}

const parts = (values: RowValues, { data, ratio }: Mix): readonly [RowValues, RowValues] => {
  const batch = axis('batch', data * (1 + ratio))
  return [slice(batch, 0, data)(values), slice(batch, data, data * ratio)(values)]
}

const average = (values: RowValues, count: number): Scalar => mean(axis('batch', count))(values)

const watched = (logits: RowValues, mix: Mix): Omit<Objective, 'loss'> => {
  const [data, noise] = parts(logits, mix)
  const level = constant(Math.log(mix.ratio))
  const right = average(cast('f32')(greater(data, level)), mix.data)
  const wrong = average(cast('f32')(greater(noise, level)), mix.data * mix.ratio)
  return {
    accuracy: scale(0.5)(shift(1)(subtract(right, wrong))),
    dataEnergy: negate(average(data, mix.data)),
    noiseEnergy: negate(average(noise, mix.data * mix.ratio)),
  }
}

/** `rate · mean E²`, which keeps energies near 0. */
const energyPenalty = (rate: number, logits: RowValues, mix: Mix): Scalar =>
  rate === 0 ? constant(0) : scale(rate)(average(square(logits), mix.data * (1 + mix.ratio)))

/**
 * Noise-contrastive estimation: `mean_data softplus(log ν − s) + ν·mean_noise softplus(s − log ν)` (Gutmann and Hyvärinen
 * 2010; Ma and Collins 2018). With ν = 1 and a residual model this is the discriminator's loss. `penalty` is the l2 on s.
 * Without it there is no finite optimum where data and noise do not share their support (R7): E falls without end where
 * only data have probability, and grows without end where only the noise has.
 *
 * @example
 * const batch = axis('batch', 4) // two texts of the data, then two of noise
 * noiseContrastive(literal(Float64Array.of(2, 1, -1, -2), batch), { data: 2, ratio: 1 }).loss // => 0.44019
 */
export const noiseContrastive = (logits: RowValues, mix: Mix, penalty = 0): Objective => {
  const [data, noise] = parts(logits, mix)
  const logRatio = Math.log(mix.ratio)
  const real = average(softplus(shift(logRatio)(negate(data))), mix.data)
  const fake = scale(mix.ratio)(average(softplus(shift(-logRatio)(noise)), mix.data * mix.ratio))
  return { loss: add(add(real, fake), energyPenalty(penalty, logits, mix)), ...watched(logits, mix) }
}

/**
 * Dynamic NCE (Wang and Ou 2018): the data side is data with weight α and fresh noise with weight 1 − α, so that
 * `P_θ` is fitted to the interpolation `α·p_data + (1 − α)·q`; the noise model is trained beside it by maximum likelihood.
 * `extra` are the logits of that fresh noise [batch of `count`].
 *
 * @example
 * const batch = axis('batch', 4) // two texts of the data, then two of noise
 * const interpolation = { weight: 0.5, extra: literal(Float64Array.of(0, 0), axis('batch', 2)), count: 2 }
 * dynamicContrastive(literal(Float64Array.of(2, 1, -1, -2), batch), { data: 2, ratio: 1 }, interpolation).loss // => 0.676716
 */
export const dynamicContrastive = (
  logits: RowValues,
  mix: Mix,
  interpolation: { readonly weight: number; readonly extra: RowValues; readonly count: number },
  penalty = 0,
): Objective => {
  const [data, noise] = parts(logits, mix)
  const logRatio = Math.log(mix.ratio)
  const accept = (values: RowValues, count: number): Scalar => average(softplus(shift(logRatio)(negate(values))), count)
  const { weight, extra, count } = interpolation
  const real = add(scale(weight)(accept(data, mix.data)), scale(1 - weight)(accept(extra, count)))
  const fake = scale(mix.ratio)(average(softplus(shift(-logRatio)(noise)), mix.data * mix.ratio))
  return { loss: add(add(real, fake), energyPenalty(penalty, logits, mix)), ...watched(logits, mix) }
}

/**
 * Importance-sampled maximum likelihood: `mean_b [−s(x_b) + log (1/ν) Σ_j e^{s(x_bj)}]`, whose gradient is
 * `∂E(x) − Σ_j w_j ∂E(x_j)` with self-normalised weights of the ν proposals of each datum (biased of order 1/ν).
 *
 * @example
 * const batch = axis('batch', 4) // two texts of the data, then two of noise
 * importanceLikelihood(literal(Float64Array.of(2, 1, -1, -2), batch), { data: 2, ratio: 1 }).loss // => -3
 */
export const importanceLikelihood = (logits: RowValues, mix: Mix, penalty = 0): Objective => {
  const [data, noise] = parts(logits, mix)
  const [batch, of, each] = [axis('batch', mix.data * mix.ratio), axis('batch', mix.data), axis('each', mix.ratio)]
  const logPartition = shift(-Math.log(mix.ratio))(logSumExp(each)(split(batch, of, each)(noise)))
  const loss = mean(of)(subtract(logPartition, data))
  return { loss: add(loss, energyPenalty(penalty, logits, mix)), ...watched(logits, mix) }
}
