/** The table of gate.spec.ts: weights, energies and estimators. */
import * as energy from './every.ts'
import { key } from '../../lib/key.ts'
import { left, right } from '../either.ts'
import {
  INF,
  NAN,
  NONE,
  type Refusal,
  all,
  empty,
  forged,
  lying,
  ofEither,
  ofTask,
  ofThrow,
  one,
  row,
  streamOf,
  streamed,
  streams,
  values,
  weighed,
} from './gate-rows.ts'

/** Every entry point through which a number becomes a weight, a sample or an estimate. */
export const estimatorGates: Readonly<Record<string, readonly Refusal[]>> = {
  weigh: [
    row('200 weights of −∞', () => left(energy.weigh(all(NONE))), 'Support', 'every weight is zero'),
    row('one NaN of 200', () => left(energy.weigh(one(NAN))), 'NonFinite', 'log-weight 117 is NaN'),
    row('one +∞ of 200', () => left(energy.weigh(one(INF))), 'NonFinite', 'log-weight 117 is Infinity'),
    row('none', () => left(energy.weigh([])), 'Domain', 'no weights'),
  ],
  weightStreams: [
    row('one NaN of 200', () => left(streamOf(one(NAN))), 'NonFinite', 'log-weight 117 is NaN'),
    row('one +∞ of 200', () => left(streamOf(one(INF))), 'NonFinite', 'log-weight 117 is Infinity'),
    row('too few values', () => left(streams.batch(new Float64Array(3), values)), 'Shape', '200 × 1'),
  ],
  streamSummary: streamed(energy.streamSummary),
  streamLogPartition: streamed(energy.streamLogPartition),
  streamMeans: streamed(energy.streamMeans),
  logPartition: [
    row('forged weights', () => energy.logPartition(forged(NAN))),
    row('equal weights', () => energy.logPartition(right(energy.weigh(all(5))))),
  ],
  logPartitionOf: [
    row('forged sums', () =>
      energy.logPartitionOf(energy.defaultThresholds)({
        n: 200,
        logSum: NAN,
        top: one(NAN),
        rest: new Float64Array(8),
      }),
    ),
  ],
  snis: [
    row('a value that is NaN', () => energy.snis(one(NAN))(right(energy.weigh(all(0))))),
    row('a value that is ∞', () => energy.snis(one(INF))(right(energy.weigh(all(0))))),
    row('forged weights', () => energy.snis(one(0))(forged(NAN))),
    row('too few values', () => ofThrow(() => energy.snis([1])(right(energy.weigh(all(0))))), 'Shape', '1 values'),
  ],
  selfNormalised: [
    row('NaN', () =>
      energy.selfNormalised({
        value: NAN,
        squares: NAN,
        n: 200,
        effectiveSampleSize: NAN,
        maxWeight: NAN,
        event: false,
      }),
    ),
  ],
  estimate: [
    row('NaN', () =>
      energy.estimate({
        value: NAN,
        standardError: 1,
        n: 200,
        effectiveSampleSize: 200,
        maxWeight: 0.1,
        bias: 'unbiased',
      }),
    ),
    row('an effective size that is NaN', () =>
      energy.estimate({
        value: 1,
        standardError: 1,
        n: 200,
        effectiveSampleSize: NAN,
        maxWeight: 0.1,
        bias: 'unbiased',
      }),
    ),
    row('no draw', () =>
      energy.estimate({ value: 1, standardError: 0, n: 0, effectiveSampleSize: 0, maxWeight: 0, bias: 'unbiased' }),
    ),
  ],
  meanEstimate: [
    row('one NaN', () => energy.meanEstimate(one(NAN))),
    row('one ∞', () => energy.meanEstimate(one(INF))),
    row('none', () => energy.meanEstimate([])),
    row('one value 200 times', () => energy.meanEstimate(all(7))),
  ],
  shareEstimate: [
    row('NaN', () => ofThrow(() => energy.shareEstimate(NAN, 200)), 'Domain', 'NaN hits of 200'),
    row('more hits than trials', () => ofThrow(() => energy.shareEstimate(5, 3)), 'Domain', '5 hits of 3'),
    row('fewer than none', () => ofThrow(() => energy.shareEstimate(-1, 3)), 'Domain', '-1 hits of 3'),
    row('of none', () => energy.shareEstimate(0, 0)),
  ],
  trialsMean: [
    row('a NaN', () =>
      ofEither(
        energy.trialsMean(
          one(NAN),
          Array.from(one(0), () => true),
        ),
      ),
    ),
    row('too few marks', () => left(energy.trialsMean(one(0), [true])), 'Shape', '200 values of 1'),
    row('none accepted', () => left(energy.trialsMean([1], [false])), 'RejectionBudget', 'none of 1'),
  ],
  doubtsOf: [
    row('NaN everywhere', () => ({
      reliable:
        energy.doubtsOf(energy.defaultThresholds, { n: NAN, effectiveSampleSize: NAN, paretoK: NAN, numbers: [NAN] })
          .length < 5,
    })),
  ],
  paretoTail: [
    row('a NaN', () => ({ reliable: !Number.isNaN(energy.paretoTail(Float64Array.of(NAN, 1, 0), 100)) })),
    row('a +∞', () => ({ reliable: !Number.isNaN(energy.paretoTail(Float64Array.of(INF, 1, 0), 100)) })),
  ],
  evaluate: [
    ...weighed((tilt) => energy.evaluate(tilt.energy)([0])),
    row(
      'too few',
      () => ofTask(energy.evaluate(energy.energyOfBatch<number>(() => new Float64Array(1)))([0, 1])),
      'Shape',
      '1 values for 2',
    ),
  ],
  logWeights: weighed((tilt) => energy.logWeights(tilt)([0])),
  importance: weighed(energy.importance(key(1), 5)),
  logZ: empty(energy.logZ(key(1), 200)),
  scoreBase: [
    row('NaN', () => ofTask(energy.scoreBase(lying(NAN).base)([['a']])), 'NonFinite', 'of sample 0 is NaN'),
    row('+∞', () => ofTask(energy.scoreBase(lying(INF).base)([['a']])), 'NonFinite', 'of sample 0 is Infinity'),
  ],
  logPotential: [
    ...weighed((tilt) => energy.logPotential(tilt)([0])),
    row('a base of NaN', () => ofTask(energy.logPotential(lying(NAN))([['a']])), 'NonFinite', 'sample 0 is NaN'),
  ],
  withProposal: [
    row(
      'a proposal of NaN',
      () => ofTask(energy.importance(key(1), 3)(energy.withProposal(lying(NAN).base)(lying(0)))),
      'NonFinite',
      'NaN',
    ),
    row(
      'a proposal that says it cannot be',
      () => ofTask(energy.importance(key(1), 3)(energy.withProposal(lying(NONE).base)(lying(0)))),
      'NonFinite',
      '-Infinity',
    ),
  ],
}
