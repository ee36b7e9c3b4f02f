/** M7: every estimator is what its label says: unbiased by enumeration, or of the order of bias that a fit finds. */
import { describe, expect, it } from 'vitest'
import {
  bankOf,
  divergences,
  enumerable,
  energyOf,
  exactTotalVariation,
  expectation,
  generalisedJackknife,
  independentKernel,
  independentMetropolis,
  logPartition,
  meanEstimate,
  moments,
  quasiDiagnostics,
  resamplingLaw,
  resumeRejection,
  shareEstimate,
  snis,
  startRejection,
  streamLogPartition,
  streamMeans,
  trialsMean,
  weigh,
  weightStreams,
} from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { apply, matrix, transpose } from '../../lib/linear.ts'
import { at, dot, logFactorial } from '../../lib/math.ts'
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
  readonly label: string
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
    label: right(streamMeans(stream([1, 1, 1])))[0]?.bias ?? '',
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

const ORDER: Readonly<Record<string, number>> = { 'O(1/√n)': 0.5, 'O(1/n)': 1, 'O(1/n²)': 2, 'O(1/n³)': 3 }

describe('M7: bias', () => {
  it.each(rows)('M7: $name is $label', ({ label, mean, truth }) => {
    if (label === 'unbiased') {
      for (const n of [1, 2, 7, 20]) expect(Math.abs(mean(n) - truth)).toBeLessThan(1e-12)
      return
    }
    const [a, b] = [mean(32) - truth, mean(64) - truth]
    expect(Math.abs(b)).toBeGreaterThan(1e-9)
    // The orders of two labels differ by ½ or more: the nearest one to the fitted order is the label.
    expect(Math.abs(Math.log2(a / b) - (ORDER[label] ?? Number.NaN))).toBeLessThan(0.25)
  })
})

const rejecting = { budget: 1e9, batch: 1, logEnvelope: 0 }
const tilt = { base: enumerable({ points: [0], probabilities: [1] }), energy: energyOf(() => 0) }
/** What k acceptances at trial T give. */
const stopped = (k: number, T: number) =>
  run(
    resumeRejection(key(1), { ...rejecting, target: k })<number>(tilt)({
      ...startRejection,
      samples: Array.from({ length: k }, () => 0),
      trials: T,
    }),
  )
const waiting = (k: number, T: number, p: number): number =>
  Math.exp(logFactorial(T - 1) - logFactorial(k - 1) - logFactorial(T - k) + k * Math.log(p) + (T - k) * Math.log1p(-p))

type Stopped = Awaited<ReturnType<typeof stopped>>

/** All trials at which k acceptances may come, with their probability; sums over them. */
const overTrials = async (k: number, p: number): Promise<(f: (found: Stopped) => number) => number> => {
  const outcomes: { readonly mass: number; readonly found: Stopped }[] = []
  for (let T = k; T < (k + 8 * Math.sqrt(k) + 24) / p; T++)
    outcomes.push({ mass: waiting(k, T, p), found: await stopped(k, T) })
  return (f) => outcomes.reduce((total, { mass, found }) => total + mass * f(found), 0)
}

describe('M7: the rate of rejection, summed over the trial at which it stops', () => {
  it.each([2, 3, 6])('M7: from %i acceptances it is unbiased, and so is its variance; k/t is not', async (k) => {
    const p = 0.2
    const sum = await overTrials(k, p)
    expect(Math.abs(sum(({ acceptance }) => acceptance.value) - p)).toBeLessThan(1e-9)
    const variance = sum(({ acceptance }) => acceptance.value ** 2) - p * p
    expect(Math.abs(sum(({ acceptance }) => acceptance.standardError ** 2) - variance)).toBeLessThan(1e-9)
    expect(Math.abs(sum(({ state }) => k / state.trials) - p)).toBeGreaterThan(0.02)
    expect((await stopped(k, 9)).acceptance.bias).toBe('unbiased')
  })

  it('M7: from one acceptance the mean is −p log p/(1 − p), .0798 for .02, and the label says so', async () => {
    const sum = await overTrials(1, 0.02)
    expect(sum(({ acceptance }) => acceptance.value)).toBeCloseTo((-0.02 * Math.log(0.02)) / 0.98, 8)
    expect((await stopped(1, 30)).acceptance).toMatchObject({ bias: 'O(1)', reliable: false, value: 1 / 30 })
  })

  it.each([1, 2, 5])(
    'M7: the intervals from %i acceptances hold the rate and log Z at least 95 %% of the time',
    async (k) => {
      for (const p of [0.1, 0.3, 0.9]) {
        const sum = await overTrials(k, p)
        const outside = sum(({ acceptance: { interval } }) => Number(p < interval[0] || p > interval[1]))
        const beyond = sum(({ logPartitionInterval: [low, high] }) => Number(Math.log(p) < low || Math.log(p) > high))
        expect(outside).toBeLessThanOrEqual(0.05)
        expect(beyond).toBeCloseTo(outside, 9)
      }
    },
  )

  it('M7: log Z is biased of order 1/k, and its error is that of a sum of waits', async () => {
    const bias = async (k: number) => (await overTrials(k, 0.3))(({ logPartition: l }) => l - Math.log(0.3))
    expect(Math.abs(Math.log2((await bias(8)) / (await bias(16))) - 1)).toBeLessThan(0.25)
    for (const k of [1, 4, 16]) {
      const sum = await overTrials(k, 0.1)
      const spread = sum(({ logPartition: l }) => l * l) - sum(({ logPartition: l }) => l) ** 2
      const claimed = sum(({ logPartitionError: e }) => e * e)
      expect(Math.abs(Math.sqrt(claimed / spread) - 1)).toBeLessThan(0.15)
    }
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
