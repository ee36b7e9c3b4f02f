/** Samples for log Z where they are needed: how many, and what becomes of the estimates. */
import { describe, expect, it } from 'vitest'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../../lib/at.ts'
import { fold, key, uniforms } from '../../../lib/key.ts'
import { mean } from '../../../lib/math.ts'
import { partitionsBy } from '../../../lib/systems/residual/partitions.ts'
import { type RowEnergy, rowAt, rowsOf, type SequenceBase } from '../../../lib/systems/residual/sequence.ts'
import { weighBy } from '../../../lib/systems/residual/weighing.ts'
import { run } from '../../either.ts'

const length = 13

/** A fair coin for each token after the first. */
const base: SequenceBase = {
  symbols: 2,
  length,
  complete: (k, prefixes) => {
    const u = uniforms(k, prefixes.count * length)
    const token = (_: unknown, j: number): number =>
      j % length === 0 ? at(prefixes.tokens, j / length) : Number(at(u, j) < 0.5)
    return TE.right({ tokens: Int32Array.from(u, token), count: prefixes.count, time: length })
  },
  next: ({ count }) => TE.right(new Float64Array(2 * count).fill(Math.log(0.5))),
  tokenScores: ({ tokens }) => TE.right(new Float64Array(tokens.length).fill(Math.log(0.5))),
}
const prefixes = rowsOf([Int32Array.of(0), Int32Array.of(1)], 1)

/** log Z of the last 12 bits: between nothing and .1 of a nat, and after 1 a row in 64 weighs 40 times as much. */
const SPIKE = Math.log(40)
const slope = (row: Int32Array): number =>
  0.1 * row.subarray(1).reduce((share, bit, i) => share + bit * 0.5 ** (i + 1), 0)
const isSpike = (row: Int32Array): boolean => row.subarray(0, 7).every((bit) => bit === 1)
const spiky: RowEnergy = (rows) =>
  TE.right(
    Float64Array.from({ length: rows.count }, (_, i) => {
      const row = rowAt(rows, i)
      return isSpike(row) ? -SPIKE : slope(row)
    }),
  )
const flat: RowEnergy = (rows) => TE.right(Float64Array.from({ length: rows.count }, (_, i) => slope(rowAt(rows, i))))

/** Z of both prefixes: the mean over all 4 096 rows. */
const exact = [0, 1].map((first) => {
  const rows = Array.from({ length: 4096 }, (_, code) =>
    Int32Array.from({ length }, (_bit, t) => (t === 0 ? first : (code >> (t - 1)) & 1)),
  )
  return mean(rows.map((row) => (isSpike(row) ? 40 : Math.exp(-slope(row)))))
})

const settings = { key: key(3), batch: 4096 }

describe('as many samples as each prefix takes', () => {
  it('draws a number that is given as `weighBy` does', async () => {
    const [given] = await run(partitionsBy(base, [spiky], { ...settings, samples: 40 })(prefixes))
    const [weighed] = await run(weighBy(base, [spiky], { ...settings, samples: 40 })(prefixes))
    expect(given?.partitions).toEqual(weighed?.partitions)
  })

  it('draws 128 where the pilot’s weigh alike, and more where few do: for all energies what one of them needs', async () => {
    const stages: number[] = []
    const onStage = (_label: string, rows: number): void => void stages.push(rows)
    const found = await run(partitionsBy(base, [flat, spiky], { ...settings, samples: 'auto', onStage })(prefixes))
    const counts = found.map(({ partitions }) => partitions.map(({ n }) => n))
    expect(counts).toEqual([
      [128, 2048],
      [128, 2048],
    ])
    expect(stages).toEqual([128, 128, 2048])
  })

  it('R21: what the pilot saw does not lean on the estimate: Ẑ is right on average', async () => {
    const ratios: readonly number[][] = [[], []]
    for (let i = 0; i < 400; i++) {
      const own = { ...settings, key: fold(key(9), i), samples: 'auto' as const }
      const { partitions } = at(await run(partitionsBy(base, [spiky], own)(prefixes)), 0)
      for (const [p, { lower }] of partitions.entries()) at(ratios, p).push(Math.exp(lower) / at(exact, p))
    }
    for (const own of ratios) {
      const error = Math.sqrt(mean(own.map((r) => (r - mean(own)) ** 2)) / own.length)
      expect(Math.abs(mean(own) - 1)).toBeLessThan(5 * error)
      // What keeps a pilot without a spike, as more than a third are, has .86 on average after 1.
      expect(5 * error).toBeLessThan(0.1)
    }
  })
})
