/**
 * What the energies of a pool say while an energy is trained: its objective on validation rows, the accuracy of the
 * discriminator, the effective share of the noise, the estimate of log Z, quantiles.
 */
import { at } from '../../at.ts'
import { need } from '../../effect.ts'
import { effectiveSampleSize, nceLoss, weigh } from '../../energy/index.ts'
import { logSumExp, mean, softplus } from '../../math.ts'
import type { Evaluation } from '../../train/steps.ts'
import type { EnergyOptions } from './options.ts'

const quantiles = [0.05, 0.25, 0.5, 0.75, 0.95] as const

const quantileFacts = (name: string, energies: Float64Array): Readonly<Record<string, number>> => {
  const sorted = energies.slice().sort()
  return Object.fromEntries(
    quantiles.map((q) => [`${name}${100 * q}`, at(sorted, Math.round(q * (sorted.length - 1)))]),
  )
}

const negated = (energies: Float64Array, by = 0): Float64Array => energies.map((e) => 0 - e - by)

/** Those rows of noise, `perDatum` for each datum in turn, whose place in that group is from `first` to `last`. */
const placed = (noise: Float64Array, perDatum: number, first: number, last: number): Float64Array =>
  noise.filter((_, i) => i % perDatum >= first && i % perDatum < last)

/** How a pool is judged: the objective, and the log-normaliser c where one is learned. */
interface JudgeOptions extends Pick<EnergyOptions, 'objective' | 'ratio'> {
  /** Dynamic NCE: the weight of data on the data side; the last row of noise of each datum is the rest. */
  readonly interpolation?: number
  readonly logNormaliser?: number
}

const scoreOf = (data: Float64Array, noise: Float64Array, extra: Float64Array, options: JudgeOptions): number => {
  const { objective, ratio, interpolation = 1, logNormaliser = 0 } = options
  if (objective === 'importance')
    return mean(
      Array.from(data, (e, i) => e + logSumExp(negated(noise.subarray(i * ratio, (i + 1) * ratio))) - Math.log(ratio)),
    )
  const logits = { data: negated(data, logNormaliser), noise: negated(noise, logNormaliser), ratio }
  if (objective === 'nce') return nceLoss(logits).loss
  const accept = (values: Float64Array): number => mean(values.map((s) => softplus(Math.log(ratio) - s)))
  const real = interpolation * accept(logits.data) + (1 - interpolation) * accept(negated(extra, logNormaliser))
  return real + ratio * mean(logits.noise.map((s) => softplus(s - Math.log(ratio))))
}

/**
 * An evaluation from the energies of data and of noise (the same number of rows for each datum in turn). The score is the
 * objective without its penalty; `logPartition` is log Ê e^{−E} over all of the noise, to which a learned c should come. Ends
 * the effect that it is called in as `weigh` fails.
 */
export const judgePool = (data: Float64Array, noise: Float64Array, options: JudgeOptions): Evaluation => {
  const { objective, ratio, logNormaliser } = options
  const perDatum = noise.length / data.length
  const main = objective === 'dynamic-nce' ? placed(noise, perDatum, 0, ratio) : noise
  const extra = objective === 'dynamic-nce' ? placed(noise, perDatum, ratio, perDatum) : new Float64Array(0)
  const level = Math.log(ratio) + (logNormaliser ?? 0)
  const share = (energies: Float64Array): number => energies.filter((e) => -e > level).length / energies.length
  const weights = need(weigh(negated(main), (i) => `minus the energy of noise row ${i}`))
  return {
    score: scoreOf(data, main, extra, options),
    facts: {
      accuracy: (share(data) + 1 - share(main)) / 2,
      effectiveShare: effectiveSampleSize(weights) / main.length,
      logPartition: weights.logSum - Math.log(main.length),
      ...(logNormaliser === undefined ? {} : { logNormaliser }),
      ...quantileFacts('data', data),
      ...quantileFacts('noise', main),
    },
  }
}
