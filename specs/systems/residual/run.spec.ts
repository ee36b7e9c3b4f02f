/** The system from a text to results: what it reports, and that a run killed anywhere goes on to the same bits. */
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { decodeJson } from '../../../lib/codec/json.ts'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { residualResultsCodec } from '../../../lib/systems/residual/results-codec.ts'
import { left, right } from '../../either.ts'
import { runTiny, textFolder, timeless, tinyOptions } from './tiny.ts'

const folder = textFolder()
afterAll(folder.remove)
const options = tinyOptions(folder.file)
const directory = (name: string): string => {
  const path = join(folder.path, name)
  mkdirSync(path)
  return path
}

const whole = runTiny(options, 'all')

/** A folder with checkpoints of a whole training. */
const trained = directory('trained')
const evaluated = whole.then(() => runTiny(options, 'evaluate', { directory: trained }))

describe('a whole run', { timeout: 120_000 }, () => {
  it('reports the table in order, with bounds, and what log Z rests on', async () => {
    const results = right(await whole)
    const table = results.evaluation?.table ?? []
    expect(table.map(({ model }) => model)).toEqual(['base', 'ralm', 'balm', 'unit', 'bit'])
    for (const { perToken, perWord } of table) {
      expect(perToken.lower).toBeLessThanOrEqual(perToken.value)
      expect(perToken.value).toBeLessThanOrEqual(perToken.upper)
      expect(perToken.count).toBe(4 * 3)
      expect(Math.abs(perToken.value ** perToken.count / perWord.value ** perWord.count - 1)).toBeLessThan(1e-6)
    }
    const [base, , , unit, bit] = table
    expect(bit?.gains?.['base']).toEqual(bit?.gain)
    expect(bit?.gains?.['unit']?.value).toBeCloseTo((bit?.gain?.value ?? 0) - (unit?.gain?.value ?? 0), 10)
    expect(base?.partitions).toBeUndefined()
    expect([unit?.partitions?.samples, bit?.partitions?.prefixes]).toEqual([6, 4])
    expect(unit?.parameters).toBeGreaterThan(base?.parameters ?? 0)
    const { value, lower, upper } = bit?.perToken ?? {}
    expect(results.evaluation?.bySamples?.map(({ samples }) => samples)).toEqual([4, 6])
    expect(results.evaluation?.bySamples?.at(-1)).toEqual({ samples: 6, value, lower, upper })
    for (const name of ['unit', 'bit'] as const)
      expect(results.evaluation?.steps[name].at(-1)).toMatchObject({ position: 7, exact: true })
    const last = results.evaluation?.steps.bit.at(-1)
    expect([results.evaluation?.chunks, last?.rows]).toEqual([4, 5])
    expect(last?.gain?.value).toBeCloseTo(Math.log((last?.base ?? 0) / (last?.joint ?? 1)), 9)
    const next = results.evaluation?.next ?? []
    expect(next.every(({ tokens }) => tokens.length === 10)).toBe(true)
    expect(next.at(-1)?.tokens.every(({ unit, bit }) => unit.exact && bit.exact)).toBe(true)
  })

  it('generates for each prefix by the base and by both energies, and judges them', async () => {
    const { generation, analysis } = right(await whole)
    expect(generation?.samples).toHaveLength(3)
    expect(new Set(generation?.samples.map(({ balm }) => typeof balm))).toEqual(new Set(['string']))
    expect(Object.keys(generation?.measures ?? {})).toEqual(['data', 'base', 'unit', 'bit'])
    expect(generation?.effectiveProposals.bit).toBeGreaterThanOrEqual(1)
    expect(generation?.effectiveProposals.bit).toBeLessThanOrEqual(4)
    const { metropolis, measures } = generation ?? {}
    const above = (metropolis?.meanEnergy ?? 0) - (measures?.bit.meanEnergy ?? 0)
    expect(metropolis?.energyAbove.value).toBeCloseTo(above, 12)
    const oftener = (analysis?.metropolis?.falsePositiveRate ?? 0) - (analysis?.joint.falsePositiveRate ?? 0)
    expect(analysis?.metropolis?.moreOften.value).toBeCloseTo(oftener, 12)
    for (const judgement of [analysis?.base, analysis?.joint, analysis?.metropolis]) {
      expect(judgement?.falsePositiveRate).toBeGreaterThanOrEqual(0)
      expect(judgement?.accuracy).toBeLessThanOrEqual(1)
    }
  })

  it('survives its file: results decode to what was encoded', async () => {
    const results = right(await whole)
    const text = exactJson(residualResultsCodec.encode(results))
    expect(right(decodeJson(residualResultsCodec, 'results')(text))).toEqual(results)
  })

  it('killed in any phase and resumed gives the same bits', async () => {
    const wanted = timeless(right(await whole))
    const own = directory('killed')
    const moments = [
      ['training the base', 5],
      ['sampling noise', 1],
      ['training the energy BiT', 4],
      ['training BALM', 5],
      ['estimating', 1],
      ['sampling for', 1],
    ] as const
    for (const abortAt of moments)
      expect([abortAt[0], left(await runTiny(options, 'all', { directory: own, abortAt })).tag]).toEqual([
        abortAt[0],
        'Interrupted',
      ])
    expect(readdirSync(own)).toContain('noise.safetensors')
    expect(timeless(right(await runTiny(options, 'all', { directory: own })))).toEqual(wanted)
  })

  it('measures again, without training again, when only the measures change', async () => {
    const first = right(await evaluated)
    expect(first.generation).toBeUndefined()
    const more = { ...options, evaluation: { ...options.evaluation, samples: 12 } }
    const second = right(await runTiny(more, 'evaluate', { directory: trained }))
    expect(second.fits).toEqual(first.fits)
    expect(second.evaluation?.table[4]?.partitions?.samples).toBe(12)
  })
})

describe('wrong input', { timeout: 60_000 }, () => {
  it('a checkpoint of other settings, and one of another tokenizer', async () => {
    right(await evaluated)
    const wider = { ...options, network: { ...options.network, feedForward: 16 } }
    expect(left(await runTiny(wider, 'train', { directory: trained })).what).toContain('other settings')
  })

  it('a text that is too short for a row', async () => {
    const long = { ...options, chunk: { prefix: 5000, modelled: 3 } }
    const found = left(await runTiny(long, 'train'))
    expect([found.tag, found.what]).toEqual(['Usage', expect.stringContaining('fewer than a row of 5003')])
  })
})

describe('trainings by micro-batches', { timeout: 120_000 }, () => {
  it('give the same bits on one worker and on two, of which the one that is cut otherwise gives others', async () => {
    const cut = { ...options, microBatches: 2, network: { ...options.network, dropout: 0.1 } }
    const [one, two] = await Promise.all(
      [1, 2].map(async (workers) => right(await runTiny({ ...cut, workers }, 'train'))),
    )
    expect(two?.fits).toEqual(one?.fits)
    expect(one?.fits).not.toEqual(right(await runTiny({ ...cut, microBatches: 4, workers: 1 }, 'train')).fits)
  })
})
