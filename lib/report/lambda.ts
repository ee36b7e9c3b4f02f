/**
 * Pictures of λ: the fitted weight of each feature, the way there, and the moments that it matches.
 */
import { at } from '../at.ts'
import type { GamMoments, GamResults } from '../systems/gam/results.ts'
import type { Chart, TitledChart } from './chart.ts'
import { featureWords } from './presence.ts'
import { colours, decimal, neutral, palette, quantity, rowsBy, themed, usual } from './theme.ts'

const finiteRows = (names: readonly string[], values: readonly number[]): readonly Chart[] =>
  names.flatMap((feature, position) => {
    const weight = at(values, position)
    return Number.isFinite(weight) ? [{ feature, weight, label: decimal(2)(weight) }] : []
  })

/** λ as horizontal bars, a feature each. */
export const lambdaBars = (results: GamResults): TitledChart => {
  const { featureNames, lambda } = results
  const rows = finiteRows(featureNames, lambda)
  const feature = rowsBy('feature')
  return themed('Weights λ', [featureWords(results).weights, 'near 0: no predictive power'])({
    width: 300,
    height: { step: 30 },
    data: { values: [...rows] },
    layer: [
      {
        mark: { type: 'bar', color: palette.tilt, cornerRadius: 2, height: 14 },
        encoding: {
          y: feature,
          x: quantity('weight', 'λ', { scale: { padding: 44 }, axis: { grid: true, tickCount: 6 } }),
        },
      },
      ...(['left', 'right'] as const).map(
        (side): Chart => ({
          transform: [{ filter: side === 'left' ? 'datum.weight >= 0' : 'datum.weight < 0' }],
          mark: { type: 'text', align: side, dx: side === 'left' ? 5 : -5, color: neutral.ink },
          encoding: { y: feature, x: quantity('weight', 'λ'), text: { field: 'label', type: 'nominal' } },
        }),
      ),
    ],
  })
}

/** λ against the epoch of Training-1, one line per feature. */
export const lambdaPath = ({ featureNames, curves }: GamResults): TitledChart =>
  usual('Fit of λ', 'Each weight per epoch of Training-1', {
    data: {
      values: curves.lambda.flatMap((row, epoch) =>
        featureNames.flatMap((feature, position) => {
          const weight = at(row, position)
          return Number.isFinite(weight) ? [{ feature, epoch: epoch + 1, weight }] : []
        }),
      ),
    },
    mark: { type: 'line' },
    encoding: {
      x: quantity('epoch', 'epoch of λ', { scale: { nice: false }, axis: { tickMinStep: 1, tickCount: 6 } }),
      y: quantity('weight', 'λ'),
      color: {
        field: 'feature',
        type: 'nominal',
        title: null,
        sort: null,
        scale: {
          range: [palette.distilled, palette.base, palette.second, palette.tilt, palette.third, '#c2577f', '#7d8597'],
        },
      },
    },
  })

const sources: readonly (readonly [keyof GamMoments, string, string])[] = [
  ['data', 'data', neutral.ink],
  ['base', 'r', palette.base],
  ['tilt', 'Pλ', palette.tilt],
  ['distilled', 'π', palette.distilled],
]

/** Moments of each feature in the data and under r, P_λ and π. */
export const momentDots = (results: GamResults): TitledChart => {
  const { featureNames, moments } = results
  const { often, share } = featureWords(results)
  return themed('Moments', [often, 'Pλ and π should sit on the data, r may not'])({
    width: 300,
    height: { step: 30 },
    data: {
      values: sources.flatMap(([key, source]) =>
        featureNames.flatMap((feature, position) => {
          const mean = at(moments[key], position)
          return Number.isFinite(mean) ? [{ source, feature, mean }] : []
        }),
      ),
    },
    mark: { type: 'point', size: 70, filled: false, strokeWidth: 2.2, opacity: 0.9 },
    encoding: {
      y: rowsBy('feature', { grid: true, labelPadding: 8 }),
      x: quantity('mean', share, {
        scale: { domain: [0, 1], nice: false, padding: 10 },
        axis: { values: [0, 0.25, 0.5, 0.75, 1], format: '.2~f' },
      }),
      color: colours(
        'source',
        sources.map(([, name, colour]) => [name, colour] as const),
      ),
      shape: {
        field: 'source',
        type: 'nominal',
        title: null,
        scale: { domain: sources.map(([, name]) => name), range: ['stroke', 'triangle-down', 'diamond', 'circle'] },
      },
    },
  })
}
