/**
 * The curves of training: cross-entropy per epoch of r and π, and the error of the moments per epoch of λ.
 */
import type { GamResults, TrainingCurve } from '../systems/gam/results.ts'
import type { Chart, TitledChart } from './chart.ts'
import { colours, decades, entropyRule, neutral, palette, quantity, themed, usual } from './theme.ts'

const points = (series: string, values: readonly number[]): readonly Chart[] =>
  values.flatMap((value, epoch) => (Number.isFinite(value) ? [{ series, epoch: epoch + 1, value }] : []))

type Kept = { readonly epoch: number; readonly value: number }

const kept = ({ validation }: TrainingCurve): readonly Kept[] => {
  const lowest = Math.min(...validation.filter(Number.isFinite))
  const epoch = validation.indexOf(lowest) + 1
  return epoch === 0 ? [] : [{ epoch, value: lowest }]
}

const keptLine = ({ epoch, value }: Kept): string => `${value.toFixed(4)} at epoch ${epoch}`

const panel = (name: string, colour: string, curve: TrainingCurve, entropy: number | undefined): Chart => ({
  title: { text: [name, ...kept(curve).map(keptLine)], fontSize: 12, offset: 4 },
  width: 300,
  height: 210,
  layer: [
    {
      data: { values: [...points('training', curve.training), ...points('validation', curve.validation)] },
      mark: { type: 'line', interpolate: 'monotone' },
      encoding: {
        x: quantity('epoch', 'epoch', { scale: { nice: false }, axis: { tickMinStep: 1, tickCount: 6 } }),
        y: quantity('value', 'nats per symbol', { scale: { zero: false, padding: 18 } }),
        color: colours('series', [
          ['training', neutral.quiet],
          ['validation', colour],
        ]),
      },
    },
    {
      data: { values: kept(curve) },
      mark: { type: 'point', filled: true, size: 64, opacity: 1, color: colour },
      encoding: { x: quantity('epoch', 'epoch'), y: quantity('value', 'nats per symbol') },
    },
    ...entropyRule(entropy, 'entropy'),
  ],
})

/** One epoch is a point, and no line. */
const isDrawn = ({ training, validation }: TrainingCurve): boolean =>
  [training, validation].some((values) => values.filter(Number.isFinite).length > 1)

/**
 * Cross-entropy in nats per symbol against the epoch, r left and π right on one scale, with the entropy as a rule;
 * undefined when no line has two epochs.
 */
export const trainingCurves = ({ curves, entropyPerSymbol }: GamResults): TitledChart | undefined => {
  const panels = [
    { name: 'base model r', colour: palette.base, curve: curves.base },
    { name: 'distilled model π', colour: palette.distilled, curve: curves.distilled },
  ].filter(({ curve }) => isDrawn(curve))
  return panels.length === 0
    ? undefined
    : themed(
        'Training',
        'Cross-entropy per epoch on training and validation strings; the dot is the epoch that was kept',
      )({
        hconcat: panels.map(({ name, colour, curve }) => panel(name, colour, curve, entropyPerSymbol)),
        spacing: 36,
        resolve: { scale: { y: 'shared', color: 'independent', x: 'independent' } },
      })
}

/** ℓ1_mom (Eq. 6) against the epoch of Training-1, on a logarithmic scale. */
export const momentError = ({ curves }: GamResults): TitledChart => {
  const positive = curves.l1Moments.filter((value) => Number.isFinite(value) && value > 0)
  return usual('Error of the moments', 'ℓ1 distance of data and model moments per epoch of λ (Eq. 6)', {
    data: {
      values: curves.l1Moments.flatMap((value, epoch) =>
        Number.isFinite(value) && value > 0 ? [{ epoch: epoch + 1, value }] : [],
      ),
    },
    mark: { type: 'line', color: palette.tilt, point: { color: palette.tilt, size: 18 } },
    encoding: {
      x: quantity('epoch', 'epoch of λ', { scale: { nice: false }, axis: { tickMinStep: 1, tickCount: 6 } }),
      y: quantity('value', 'ℓ1 distance', {
        scale: { type: 'log', nice: false, padding: 6 },
        axis: { values: [...decades(Math.min(...positive), Math.max(...positive))], format: '~g' },
      }),
    },
  })
}
