/**
 * Training-1 (section 5): λ of `P_λ = r·e^{⟨λ,φ⟩}` such that the model's moments are those of D, by the paper's SGD with
 * rejection or SNIS moments, or by damped Newton on one bank of samples.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import {
  type Bank,
  type Features,
  type MomentSource,
  bufferSource,
  descendMoments,
  fitMoments,
  moments,
  paperSchedule,
  rejectionSource,
  startDescent,
} from '../../energy/index.ts'
import { defaultNewton } from '../../energy/newton.ts'
import type { Failure } from '../../errors.ts'
import type { Key } from '../../key.ts'
import type { Progress } from '../../progress.ts'
import { type StringModel, stringBase } from './language.ts'
import type { GamOptions, MomentStep } from './options.ts'
import type { Fitted } from './state.ts'

/** What Training-1 works on: the base, the features, samples of the base as a bank, and the moments of D. */
export interface MomentTask {
  readonly base: StringModel
  readonly features: Features<string>
  readonly bank: Bank
  readonly target: Float64Array
  /** |D|: how many strings the target is a mean of. */
  readonly data: number
  readonly key: Key
  readonly patience: number
  readonly progress: Progress
}

/** Proposals that one step of rejection moments may cost before it counts as hopeless. */
const STEP_BUDGET = 2_000_000

const descend = <S>(
  task: MomentTask,
  source: MomentSource<S>,
  step: MomentStep = 'clipped',
): TE.TaskEither<Failure, Fitted> => {
  const { bank, target, key, patience, progress } = task
  const errors: number[] = []
  const lambdas: (readonly number[])[] = []
  progress.start('fitting λ', paperSchedule.epochs)
  return pipe(
    startDescent(new Float64Array(target.length), source),
    descendMoments(key, {
      ...paperSchedule,
      ...(step === 'plain' ? { clip: Number.POSITIVE_INFINITY } : {}),
      patience,
      onEpoch: ({ momentError, lambda }) => {
        errors.push(momentError)
        lambdas.push(Array.from(lambda))
        progress.advance(1, { l1: momentError })
      },
    })({ source, target, measure: (lambda) => moments(bank)(lambda).moments }),
    TE.map(({ best }) => {
      progress.end()
      return {
        lambda: Array.from(best.lambda),
        momentError: best.momentError,
        epochErrors: errors,
        epochLambdas: lambdas,
        boundary: false,
      }
    }),
  )
}

/** The prior on λ and its cap: of the Newton fit alone, the paper's descent has neither. */
export const boundsOf = (
  { moments: method }: Pick<GamOptions, 'moments'>,
  data: number,
): { readonly precision: number; readonly cap?: number } =>
  method === 'newton' ? { precision: 1 / data, cap: defaultNewton.boundaryLimit } : { precision: 0 }

/** λ by Newton, with a Gaussian prior of unit variance on λ, both prior and cap in the scale of the 0/1 features as given: for data on the boundary of the moment polytope (pure-motif data) the capped λ, and `boundary` says so. */
const newton = ({ bank, target, data }: MomentTask): Fitted => {
  const found = fitMoments({ ...defaultNewton, precision: 1 / data, units: 'given' })(bank)(target)
  return {
    lambda: Array.from(found.lambda),
    momentError: found.momentError,
    epochErrors: [found.momentError],
    epochLambdas: [Array.from(found.lambda)],
    boundary: found.status.kind === 'boundary',
  }
}

/** Fits λ as the options say. */
export const fitLambda = (
  options: Pick<GamOptions, 'moments' | 'batch' | 'bank'> & { readonly step?: MomentStep },
  task: MomentTask,
): TE.TaskEither<Failure, Fitted> => {
  const base = stringBase(task.base)
  if (options.moments === 'newton') return TE.right(newton(task))
  return options.moments === 'snis'
    ? descend(task, bufferSource(base, task.features, { batch: options.batch, capacity: options.bank }), options.step)
    : descend(
        task,
        rejectionSource(base, task.features, {
          accepted: 10,
          batch: task.base.runtime.options.batch,
          budget: STEP_BUDGET,
        }),
        options.step,
      )
}
