/** The objectives as options of a run: dynamic NCE killed and resumed, a learned log-normaliser beside the estimate. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ResidualOptions } from '../../../lib/systems/residual/options.ts'
import { left, right } from '../../either.ts'
import { runTiny, textFolder, timeless, tinyOptions } from './tiny.ts'

const folder = textFolder()
afterAll(folder.remove)
const tiny = { ...tinyOptions(folder.file), baselines: false }
const withEnergy = (energy: Partial<ResidualOptions['energy']>): ResidualOptions => ({
  ...tiny,
  energy: { ...tiny.energy, ...energy },
})

describe('dynamic NCE', { timeout: 60_000 }, () => {
  const options = withEnergy({ objective: 'dynamic-nce', ratio: 2, rounds: 3, logNormaliser: true })
  const whole = runTiny(options, 'evaluate')

  it('trains the noise model on, step for step with an energy, and tilts it', async () => {
    const { fits, evaluation } = right(await whole)
    expect(fits['noise']?.curve.map(({ step }) => step)).toEqual([2, 4])
    expect(fits['unit']?.curve.map(({ step }) => step)).toEqual([3, 6])
    expect(evaluation?.table.map(({ model }) => model)).toEqual(['base', 'unit', 'bit'])
    const plain = right(await runTiny(tiny, 'evaluate'))
    expect(plain.fits['noise']).toBeUndefined()
    expect(plain.fits['base']).toEqual(fits['base'])
    expect(plain.evaluation?.table[0]?.perToken.value).not.toBe(evaluation?.table[0]?.perToken.value)
  })

  it('killed anywhere and resumed gives the same bits, also when noise was lost', async () => {
    const wanted = timeless(right(await whole))
    const directory = join(folder.path, 'dynamic')
    mkdirSync(directory)
    for (const abortAt of [
      ['training the noise model', 2],
      ['sampling noise', 1],
      ['training the energy UniT', 4],
    ] as const)
      expect(left(await runTiny(options, 'evaluate', { directory, abortAt })).tag).toBe('Interrupted')
    expect(readdirSync(directory).filter((name) => name.startsWith('noise'))).toHaveLength(3)
    rmSync(join(directory, 'noise-1.safetensors'))
    expect(timeless(right(await runTiny(options, 'evaluate', { directory })))).toEqual(wanted)
  })
})

describe('a learned log-normaliser', { timeout: 60_000 }, () => {
  it('is trained, logged and reported beside the mean of log Z; without it nothing of the kind', async () => {
    const { fits, evaluation } = right(await runTiny(withEnergy({ logNormaliser: true }), 'evaluate'))
    for (const name of ['unit', 'bit'] as const) {
      const row = evaluation?.table.find(({ model }) => model === name)
      const logged = fits[name]?.curve.map(({ facts }) => facts['logNormaliser'] ?? Number.NaN) ?? []
      expect(logged).toHaveLength(2)
      expect(logged).toContain(row?.logNormaliser)
      expect(row?.logNormaliser).not.toBe(0)
      expect(Number.isFinite(row?.partitions?.meanLogPartition)).toBe(true)
    }
    const plain = right(await runTiny(tiny, 'evaluate'))
    expect(plain.evaluation?.table.every(({ logNormaliser }) => logNormaliser === undefined)).toBe(true)
  })

  it('importance-sampled likelihood trains as an option too', async () => {
    const { fits } = right(await runTiny(withEnergy({ objective: 'importance', ratio: 3 }), 'train'))
    expect(fits['bit']?.curve).toHaveLength(2)
    expect(Number.isFinite(fits['bit']?.best)).toBe(true)
  })
})

describe('BiT from a masked language model', { timeout: 60_000 }, () => {
  const options = withEnergy({ start: 'masked' })

  it('is trained from the base, killed and resumed to the same bits; UniT is as it was', async () => {
    const wanted = timeless(right(await runTiny(options, 'train')))
    expect(wanted.fits['masked']?.curve.map(({ step }) => step)).toEqual([3, 6])
    const directory = join(folder.path, 'masked')
    mkdirSync(directory)
    const abortAt = ['training the masked', 4] as const
    expect(left(await runTiny(options, 'train', { directory, abortAt })).tag).toBe('Interrupted')
    expect(timeless(right(await runTiny(options, 'train', { directory })))).toEqual(wanted)
    const plain = right(await runTiny(tiny, 'train'))
    expect(plain.fits['unit']).toEqual(wanted.fits['unit'])
    expect(plain.fits['bit']).not.toEqual(wanted.fits['bit'])
  })
})

describe('energies of fewer layers than the base', { timeout: 60_000 }, () => {
  it('are its lower layers under a head; RALM and BALM have the parameters of both', async () => {
    const options = { ...withEnergy({ start: 'masked', layers: 1 }), baselines: true }
    const deep = { ...options, network: { ...options.network, layers: 2 } }
    const { evaluation } = right(await runTiny(deep, 'evaluate'))
    const parameters = Object.fromEntries(evaluation?.table.map((row) => [row.model, row.parameters]) ?? [])
    const { base = 0, balm = 0, ralm, unit, bit } = parameters
    const [layer, head] = [balm - base, deep.network.model + 1]
    expect(layer).toBeGreaterThan(0)
    expect(ralm).toBe(2 * base - layer)
    expect([unit, bit]).toEqual([2 * base - layer + head, 2 * base - layer + head])
  })
})
