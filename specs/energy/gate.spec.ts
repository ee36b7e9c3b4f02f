/**
 * The one gate: no export of lib/energy turns a NaN, an infinite weight or an empty support into a number that is called
 * reliable. The table names every export; a new one without a row fails.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import * as energy from '../../lib/energy/index.ts'
import type { Failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { matrix } from '../../lib/linear.ts'
import { left, right, run } from '../either.ts'
import { thrown } from '../thrown.ts'

const [NAN, INF] = [Number.NaN, Number.POSITIVE_INFINITY]
const NONE = -INF

/** 200 log-weights with one of them replaced. */
const one = (bad: number): Float64Array => new Float64Array(200).fill(bad, 117, 118)
const all = (bad: number): Float64Array => new Float64Array(200).fill(bad)

/** Two hundred points of equal probability with given energies. */
const tiltOf = (energies: ArrayLike<number>): energy.Tilt<number> => ({
  base: energy.enumerable({
    points: Array.from(energies, (_, i) => i),
    probabilities: Array.from(energies, () => 1),
  }),
  energy: energy.energyOf((i: number) => energies[i] ?? NAN),
})

/** A base whose log-probabilities are what they are said to be. */
const lying = (log: number): energy.Tilt<readonly string[]> => ({
  base: {
    sample: (_, n) => TE.right(Array.from({ length: n }, () => ['a'])),
    logProbability: (xs) => TE.right(Float64Array.from(xs, () => log)),
  },
  energy: energy.energyOf(() => 0),
})

/** What came of bad numbers: a failure, or a result with what it claims. */
type Outcome = Failure | { readonly reliable: boolean }

const ofEither = (found: E.Either<Failure, { readonly reliable: boolean }>): Outcome =>
  E.isLeft(found) ? found.left : found.right
const ofTask = async (task: TE.TaskEither<Failure, unknown>): Promise<Outcome> => left(await task())
const ofThrow = (f: () => unknown): Outcome => thrown(f) ?? { reliable: true }

interface Refusal {
  readonly input: string
  readonly outcome: () => Outcome | Promise<Outcome>
  /** The failure's tag and a part of its message, or nothing where a doubt is the answer. */
  readonly says?: readonly [Failure['tag'], string]
}

const row = (input: string, outcome: Refusal['outcome'], ...says: [] | [Failure['tag'], string]): Refusal =>
  says.length === 0 ? { input, outcome } : { input, outcome, says }

const chains = { chains: 4, steps: 3, starts: 40 }
const rejecting = { target: 3, budget: 500, batch: 50, logEnvelope: 0 }
const space = { alphabet: ['a', 'b'], maxLength: 2 }
const weighed = (tilt: (t: energy.Tilt<number>) => TE.TaskEither<Failure, unknown>): readonly Refusal[] => [
  row('a NaN energy', () => ofTask(tilt(tiltOf(all(NAN)))), 'NonFinite', 'the energy of sample 0 is NaN'),
  row('an energy of −∞', () => ofTask(tilt(tiltOf(all(NONE)))), 'NonFinite', 'the energy of sample 0 is -Infinity'),
]
const empty = (tilt: (t: energy.Tilt<number>) => TE.TaskEither<Failure, unknown>): readonly Refusal[] => [
  ...weighed(tilt),
  row('energies of +∞ alone', () => ofTask(tilt(tiltOf(all(INF)))), 'Support', ''),
]
const envelopes = (with_: (logEnvelope: number) => TE.TaskEither<Failure, unknown>): readonly Refusal[] =>
  [NAN, INF, NONE].map((bad) => row(`an envelope of ${bad}`, () => ofTask(with_(bad)), 'BadEnvelope', String(bad)))

const streams = energy.weightStreams(1)
const values = matrix(200, 1, (i) => i)
const streamOf = (logs: Float64Array): E.Either<Failure, energy.WeightStream> => streams.batch(logs, values)
const streamed = <A>(read: (s: energy.WeightStream) => E.Either<Failure, A>): readonly Refusal[] => [
  row('weights of −∞', () => left(read(right(streamOf(all(NONE))))), 'Support', 'every weight is zero'),
  row('no draw', () => left(read(streams.monoid.empty)), 'Domain', 'no weights'),
]

