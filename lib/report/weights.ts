/**
 * Importance weights as a picture. One far bar on the right is a weight that rules the estimate.
 */
import type { GamResults } from '../systems/gam/results.ts'
import type { TitledChart } from './chart.ts'
import { decades, palette, quantity, usual } from './theme.ts'

/** The importance weights relative to their mean, on logarithmic axes; undefined when the run kept none. */
export const weightHistogram = ({
  logWeights,
  effectiveSampleSize,
  logPartition,
}: GamResults): TitledChart | undefined => {
  if (logWeights === undefined) return undefined
  const { lowest, width, counts } = logWeights
  const share = logPartition.n > 0 ? (100 * effectiveSampleSize) / logPartition.n : 0
  const facts = `effective sample size ${effectiveSampleSize.toFixed(0)} of ${logPartition.n} (${share.toPrecision(2)} %)`
  return usual('Importance weights', [`exp(λ·φ(x)) over its mean, for x ~ r;`, facts], {
    data: {
      values: counts.flatMap((count, bin) =>
        count > 0 ? [{ from: lowest + bin * width, to: lowest + (bin + 1) * width, count, floor: 0.7 }] : [],
      ),
    },
    mark: { type: 'rect', color: palette.tilt },
    encoding: {
      x: quantity('from', 'log10 of weight / mean weight', {
        scale: { zero: false, padding: 6 },
        axis: { tickCount: 6 },
      }),
      x2: { field: 'to' },
      y: quantity('count', 'samples of r', {
        scale: { type: 'log', domainMin: 0.7, nice: false, padding: 4 },
        axis: { values: [...decades(1, Math.max(...counts, 10))], format: '~s' },
      }),
      y2: { field: 'floor' },
    },
  })
}
