/** What no single setting of a residual-model experiment can say. */
import { usage } from '../../errors.ts'
import { dividesBatch, headsDivide } from '../../experiment/common.ts'
import type { Rule } from '../../experiment/settings.ts'
import { isStarred, type ResidualOptions } from './options.ts'

const roundsFit: Rule<ResidualOptions> = ({ energy: { rounds, pool, objective } }) =>
  objective !== 'dynamic-nce' || rounds <= pool
    ? undefined
    : usage(`--rounds ${rounds} is more than the ${pool} rows of --pool`, `give at most --rounds ${pool}`, {
        rounds,
        pool,
      })

const normaliserSeen: Rule<ResidualOptions> = ({ energy: { objective, logNormaliser } }) =>
  logNormaliser && objective === 'importance'
    ? usage(
        '--log-normaliser has no effect on --objective importance, which is the same for every log-normaliser',
        'leave it out, or train by --objective nce',
        { objective },
      )
    : undefined

/** log Z from one row is that row's energy: a difference of two energies, which has no lowest value. */
const likelihoodNormalises: Rule<ResidualOptions> = ({ energy: { objective, ratio } }) =>
  objective === 'importance' && ratio < 2
    ? usage(
        `--objective importance takes log Z from the noise of each datum, and --ratio ${ratio} is too few: energies would grow without end`,
        'give --ratio 4, say, or train by --objective nce',
        { objective, ratio },
      )
    : undefined

const inMicroBatches: Rule<ResidualOptions> = ({ base, energy: { batch, objective }, microBatches = 1 }) =>
  objective === 'importance' && microBatches > 1
    ? usage(
        `--objective importance normalises over the noise of a whole batch, which --micro-batches ${microBatches} would cut`,
        'leave --micro-batches out, or train by --objective nce',
        { objective, microBatches },
      )
    : (dividesBatch('--batch', base.batch, microBatches) ?? dividesBatch('--energy-batch', batch, microBatches))

const policyTrains: Rule<ResidualOptions> = ({ policySteps, policySamples }) =>
  policySamples !== undefined && policySteps === undefined
    ? usage(
        `--policy-samples ${policySamples} is of a policy gradient, of which there are no steps`,
        'add --policy-steps N',
        {
          policySamples,
        },
      )
    : undefined

const starsHaveText: Rule<ResidualOptions> = ({ energy: { starData }, evaluation: { energies = [] } }) => {
  const starred = energies.find(isStarred)
  return starred === undefined || starData !== undefined
    ? undefined
    : usage(
        `--energies ${starred} starts from a masked model of other text, but there is none`,
        'give it for example by --star-data austen',
        { energies },
      )
}

/** Energies that start from the base have its lower layers. */
const layersFit: Rule<ResidualOptions> = ({ energy: { layers = 1, start }, network }) =>
  layers <= network.layers || start === 'random'
    ? undefined
    : usage(
        `--energy-layers ${layers} is more than the ${network.layers} of the base, whose weights the energies start from`,
        `give at most --energy-layers ${network.layers}, or --start random`,
        { layers },
      )

/** The rules, in the order in which they are tried. */
export const residualRules: readonly Rule<ResidualOptions>[] = [
  headsDivide(({ network: { model, heads } }) => ({ width: model, heads })),
  layersFit,
  roundsFit,
  normaliserSeen,
  likelihoodNormalises,
  inMicroBatches,
  starsHaveText,
  policyTrains,
]
