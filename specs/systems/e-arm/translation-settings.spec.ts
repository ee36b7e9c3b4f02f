/** The presets of translation experiments: the paper's are columns of Table 6, and all of them can be run and saved. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { iwsltBase, paperSettings, wmtBase, wmtLarge } from '../../../lib/models/table-6.ts'
import { encoderDecoderInitials } from '../../../lib/models/encoder-decoder-size.ts'
import { axesOfInitials, parameterCount } from '../../../lib/models/parameters.ts'
import { translationPresetNames } from '../../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets, experimentCodec, validateExperiment } from '../../../lib/systems/e-arm/settings.ts'
import { translationNetwork } from '../../../lib/systems/e-arm/translation-task.ts'

const columns = [
  ['paper', iwsltBase, paperSettings.iwsltBase],
  ['paper-base', wmtBase, paperSettings.wmtBase],
  ['paper-large', wmtLarge, paperSettings.wmtLarge],
] as const

describe('presets', () => {
  for (const [name, size, settings] of columns)
    it(`${name} is a column of Table 6`, () => {
      const { network, learningRate, objective, preset } = eArmPresets.translate[name]
      const { model: width, layers, heads, feedForward } = size
      const { dropout, coefficient: lambda, startEpoch } = settings
      expect({ preset, network, learningRate }).toEqual({
        preset: name,
        network: { width, layers, heads, feedForward, dropout, norm: 'post', activation: 'relu' },
        learningRate: settings.learningRate,
      })
      expect(objective).toMatchObject({ lambda, startEpoch, labelSmoothing: 0.1, length: undefined })
    })

  it('the columns have the numbers that the paper prints', () => {
    const { paper, 'paper-base': base, 'paper-large': large } = eArmPresets.translate
    const blocks = { norm: 'post', activation: 'relu' } as const
    expect(paper.network).toEqual({ width: 512, layers: 6, heads: 4, feedForward: 1024, dropout: 0.3, ...blocks })
    expect(base.network).toEqual({ width: 512, layers: 6, heads: 8, feedForward: 2048, dropout: 0.3, ...blocks })
    expect(large.network).toEqual({ width: 1024, layers: 6, heads: 16, feedForward: 4096, dropout: 0.3, ...blocks })
    const rest = [paper, base, large].map(({ learningRate, warmUp, weightDecay, schedule, objective }) => [
      ...[learningRate, objective.startEpoch, warmUp, weightDecay, schedule],
    ])
    expect(rest).toEqual([
      [5e-4, 15, 4000, 1e-4, 'inverse-sqrt'],
      [1e-3, 15, 4000, 0, 'inverse-sqrt'],
      [1e-3, 10, 4000, 0, 'inverse-sqrt'],
    ])
    for (const { batchTokens, patience } of [paper, base, large]) expect([batchTokens, patience]).toEqual([4096, 20])
  })

  it('every preset is valid and survives JSON', () => {
    for (const name of translationPresetNames) {
      const preset = eArmPresets.translate[name]
      expect(validateExperiment(preset)).toEqual(E.right(preset))
      const text = JSON.stringify(experimentCodec.encode(preset))
      expect(experimentCodec.decode(JSON.parse(text))).toEqual(E.right(preset))
    }
  })
})

describe('the feed-forward width', () => {
  const { tiny } = eArmPresets.translate
  const count = (feedForward: number): number =>
    parameterCount(
      axesOfInitials(
        encoderDecoderInitials({
          ...{ source: 9, symbols: 9, begin: 8, context: tiny.time, norm: 'pre', activation: 'gelu', shared: 'all' },
          ...{ model: 64, heads: tiny.network.heads, layers: 1, feedForward },
        }),
      ),
    )
  const here = (feedForward?: number): number => {
    const network = { ...tiny.network, ...(feedForward === undefined ? {} : { feedForward }) }
    return parameterCount(translationNetwork({ ...tiny, network }, 9, 8).parameters)
  }

  it('is that of the options, else four times the width', () => {
    expect(here()).toBe(count(256))
    expect(here(40)).toBe(count(40))
    expect(here(40)).toBeLessThan(here())
  })
})
