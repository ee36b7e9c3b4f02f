/** M7: every estimator is what its label says: unbiased by enumeration, or of the order of bias that a fit finds. */
import { at } from '../../lib/at.ts'
import { describe, expect, it } from 'vitest'
import { expectation } from '../../lib/energy/compositions.ts'
import { generalisedJackknife } from '../../lib/energy/logpartition.ts'
import {
  bankOf,
  divergences,
  enumerable,
  energyOf,
  exactTotalVariation,
  independentKernel,
  independentMetropolis,
  logPartition,
  meanEstimate,
  moments,
  quasiDiagnostics,
  resamplingLaw,
  shareEstimate,
  snis,
  streamLogPartition,
  streamMeans,
  trialsMean,
  weigh,
  weightStreams,
} from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { biasLaw, type BiasSubject } from '../../lib/laws/estimator.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { apply, matrix, transpose } from '../../lib/linear.ts'
import { dot } from '../../lib/math.ts'
import { right, run } from '../either.ts'
import { batchOf } from './support.ts'

const P = [0.5, 0.3, 0.2]
const L = [0, 1, -1.5]
const PHI = [1, 0, 3]
const W = L.map(Math.exp)
const Z = dot(P, W)
const TILT = W.map((w, i) => (at(P, i) * w) / Z)
const MEAN = dot(TILT, PHI)
const logP = P.map((p, i) => Math.log(p) + at(L, i))
const weightsOf = (c: ArrayLike<number>, logs: ArrayLike<number> = L) => right(weigh(batchOf(c, logs)))
const enumerated = (f: (c: Int32Array) => number) => (n: number) => expectation(P, n, f)

/** What is estimated, the label, the exact mean of the estimate from n draws, and the truth. */
interface Row {
  readonly name: string
  readonly label: BiasSubject['bias']
  readonly mean: (n: number) => number
  readonly truth: number
}

const divergence = (of: 'divergence' | 'totalVariation', pi: readonly number[]) =>
  enumerated(
    (c) =>
      right(
        divergences({
          logPotential: batchOf(c, logP),
          logModel: batchOf(c, pi.map(Math.log)),
          logProposal: batchOf(c, P.map(Math.log)),
        }),
      )[of].value,
  )
const one = right(weigh([0, 1]))
const streams = weightStreams(1, 4)
const stream = (c: ArrayLike<number>) => {
  const logs = batchOf(c, L)
  const phi = batchOf(c, PHI)
  return right(
    streams.batch(
      logs,
      matrix(logs.length, 1, (i) => at(phi, i)),
    ),
  )
}
const bank = (c: ArrayLike<number>) => {
  const phi = batchOf(c, PHI)
  return bankOf(
    matrix(phi.length, 1, (i) => at(phi, i)),
    batchOf(c, L),
  )
}
const KL = dot(
  TILT,
  TILT.map((p, i) => Math.log(p / at([0.2, 0.3, 0.5], i))),
)
/** Weights of which the last is β·Z/Z_β: the distance of p_β has its kink there. */
const KINK = [0.5, 4, 1.45 / 0.55].map(Math.log)
const kinkTruth = ((): number => {
  const cut = KINK.map((l) => Math.min(1, Math.exp(l)))
  const z = dot(P, KINK.map(Math.exp))
  return dot(
    P,
    KINK.map((l, i) => Math.abs(Math.exp(l) / z - at(cut, i) / dot(P, cut)) / 2),
  )
})()
/** The mean of the accepted values given that one of n trials, accepted with probability ½ each, was. */
const trials = (n: number): number => {
  const both = [...P.map((p) => p / 2), ...P.map((p) => p / 2)]
  let total = 0
  const given = expectation(both, n, (c) => {
    const marks = batchOf(c, [1, 1, 1, 0, 0, 0]).map((x) => x === 1)
    if (!marks.includes(true)) return 0
    total += 1
    return right(trialsMean(batchOf(c, [...PHI, ...PHI]), marks)).value
  })
  return total > 0 ? given / (1 - 0.5 ** n) : Number.NaN
}

