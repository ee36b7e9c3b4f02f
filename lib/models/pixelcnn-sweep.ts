/**
 * Two ways to go over an image with one network: all pixels at once, or one pixel a step with what was seen before kept in
 * caches. A network is written once, against `Sweep`; the caches of both ways hold the same rows.
 *
 * A feature may lag behind: at the step of pixel p it stands for pixel p − delay. So a vertical stack, which looks to the
 * right in its row, only ever reads what is there, and the cost of a step is that of the windows.
 */
import { type Axis, axis, findAxis } from '../axis.ts'
import { type Expr, type Tensor, axesOf, type AnyTensor } from '../expr.ts'
import { contract } from '../ops/contract.ts'
import { gather } from '../ops/gather.ts'
import { literal, reorder, reshape, rename } from '../ops/layout.ts'
import { type Mask, maskedWeight } from '../ops/mask.ts'
import { type TapWeight, maskedConvolution } from '../ops/masked-convolution.ts'
import { maskedConvolutionStep } from '../ops/masked-convolution-step.ts'
import {
  add,
  constant,
  constantOf,
  divide,
  greaterEqual,
  maximum,
  multiply,
  remainder,
  sigmoid,
  tanh,
  where,
} from '../ops/pointwise.ts'
import { sliceNode, pad, select, slice } from '../ops/slice.ts'
import { spreadTo } from '../ops/rules.ts'
import type { Named, NamedAxes, StepInput } from './autoregressive.ts'
import { tensorOf } from './parameters.ts'
import { type PixelCnnSize } from './pixelcnn-size.ts'
import { typed, anyTensor } from '../typed.ts'

/**
 * Feature maps [batch, row, column, input]; of one pixel, [batch, input], in a step. One network goes over both, so their axes
 * only matter at run time.
 */
export type Maps = AnyTensor

/** Feature maps that others look at around a pixel. */
export interface Feature {
  readonly name: string
  readonly maps: Maps
  readonly delay: number
  /** Whether its channels are in groups, of which a pixel's later ones are unknown until their turn. */
  readonly grouped: boolean
}

/** How a network looks at rows of an image. */
export interface RowSweep {
  readonly parameters: Named
  /** Remembers maps under a name. */
  readonly feature: (feature: Feature) => Feature
  /** A masked convolution of what was remembered, as seen from a pixel that lags by `delay`; weight at `NAME.weight`. */
  readonly convolve: (name: string, mask: Mask, from: Feature, delay: number) => Maps
}

/** How a network looks at an image. */
export interface Sweep extends RowSweep {
  /** The first convolution, which may show a pixel its own earlier channels. */
  readonly look: (name: string, mask: Mask, from: Pixels, delay: number) => Maps
  /** The gate of a masked convolution plus what stands one row above. */
  readonly gated: (convolution: Gated) => Maps
}

/** A masked convolution of the pixels themselves or of a feature, and the feature that is added from one row above. */
interface Gated {
  readonly name: string
  readonly mask: Mask
  readonly from: Pixels | Feature
  readonly above: Feature
}

/** tanh(a)·σ(b): 2f features, of each channel group first a and then b (van den Oord et al. 2016, Eq. 2). */
export const gatedMaps = (groups: number, x: Maps): Maps => {
  const whole = axis('input', sizeAlong(x, 'input'))
  const features = whole.size / 2
  if (groups === 1) return multiply(tanh(slice(whole, 0, features)(x)), sigmoid(slice(whole, features, features)(x)))
  const [half, others] = [axis('half', 2), axesOf(x).filter((a) => a.name !== 'input')]
  const apart = reshape([...others, axis('group', groups), half, axis('part', features / groups)])(x)
  return reshape([...others, axis('input', features)])(
    multiply(tanh(select(half, 0)(apart)), sigmoid(select(half, 1)(apart))),
  )
}

/** A gated convolution, given how to look at what. */
const gatedBy =
  (sweep: Pick<Sweep, 'convolve' | 'look'>, aboveOf: (from: Feature) => Maps): Sweep['gated'] =>
  ({ name, mask, from, above }) => {
    const own = 'seen' in from ? sweep.look(name, mask, from, 0) : sweep.convolve(name, mask, from, 0)
    return gatedMaps(mask.groups, add(own, aboveOf(above)))
  }

/** The encoded pixels: as later pixels see them, and the pixel itself as far as it is known. */
export interface Pixels {
  readonly seen: Feature
  readonly own: Maps
}

