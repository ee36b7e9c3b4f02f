/** Rejection sampling: law, acceptance, budget, envelope, resumption, and the two planted bugs (G9, G10, G18). */
import { at } from '../../lib/at.ts'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { rejectionBatch } from '../../lib/energy/rejection.ts'
import {
  enumerable,
  featuresMonoid,
  energyOf,
  indicators,
  linearEnergy,
  logEnvelope,
  rejection,
  type RejectionState,
  resumeRejection,
  startRejection,
  withProposal,
} from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { dot, logFactorial } from '../../lib/math.ts'
import { featureMatrices, keys, normals } from '../../lib/laws/arbitraries/distributions.ts'
import { entry, row } from '../../lib/linear.ts'
import { chiSquareDesign, dkwDesign, standard } from '../../lib/laws/statistics.ts'
import { left, run } from '../either.ts'
import { countsOf } from '../../lib/laws/space.ts'
import { asTilt, close, exactOf } from './support.ts'

const model = { probabilities: Float64Array.of(0.4, 0.3, 0.2, 0.1), energies: Float64Array.of(1.5, 0, 0.7, -0.5) }
const tilt = asTilt(model)
const exact = exactOf(model)
const coarse = { ...standard, minDiscrepancy: 0.02 }
const options = { target: 1000, budget: 1e7, batch: 500, logEnvelope: 0.5 }

describe('the envelope', () => {
  test.prop([featureMatrices(5), keys], { seed: 51, numRuns: 300 })(
    'G9: ρ(x) = e^{⟨λ,φ⟩}/β ≤ 1, and it is attained when each feature is free',
    (rows, k) => {
      const lambda = normals(k, rows.columns).map((z) => 3 * z)
      const columns = Array.from({ length: rows.columns }, (_, j) =>
        Array.from({ length: 5 }, (__, i) => entry(rows, i, j)),
      )
      const bounds = { low: columns.map((c) => Math.min(...c)), high: columns.map((c) => Math.max(...c)) }
      const beta = logEnvelope(bounds, lambda)
      for (let i = 0; i < 5; i++) expect(dot(lambda, row(rows, i))).toBeLessThanOrEqual(beta + 1e-12)
    },
  )

  it('G9: nested features: a motif and its half, λ = (−5, 5), need 148 times fewer trials', () => {
    const absent = indicators<string>(['m', 'm/2'], (x) => [x.includes('0110') ? 0 : 1, x.includes('01') ? 0 : 1], [
      [1, 0],
    ])
    expect(logEnvelope(absent, [-5, 5])).toBe(0)
    expect(logEnvelope({ low: absent.low, high: absent.high }, [-5, 5])).toBe(5)
    expect(logEnvelope(absent, [5, -5])).toBe(5)
    expect(
      logEnvelope(
        featuresMonoid<string>().concat(
          indicators(['o'], () => [1]),
          absent,
        ),
        [2, -5, 5],
      ),
    ).toBe(2)
    expect(() => logEnvelope(absent, [1])).toThrow('1 parameters were given for 2 features')
  })

  it('G9: of many features nested in pairs, however many, each pair is bounded by itself', () => {
    const size = 40
    const bounds = { low: new Array<number>(size).fill(0), high: new Array<number>(size).fill(1) }
    const nested = Array.from({ length: size / 2 }, (_, i) => [2 * i, 2 * i + 1] as const)
    const lambda = Array.from(bounds.low, (_, i) => (i % 2 === 0 ? 5 : -5))
    expect(logEnvelope({ ...bounds, nested }, lambda)).toBe(0)
    // One chain of all of them joins too many: the bound of the box.
    const chained = Array.from({ length: size - 1 }, (_, i) => [i, i + 1] as const)
    expect(logEnvelope({ ...bounds, nested: chained }, lambda)).toBe(100)
  })

  const nesting = fc.tuple(
    fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 6 }),
    fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 5, maxLength: 5 }),
  )
  test.prop([nesting], { seed: 57, numRuns: 200 })('G9: with nested pairs it is the maximum over what is left', (x) => {
    const [nested, lambda] = x
    const bounds = { low: [0, 0, 0, 0, 0], high: [1, 1, 1, 1, 1] }
    const corners = Array.from({ length: 32 }, (_, bits) => Array.from({ length: 5 }, (__, j) => (bits >> j) & 1))
    const possible = corners.filter((c) => nested.every(([i, j]) => at(c, i) <= at(c, j)))
    expect(logEnvelope({ ...bounds, nested }, lambda)).toBe(Math.max(...possible.map((c) => dot(c, lambda))))
  })

  it('G9: for features in [0, 1] it is Σ max(0, λ)', () => {
    const features = indicators<number>(['a', 'b', 'c'], (i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1])
    expect(logEnvelope(features, [2, -3, 0.5])).toBe(2.5)
    expect(logEnvelope({ low: [Number.NEGATIVE_INFINITY], high: [1] }, [0])).toBe(0)
    expect(logEnvelope({ low: [Number.NEGATIVE_INFINITY], high: [1] }, [-1])).toBe(Number.POSITIVE_INFINITY)
    expect(() => linearEnergy(features, [1])).toThrow('1 parameters were given for 3 features')
  })
})