const forged = (bad: number): energy.Weights => ({ logWeights: one(bad), normalised: one(bad), logSum: bad })
const bank = energy.bankOf(matrix(50, 2, (i, j) => (i >> j) & 1))
const source = (bad: number): energy.MomentSource<null> => ({
  start: null,
  step: () => TE.right({ moments: Float64Array.of(0, bad), state: null }),
})
const descend = (bad: number): TE.TaskEither<Failure, unknown> => {
  const problem = { source: source(bad), measure: () => Float64Array.of(0, 0), target: Float64Array.of(0.5, 0.5) }
  return energy.descendMoments(key(1), energy.paperSchedule)(problem)(
    energy.startDescent(new Float64Array(2), problem.source),
  )
}
const densities = { logPotential: all(0), logModel: all(0), logProposal: all(0) }

const nanFeature = energy.indicators<number>(['f'], () => [NAN])
const unbounded: energy.Features<number> = { names: ['f'], low: [NONE], high: [INF], of: () => [1] }
const sampling = { accepted: 2, batch: 5, budget: 50 }

/** Every entry point through which a number becomes a weight, a sample or an estimate. */
const gates: Readonly<Record<string, readonly Refusal[]>> = {
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
  logPartition: [row('forged weights', () => energy.logPartition(forged(NAN)))],
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
  shareEstimate: [row('NaN', () => energy.shareEstimate(NAN, 200)), row('of none', () => energy.shareEstimate(0, 0))],
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
  rejection: [
    ...weighed(energy.rejection(key(1), rejecting)),
    ...envelopes((logEnvelope) => energy.rejection(key(1), { ...rejecting, logEnvelope })(tiltOf(all(0)))),
    row('+∞', () => ofTask(energy.rejection(key(1), rejecting)(tiltOf(all(INF)))), 'RejectionBudget', '0 of 3'),
    ...['target', 'budget'].map((name) =>
      row(
        `a ${name} of NaN`,
        () => ofTask(energy.rejection(key(1), { ...rejecting, [name]: NAN })(tiltOf(all(0)))),
        'Domain',
        'NaN',
      ),
    ),
  ],
  resumeRejection: weighed((tilt) => energy.resumeRejection(key(1), rejecting)(tilt)(energy.startRejection)),
  rejectionBatch: [
    ...weighed((tilt) => energy.rejectionBatch(key(1), rejecting)(tilt)(energy.startRejection)),
    ...envelopes((logEnvelope) =>
      energy.rejectionBatch(key(1), { ...rejecting, logEnvelope })(tiltOf(all(0)))(energy.startRejection),
    ),
  ],
  finiteEnvelope: [row('NaN', () => left(energy.finiteEnvelope(NAN)), 'BadEnvelope', 'NaN')],
  rejectionSource: [
    row(
      'a NaN feature',
      () =>
        ofTask(energy.rejectionSource(tiltOf([0]).base, nanFeature, sampling).step(key(1), Float64Array.of(1), null)),
      'NonFinite',
      'sample 0 is NaN',
    ),
    row(
      'an unbounded feature',
      () =>
        ofTask(energy.rejectionSource(tiltOf([0]).base, unbounded, sampling).step(key(1), Float64Array.of(1), null)),
      'BadEnvelope',
      'Infinity',
    ),
  ],
  bufferSource: [
    row(
      'a NaN feature',
      () =>
        ofTask(
          energy
            .bufferSource(tiltOf([0]).base, nanFeature, { batch: 5, capacity: 9 })
            .step(key(1), Float64Array.of(1), []),
        ),
      'NonFinite',
      'feature 0 of draw 0',
    ),
    row(
      'a NaN λ',
      () =>
        ofTask(
          energy
            .bufferSource(tiltOf([0]).base, unbounded, { batch: 5, capacity: 9 })
            .step(key(1), Float64Array.of(NAN), []),
        ),
      'NonFinite',
      'row 0 of the bank',
    ),
  ],
  quasiRejection: [
    ...empty(energy.quasiRejection(key(1), { trials: 20, logEnvelope: 0 })),
    ...envelopes((logEnvelope) => energy.quasiRejection(key(1), { trials: 20, logEnvelope })(tiltOf(all(0)))),
  ],
  quasiDiagnostics: [
    row('an envelope of NaN', () => energy.quasiDiagnostics(NAN)(right(energy.weigh(one(1)))).acceptance),
    row('an envelope of NaN, distance', () => energy.quasiDiagnostics(NAN)(right(energy.weigh(one(1)))).totalVariation),
  ],
  resampling: empty(energy.resampling(key(1), { proposals: 20, draws: 2 })),
  resample: [
    row(
      'too few weights',
      () => ofThrow(() => energy.resample(key(1), 1)(['a', 'b'], right(energy.weigh([0])))),
      'Shape',
      '1 weights',
    ),
  ],
  independentMetropolis: [
    ...empty(energy.independentMetropolis<number>(key(1), chains)),
    row(
      'no chain',
      () => ofTask(energy.independentMetropolis<number>(key(1), { ...chains, chains: 0 })(tiltOf(all(0)))),
      'Domain',
      '0',
    ),
  ],
  localMetropolis: [
    row('a base of NaN', () => ofTask(energy.localMetropolis(key(1), space, chains)(lying(NAN))), 'NonFinite', 'NaN'),
    row('no support', () => ofTask(energy.localMetropolis(key(1), space, chains)(lying(NONE))), 'Support', '0 of 4'),
  ],
  startInside: [
    row(
      'no support',
      () => ofTask(energy.startInside(chains, () => TE.right({ states: ['a'], scores: Float64Array.of(NONE) }))),
      'Support',
      '0 of 4 chains found a start inside the support in 40 draws',
    ),
  ],
  runChains: [NAN, INF, NONE].map((bad) =>
    row(
      `a start of ${bad}`,
      () =>
        ofTask(
          energy.runChains(chains, (chain: energy.ChainState<string>) => TE.right({ ...chain, step: chain.step + 1 }))(
            energy.startChains(['a', 'b'], Float64Array.of(0, bad)),
          ),
        ),
      bad === NONE ? 'Support' : 'NonFinite',
      'chain 1',
    ),
  ),
  bankOf: [
    row(
      'a NaN feature',
      () => ofThrow(() => energy.bankOf(matrix(3, 2, (i) => (i === 1 ? NAN : 0)))),
      'NonFinite',
      'feature 0 of draw 1 is NaN',
    ),
    row(
      'an offset of +∞',
      () =>
        ofThrow(() =>
          energy.bankOf(
            matrix(2, 1, () => 0),
            [0, INF],
          ),
        ),
      'NonFinite',
      'draw 1',
    ),
  ],
  drawBank: [
    row(
      'a NaN feature',
      () => ofThrow(() => energy.drawBank(energy.indicators<number>(['f'], () => [NAN]))([1])),
      'NonFinite',
      'draw 0',
    ),
  ],
  bankWeights: [
    row('a NaN λ', () => ofThrow(() => energy.bankWeights(bank, [NAN, 0])), 'NonFinite', 'row 0 of the bank is NaN'),
    row(
      'no weight',
      () =>
        ofThrow(() =>
          energy.bankWeights(
            energy.bankOf(
              matrix(2, 1, () => 0),
              [NONE, NONE],
            ),
            [0],
          ),
        ),
      'Support',
      'bank',
    ),
  ],
  moments: [row('a NaN λ', () => ofThrow(() => energy.moments(bank)([NAN, 0])), 'NonFinite', 'row 0')],
  fitMoments: [row('a NaN target', () => ofThrow(() => energy.fitMoments()(bank)([NAN, 0])), 'Shape', 'target')],
  descendMoments: [row('a NaN moment', () => ofTask(descend(NAN)), 'NonFinite', 'the moment of feature 1 is NaN')],
  divergences: [
    row(
      'log P of NaN',
      () => left(energy.divergences({ ...densities, logPotential: one(NAN) })),
      'NonFinite',
      'log P of draw 117',
    ),
    row(
      'log π of +∞',
      () => left(energy.divergences({ ...densities, logModel: one(INF) })),
      'NonFinite',
      'log π of draw 117',
    ),
    row(
      'log q of −∞',
      () => left(energy.divergences({ ...densities, logProposal: one(NONE) })),
      'NonFinite',
      'draw 117',
    ),
    row('no support', () => left(energy.divergences({ ...densities, logPotential: all(NONE) })), 'Support', 'zero'),
    row('too few', () => left(energy.divergences({ ...densities, logModel: [0] })), 'Shape', 'log π gave 1'),
    row('π misses a draw of p', () => right(energy.divergences({ ...densities, logModel: one(NONE) })).divergence),
  ],
  checkedLogs: [row('NaN', () => left(energy.checkedLogs(String)([NAN])), 'NonFinite', '0 is NaN')],
  checkedEnergies: [row('−∞', () => left(energy.checkedEnergies(String)([NONE])), 'NonFinite', '0 is -Inf')],
  checkedNumbers: [row('∞', () => left(energy.checkedNumbers(String)([1, INF])), 'NonFinite', '1 is Inf')],
  checkedSize: [row('one of two', () => left(energy.checkedSize('it', 2)([1])), 'Shape', 'it gave 1 values for 2')],
}

