/**
 * The two programs of E-ARM training: a plain step of cross-entropy, and a step with the energy objective on sampled rows.
 * Both have the same state, so that either may follow the other.
 */
import { axis } from '../../axis.ts'
import type { Program } from '../../executor.ts'
import { type Scalar } from '../../expr.ts'
import { type Autoregressive, type Drop, type Named, type Tokens } from '../../models/autoregressive.ts'
import { dropping } from '../../models/drop.ts'
import { parameterInputs } from '../../models/parameters.ts'
import { input, inputOf } from '../../ops/layout.ts'
import { constant, greater, where } from '../../ops/pointwise.ts'
import { foldKey, inputKey } from '../../ops/random.ts'
import { mean, min, broadcast } from '../../ops/reduce.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { trainingProgram } from '../../optimise/training.ts'
import { type EArmTerms, type EnergyTerms, type LossOptions, eArmLoss } from './objective.ts'
import { type MaskedRows, type TokenTerms, axisIn, endMask, ratio, tokenTerms } from './rows.ts'
import { type Prediction, secondPass } from './scheduled-sampling.ts'

/** Which tokens count: all, those up to the first `end`, or those of a fed `mask` (and `negativeMask`). */
export type Counted = 'all' | 'fed' | { readonly end: number }

/** Sizes of an update: rows and tokens of data, rows and tokens of samples. */
export interface UpdateShape {
  readonly batch: number
  readonly time: number
  readonly negatives: number
  readonly length: number
}

/** What a step is made of beside the objective. */
export interface StepSettings {
  readonly optimiser: Optimiser
  readonly counted: Counted
  readonly dropout: number
  /** Scheduled sampling of the cross-entropy; the probability is fed as `mixing`. */
  readonly scheduled?: Prediction
  /** Ẑ from a batch of its own: as many rows as the sampled ones, fed as `normalisers`. */
  readonly independent?: boolean
}

const rowsOf = (prefix: string, counted: Counted, batch: number, time: number): MaskedRows => {
  const [rows, steps] = [axis('batch', batch), axis('time', time)]
  const tokens: Tokens = inputOf('i32')(prefix === '' ? 'tokens' : `${prefix}s`, rows, steps)
  if (counted === 'all') return { tokens, mask: broadcast(rows, steps)(constant(1)) }
  if (counted === 'fed') return { tokens, mask: input(prefix === '' ? 'mask' : `${prefix}Mask`, rows, steps) }
  return { tokens, mask: endMask(counted.end)(tokens) }
}

/** Dropout with masks from the fed `key`, another at every site; `child` tells passes apart. */
export const dropFrom = (rate: number, child: number): Drop => dropping(rate, foldKey(child)(inputKey('key')))

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

const termsOf = (model: Autoregressive, parameters: Named, rows: MaskedRows, drop: Drop): TokenTerms =>
  tokenTerms({ ...rows, logits: model.forward(parameters, rows.tokens, drop).logits })

const programOf = (
  model: Autoregressive,
  options: LossOptions,
  settings: StepSettings,
  rows: { readonly data: MaskedRows; readonly sampled?: MaskedRows; readonly normaliser?: MaskedRows },
): Program => {
  const parameters = parameterInputs(model.parameters)
  const drop = dropFrom(settings.dropout, 1)
  const { scheduled } = settings
  const teacher =
    scheduled === undefined
      ? undefined
      : secondPass(model, { key: foldKey(0)(inputKey('key')), mixing: input('mixing'), prediction: scheduled })
  const { normaliser } = rows
  const sharing =
    normaliser === undefined
      ? options
      : { ...options, sharing: { kind: 'independent', terms: termsOf(model, parameters, normaliser, drop) } as const }
  const terms = eArmLoss(model, sharing)(parameters, rows.data, rows.sampled, drop, teacher)
  return trainingProgram({ parameters, loss: terms.loss, optimiser: settings.optimiser, outputs: reports(terms) })
}

/** Both programs. Feeds: `tokens`, `negatives` (with energy), `normalisers` (independent Ẑ), `mask`, `negativeMask`, `normaliserMask` (if fed), `key`, `mixing`. */
export interface EArmPrograms {
  readonly plain: Program
  readonly energy: Program
}

/**
 * The training programs of a model. Where λ = 0 both are the plain one. Outputs: `loss`, `gradientNorm`, `crossEntropy`,
 * `logSumExp`; with energy also `energy`, `positive`, `negative`, `ess` (mean over steps), `leastEss` and `essByStep`.
 */
export const eArmPrograms = (
  model: Autoregressive,
  shape: UpdateShape,
  options: LossOptions,
  settings: StepSettings,
): EArmPrograms => {
  const data = rowsOf('', settings.counted, shape.batch, shape.time)
  const sampled = rowsOf('negative', settings.counted, shape.negatives, shape.length)
  const plain = programOf(model, { ...options, lambda: 0 }, settings, { data })
  const normaliser = rowsOf('normaliser', settings.counted, shape.negatives, shape.length)
  const rows = settings.independent === true ? { data, sampled, normaliser } : { data, sampled }
  return { plain, energy: options.lambda === 0 ? plain : programOf(model, options, settings, rows) }
}