describe('the sampler', () => {
  it('G10: the law is p (χ², α = 1e-9, TV .02 seen with 1 − 1e-6) and the acceptance Z/β', async () => {
    const design = chiSquareDesign(coarse, 4)
    const found = await run(rejection(key(1), { ...options, target: design.n, batch: 20_000 })(tilt))
    expect(design.check(countsOf(found.samples, 4), exact.probabilities).complaints).toEqual([])
    const rate = Math.exp(exact.logPartition - 0.5)
    expect(Math.abs(found.acceptance.value - rate)).toBeLessThan(6 * found.acceptance.standardError)
    expect(Math.abs(found.logPartition - exact.logPartition)).toBeLessThan(6 * found.logPartitionError)
  })

  it('planted bug: an envelope 1 % too small is refused, the sign of E flipped fails the χ²', async () => {
    expect(left(await rejection(key(2), { ...options, logEnvelope: 0.5 + Math.log(0.99) })(tilt)()).tag).toBe(
      'BadEnvelope',
    )
    const design = chiSquareDesign(coarse, 4)
    const flipped = asTilt({ ...model, energies: model.energies.map((e) => -e) })
    const found = await run(
      rejection(key(3), { ...options, target: design.n, batch: 20_000, logEnvelope: 1.5 })(flipped),
    )
    expect(design.check(countsOf(found.samples, 4), exact.probabilities).passed).toBe(false)
  })

  it.each([2, 7, 200])(
    'the error of log Z from %d acceptances is √(ψ′(k)(1 − Z/β)), ψ′(k) = π²/6 − Σ_{j < k} 1/j²',
    async (k) => {
      const { logPartitionError, acceptance } = await run(rejection(key(8), { ...options, target: k })(tilt))
      const trigamma = Array.from({ length: k - 1 }, (_, j) => 1 / (j + 1) ** 2).reduce(
        (a, b) => a - b,
        Math.PI ** 2 / 6,
      )
      expect(logPartitionError ** 2 / (1 - acceptance.value) / trigamma).toBeCloseTo(1, 9)
    },
  )

  it('G10: trials to an acceptance ~ Geometric(Z/β) (DKW, α = 1e-9, distance .1)', async () => {
    const design = dkwDesign({ ...standard, minDiscrepancy: 0.1 })
    const trials: number[] = []
    let state: RejectionState<number> = startRejection
    while (trials.length < design.n) {
      const before = state.trials
      state = (await run(resumeRejection(key(4), { ...options, batch: 64, target: trials.length + 1 })(tilt)(state)))
        .state
      trials.push(state.trials - before)
    }
    const rate = Math.exp(exact.logPartition - 0.5)
    expect(design.check(trials, (k) => 1 - (1 - rate) ** k).complaints).toEqual([])
    expect(design.check(trials, (k) => 1 - (1 - rate * 0.8) ** k).passed).toBe(false)
  })

  it('G10: a spent budget is a typed failure with everything counted, and the stream can go on from it', async () => {
    const failed = left(await rejection(key(5), { ...options, budget: 300 })(tilt)())
    expect(failed.tag).toBe('RejectionBudget')
    expect(failed.facts.trials).toBe(300)
    expect(failed.facts.target).toBe(1000)
    const whole = await run(rejection(key(5), options)(tilt))
    expect(failed.facts.accepted).toBeGreaterThan(0)
    expect(whole.samples.slice(0, Number(failed.facts.accepted)).length).toBe(failed.facts.accepted)
  })

  it('the trial that fills the target ends the stream well, be it the last of the budget, or a signal come', async () => {
    const whole = await run(rejection(key(5), options)(tilt))
    const { trials } = whole.state
    const exactly = await run(rejection(key(5), { ...options, budget: trials })(tilt))
    expect(exactly).toEqual(whole)
    const short = left(await rejection(key(5), { ...options, budget: trials - 1 })(tilt)())
    expect(short).toMatchObject({ tag: 'RejectionBudget', facts: { trials: trials - 1, accepted: options.target - 1 } })
    const controller = new AbortController()
    const onProgress = ({ accepted }: { readonly accepted: number }): void => {
      if (accepted === options.target) controller.abort()
    }
    expect(await run(rejection(key(5), { ...options, onProgress, signal: controller.signal })(tilt))).toEqual(whole)
    expect(controller.signal.aborted).toBe(true)
  })

  it('batches resume to the same samples: stopping anywhere changes nothing', async () => {
    const whole = await run(rejection(key(6), options)(tilt))
    for (const stop of [1, 137, 999]) {
      const part = await run(rejection(key(6), { ...options, target: stop })(tilt))
      const saved: RejectionState<number> = structuredClone(part.state)
      const rest = await run(resumeRejection(key(6), options)(tilt)(saved))
      expect(rest.samples).toEqual(whole.samples)
      expect(rest.state).toEqual(whole.state)
    }
    const one = await run(rejectionBatch(key(6), options)(tilt)(startRejection))
    expect(one.samples).toEqual(whole.samples.slice(0, one.samples.length))
  })

  it('reports progress, stops at a signal, and refuses senseless requests', async () => {
    const seen: number[] = []
    await run(rejection(key(7), { ...options, onProgress: (p) => seen.push(p.accepted) })(tilt))
    expect(seen.at(-1)).toBe(1000)
    const controller = new AbortController()
    controller.abort()
    expect(left(await rejection(key(7), { ...options, signal: controller.signal })(tilt)()).tag).toBe('Interrupted')
    expect(left(await rejection(key(7), { ...options, target: 0 })(tilt)()).tag).toBe('Domain')
    expect(left(await rejection(key(7), { ...options, batch: 0 })(tilt)()).tag).toBe('Domain')
    const hopeless = { ...tilt, energy: energyOf(() => Number.POSITIVE_INFINITY) }
    expect(left(await rejection(key(7), { ...options, budget: 5000 })(hopeless)()).tag).toBe('RejectionBudget')
  })
})