/** Exports that make no estimate and draw nothing by weights, by what they are. */
const others: Readonly<Record<string, readonly string[]>> = {
  'exact oracles on finite supports': [
    ...['exactTilt', 'exactMoments', 'exactCovariance', 'exactDivergence', 'exactTotalVariation', 'exactEntropy'],
    ...['resamplingLaw', 'independentKernel', 'nceLoss', 'exactNceLoss', 'exactNceGradient', 'expectation'],
    ...['forEachComposition', 'logMultinomial', 'spread', 'enumerable'],
  ],
  'parts of estimators, of weights that are checked': [
    ...['effectiveSampleSize', 'maxWeight', 'generalisedJackknife', 'paretoShape', 'tailLength', 'POWERS', 'powerSums'],
    ...['sumOfSquares', 'summarise', 'leaveOneOut', 'logOneMinusRest', 'logOneMinusTop', 'isEvent', 'unitRange'],
    ...['ratioEstimate', 'defaultThresholds', 'noSupport'],
  ],
  'pure numbers': [
    ...['incompleteBeta', 'betaQuantile', 'studentQuantile', 'shareInterval', 'fineUniforms', 'cumulative', 'invert'],
    ...['categorical', 'learningRate', 'momentStep', 'momentDistance', 'paperSchedule', 'defaultNewton'],
  ],
  'parts of samplers and fits': [
    ...['acceptProposals', 'startChains', 'startKey', 'startRejection', 'startDescent', 'allEdits', 'applyEdit'],
    ...['logEdit', 'logEditRatio', 'extremeFeatures', 'recession', 'supports', 'bufferBank', 'pushBank'],
    ...['joinBanks', 'bankMonoid', 'iterateUntil', 'foldEffects'],
  ],
  'makers of energies, features and tilts': [
    ...['energyOf', 'energyOfBatch', 'zeroEnergy', 'energyMonoid', 'scaleEnergy', 'contramapEnergy', 'given', 'tilted'],
    ...['indicators', 'featuresMonoid', 'featureRows', 'linearEnergy', 'logEnvelope'],
  ],
}

