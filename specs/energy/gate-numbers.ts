/** The table of gate.spec.ts: draws by shares, intervals and quantiles. */
import * as energy from './every.ts'
import { key } from '../../lib/key.ts'
import { INF, NAN, ofThrow, type Refusal, row } from './gate-rows.ts'

/** Entry points that take bare numbers. */
export const numberGates: Readonly<Record<string, readonly Refusal[]>> = {
  categorical: [
    ...[-1, 0.5, NAN].map((n) =>
      row(`${n} draws`, () => ofThrow(() => energy.categorical(key(1), [1], n)), 'Domain', `${n}`),
    ),
    row(
      'no mass',
      () => ofThrow(() => energy.categorical(key(1), [0, 0], 3)),
      'Support',
      'no point has a positive one',
    ),
    ...[NAN, INF, -1].map((p) =>
      row(`${p}`, () => ofThrow(() => energy.categorical(key(1), [1, p], 3)), 'NonFinite', 'point 1'),
    ),
  ],
  fineUniforms: [-1, 0.5, NAN].map((n) =>
    row(`${n}`, () => ofThrow(() => energy.fineUniforms(key(1), n)), 'Domain', `${n}`),
  ),
  shareInterval: [
    ...(
      [
        [2, 1],
        [-1, 3],
        [NAN, 2],
        [0, INF],
      ] as const
    ).map(([hits, n]) =>
      row(`${hits} of ${n}`, () => ofThrow(() => energy.shareInterval(hits, n)), 'Domain', `${hits} hits of ${n}`),
    ),
    ...[0, 1, NAN].map((alpha) =>
      row(`α = ${alpha}`, () => ofThrow(() => energy.shareInterval(1, 2, alpha)), 'Domain', `${alpha}`),
    ),
  ],
  studentQuantile: [0, 1, 2, NAN].map((level) =>
    row(`${level}`, () => ofThrow(() => energy.studentQuantile(3, level)), 'Domain', `${level}`),
  ),
}
