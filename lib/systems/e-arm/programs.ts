/**
 * The training steps of E-ARM: plain, with scheduled sampling, with the energy objective on sampled rows, with both. All have
 * the same state, so that any may follow any other.
 */
import type { Program } from '../../executor.ts'
import type { Scalar } from '../../expr.ts'
import type { Autoregressive, Drop, Named, TokenLogits, Tokens } from '../../models/autoregressive.ts'
import { dropping } from '../../models/drop.ts'
import { parameterInputs } from '../../models/parameters.ts'
import { input } from '../../ops/layout.ts'
import { constant, greater, negate, where } from '../../ops/pointwise.ts'
import { foldKey, inputKey } from '../../ops/random.ts'
import { mean, min } from '../../ops/reduce.ts'
import { slice } from '../../ops/slice.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { trainingProgram } from '../../optimise/training.ts'
import { crossEntropyOf } from './cross-entropy.ts'
import { type EArmTerms, type EnergyTerms, type LossOptions, eArmObjective } from './objective.ts'
import type { RowKind, StepRows, UpdateShape } from './row-kinds.ts'
import { type ScoredRows, type TokenTerms, axisIn, ratio, termsOfRows, tokenMean, tokenTerms } from './rows.ts'
import { type Prediction, secondPass } from './scheduled-sampling.ts'
import { type Variant, hasEnergy, isScheduled } from './variants.ts'

/** What a step is made of. */
export interface StepSettings {
  readonly loss: LossOptions
  readonly shape: UpdateShape
  readonly optimiser: Optimiser
  readonly dropout: number
  /** How scheduled sampling predicts ('argmax'). */
  readonly prediction?: Prediction
  /** Ẑ from a batch of its own: as many rows as the sampled ones, fed as `normalisers`. */
  readonly independent?: boolean
}

/** Dropout with masks from the fed `key`, another at every site; `child` tells passes apart. */
const dropFrom = (rate: number, child: number): Drop => dropping(rate, foldKey(child)(inputKey('key')))

const meanOver = (x: EnergyTerms['positive']): Scalar => mean(axisIn(x, 'time'))(x)

/** The least of the effective sample sizes of steps that any row reaches. */
const least = ({ effectiveSampleSize: sizes }: EnergyTerms): Scalar => {
  const time = axisIn(sizes, 'time')
  return min(time)(where(greater(sizes, constant(0)), sizes, constant(1e9)))
}

/** What a step reports, as outputs of its program: scalars, and `essByStep` [time]. */
const reports = ({ crossEntropy, logSumExp, energy }: EArmTerms): Named => ({
  crossEntropy,
  logSumExp,
  ...(energy === undefined
    ? {}
    : {
        energy: energy.energy,
        positive: meanOver(energy.positive),
        negative: meanOver(energy.negative),
        ess: ratio(meanOver(energy.effectiveSampleSize), constant(1)),
        leastEss: least(energy),
        essByStep: energy.effectiveSampleSize,
      }),
})

/** What the passes over the rows give: the data with their logits, the terms of both kinds of rows. */
interface Passes {
  readonly seen: ScoredRows
  readonly data: TokenTerms
  readonly sampled: TokenTerms | undefined
}

/** One pass over data and sampled rows where they can be joined: products of twice the rows, and each gradient once. */
const passesOf = (
  { data, sampled, together }: StepRows<Autoregressive>,
  { batch, negatives }: UpdateShape,
  energy: boolean,
  logitsOf: (tokens: Tokens) => TokenLogits,
): Passes => {
  if (!energy || together === undefined) {
    const seen = { ...data, logits: logitsOf(data.tokens) }
    return { seen, data: tokenTerms(seen), sampled: energy ? tokenTerms(sampled('negatives')) : undefined }
  }
  const rows = together('negatives')
  const terms = tokenTerms(rows)
  return {
    seen: { ...data, logits: slice(axisIn(rows.logits, 'batch'), 0, batch)(rows.logits) },
    data: termsOfRows(0, batch)(terms),
    sampled: termsOfRows(batch, negatives)(terms),
  }
}

/**
 * A training step. Feeds: those of the rows, `key` (with dropout or scheduled sampling), `mixing` (scheduled sampling: the
 * share of predicted tokens), `negatives` (energy) and `normalisers` (independent Ẑ). With λ = 0 the step with energy is the
 * plain one. Outputs: `loss`, `gradientNorm`, `crossEntropy`, `logSumExp`; with energy also `energy`, `positive`, `negative`,
 * `ess` (mean over steps), `leastEss` and `essByStep`.
 */
export const eArmStep = (kind: RowKind, settings: StepSettings, variant: Variant): Program => {
  const { loss, shape, optimiser, dropout, prediction = 'argmax', independent = false } = settings
  const parameters = parameterInputs(kind.parameters)
  const drop = dropFrom(dropout, 1)
  const energy = hasEnergy(variant) && loss.lambda > 0
  const rows = kind.rows(shape, parameters, drop)
  const passes = passesOf(rows, shape, energy, (tokens) => rows.model.forward(parameters, tokens, drop).logits)
  const mixed = { key: foldKey(0)(inputKey('key')), mixing: input('mixing'), prediction }
  const taught = isScheduled(variant) ? secondPass(rows.model, mixed)(parameters, passes.seen, drop) : undefined
  const sharing =
    energy && independent
      ? ({ kind: 'independent', terms: tokenTerms(rows.sampled('normalisers')), rows: shape.perSource ?? 1 } as const)
      : undefined
  const options: LossOptions = {
    ...loss,
    ...(energy ? {} : { lambda: 0 }),
    ...(sharing === undefined ? {} : { sharing }),
  }
  const { data, sampled } = passes
  const crossEntropy =
    taught === undefined && loss.labelSmoothing === 0
      ? tokenMean(data.mask, negate(data.logProbability))
      : crossEntropyOf(loss.labelSmoothing)(taught ?? passes.seen)
  const terms = eArmObjective(options, { data, sampled, crossEntropy })
  return trainingProgram({ parameters, loss: terms.loss, optimiser, outputs: reports(terms) })
}
