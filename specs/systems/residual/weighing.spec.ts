/** log Z of prefixes in a stream, and Algorithm 1's draws, against all draws at once and against the exact laws. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../../lib/energy/exact.ts'
import {
  effectiveSampleSize,
  exactTotalVariation,
  given,
  importance,
  independentKernel,
  independentMetropolis,
  logPartition,
  quasiRejection,
  rejection,
  resampling,
  resamplingLaw,
  weigh,
} from '../../../lib/energy/index.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { exactLogPartitions } from '../../../lib/systems/residual/enumeration.ts'
import { jointPerplexity } from '../../../lib/systems/residual/perplexity.ts'
import {
  prefixTilt,
  repeatedRows,
  rowAt,
  rowScores,
  rowsOf,
  sliceRows,
  untilted,
} from '../../../lib/systems/residual/sequence.ts'
import { weighPrefixes } from '../../../lib/systems/residual/weighing.ts'
import { left, right, run } from '../../either.ts'
import { countsOf } from '../../../lib/laws/space.ts'
import { close } from '../../energy/support.ts'
import { codeOf, everyRow, finiteTilt } from './finite.ts'

const tilt = finiteTilt(21, { symbols: 3, length: 3, energies: 1.2 })
const prefixes = everyRow(3, 1)

describe('weighing proposals', () => {
  it('tells log Z from the first 4, 8, 16 samples too, as it is told of so many alone, and draws what it drew', async () => {
    const one = sliceRows(prefixes, 1, 2)
    const weigh = (samples: number, more = {}) =>
      run(weighPrefixes(tilt, { key: key(4), samples, batch: 64, ...more })(one))
    const [plain, found] = [await weigh(20), await weigh(20, { doublings: true })]
    expect([...found.doublings.keys()]).toEqual([4, 8, 16])
    for (const [n, partitions] of found.doublings) {
      const alone = at((await weigh(n)).partitions, 0)
      expect(partitions).toHaveLength(1)
      expect(at(partitions, 0).jackknife).toBeCloseTo(alone.jackknife, 12)
      expect(at(partitions, 0).upper).toBeCloseTo(alone.upper, 12)
      expect(at(partitions, 0).n).toBe(n)
    }
    expect(at(found.partitions, 0).lower).toBeCloseTo(at(plain.partitions, 0).lower, 12)
    expect(found.joint).toEqual(plain.joint)
    expect(plain.doublings.size).toBe(0)
  })

  it('gives a record of every prefix from all of its draws, whatever the batch', async () => {
    // One block holds everything: its draws are those of `complete` with the block's key.
    const samples = 40
    const whole = await run(weighPrefixes(tilt, { key: key(1), samples, batch: 120 })(prefixes))
    const rows = await run(tilt.base.complete([0, 0], repeatedRows(prefixes, samples, 0, 120)))
    expect(rows.count).toBe(120)
    const seen: number[] = []
    const blocks = await run(
      weighPrefixes(tilt, { key: key(1), samples, batch: 7, onRows: (n) => void seen.push(n) })(prefixes),
    )
    expect(seen.reduce((a, b) => a + b, 0)).toBe(120)
    expect(seen).toHaveLength(18)
    for (const found of [whole, blocks]) {
      expect(found.partitions.map(({ n }) => n)).toEqual([40, 40, 40])
      for (const [i, record] of found.partitions.entries())
        expect(record.effectiveSampleSize).toBeLessThanOrEqual(at([40, 40, 40], i))
    }
  })

  it('is the same to the bit however many blocks are under way at once, in whatever order they end', async () => {
    let underWay = 0
    let most = 0
    const slow = {
      ...tilt,
      energy: (rows: Parameters<typeof tilt.energy>[0]) => async () => {
        underWay += 1
        most = Math.max(most, underWay)
        for (let i = 0; i < (rows.tokens[2] ?? 0); i++) await new Promise<void>((go) => void setImmediate(go))
        underWay -= 1
        return tilt.energy(rows)()
      },
    }
    const options = { key: key(1), samples: 40, batch: 7 }
    const alone = await run(weighPrefixes(tilt, options)(prefixes))
    for (const atOnce of [1, 2, 5])
      expect(await run(weighPrefixes(slow, { ...options, atOnce })(prefixes))).toStrictEqual(alone)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(5)
  })

  it('weighs exactly the energies of its proposals', async () => {
    const energies: Float64Array[] = []
    const listening = {
      ...tilt,
      energy: (rows: Parameters<typeof tilt.energy>[0]) => {
        const task = tilt.energy(rows)
        return async () => {
          const found = await task()
          energies.push(right(found))
          return found
        }
      },
    }
    const found = await run(weighPrefixes(listening, { key: key(2), samples: 25, batch: 10 })(prefixes))
    const all = energies.flatMap((es) => Array.from(es))
    expect(all).toHaveLength(75)
    found.partitions.forEach((record, p) => {
      const weights = right(weigh(all.slice(25 * p, 25 * (p + 1)).map((e) => -e)))
      const wanted = logPartition(weights)
      expect(close(record.lower, wanted.lower, 1)).toBe(true)
      expect(close(record.upper, wanted.upper, 1)).toBe(true)
      expect(close(record.effectiveSampleSize, effectiveSampleSize(weights))).toBe(true)
    })
  })

  it('estimates log Z of every prefix (n = 4000, σ ≈ 1.2: six standard errors)', async () => {
    const found = await run(weighPrefixes(tilt, { key: key(3), samples: 4000, batch: 4096 })(prefixes))
    const wanted = await run(exactLogPartitions(tilt)(prefixes))
    found.partitions.forEach((record, p) =>
      expect(Math.abs(record.jackknife - at(wanted, p))).toBeLessThan(6 * record.standardError),
    )
  })

  it('keeps the prefix in every row, and gives the energies of what it chose', async () => {
    const found = await run(weighPrefixes(tilt, { key: key(4), samples: 5, batch: 4 })(prefixes))
    for (const rows of [found.joint, found.base])
      expect(Array.from({ length: 3 }, (_, p) => rowAt(rows, p)[0])).toEqual([0, 1, 2])
    expect(found.jointEnergies).toEqual(await run(tilt.energy(found.joint)))
    expect(found.baseEnergies).toEqual(await run(tilt.energy(found.base)))
  })

  it('does nothing to the base without an energy', async () => {
    const found = await run(weighPrefixes(untilted(tilt.base), { key: key(5), samples: 9, batch: 9 })(prefixes))
    for (const { lower, upper, effectiveSampleSize: size } of found.partitions) {
      expect([lower, upper].every((x) => Math.abs(x) < 1e-15)).toBe(true)
      expect(close(size, 9)).toBe(true)
    }
  })

  it('stops between blocks when it is aborted', async () => {
    const controller = new AbortController()
    const options = { key: key(6), samples: 9, batch: 9, signal: controller.signal, onRows: () => controller.abort() }
    expect(left(await weighPrefixes(tilt, options)(prefixes)()).tag).toBe('Interrupted')
  })
})

describe('energies that are no weights', () => {
  const bad = (value: number, wrong: (row: Int32Array) => boolean) => ({
    ...tilt,
    energy: (rows: Parameters<typeof tilt.energy>[0]) =>
      TE.right(Float64Array.from({ length: rows.count }, (_, i) => (wrong(rowAt(rows, i)) ? value : 0))),
  })
  const ofPrefix1 = (row: Int32Array): boolean => row[0] === 1
  const options = { key: key(7), samples: 9, batch: 7 }

  it('all +∞ for one prefix: Support, naming it, whatever the batch', async () => {
    for (const batch of [1, 7, 27]) {
      const failed = left(
        await weighPrefixes(bad(Number.POSITIVE_INFINITY, ofPrefix1), { ...options, batch })(prefixes)(),
      )
      expect([failed.tag, failed.what, failed.facts['prefix']]).toEqual([
        'Support',
        'prefix 1: every weight is zero',
        1,
      ])
    }
    const exact = left(await exactLogPartitions(bad(Number.POSITIVE_INFINITY, ofPrefix1))(prefixes)())
    expect([exact.tag, exact.facts]).toEqual(['Support', { prefix: 1 }])
  })

  it('NaN or −∞: NonFinite, naming proposal and prefix', async () => {
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const failed = left(await weighPrefixes(bad(value, ofPrefix1), options)(prefixes)())
      expect([failed.tag, failed.what]).toEqual(['NonFinite', `the energy of proposal 0 of prefix 1 is ${value}`])
      expect(left(await exactLogPartitions(bad(value, ofPrefix1))(prefixes)()).tag).toBe('NonFinite')
    }
  })

  it('one survivor of nine gives a record with its doubt, and a joint perplexity that is finite', async () => {
    let seen = 0
    const lone = bad(Number.POSITIVE_INFINITY, () => seen++ % 9 !== 4)
    const found = await run(weighPrefixes(lone, options)(prefixes))
    expect(found.partitions.map(({ reliable }) => reliable)).toEqual([false, false, false])
    for (const { jackknife } of found.partitions) expect(jackknife).toBeCloseTo(-Math.log(9), 12)
    const joint = jointPerplexity({ logBase: [-1, -2, -1], energies: [0, 0, 0], partitions: found.partitions }, 6)
    expect([joint.value, joint.lower, joint.upper, joint.testError].every(Number.isFinite)).toBe(true)
    expect(found.joint.count).toBe(3)
  })
})

/** P_joint and the base given the prefix 1, on its nine rows. */
const conditional = async () => {
  const nine = sliceRows(everyRow(3, 3), 9, 18)
  const logs = await run(rowScores(tilt.base, nine, 1))
  const energies = await run(tilt.energy(nine))
  return { logs, energies, joint: exactTilt(logs, energies) }
}

