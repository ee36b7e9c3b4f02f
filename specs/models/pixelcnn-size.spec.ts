/** Sizes of PixelCNNs: those of the papers and the smaller ones, number by number, and what a pixel shows. */
import { expect, it } from 'vitest'
import { encodedFeatures, gatedPixelCnnPresets, pixelCnnPresets } from '../../lib/models/pixelcnn-size.ts'

it('presets are those of the tables: features, layers, first window, window, head', () => {
  const numbers = (all: typeof pixelCnnPresets | typeof gatedPixelCnnPresets) =>
    Object.entries(all).map(
      ([name, { encoding, features, layers, first, window, head }]) =>
        `${name} ${typeof encoding === 'string' ? encoding : 'embedded'} ${[features, layers, first, window, head].join(' ')}`,
    )
  expect(numbers(pixelCnnPresets)).toEqual([
    'tiny scaled 12 4 5 3 24',
    'small scaled 24 6 7 3 48',
    'paperMnist scaled 16 7 7 3 32',
    'paper scaled 129 15 7 3 1026',
  ])
  expect(numbers(gatedPixelCnnPresets)).toEqual([
    'tiny scaled 24 4 5 3 48',
    'small scaled 48 8 7 3 96',
    'paper scaled 384 20 7 5 1026',
  ])
})

it('a pixel shows a number a channel, a place for each level, or an embedding', () => {
  const image = { height: 2, width: 2, channels: 3, levels: 5 }
  const shown = (encoding: 'scaled' | 'one-hot' | { readonly embedding: number }): number =>
    encodedFeatures({ ...pixelCnnPresets.tiny, image, encoding })
  expect([shown('scaled'), shown('one-hot'), shown({ embedding: 4 })]).toEqual([3, 15, 12])
})
