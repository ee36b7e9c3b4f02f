/**
 * The settings of the energy objective as rows of a table, and what no single row can say of them.
 */
import type * as E from 'fp-ts/lib/Either.js'
import { exactNumber } from '../../codec/scalars.ts'
import { type Failure, usage } from '../../errors.ts'
import { MANY, rowsOf } from '../../experiment/common.ts'
import {
  type Defaults,
  names,
  numbers,
  orAll,
  orNone,
  type Setting,
  settingOf,
  wholeNumbers,
} from '../../experiment/setting.ts'
import { checkedBy, type Rule, type Settings } from '../../experiment/settings.ts'
import { type EArmOptions, paperOptions, type WeightSource } from './options.ts'

/** The heading of the objective. */
export const OBJECTIVE = 'The energy objective'

/** What the objective is in each preset; what is left out is the paper's in all. */
interface ObjectiveDefaults<P extends string> {
  readonly lambda?: Defaults<number, P>
  readonly startEpoch: Defaults<number, P>
  readonly negativeTokens?: Defaults<number, P>
  readonly length?: Defaults<number, P>
  readonly labelSmoothing?: Defaults<number, P>
}

/** The rows of the objective, all but that of the weights. */
export const objectiveRows = <P extends string>(
  defaults: ObjectiveDefaults<P>,
): Settings<Omit<EArmOptions, 'weights'>, P> => {
  const { whole } = rowsOf<P>(OBJECTIVE)
  const number = settingOf<number, P>(numbers({ from: 0 }))
  return {
    lambda: number(
      OBJECTIVE,
      '--lambda',
      defaults.lambda ?? { all: paperOptions.lambda },
      'Its weight λ (Eq. 5); with 0 training is plain.',
    ),
    startEpoch: whole(
      '--start-epoch',
      [0, 1e6],
      defaults.startEpoch,
      'The first epoch with it, counted from 0; before, training is plain. It follows --epochs in proportion.',
    ),
    window: settingOf<number, P>(orAll(wholeNumbers(0, MANY), exactNumber, Number.POSITIVE_INFINITY))(
      OBJECTIVE,
      '--window',
      { all: paperOptions.window },
      'Most recent tokens of a prefix that gradients of log q̃ reach, or all of them.',
    ),
    negativeTokens: whole(
      '--negative-tokens',
      [1, MANY],
      defaults.negativeTokens ?? { all: paperOptions.negativeTokens },
      'Most sampled tokens of an update.',
    ),
    length: orNone(
      whole('--length', [1, MANY], defaults.length, 'Tokens of a sampled row, at most those of the data.', {
        example: '48',
      }),
    ),
    squaredLogSumExp: number(
      OBJECTIVE,
      '--squared-logsumexp',
      { all: paperOptions.squaredLogSumExp },
      'Coefficient of the mean square of the logsumexp.',
      { example: '0.001' },
    ),
    labelSmoothing: settingOf<number, P>(numbers({ from: 0, below: 1 }))(
      OBJECTIVE,
      '--label-smoothing',
      defaults.labelSmoothing ?? { all: paperOptions.labelSmoothing },
      'Label smoothing of the cross-entropy.',
      { example: '0.2' },
    ),
  }
}

/** The row of the weights, of which an experiment knows these. */
export const weightsRow = <P extends string>(
  known: readonly [WeightSource, ...WeightSource[]],
): Setting<WeightSource, P> =>
  settingOf<WeightSource, P>(names(known))(
    OBJECTIVE,
    '--weights',
    { all: paperOptions.weights },
    known.includes('source')
      ? 'Rows that normalise the weights w: those of the batch, those of each source, or independent ones, as many again.'
      : 'Rows that normalise the weights w: those of the batch, or independent ones, as many again.',
    { metavar: 'NAME' },
  )

/** A sampled row has no more tokens than an update samples. */
export const lengthFits: Rule<EArmOptions> = ({ length, negativeTokens }) =>
  length === undefined || length <= negativeTokens
    ? undefined
    : usage(
        `--length ${length} is more than the ${negativeTokens} sampled tokens of an update`,
        'sample shorter rows, or allow more --negative-tokens',
        { length, negativeTokens },
      )

/** With λ above 0 at least one epoch has the energy objective; epochs count from 0. */
export const startsWithin =
  (epochs: number): Rule<Pick<EArmOptions, 'lambda' | 'startEpoch'>> =>
  ({ lambda, startEpoch }) =>
    lambda > 0 && startEpoch >= epochs
      ? usage(
          `--start-epoch ${startEpoch} is past the last of ${epochs} epochs`,
          `start earlier (epochs count from 0, so at ${epochs - 1} at the latest), train longer, or give --lambda 0`,
          { startEpoch, epochs },
        )
      : undefined

const anySettings: Settings<EArmOptions, 'paper'> = {
  ...objectiveRows<'paper'>({ startEpoch: { all: paperOptions.startEpoch } }),
  weights: weightsRow(['batch', 'source', 'independent']),
}

/**
 * Complete settings: the given ones over the paper's. Left `Usage` names the first setting that cannot be.
 *
 * @example
 * right(eArmOptions({ lambda: 0.1 })).window // => 2
 */
export const eArmOptions = (
  given: Partial<EArmOptions>,
  epochs: number = Number.POSITIVE_INFINITY,
): E.Either<Failure, EArmOptions> =>
  checkedBy(anySettings, [lengthFits, startsWithin(epochs)])({ ...paperOptions, ...given })
