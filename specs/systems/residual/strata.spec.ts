/** Estimates of Z by what is known of the first token: unbiased, less variable than the mean, and with intervals that cover. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { cumulative, invert } from '../../../lib/energy/uniform.ts'
import { fold, key, uniforms } from '../../../lib/key.ts'
import { mean } from '../../../lib/math.ts'
import { partitionsBy } from '../../../lib/systems/residual/partitions.ts'
import { type RowEnergy, rowAt, rowsOf, type SequenceBase } from '../../../lib/systems/residual/sequence.ts'
import { estimatedBy } from '../../../lib/systems/residual/strata.ts'
import { weighBy } from '../../../lib/systems/residual/weighing.ts'
import { run } from '../../either.ts'

/** Two tokens after the prefix, each by these probabilities. */
const q = Float64Array.of(0.3, 0.25, 0.2, 0.1, 0.08, 0.04, 0.02, 0.01)
const draw = invert(cumulative(q))
const length = 3
const base: SequenceBase = {
  symbols: q.length,
  length,
  complete: (k, { count, time, tokens }) => {
    const u = uniforms(k, count * length)
    const token = (_: number, j: number): number =>
      j % length < time ? at(tokens, Math.floor(j / length) * time + (j % length)) : draw(at(u, j))
    return TE.right({ tokens: Int32Array.from(u, token), count, time: length })
  },
  next: ({ count }) =>
    TE.right(Float64Array.from({ length: count * q.length }, (_, j) => Math.log(at(q, j % q.length)))),
  tokenScores: ({ tokens }) => TE.right(Float64Array.from(tokens, (token) => Math.log(at(q, token)))),
}
const prefixes = rowsOf([Int32Array.of(0), Int32Array.of(1)], 1)

/** Rare first tokens weigh more, after 1 up to twenty times; the second makes noise of it. */
const weightOf = ([prefix = 0, first = 0, second = 0]: Int32Array): number =>
  (1 + (prefix === 0 ? 0.5 : 1) * first ** 1.5) * (1 + 0.4 * (second % 2))
const rowWeights: RowEnergy = (rows) =>
  TE.right(Float64Array.from({ length: rows.count }, (_, i) => -Math.log(weightOf(rowAt(rows, i)))))
const exact = [0, 1].map((prefix) =>
  q.reduce(
    (sum, p, first) =>
      sum + q.reduce((all, p2, second) => all + p * p2 * weightOf(Int32Array.of(prefix, first, second)), 0),
    0,
  ),
)

const SAMPLES = 48
const RUNS = 1000
const settings = (i: number) => ({ key: fold(key(5), i), batch: 4096, samples: SAMPLES })

/** For each prefix: Ẑ/Z of every run, the variance that it claims of that, and the share of intervals that hold log Z. */
const tried = async (partition: 'plain' | 'stratified' | 'control') => {
  const runs = [...Array(RUNS).keys()]
  const all = await Promise.all(
    runs.map(async (i) => {
      const [found] = await run(partitionsBy(base, [rowWeights], { ...settings(i), partition })(prefixes))
      return found?.partitions ?? []
    }),
  )
  return exact.map((z, p) => {
    const own = all.map((records) => at(records, p))
    const ratios = own.map(({ lower }) => Math.exp(lower) / z)
    const centre = mean(ratios)
    const covered = own.filter(({ interval: [low, high] }) => low <= Math.log(z) && Math.log(z) <= high)
    return {
      bias: centre - 1,
      variance: mean(ratios.map((r) => (r - centre) ** 2)),
      claimed: mean(own.map(({ lower, standardError }) => (standardError * (Math.exp(lower) / z)) ** 2)),
      coverage: covered.length / RUNS,
    }
  })
}

/** That Ẑ is unbiased, varies by at most `share` of what the mean does and no more than it says, and that intervals hold log Z. */
const holds = async (kind: 'stratified' | 'control', share: number): Promise<void> => {
  const [plain, found] = [await tried('plain'), await tried(kind)]
  for (const [p, { bias, variance, claimed, coverage }] of found.entries()) {
    expect(Math.abs(bias)).toBeLessThan(5 * Math.sqrt(variance / RUNS))
    expect(variance).toBeLessThan(share * at(plain, p).variance)
    // The claim is right or too large on average; 1 000 runs tell the variance to some 5 %.
    expect(claimed).toBeGreaterThan(0.85 * variance)
    expect(coverage).toBeGreaterThan(0.93)
  }
}

describe('log Z', () => {
  it('R24: by strata is unbiased, varies less than the mean and no more than it says, and its intervals hold log Z', () =>
    holds('stratified', 0.5))

  it('R25: with a control variate is and does so too', () => holds('control', 0.95))
})

describe('strata', () => {
  it('R24: give each first token its share of the samples, to less than one more or fewer at either end', async () => {
    const seen: number[] = []
    const counting: RowEnergy = (rows) => {
      for (let i = 0; i < rows.count; i++) seen.push(at(rowAt(rows, i), 1))
      return TE.right(new Float64Array(rows.count))
    }
    await run(estimatedBy('stratified')(base, [counting], settings(0))(rowsOf([Int32Array.of(0)], 1)))
    expect(seen).toHaveLength(SAMPLES)
    q.forEach((p, v) => {
      expect(Math.abs(seen.filter((token) => token === v).length - SAMPLES * p)).toBeLessThan(2)
    })
  })

  it('take prefixes and samples in any blocks, each prefix under all energies by the same samples', async () => {
    const many = rowsOf(
      Array.from({ length: 7 }, (_, p) => Int32Array.of(p % 2)),
      1,
    )
    const flat: RowEnergy = (rows) => TE.right(new Float64Array(rows.count))
    const small = { ...settings(1), batch: 5, atOnce: 2 }
    const found = await run(estimatedBy('stratified')(base, [flat, rowWeights], small)(many))
    expect(found.map((own) => own.map(({ n }) => n))).toEqual([Array(7).fill(SAMPLES), Array(7).fill(SAMPLES)])
    for (const { lower, standardError } of at(found, 0)) expect([lower, standardError]).toEqual([0, 0])
    expect(new Set(at(found, 1).map(({ lower }) => lower)).size).toBe(7)
    const again = await run(estimatedBy('stratified')(base, [rowWeights], { ...small, atOnce: 1 })(many))
    expect(at(again, 0)).toEqual(at(found, 1))
  })

  it('plain is the mean of `weighBy`', async () => {
    const [plain] = await run(partitionsBy(base, [rowWeights], { ...settings(2), partition: 'plain' })(prefixes))
    const [weighed] = await run(weighBy(base, [rowWeights], settings(2))(prefixes))
    expect(plain?.partitions).toEqual(weighed?.partitions)
  })
})
