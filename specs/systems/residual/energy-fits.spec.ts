/** Several energies in one run: those of other sizes and starts are trained and measured beside UniT and BiT, which stay as they were. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { onBase } from '../../../lib/systems/residual/fits.ts'
import { networksOf } from '../../../lib/systems/residual/networks.ts'
import type { FurtherEnergy } from '../../../lib/systems/residual/options.ts'
import { presets } from '../../../lib/systems/residual/settings.ts'
import { trainedToEnd } from '../../../lib/systems/residual/trained.ts'
import { left, right } from '../../either.ts'
import { generatedText, runTiny, textFolder, tinyOptions } from './tiny.ts'

const folder = textFolder()
afterAll(folder.remove)
const other = join(folder.path, 'other.txt')
writeFileSync(other, generatedText(90).replaceAll('cat', 'fox'))
const tiny = tinyOptions(folder.file)
const alone = {
  ...tiny,
  baselines: false,
  energy: { ...tiny.energy, start: 'masked', starData: other },
} as const
const energies: readonly FurtherEnergy[] = ['bit-star', 'bit-large']
const options = { ...alone, evaluation: { ...alone.evaluation, energies } }

describe('bodies', () => {
  it("have the slides' proportions: 125, 203 and 355 million parameters", () => {
    const { bodies } = networksOf(presets.paper, 257, 256)
    const layers = [bodies['bit-base'], bodies.bit, bodies['bit-large']].map((body) => body.layers)
    expect(layers).toEqual([7, 12, 21])
    expect([bodies['bit-base-star'], bodies['bit-star'], bodies['bit-large-star']].map((body) => body.layers)).toEqual(
      layers,
    )
  })

  it('of more layers than the base have its layers below, and their own above', () => {
    const fresh = { a: Float32Array.of(1), b: Float32Array.of(2) }
    expect(onBase(fresh, { a: Float32Array.of(3), c: Float32Array.of(4) })).toEqual({ ...fresh, a: Float32Array.of(3) })
  })
})

describe('a run of several energies', { timeout: 120_000 }, () => {
  const directory = join(folder.path, 'several')
  mkdirSync(directory)
  const first = runTiny(alone, 'evaluate', { directory })
  const second = first.then(() => runTiny(options, 'evaluate', { directory }))

  it('adds them to a trained run, whose other trainings stay as they were, in one table from the same samples', async () => {
    const [before, after] = [right(await first), right(await second)]
    const models = (results: typeof after) => results.evaluation?.table.map(({ model }) => model)
    expect(models(before)).toEqual(['base', 'unit', 'bit'])
    expect(models(after)).toEqual(['base', 'unit', 'bit', 'bit-large', 'bit-star'])
    expect(after.fits).toMatchObject(before.fits)
    expect(after.evaluation?.table.slice(1, 3).map(({ perToken }) => perToken)).toEqual(
      before.evaluation?.table.slice(1, 3).map(({ perToken }) => perToken),
    )
    const [, , medium, large] = after.evaluation?.table ?? []
    expect(large?.parameters).toBeGreaterThan(medium?.parameters ?? Number.POSITIVE_INFINITY)
    expect(large?.partitions?.samples).toBe(6)
    expect(new Set(after.evaluation?.table.map(({ perToken: { value } }) => value)).size).toBe(5)
  })

  it('starts the starred from a masked model of the other text, which the base has no part in', async () => {
    const found = right(await second).fits
    expect(Object.keys(found)).toEqual(expect.arrayContaining(['masked', 'masked-bit-star', 'masked-bit-large']))
    const own = {
      ...alone,
      evaluation: { ...alone.evaluation, energies: ['bit-star' as const] },
      energy: { ...alone.energy, starData: folder.file },
    }
    const same = right(await runTiny(own, 'train')).fits
    expect(same['masked-bit-star']).not.toEqual(found['masked-bit-star'])
    expect(same['masked']).toEqual(found['masked'])
  })

  it('a run that lacks one of them is not trained to its end, and is told how to be', async () => {
    await first
    const lacking = {
      ...options,
      out: 'runs/x',
      evaluation: { ...alone.evaluation, energies: ['bit-base-star' as const] },
    }
    await second
    expect(left(await trainedToEnd(lacking, directory, () => undefined)())).toMatchObject({
      what: expect.stringContaining('(bit-base-star missing)'),
      remedy: 'train it first: exptilt residual train --resume runs/x --energies bit-base-star',
    })
  })
})
