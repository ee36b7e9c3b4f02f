import { fc, test } from '@fast-check/vitest'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { activeFeatureNames, type GamOptions } from '../../../lib/systems/gam/options.ts'
import { figureTwo, paperValuesOf } from '../../../lib/systems/gam/paper.ts'
import { presets } from '../../../lib/systems/gam/settings.ts'
import { validateOptions } from '../../../lib/systems/gam/settings.ts'

const bits = (most: number) => fc.string({ unit: fc.constantFrom('0', '1'), minLength: 1, maxLength: most })

describe('validateOptions', () => {
  it('accepts every preset', () => {
    for (const preset of Object.values(presets)) expect(isRight(validateOptions(preset))).toBe(true)
  })

  it('wants micro-batches that divide the batch', () => {
    for (const [batch, microBatches, fits] of [
      [100, 4, true],
      [100, 100, true],
      [100, 3, false],
      [2, 4, false],
    ] as const) {
      const found = validateOptions({ ...presets.tiny, batch, microBatches })
      expect(isRight(found)).toBe(fits)
      if (isLeft(found)) expect(found.left.what).toBe(`--batch ${batch} cannot be cut into ${microBatches} equal parts`)
    }
  })

  it('refuses kept cycles with smc, which does not use the proposal, and where there are no cycles', () => {
    for (const [more, refused] of [
      [{ regime: 'cyclical', cycle: 'kept', sampler: 'smc' }, '--sampler smc'],
      [{ regime: 'two-stage', cycle: 'kept' }, '--regime two-stage has no cycles'],
      [{ regime: 'kl-dpg', cycle: 'kept' }, '--regime kl-dpg has no cycles'],
      [{ regime: 'cyclical', cycle: 'kept' }, undefined],
      [{ regime: 'cyclical', cycle: 'refitted', sampler: 'smc' }, undefined],
      [{ regime: 'two-stage', cycle: 'refitted' }, undefined],
    ] as const) {
      const found = validateOptions({ ...presets.tiny, ...more })
      if (refused === undefined) expect(isRight(found)).toBe(true)
      else expect(isLeft(found) && found.left.what).toContain(refused)
    }
  })

  test.prop([bits(20), fc.integer({ min: 1, max: 30 })], { seed: 11, numRuns: 200 })(
    'accepts a motif of 0 and 1 exactly when it fits into the strings',
    (motif, length) => {
      const options: GamOptions = { ...presets.tiny, data: { kind: 'motif', motif, length, mixture: 1 } }
      expect(isRight(validateOptions(options))).toBe(motif.length <= length)
    },
  )

  test.prop([bits(6), fc.constantFrom('2', 'a', ' ', '1\u0301', '٠'), bits(6)], { seed: 12, numRuns: 50 })(
    'refuses any other symbol in the motif and names it',
    (before, strange, after) => {
      const motif = before + strange + after
      const refused = validateOptions({ ...presets.tiny, data: { kind: 'motif', motif, length: 30, mixture: 1 } })
      expect(isLeft(refused) && refused.left.tag).toBe('Usage')
      expect(isLeft(refused) && refused.left.what).toContain('is not a motif in the digits 0 and 1')
    },
  )

  test.prop([fc.constantFrom('train', 'hidden', 'layers', 'batch', 'distilled', 'maxEpochs', 'patience', 'bank')], {
    seed: 13,
  })('refuses a count of zero, a fraction and NaN', (field) => {
    for (const value of [0, 1.5, Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(isLeft(validateOptions({ ...presets.tiny, [field]: value }))).toBe(true)
  })
})

describe('names and values from the paper', () => {
  it('ft selects features in the order m, m+0, m/2, d0, d1, d2, d3', () => {
    expect(activeFeatureNames({ ...presets.paper, features: '1001111' })).toEqual(['m', 'd0', 'd1', 'd2', 'd3'])
    expect(activeFeatureNames({ ...presets.paper, features: '0111111' })).toEqual([
      'm+0',
      'm/2',
      'd0',
      'd1',
      'd2',
      'd3',
    ])
  })

  it('each panel of Figure 2 belongs to its setting alone', () => {
    for (const { name, motif, mixture, features, rows } of figureTwo)
      for (const { train, crossEntropy } of rows) {
        const data = { kind: 'motif', motif, mixture, length: 30 } as const
        expect(paperValuesOf({ ...presets.paper, data, features, train, moments: 'rs' })).toMatchObject({
          source: `Figure 2 (${name}), rs`,
          crossEntropyBase: crossEntropy[0],
          crossEntropyDistilled: crossEntropy[1],
        })
      }
    expect(paperValuesOf({ ...presets.paper, train: 700 })).toBeUndefined()
    expect(paperValuesOf({ ...presets.paper, features: '1111111' })).toBeUndefined()
    expect(paperValuesOf({ ...presets.paper, regime: 'cyclical' })).toBeUndefined()
    expect(paperValuesOf({ ...presets.paper, moments: 'rs' })).toMatchObject({
      source: 'Figure 2 (c), rs',
      crossEntropyBase: 0.589,
      crossEntropyDistilled: 0.469,
      motifFrequencyDistilled: 0.959,
    })
    expect(paperValuesOf({ ...presets.paper, moments: 'newton' })?.crossEntropyDistilled).toBe(0.479)
  })
})