describe('another proposal', () => {
  it('G18: the envelope of the old proposal is wrong under the new one, and the sampler says so', async () => {
    const proposal = enumerable({ points: [0, 1, 2, 3], probabilities: [0.1, 0.1, 0.2, 0.6] })
    const moved = withProposal(proposal)(tilt)
    expect(left(await rejection(key(8), options)(moved)()).tag).toBe('BadEnvelope')
    const potentials = tilt.base.logProbabilities.map((l, i) => l - at(model.energies, i))
    const beta = Math.max(...potentials.map((l, i) => l - at(proposal.logProbabilities, i)))
    const design = chiSquareDesign(coarse, 4)
    const found = await run(
      rejection(key(9), { ...options, target: design.n, batch: 20_000, logEnvelope: beta })(moved),
    )
    expect(design.check(countsOf(found.samples, 4), exact.probabilities).complaints).toEqual([])
    // Planted: clipping the ratio at the old β, as an unchecked sampler does, gives another law, exactly:
    const accepted = potentials.map(
      (l, i) =>
        Math.exp(at(proposal.logProbabilities, i)) * Math.min(1, Math.exp(l - at(proposal.logProbabilities, i) - 0.5)),
    )
    const mass = accepted.reduce((acc, a) => acc + a, 0)
    const gap = accepted.reduce((acc, a, i) => acc + Math.abs(a / mass - at(exact.probabilities, i)) / 2, 0)
    expect(gap).toBeGreaterThan(0.05)
  })

  test.prop([fc.double({ min: 0, max: 3, noNaN: true })], { seed: 52, numRuns: 50 })(
    'G9: E_q[ρ] = Z/β and q·ρ/Σ = p for every valid β',
    (slack) => {
      const logBeta = 0.5 + slack
      const rho = model.energies.map((e, i) => at(model.probabilities, i) * Math.exp(-e - logBeta))
      const mass = rho.reduce((acc, x) => acc + x, 0)
      expect(close(mass, Math.exp(exact.logPartition - logBeta))).toBe(true)
      rho.forEach((x, i) => {
        expect(close(x / mass, at(exact.probabilities, i))).toBe(true)
      })
    },
  )

  it('a rare acceptance happens at its rate: 53-bit uniforms', async () => {
    const rare = asTilt({ probabilities: Float64Array.of(1), energies: Float64Array.of(Math.log(5000)) })
    const found = await run(
      rejection(fold(key(10), 1), { target: 30, budget: 1e7, batch: 20_000, logEnvelope: 0 })(rare),
    )
    expect(Math.abs(found.acceptance.value * 5000 - 1)).toBeLessThan(0.8)
  })
})

const rejecting = { budget: 1e9, batch: 1, logEnvelope: 0 }
const certain = { base: enumerable({ points: [0], probabilities: [1] }), energy: energyOf(() => 0) }
/** What k acceptances at trial T give. */
const stopped = (k: number, T: number) =>
  run(
    resumeRejection(key(1), { ...rejecting, target: k })<number>(certain)({
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
