/**
 * What a report shows of features: in the paper's experiments, as there, the absence of a property; of a user's own strings
 * its presence, which is what a regular expression says.
 */
import type { GamResults } from '../systems/gam/results.ts'

const isOwn = ({ options }: Pick<GamResults, 'options'>): boolean => options.data.kind === 'strings'

const held = (shares: readonly number[]): readonly number[] => shares.map((share) => 1 - share)

const opposite = (weights: readonly number[]): readonly number[] => weights.map((weight) => 0 - weight)

/** λ, its path and the means of the features as they are shown: of own strings, of the features' presence. */
export const shownFeatures = (results: GamResults): GamResults => {
  if (!isOwn(results)) return results
  const { lambda, moments, curves } = results
  return {
    ...results,
    lambda: opposite(lambda),
    moments: {
      data: held(moments.data),
      base: held(moments.base),
      tilt: held(moments.tilt),
      distilled: held(moments.distilled),
    },
    curves: { ...curves, lambda: curves.lambda.map(opposite) },
  }
}

/** What the features and λ mean, in words for the table and for the figures. */
interface FeatureWords {
  readonly note: string
  readonly weights: string
  readonly share: string
  readonly often: string
}

/** The words that go with `shownFeatures`. */
export const featureWords = (results: Pick<GamResults, 'options'>): FeatureWords =>
  isOwn(results)
    ? {
        note: 'Means are shares of strings that have the property. λ tilts r until they agree with the data: a string that has it weighs e^λ times as much (results.json counts absence, and has −λ).',
        weights: 'Positive: strings with the property are favoured;',
        share: 'share of strings with the property',
        often: 'How often each property is there:',
      }
    : {
        note: 'A feature is 1 where its property is absent. λ tilts r until the means agree with the data.',
        weights: 'Negative: strings without the property are penalised;',
        share: 'share of strings without the property',
        often: 'How often each property is absent:',
      }

/** The share of the training strings with the property that is sought; undefined where it is known (a motif) or no feature. */
export const soughtInData = ({ options, moments }: GamResults): number | undefined => {
  const [absent] = moments.data
  return options.data.kind === 'strings' && options.features.startsWith('1') && absent !== undefined
    ? 1 - absent
    : undefined
}
