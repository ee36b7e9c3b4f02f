/** Histograms on common bins, unique n-grams, judgements; continuing a text by every sampler. */
import { describe, expect, it } from 'vitest'
import { byteTokenizer } from '../../../lib/data/byte-tokenizer.ts'
import { effect } from '../../../lib/effect.ts'
import { exactTilt } from '../../../lib/energy/exact.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { gainOver, spacedPositions } from '../../../lib/systems/residual/evaluation.ts'
import { alternating } from '../../../lib/systems/residual/discrimination.ts'
import {
  histogramsOf,
  humanMoreOften,
  judge,
  uniqueRatio,
  uniqueRatios,
} from '../../../lib/systems/residual/measures.ts'
import { samplerNames } from '../../../lib/systems/residual/options.ts'
import { promptTokens, type Sampled, samplePrefix } from '../../../lib/systems/residual/prompt.ts'
import { rowsOf, rowScores, type SequenceBase, sliceRows } from '../../../lib/systems/residual/sequence.ts'
import { left, run } from '../../either.ts'
import { close } from '../../energy/support.ts'
import { codeOf, everyRow, finiteTilt } from './finite.ts'

describe('measures', () => {
  it('histograms share their bins and count every value once', () => {
    const found = histogramsOf({ a: [0, 1, 2, 3], b: [4, 4, Number.NaN] }, 4)
    expect(found).toEqual({ lowest: 0, width: 1, counts: { a: [1, 1, 1, 1], b: [0, 0, 0, 2] } })
    expect(histogramsOf({ a: [2, 2] }, 5)).toEqual({ lowest: 1.5, width: 1, counts: { a: [2] } })
  })

  it('unique n-grams by hand: rows abab and abba after a prefix of one', () => {
    const rows = rowsOf([Int32Array.of(9, 0, 1, 0, 1), Int32Array.of(8, 0, 1, 1, 0)], 5)
    expect(uniqueRatio(rows, 1, 1)).toBe(2 / 8)
    expect(uniqueRatio(rows, 1, 2)).toBe(3 / 6)
    expect(uniqueRatios(rows, 1, 4)).toEqual([2 / 8, 3 / 6, 4 / 4, 1])
    expect(uniqueRatio(rows, 1, 9)).toBeNaN()
  })

  it('a discriminator judges human what has an energy below 0', () => {
    const found = judge([-1, -2, 1, -3], [1, 2, -1, 3])
    expect(found).toMatchObject({ truePositiveRate: 0.75, falsePositiveRate: 0.25, accuracy: 0.75 })
    expect(close(found.standardError, Math.sqrt((0.25 * 0.75) / 3))).toBe(true)
    // pairs: human both, neither, only the first, only the first: 0, 0, 1, 1
    const more = humanMoreOften([-1, 1, -1, -2], [-3, 2, 1, 0])
    expect(more.value).toBe(0.5)
    expect(close(more.standardError, Math.sqrt(1 / 3 / 4))).toBe(true)
  })

  it('positions are spaced evenly with both ends, tables alternate, gains are paired', () => {
    expect(spacedPositions(120, 40, 4)).toEqual([120, 133, 146, 159])
    expect(spacedPositions(3, 2, 9)).toEqual([3, 4])
    expect(spacedPositions(3, 5, 1)).toEqual([7])
    const [even, odd] = [
      rowsOf([Int32Array.of(0), Int32Array.of(1)], 1),
      rowsOf([Int32Array.of(10), Int32Array.of(11)], 1),
    ]
    expect(Array.from(alternating(even, odd).tokens)).toEqual([0, 10, 1, 11])
    expect(Array.from(alternating(even, rowsOf([Int32Array.of(10)], 1)).tokens)).toEqual([0, 10, 1])
    const gain = gainOver(Float64Array.of(-10, -100), Float64Array.of(-9, -99), 10)
    expect(gain).toEqual({ value: 0.2, standardError: 0 })
  })
})

describe('continuing a text', () => {
  it('fills a short prompt up with ends of documents, and refuses one that is longer than the context', async () => {
    const chunk = { prefix: 4, modelled: 3 }
    expect(Array.from(promptTokens(byteTokenizer, chunk, 'ab'))).toEqual([256, 256, 97, 98])
    expect(Array.from(promptTokens(byteTokenizer, chunk, 'abcdef'))).toHaveLength(6)
    const long = await effect(async () => promptTokens(byteTokenizer, chunk, 'abcdefg'))()
    expect(left(long)).toMatchObject({ tag: 'Usage', facts: { tokens: 7, context: 7 } })
  })

  it('by every sampler: samples near P_joint (800 draws, σ = 0.7: mean energies within six errors), and diagnostics', async () => {
    const tilt = finiteTilt(31, { symbols: 3, length: 3, energies: 0.7 })
    const nine = sliceRows(everyRow(3, 3), 9, 18)
    const energies = await run(tilt.energy(nine))
    const { probabilities } = exactTilt(await run(rowScores(tilt.base, nine, 1)), energies)
    const wanted = probabilities.reduce((sum, p, i) => sum + p * at(energies, i), 0)
    for (const method of samplerNames) {
      const options = { key: key(5), method, count: 800, proposals: 24 }
      const { rows, diagnostics } = await run(samplePrefix(tilt, options)(Int32Array.of(1)))
      const found = rows.reduce((sum, row) => sum + at(tilt.energies, codeOf(3, row)), 0) / rows.length
      expect([method, Math.abs(found - wanted) < (6 * 0.7) / Math.sqrt(rows.length) + 0.03]).toEqual([method, true])
      expect(Object.values(diagnostics).every(Number.isFinite)).toBe(true)
      expect(diagnostics['energy']).toBeCloseTo(found, 6)
      expect(diagnostics['energyError']).toBeLessThan(1.1 / Math.sqrt(rows.length))
    }
    const none = { key: key(5), method: 'resampling', count: 1, proposals: 0 } as const
    expect(left(await samplePrefix(tilt, none)(Int32Array.of(1))()).tag).toBe('Domain')
  })

  it('by resampling: the proposals of many draws fill batches, where a draw by itself would fill one', async () => {
    const tilt = finiteTilt(31, { symbols: 3, length: 3, energies: 0.7 })
    const drawn = { rows: new Array<number>() }
    const base: SequenceBase = {
      ...tilt.base,
      complete: (own, prefixes, decoding) => {
        drawn.rows.push(prefixes.count)
        return tilt.base.complete(own, prefixes, decoding)
      },
    }
    const draw = (count: number, proposals: number): Promise<Sampled> =>
      run(samplePrefix({ ...tilt, base }, { key: key(5), method: 'resampling', count, proposals })(Int32Array.of(1)))
    expect((await draw(40, 8)).rows).toHaveLength(40)
    expect(drawn.rows).toEqual([256, 64])
    const { rows, diagnostics } = await draw(3, 1)
    expect(rows.map((row) => at(row, 0))).toEqual([1, 1, 1])
    expect(diagnostics['effectiveProposals']).toBe(1)
  })
})