/** The rows that steps add to the caches, by name; filled as a network goes. */
export type Rows = Record<string, Maps>

/** What an operation gave as maps that the next one reads. */
export const asMaps = (y: Expr): Maps =>
  reshape(axesOf(y).map((a) => (a.name === 'output' ? axis('input', a.size) : a)))(anyTensor('f32')(y))

/** The weight of a masked convolution. */
export const weightOf = (parameters: Named, name: string): TapWeight =>
  tensorOf(parameters, `${name}.weight`, 'tap', 'input', 'output')

/** The channels of groups up to each colour: [colour, input] of 0 and 1. */
export const untilColour = (colour: Axis<'colour'>, channels: number): Tensor<'colour' | 'input' | '1'> =>
  literal(
    Float32Array.from({ length: colour.size * channels }, (_, i) =>
      Number(Math.floor(((i % channels) * colour.size) / channels) <= Math.floor(i / channels)),
    ),
    colour,
    axis('input', channels),
  )

/** The size of an axis of maps or tokens. */
export const sizeAlong = (x: Expr, name: string): number => findAxis('pixelcnn', axesOf(x), name).size

/** A 1 × 1 convolution without bias; channel groups see up to their own. */
export const mixedMaps =
  (parameters: Named, name: string, groups: number) =>
  (x: Maps): Maps => {
    const matrix = tensorOf(parameters, `${name}.weight`, 'input', 'output')
    const [from, to] = [axis('input', sizeAlong(matrix, 'input')), axis('output', sizeAlong(matrix, 'output'))]
    const single = typed(
      'tap',
      'input',
      'output',
    )(reshape([axis('tap', 1), from, to])(reorder(['input', 'output'])(matrix)))
    const masked = maskedWeight({ stack: 'full', kind: 'B', size: 1, groups })(single)
    const weight = groups === 1 ? matrix : select(axis('tap', 1), 0)(masked)
    return asMaps(contract(from)(x, weight))
  }

/** A 1 × 1 convolution with bias. */
export const pointwiseMaps =
  (parameters: Named, name: string, groups: number) =>
  (x: Maps): Maps =>
    biased(parameters, name)(mixedMaps(parameters, name, groups)(x))

/** Adds the bias [output] of a layer. */
export const biased =
  (parameters: Named, name: string) =>
  (x: Maps): Maps => {
    const bias = tensorOf(parameters, `${name}.bias`, 'output')
    const output = axis('output', sizeAlong(bias, 'output'))
    return add(x, rename(output, axis('input', output.size))(bias))
  }

/** A remembered feature as rows [time, batch, input]: the row of step t stands for pixel ⌊t / C⌋ − delay. */
const rowsOf = ({ image: { channels } }: PixelCnnSize, time: number, { maps, delay, grouped }: Feature): Maps => {
  const pixel = axis('pixel', sizeAlong(maps, 'row') * sizeAlong(maps, 'column'))
  const [rows, inner] = [axis('batch', sizeAlong(maps, 'batch')), axis('input', sizeAlong(maps, 'input'))]
  const flat = reshape([rows, pixel, inner])(reorder(['batch', 'row', 'column', 'input'])(maps))
  const kept = Math.max(0, pixel.size - delay)
  const late = delay === 0 ? flat : pad(axis('pixel', kept), pixel.size - kept, 0)(slice(pixel, 0, kept)(flat))
  const colour = axis('colour', channels)
  const each =
    channels === 1
      ? late
      : grouped
        ? multiply(late, untilColour(colour, inner.size))
        : spreadTo([pixel, colour, rows, inner])(late)
  const ordered = reorder(channels === 1 ? ['pixel', 'batch', 'input'] : ['pixel', 'colour', 'batch', 'input'])(each)
  return sliceNode('time', 0, time)(reshape([axis('time', pixel.size * channels), rows, inner])(ordered))
}

const image = typed('batch', 'row', 'column', 'input')

/** All pixels at once. `rows` is filled with what steps would have remembered. */
export const wholeSweep = (size: PixelCnnSize, parameters: Named, time: number, rows: Rows): Sweep => {
  const convolve = (name: string, mask: Mask, from: Feature): Maps =>
    biased(parameters, name)(asMaps(maskedConvolution(mask)(image(from.maps), weightOf(parameters, name))))
  const look: Sweep['look'] = (name, mask, from) => convolve(name, mask, from.seen)
  return {
    parameters,
    feature: (feature) => {
      rows[feature.name] = rowsOf(size, time, feature)
      return feature
    },
    convolve,
    look,
    gated: gatedBy({ convolve, look }, ({ maps }) => {
      const row = axis('row', sizeAlong(maps, 'row'))
      return pad(axis('row', row.size - 1), 1, 0)(slice(row, 0, row.size - 1)(maps))
    }),
  }
}

