/** The table of gate.spec.ts: samplers, banks and fits. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as energy from './every.ts'
import type { Failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { matrix } from '../../lib/linear.ts'
import { left, right } from '../either.ts'
import {
  INF,
  NAN,
  NONE,
  type Refusal,
  all,
  bank,
  chains,
  densities,
  descend,
  empty,
  envelopes,
  lying,
  nanFeature,
  ofTask,
  ofThrow,
  one,
  rejecting,
  row,
  sampling,
  space,
  tiltOf,
  unbounded,
  weighed,
} from './gate-rows.ts'

/** Numbers that are no count. */
const counts = (of: (count: number) => TE.TaskEither<Failure, unknown>): readonly Refusal[] =>
  [-1, 0.5, NAN, INF].map((count) => row(`${count}`, () => ofTask(of(count)), 'Domain', `${count}`))

const tilt = tiltOf(all(0))

/** Entry points of samplers, banks and fits, and of the gate itself. */
export const samplerGates: Readonly<Record<string, readonly Refusal[]>> = {
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
    ...counts((trials) => energy.quasiRejection(key(1), { trials, logEnvelope: 0 })(tilt)),
    ...envelopes((logEnvelope) => energy.quasiRejection(key(1), { trials: 20, logEnvelope })(tiltOf(all(0)))),
  ],
  quasiDiagnostics: [
    row('an envelope of NaN', () => energy.quasiDiagnostics(NAN)(right(energy.weigh(one(1)))).acceptance),
    row('an envelope of NaN, distance', () => energy.quasiDiagnostics(NAN)(right(energy.weigh(one(1)))).totalVariation),
  ],
  resampling: [
    ...empty(energy.resampling(key(1), { proposals: 20, draws: 2 })),
    ...counts((draws) => energy.resampling(key(1), { proposals: 20, draws })(tilt)),
    ...counts((proposals) => energy.resampling(key(1), { proposals, draws: 2 })(tilt)),
  ],
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
    ...counts((steps) => energy.independentMetropolis<number>(key(1), { ...chains, steps })(tilt)),
    ...counts((count) => energy.independentMetropolis<number>(key(1), { ...chains, chains: count })(tilt)),
    row(
      'no chain',
      () => ofTask(energy.independentMetropolis<number>(key(1), { ...chains, chains: 0 })(tiltOf(all(0)))),
      'Domain',
      '0',
    ),
  ],
  localMetropolis: [
    ...counts((steps) => energy.localMetropolis(key(1), space, { ...chains, steps })(lying(0))),
    row('a base of NaN', () => ofTask(energy.localMetropolis(key(1), space, chains)(lying(NAN))), 'NonFinite', 'NaN'),
    row('no support', () => ofTask(energy.localMetropolis(key(1), space, chains)(lying(NONE))), 'Support', '0 of 4'),
  ],
  startInside: [
    row(
      'no support',
      () =>
        ofTask(
          energy.startInside(chains, () =>
            TE.right({ states: ['a', 'a', 'a', 'a'], scores: new Float64Array(4).fill(NONE) }),
          ),
        ),
      'Support',
      '0 of 4 chains found a start inside the support in 40 draws',
    ),
    ...[3, 5].flatMap((count) => [
      row(
        `${count} scores for 4 chains`,
        () =>
          ofTask(
            energy.startInside(chains, () =>
              TE.right({ states: ['a', 'a', 'a', 'a'], scores: new Float64Array(count) }),
            ),
          ),
        'Shape',
        `the scores of starts gave ${count} values for 4 samples`,
      ),
      row(
        `${count} draws for 4 chains`,
        () =>
          ofTask(
            energy.startInside(chains, () =>
              TE.right({ states: Array.from({ length: count }, () => 'a'), scores: new Float64Array(4) }),
            ),
          ),
        'Shape',
        `a round of starts gave ${count} values for 4 samples`,
      ),
    ]),
    ...[NAN, INF].map((bad) =>
      row(
        `a score of ${bad}`,
        () =>
          ofTask(
            energy.startInside(chains, () =>
              TE.right({ states: ['a', 'a', 'a', 'a'], scores: Float64Array.of(0, 0, bad, 0) }),
            ),
          ),
        'NonFinite',
        `the score of start 2 is ${bad}`,
      ),
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