describe('M7: the gate of weights', () => {
  it('M7: every export of lib/energy is in the table', () => {
    const known = [...Object.keys(gates), ...Object.values(others).flat()]
    expect(Object.keys(energy).filter((name) => !known.includes(name))).toEqual([])
    expect(known.filter((name) => !(name in energy))).toEqual([])
    expect(new Set(known).size).toBe(known.length)
  })

  for (const [name, refusals] of Object.entries(gates))
    it.each(refusals)(`${name}: $input`, async ({ outcome, says }) => {
      const found = await outcome()
      if (says === undefined) {
        expect('reliable' in found && found.reliable).toBe(false)
        return
      }
      expect('tag' in found ? found.tag : 'a result').toBe(says[0])
      expect('tag' in found ? found.what : '').toContain(says[1])
    })

  it('M7: what is reliable is finite: estimates of good weights have no doubt and no infinite number', () => {
    const weights = right(energy.weigh(Float64Array.from({ length: 400 }, (_, i) => Math.sin(i))))
    const { paretoK = 0, ...partition } = energy.logPartition(weights)
    const mean = energy.snis(weights.logWeights)(weights)
    for (const { reliable, doubts, interval, ...numbers } of [partition, mean]) {
      expect({ reliable, doubts }).toEqual({ reliable: true, doubts: [] })
      for (const x of [...Object.values(numbers), ...interval, paretoK])
        if (typeof x === 'number') expect(Number.isFinite(x)).toBe(true)
    }
  })

  it('a start outside the support is not proposed again: 1 000 chains of a base that hits the support at 2 %', async () => {
    const tilt = tiltOf(Float64Array.from({ length: 100 }, (_, i) => (i < 2 ? i : INF)))
    const found = await run(energy.independentMetropolis<number>(key(3), { chains: 1000, steps: 2 })(tilt))
    expect(found.states.filter((x) => x < 2)).toHaveLength(1000)
  })
})
