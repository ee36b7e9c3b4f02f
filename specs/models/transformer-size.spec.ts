/** Where weights of networks start: the deviation of each, from the widths that it stands between. */
import { describe, expect, it } from 'vitest'
import { encoderDecoderInitials } from '../../lib/models/encoder-decoder-size.ts'
import type { Initials } from '../../lib/models/parameters.ts'
import { gatedBody, residualBody } from '../../lib/models/pixelcnn-body.ts'
import { transformerAxes, transformerInitials } from '../../lib/models/transformer-size.ts'
import { smallTransformer } from './small-transformer.ts'

/** The deviations by what a name ends in; those without one start at their mean. */
const deviationsOf = (
  initials: Initials,
  of: (name: string) => string,
): Readonly<Record<string, readonly number[]>> => {
  const found: Record<string, number[]> = {}
  for (const [name, { deviation = 0, mean = 0 }] of Object.entries(initials)) {
    const own = (found[of(name)] ??= [])
    const value = deviation === 0 ? mean : deviation
    if (!own.includes(value)) own.push(value)
  }
  return found
}

const withoutLayer = (name: string): string =>
  name.replace(/layer\d+\./, '').replace(/^(vertical|link|horizontal|project|block)\d+/, '$1')

describe('transformers', () => {
  const untied = { ...smallTransformer, layers: 8, tied: false }

  it('start as GPT-2: 0.02, what enters the stream less by √(2·layers), gains 1 and biases 0', () => {
    expect(deviationsOf(transformerInitials(untied), withoutLayer)).toEqual({
      'embedding.token': [0.02],
      'embedding.position': [0.02],
      'attention.norm.gain': [1],
      'attention.norm.bias': [0],
      'attention.input.weight': [0.02],
      'attention.input.bias': [0],
      'attention.output.weight': [0.005],
      'attention.output.bias': [0],
      'feed.norm.gain': [1],
      'feed.norm.bias': [0],
      'feed.input.weight': [0.02],
      'feed.input.bias': [0],
      'feed.output.weight': [0.005],
      'feed.output.bias': [0],
      'final.norm.gain': [1],
      'final.norm.bias': [0],
      'output.weight': [0.02],
    })
    const own = deviationsOf(transformerInitials({ ...untied, deviation: 0.4 }), withoutLayer)
    expect([own['embedding.token'], own['feed.output.weight'], own['output.weight']]).toEqual([[0.4], [0.1], [0.4]])
  })

  it('have an output of their own where they are not tied, positions where these are learned, the norms of their kind', () => {
    const names = (more: Partial<typeof untied>) => Object.keys(transformerInitials({ ...smallTransformer, ...more }))
    expect(names({})).not.toContain('output.weight')
    expect(names({ positions: 'rotary' })).not.toContain('embedding.position')
    expect(names({}).filter((name) => /^(embedding|final)\.norm/.test(name))).toEqual([
      'final.norm.gain',
      'final.norm.bias',
    ])
    expect(names({ norm: 'post' }).filter((name) => /^(embedding|final)\.norm/.test(name))).toEqual([
      'embedding.norm.gain',
      'embedding.norm.bias',
    ])
    expect(names({ layers: 3 }).filter((name) => name.endsWith('attention.input.weight'))).toHaveLength(3)
  })

  it('embed one symbol more where their begin is an extra one', () => {
    const embedded = (begin: number): number => transformerAxes({ ...smallTransformer, begin }).embedded.size
    expect([0, 4, 5].map(embedded)).toEqual([5, 5, 6])
  })

  it('of two sides start with 1/√model everywhere', () => {
    const { positions: _p, tied: _t, ...common } = smallTransformer
    const sides = { ...common, model: 16, source: 7, activation: 'relu', shared: 'none' } as const
    const found = deviationsOf(
      encoderDecoderInitials(sides),
      (name) => /(weight|token|gain|bias)$/.exec(name)?.[0] ?? name,
    )
    expect(found).toEqual({ token: [0.25], weight: [0.25], gain: [1], bias: [0] })
    const names = Object.keys(encoderDecoderInitials(sides)).map(withoutLayer)
    expect(
      [...new Set(names.filter((name) => name.includes('cross')))].every((name) => name.startsWith('decoder/')),
    ).toBe(true)
    const final = (norm: 'pre' | 'post') =>
      Object.keys(encoderDecoderInitials({ ...sides, norm })).filter((name) => name.includes('final'))
    expect([final('pre').length, final('post').length]).toEqual([4, 0])
  })
})

describe('PixelCNNs', () => {
  const image = { height: 4, width: 4, channels: 1, levels: 5 }
  const size = { image, encoding: 'one-hot', features: 4, layers: 3, first: 5, window: 3, head: 6 } as const

  it('start with the inverse root of what a convolution reads: taps of its mask, times features', () => {
    // Taps before a pixel of a window of 5: 12; up to a pixel of one of 3: 5.
    expect(deviationsOf(residualBody(size).initials, withoutLayer)).toEqual({
      'first.weight': [1 / Math.sqrt(12 * 5)],
      'first.bias': [0],
      'block.reduce.weight': [1 / Math.sqrt(8)],
      'block.reduce.bias': [0],
      'block.convolution.weight': [1 / Math.sqrt(5 * 4)],
      'block.convolution.bias': [0],
      'block.expand.weight': [1 / 2],
      'block.expand.bias': [0],
    })
  })

  it('of two stacks likewise: rows to below the middle, and pixels to the left', () => {
    const found = deviationsOf(gatedBody(size).initials, withoutLayer)
    const wanted = {
      'vertical.weight': [1 / Math.sqrt(15 * 5), 1 / Math.sqrt(6 * 4)],
      'vertical.bias': [0],
      'link.weight': [1 / Math.sqrt(8)],
      'horizontal.weight': [1 / Math.sqrt(2 * 5), 1 / Math.sqrt(2 * 4)],
      'horizontal.bias': [0],
      'project.weight': [1 / 2],
      'project.bias': [0],
    }
    expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort())
    for (const [name, values] of Object.entries(wanted))
      values.forEach((value, i) => expect(found[name]?.[i]).toBeCloseTo(value, 14))
  })

  it('remember what steps and rows read again', () => {
    const gated = gatedBody(size)
    expect(gated.links).toEqual(['link0', 'link1', 'link2'])
    expect(gated.remembered).toEqual({
      ...{ link0: 8, link1: 8, link2: 8 },
      ...{ vertical0: 4, vertical1: 4, horizontal0: 4, horizontal1: 4 },
    })
    // A lag of one, and of what each layer looks to the right.
    expect([gated.output, gated.delay]).toEqual([4, 1 + 2 + 1 + 1])
    expect(gated.upward).toEqual({
      pixels: { rows: 2, channels: 5 },
      ...{ vertical0: { rows: 1, channels: 4 }, vertical1: { rows: 1, channels: 4 } },
      ...{ link0: { rows: 1, channels: 8 }, link1: { rows: 1, channels: 8 }, link2: { rows: 1, channels: 8 } },
    })
    expect(residualBody(size).upward).toEqual({
      pixels: { rows: 2, channels: 5 },
      block1: { rows: 1, channels: 4 },
      block2: { rows: 1, channels: 4 },
    })
    expect(residualBody({ ...size, first: 1 }).upward).not.toHaveProperty('pixels')
  })
})