describe('draws of P_joint', () => {
  it('R14: Algorithm 1 follows the law of n candidates (n = 3, 30 000 draws, χ² on 9 cells below 66: α = 1e-10)', async () => {
    const draws = 30_000
    const { logs, energies } = await conditional()
    const law = resamplingLaw(
      logs.map(Math.exp),
      energies.map((e) => -e),
      3,
    )
    const many = repeatedRows(rowsOf([Int32Array.of(1)], 1), draws, 0, draws)
    const found = await run(weighPrefixes(tilt, { key: key(7), samples: 3, batch: 30_000 })(many))
    const counts = countsOf(
      Array.from({ length: draws }, (_, i) => codeOf(3, rowAt(found.joint, i)) - 9),
      9,
    )
    const chi = counts.reduce((acc, c, i) => acc + (c - draws * at(law, i)) ** 2 / (draws * at(law, i)), 0)
    expect(chi).toBeLessThan(66)
    const limit = exactTotalVariation(law, (await conditional()).joint.probabilities)
    expect(limit).toBeGreaterThan(0.02)
  })

  it('R19: its chain of n − 1 steps follows q·Kⁿ⁻¹, K of the independent sampler (n = 3, 10 000 draws, χ² on 9 cells below 66)', async () => {
    const draws = 10_000
    const { logs, energies } = await conditional()
    const kernel = independentKernel(
      logs.map(Math.exp),
      energies.map((e) => -e),
    )
    const step = (law: Float64Array): Float64Array =>
      law.map((_, j) => law.reduce((acc, p, i) => acc + p * at(kernel.values, 9 * i + j), 0))
    const law = step(step(logs.map(Math.exp)))
    const many = repeatedRows(rowsOf([Int32Array.of(1)], 1), draws, 0, draws)
    const found = await run(weighPrefixes(tilt, { key: key(7), samples: 3, batch: 1000 })(many))
    const counts = countsOf(
      Array.from({ length: draws }, (_, i) => codeOf(3, rowAt(found.chain, i)) - 9),
      9,
    )
    const chi = counts.reduce((acc, c, i) => acc + (c - draws * at(law, i)) ** 2 / (draws * at(law, i)), 0)
    expect(chi).toBeLessThan(66)
    const resampled = resamplingLaw(
      logs.map(Math.exp),
      energies.map((e) => -e),
      3,
    )
    expect(exactTotalVariation(law, resampled)).toBeGreaterThan(0.01)
    expect(found.chainEnergies).toEqual(await run(tilt.energy(found.chain)))
  })

  it('every sampler takes the same tilt: rejection, quasi-rejection, Metropolis–Hastings, resampling', async () => {
    const model = given(Int32Array.of(1))(prefixTilt(tilt))
    const { energies, joint } = await conditional()
    const logEnvelope = energies.reduce((acc, e) => Math.max(acc, -e), Number.NEGATIVE_INFINITY)
    const shares = (rows: readonly Int32Array[]): Float64Array =>
      countsOf(
        rows.map((row) => codeOf(3, row) - 9),
        9,
      ).map((c) => c / rows.length)
    const n = 6000
    const options = { target: n, budget: 1e6, batch: 4096, logEnvelope }
    const accepted = await run(rejection(key(8), options)(model))
    const quasi = await run(quasiRejection(key(9), { trials: 4 * n, logEnvelope })(model))
    const chains = await run(independentMetropolis<Int32Array>(key(10), { chains: n, steps: 12 })(model))
    const resampled = await run(resampling(key(11), { proposals: 2 * n, draws: n })(model))
    // Total variation of n draws from their law is about √(9/(2πn)) ≈ 0.016; biases of the last two are below 0.01.
    for (const rows of [accepted.samples, quasi.samples, chains.states, resampled.samples])
      expect(exactTotalVariation(shares(rows), joint.probabilities)).toBeLessThan(0.06)
    expect(resampled.distinctAncestors).toBeGreaterThan(100)
    expect(Math.abs(accepted.logPartition - joint.logPartition)).toBeLessThan(6 * accepted.logPartitionError)
  })

  it('a tilt under sharpened proposals proposes them, and says that it cannot score them', async () => {
    const sharpened = given(Int32Array.of(1))(prefixTilt(tilt, { topK: 2 }))
    const { samples } = await run(importance(key(12), 5)(sharpened))
    expect(samples.every((row) => row.length === 3 && row[0] === 1)).toBe(true)
    expect(left(await sharpened.base.logProbability(samples)()).tag).toBe('Support')
  })
})
