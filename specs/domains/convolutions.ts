/**
 * Where masked convolutions are tried: every stack, both kinds, windows wider than the image, several channel groups.
 */
import { type AnyAxis, axis } from '../../lib/axis.ts'
import { type Mask, windowOf } from '../../lib/ops/mask.ts'
import { type Draws, drawInput, drawValues, reals, type Sample, sampleNode } from './draws.ts'

const unit = reals(-1, 1)

/** A size of the generator, at most `most`. */
const size = (d: Draws, most: number, least = 0): number => {
  const sizes = d.how.sizes.filter((s) => s >= least && s <= most)
  return sizes[d.integer(0, sizes.length - 1)] ?? 1
}

const mask = (d: Draws): Mask => ({
  stack: d.one(['full', 'vertical', 'horizontal']),
  kind: d.one(['A', 'B']),
  size: d.one([1, 3, 3, 5]),
  groups: d.integer(1, 2),
})

interface Sizes {
  readonly image: readonly AnyAxis[]
  readonly input: AnyAxis
  readonly output: AnyAxis
}

/** Images small and large. */
const sizes = (d: Draws): Sizes => {
  const small = d.how.elements < 100
  const [side, channels] = small ? [3, 2] : d.one([[7, 65] as const, [16, 3] as const])
  const whole = side === 16
  return {
    image: [
      axis('batch', size(d, whole ? 2 : 3)),
      axis('row', whole ? 15 : size(d, side)),
      axis('column', whole ? 14 : size(d, side)),
    ],
    input: axis('input', size(d, channels)),
    output: axis('output', size(d, channels)),
  }
}

const convolution = (d: Draws): Sample => {
  const { image, input, output } = sizes(d)
  const window = windowOf(mask(d))
  return sampleNode('masked_convolution', { ...window, turned: d.integer(0, 1) }, [
    drawInput(d, [...image, input], unit),
    drawInput(d, [axis('tap', window.count), input, output], unit),
  ])
}

const weightGradient = (d: Draws): Sample => {
  const { image, input, output } = sizes(d)
  return sampleNode('masked_convolution_weight', { ...windowOf(mask(d)), turned: d.integer(0, 1) }, [
    drawInput(d, [...image, input], unit),
    drawInput(d, [...image, output], unit),
  ])
}

/** A step anywhere in an image, of a layer that lags behind enough to read what is there. */
const step = (d: Draws): Sample => {
  const { columns: across, ...window } = windowOf(mask(d))
  const [columns, channels] = [d.integer(1, 4), d.integer(1, 3)]
  const { input, output } = sizes(d)
  const [batch, time] = [axis('batch', size(d, 3)), axis('time', channels * columns * d.integer(1, 3))]
  const source = d.integer(0, 1)
  const reach = window.count === 0 ? 0 : Math.max(0, across - 1 - window.left)
  const delay = source + reach + d.integer(0, 1)
  return sampleNode('masked_convolution_step', { ...window, across, columns, channels, delay, source }, [
    drawInput(d, [time, batch, input], unit),
    drawInput(d, [batch, input], unit),
    d.place([], drawValues(d, 1, { dtype: 'i32', low: 0, high: time.size - 1 }), 'i32'),
    drawInput(d, [axis('tap', window.count), input, output], unit),
  ])
}

/** Generators by operation. */
export const convolutionDomains: Readonly<Record<string, (d: Draws) => Sample>> = {
  masked_convolution: convolution,
  masked_convolution_weight: weightGradient,
  masked_convolution_step: step,
}
