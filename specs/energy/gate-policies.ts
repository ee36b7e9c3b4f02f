/** The table of gate.spec.ts: f-divergences to a policy and their gradients. */
import * as energy from './every.ts'
import { left, right } from '../either.ts'
import { all, densities, INF, NAN, NONE, one, type Refusal, row } from './gate-rows.ts'

/** Divergences to a policy, from draws of any law. */
export const policyGates: Readonly<Record<string, readonly Refusal[]>> = {
  policyDivergence: [
    row(
      'no draw of p',
      () => left(energy.policyDivergence('TV')({ ...densities, logPotential: all(NONE), logPartition: 0 })),
      'Support',
      'zero',
    ),
    row(
      'no draw of π',
      () => left(energy.policyDivergence('JS')({ ...densities, logModel: all(NONE), logPartition: 0 })),
      'Support',
      'zero',
    ),
    row(
      'a draw that p misses',
      () => left(energy.policyDivergence('reverse KL')({ ...densities, logPotential: one(NONE), logPartition: 0 })),
      'NonFinite',
      'the divergence at draw 117',
    ),
    row(
      'a log Z of ∞',
      () => left(energy.policyDivergence('TV')({ ...densities, logPartition: INF })),
      'NonFinite',
      'log Z is Inf',
    ),
    row('one draw that counts', () =>
      right(
        energy.policyDivergence('JS')({
          ...densities,
          logPotential: densities.logPotential.map((_, i) => (i === 117 ? 0 : -800)),
          logPartition: 0,
        }),
      ),
    ),
  ],
  policyCoefficients: [
    ...[
      { ...densities, logPotential: one(NAN), logPartition: 0 },
      { ...densities, logModel: one(INF), logPartition: 0 },
      { ...densities, logProposal: one(NONE), logPartition: 0 },
    ].map((bad, i) =>
      row(`densities ${i}`, () => left(energy.policyCoefficients('reverse KL')(bad)), 'NonFinite', 'of draw'),
    ),
    row(
      'a log Z of NaN',
      () => left(energy.policyCoefficients('TV')({ ...densities, logPartition: NAN })),
      'NonFinite',
      'log Z is NaN',
    ),
    row(
      'a model that makes no draw',
      () => left(energy.policyCoefficients('TV')({ ...densities, logModel: all(NONE), logPartition: 0 })),
      'NonFinite',
      'the coefficient of draw 0',
    ),
  ],
}