type Whole = Tensor<'1', 'i32'>

const whole = (n: number): Whole => constantOf('i32', n)

/** One pixel a step. `rows` is filled with what this step remembers. */
export const stepSweep = (size: PixelCnnSize, parameters: Named, at: StepInput, rows: Rows): Sweep => {
  const { width: columns, channels } = size.image
  const now: Whole = divide(maximum(at.position, whole(0)), whole(channels))
  const remembered = (from: Feature) => {
    const row = rows[from.name]
    return row ?? from.maps
  }
  const stepped = (mask: Mask, from: Feature, delay: number, weight: TapWeight): Maps =>
    asMaps(
      maskedConvolutionStep(mask, { columns, channels, delay, source: from.delay })(
        tensorOf(at.appended, from.name, 'time', 'batch', 'input'),
        typed('batch', 'input')(remembered(from)),
        at.position,
        weight,
      ),
    )
  const convolve: Sweep['convolve'] = (name, mask, from, delay) =>
    biased(parameters, name)(stepped(mask, from, delay, weightOf(parameters, name)))
  const look: Sweep['look'] = (name, mask, from, delay) =>
    biased(
      parameters,
      name,
    )(lookStep(mask, from, weightOf(parameters, name), (m, w) => stepped(m, from.seen, delay, w)))
  return {
    parameters,
    feature: (feature) => {
      const seen = stepRow(size, at.position, now, feature)
      rows[feature.name] = seen
      return { ...feature, maps: seen }
    },
    convolve,
    look,
    gated: gatedBy({ convolve, look }, (from) => aboveStep(columns, channels, at, now, remembered(from), from)),
  }
}

/** What a step remembers: 0 before the first pixel, and for channel groups whose turn has not come. */
const stepRow = (size: PixelCnnSize, position: Whole, now: Whole, { maps, delay, grouped }: Feature): Maps => {
  const { channels } = size.image
  const there = delay === 0 ? maps : where(greaterEqual(now, whole(delay)), maps, constant(0))
  if (channels === 1 || !grouped) return there
  const colour = axis('colour', channels)
  return multiply(
    there,
    gather(colour)(untilColour(colour, sizeAlong(maps, 'input')), remainder(position, whole(channels))),
  )
}

/** The first convolution at one pixel: earlier pixels from the cache, and the pixel's own earlier channels. */
const lookStep = (
  mask: Mask,
  { own }: Pixels,
  weight: TapWeight,
  earlier: (mask: Mask, weight: TapWeight) => Maps,
): Maps => {
  if (mask.stack === 'vertical' || mask.groups === 1) return earlier(mask, weight)
  const tap = axis('tap', sizeAlong(weight, 'tap'))
  const inner = axis('input', sizeAlong(own, 'input'))
  const centre = select(tap, tap.size - 1)(maskedWeight(mask)(weight))
  const here: Maps = asMaps(contract(inner)(own, centre))
  const before = { ...mask, kind: 'A', groups: 1 } as const
  return add(earlier(before, slice(tap, 0, tap.size - 1)(weight)), here)
}

/** What stands one row above this pixel, from the cache; 0 in the first row. */
const aboveStep = (
  columns: number,
  channels: number,
  at: StepInput,
  now: Whole,
  own: Maps,
  { name, delay }: Feature,
): Maps => {
  const cache = tensorOf(at.appended, name, 'time', 'batch', 'input')
  const time = axis('time', sizeAlong(cache, 'time'))
  const row = add(multiply(add(now, whole(delay - columns)), whole(channels)), whole(channels - 1))
  const seen = delay === columns ? own : anyTensor('f32')(gather(time)(cache, row))
  return where(greaterEqual(now, whole(columns)), seen, constant(0))
}

/** The caches of features: [time, batch, input]. */
export const featureCaches = (features: Readonly<Record<string, number>>, batch: number, time: number): NamedAxes =>
  Object.fromEntries(
    Object.entries(features).map(([name, channels]) => [
      name,
      [axis('time', time), axis('batch', batch), axis('input', channels)],
    ]),
  )