const rows: readonly Row[] = [
  {
    name: 'meanEstimate',
    label: meanEstimate([1, 2]).bias,
    mean: enumerated((c) => meanEstimate(batchOf(c, PHI)).value),
    truth: dot(P, PHI),
  },
  {
    name: 'shareEstimate',
    label: shareEstimate(1, 2).bias,
    mean: enumerated((c) => shareEstimate(at(c, 0), at(c, 0) + at(c, 1) + at(c, 2)).value),
    truth: 0.5,
  },
  { name: 'trialsMean', label: right(trialsMean([1], [true])).bias, mean: trials, truth: dot(P, PHI) },
  {
    name: 'quasi acceptance',
    label: quasiDiagnostics(0)(one).acceptance.bias,
    mean: enumerated((c) => quasiDiagnostics(0)(weightsOf(c)).acceptance.value),
    truth: dot(
      P,
      L.map((l) => Math.exp(Math.min(0, l))),
    ),
  },
  {
    name: 'quasi bound',
    label: quasiDiagnostics(0)(one).totalVariationBound.bias,
    mean: enumerated((c) => quasiDiagnostics(0)(weightsOf(c)).totalVariationBound.value),
    truth: at(TILT, 1),
  },
  {
    name: 'quasi distance',
    label: quasiDiagnostics(0)(one).totalVariation.bias,
    mean: enumerated((c) => quasiDiagnostics(0)(weightsOf(c, KINK)).totalVariation.value),
    truth: kinkTruth,
  },
  {
    name: 'snis',
    label: snis([0, 1])(one).bias,
    mean: enumerated((c) => snis(batchOf(c, PHI))(weightsOf(c)).value),
    truth: MEAN,
  },
  {
    name: 'streamMeans',
    label: at(right(streamMeans(stream([1, 1, 1]))), 0).bias,
    mean: enumerated((c) => right(streamMeans(stream(c)))[0]?.value ?? Number.NaN),
    truth: MEAN,
  },
  {
    name: 'moments',
    label: moments(bank([1, 1, 1]))([0]).bias,
    mean: enumerated((c) => at(moments(bank(c))([0]).moments, 0)),
    truth: MEAN,
  },
  {
    name: 'logPartition',
    label: logPartition(one).bias,
    mean: enumerated((c) => logPartition(weightsOf(c)).lower),
    truth: Math.log(Z),
  },
  {
    name: 'streamLogPartition',
    label: right(streamLogPartition(stream([1, 1, 1]))).bias,
    mean: enumerated((c) => right(streamLogPartition(stream(c))).lower),
    truth: Math.log(Z),
  },
  {
    name: 'jackknife',
    label: 'O(1/n²)',
    mean: enumerated((c) => logPartition(weightsOf(c)).jackknife),
    truth: Math.log(Z),
  },
  {
    name: 'second jackknife',
    label: 'O(1/n³)',
    mean: enumerated((c) => generalisedJackknife(2)(weightsOf(c))),
    truth: Math.log(Z),
  },
  {
    name: 'divergence',
    label: right(divergences({ logPotential: [0, 1], logModel: [0, 0], logProposal: [0, 0] })).divergence.bias,
    mean: divergence('divergence', [0.2, 0.3, 0.5]),
    truth: KL,
  },
  {
    name: 'totalVariation at p = π',
    label: right(divergences({ logPotential: [0, 1], logModel: [0, 0], logProposal: [0, 0] })).totalVariation.bias,
    mean: divergence('totalVariation', TILT),
    truth: 0,
  },
  {
    name: 'the law of resampling',
    label: 'O(1/n)',
    mean: (n) => exactTotalVariation(resamplingLaw(P, L, n), TILT),
    truth: 0,
  },
]

describe('M7: bias', () => {
  it.each(rows)('M7: $name is $label', async ({ label, mean, truth }) => {
    expect(await complaintsOf([biasLaw({ bias: label, mean, truth })])).toEqual([])
  })
})

describe('M7: the acceptance of a Markov chain', () => {
  const base = [0.9, 0.1]
  const logs = [0, 3]
  const kernel = independentKernel(base, logs)
  const rates = base.map((_, i) =>
    dot(
      base,
      logs.map((l) => Math.min(1, Math.exp(l - at(logs, i)))),
    ),
  )
  const z = dot(base, logs.map(Math.exp))
  const stationary = dot(
    base.map((q, i) => (q * Math.exp(at(logs, i))) / z),
    rates,
  )
  const averaged = (steps: number): number => {
    let law = Float64Array.from(base)
    let total = 0
    for (let s = 0; s < steps; s++) {
      total += dot(law, rates) / steps
      law = Float64Array.from(apply(transpose(kernel))(law))
    }
    return total
  }

  it('M7: averaged from the start it misses the stationary rate by order 1/steps, and the label says so', async () => {
    const tiltOf2 = {
      base: enumerable({ points: [0, 1], probabilities: base }),
      energy: energyOf((i: number) => 0 - at(logs, i)),
    }
    const chains = 20_000
    for (const steps of [1, 4]) {
      const { acceptance } = await run(independentMetropolis<number>(key(5), { chains, steps })(tiltOf2))
      expect(acceptance.bias).toBe('O(1/steps)')
      expect(Math.abs(acceptance.value - averaged(steps))).toBeLessThan(6 * acceptance.standardError)
    }
    expect(averaged(1) - stationary).toBeGreaterThan(0.3)
    expect(Math.abs(Math.log2((averaged(256) - stationary) / (averaged(512) - stationary)) - 1)).toBeLessThan(0.01)
  })
})
