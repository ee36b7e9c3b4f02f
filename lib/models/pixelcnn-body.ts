/**
 * The two networks between encoded pixels and logits, written once for whole images and for single steps: PixelCNN's
 * residual blocks and Gated PixelCNN's vertical and horizontal stacks.
 */
import { axis, findAxis } from '../axis.ts'
import { type Tensor, axesOf } from '../expr.ts'
import { reshape } from '../ops/layout.ts'
import { type Mask, weightAxes } from '../ops/mask.ts'
import { add, multiply, relu, sigmoid, tanh } from '../ops/pointwise.ts'
import { select } from '../ops/slice.ts'
import type { Drop } from './autoregressive.ts'
import type { Initial, Initials } from './parameters.ts'
import { type PixelCnnSize, encodedFeatures } from './pixelcnn-size.ts'
import { type Maps, type Pixels, type Sweep, mixedMaps, pointwiseMaps } from './pixelcnn-sweep.ts'

/** A network: its parameters, what it remembers (features of each cache), how far it lags behind, and what it computes. */
export interface PixelCnnBody {
  readonly initials: Initials
  /** Channels of each remembered feature. */
  readonly remembered: Readonly<Record<string, number>>
  /** Channels of the maps that it computes. */
  readonly output: number
  /** Pixels that the slowest feature lags behind. */
  readonly delay: number
  readonly run: (sweep: Sweep, pixels: Pixels, drop: Drop) => Maps
}

const full = (kind: 'A' | 'B', size: number, groups: number): Mask => ({ stack: 'full', kind, size, groups })

const normal = (axes: Initial['axes'], inputs: number): Initial => ({
  axes,
  deviation: 1 / Math.sqrt(Math.max(1, inputs)),
})

/** The weight and bias of a masked convolution. */
const convolution = (name: string, mask: Mask, from: number, to: number): Initials => {
  const axes = weightAxes(mask, from, to)
  return {
    [`${name}.weight`]: normal(axes, from * (axes[0]?.size ?? 1)),
    [`${name}.bias`]: { axes: [axis('output', to)] },
  }
}

/** The weight and bias of a 1 × 1 convolution. */
export const pointwiseInitials = (name: string, from: number, to: number): Initials => ({
  [`${name}.weight`]: normal([axis('input', from), axis('output', to)], from),
  [`${name}.bias`]: { axes: [axis('output', to)] },
})

const together = (parts: readonly Initials[]): Initials => Object.fromEntries(parts.flatMap((p) => Object.entries(p)))

const numbered = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)

/**
 * PixelCNN (van den Oord, Kalchbrenner & Kavukcuoglu 2016): a masked convolution A to 2h features, then blocks
 * x + W₁ relu(W₃ relu(W₁ relu x)) whose middle convolution is masked B and has h features.
 */
export const residualBody = (size: PixelCnnSize): PixelCnnBody => {
  const { features, layers, first, window, image } = size
  const groups = image.channels
  const [look, later] = [full('A', first, groups), full('B', window, groups)]
  const blocks = numbered(1, layers)
  const parts = blocks.map(
    (l): Initials => ({
      ...pointwiseInitials(`block${l}.reduce`, 2 * features, features),
      ...convolution(`block${l}.convolution`, later, features, features),
      ...pointwiseInitials(`block${l}.expand`, features, 2 * features),
    }),
  )
  return {
    initials: together([convolution('first', look, encodedFeatures(size), 2 * features), ...parts]),
    remembered: Object.fromEntries(blocks.map((l) => [`block${l}`, features])),
    output: 2 * features,
    delay: 0,
    run: (sweep, pixels, drop) =>
      blocks.reduce(
        (x: Maps, l) => {
          const one = (name: string) => pointwiseMaps(sweep.parameters, `block${l}.${name}`, groups)
          const reduced = drop(l)(relu(one('reduce')(relu(x))))
          const seen = sweep.feature({ name: `block${l}`, maps: reduced, delay: 0, grouped: true })
          return add(x, one('expand')(relu(sweep.convolve(`block${l}.convolution`, later, seen, 0))))
        },
        sweep.look('first', look, pixels, 0),
      ),
  }
}

type Halves = Tensor<'batch' | 'row' | 'column' | 'group' | 'half' | 'part' | '1'>

/** tanh(a)·σ(b): 2f features, of each channel group first a and then b (van den Oord et al. 2016, Eq. 2). */
const gated = (groups: number, x: Maps): Maps => {
  const features = findAxis('pixelcnn', axesOf(x), 'input').size / 2
  const [half, others] = [axis('half', 2), axesOf(x).filter((a) => a.name !== 'input')]
  const apart: Halves = reshape([...others, axis('group', groups), half, axis('part', features / groups)])(x)
  return reshape([...others, axis('input', features)])(
    multiply(tanh(select(half, 0)(apart)), sigmoid(select(half, 1)(apart))),
  )
}

/** The masks of layer l: its vertical and its horizontal one. */
const stacks = (
  { first, window, image }: PixelCnnSize,
  l: number,
): { readonly vertical: Mask; readonly horizontal: Mask } => {
  const own = l === 0 ? first : window
  return {
    vertical: { stack: 'vertical', kind: 'B', size: own, groups: 1 },
    horizontal: { stack: 'horizontal', kind: l === 0 ? 'A' : 'B', size: own, groups: image.channels },
  }
}

const gatedInitials = (size: PixelCnnSize, l: number): Initials => {
  const { vertical, horizontal } = stacks(size, l)
  const f = size.features
  const from = l === 0 ? encodedFeatures(size) : f
  const { [`link${l}.bias`]: _bias, ...link } = pointwiseInitials(`link${l}`, 2 * f, 2 * f)
  return {
    ...convolution(`vertical${l}`, vertical, from, 2 * f),
    ...link,
    ...convolution(`horizontal${l}`, horizontal, from, 2 * f),
    ...pointwiseInitials(`project${l}`, f, f),
  }
}

/**
 * Gated PixelCNN (van den Oord et al. 2016, Figure 2): the vertical stack sees whole rows; what it computes enters the
 * horizontal one a row further down, through a 1 × 1 convolution before the gate; the horizontal stack is residual from
 * its second layer on. Both are gated. No blind spot.
 */
export const gatedBody = (size: PixelCnnSize): PixelCnnBody => {
  const { features, layers } = size
  const numbers = numbered(0, layers)
  const reach = (l: number): number => ((l === 0 ? size.first : size.window) - 1) / 2
  const delays = numbers.map((l) => numbers.slice(0, l + 1).reduce((sum, k) => sum + reach(k), 1))
  const between = numbers.slice(0, -1)
  return {
    initials: together(numbers.map((l) => gatedInitials(size, l))),
    remembered: Object.fromEntries([
      ...numbers.map((l): [string, number] => [`link${l}`, 2 * features]),
      ...between.map((l): [string, number] => [`vertical${l}`, features]),
      ...between.map((l): [string, number] => [`horizontal${l}`, features]),
    ]),
    output: features,
    delay: Math.max(...delays),
    run: (sweep, pixels, drop) => gatedRun(size, delays, sweep, pixels, drop),
  }
}

const gatedRun = (size: PixelCnnSize, delays: readonly number[], sweep: Sweep, pixels: Pixels, drop: Drop): Maps => {
  const groups = size.image.channels
  const last = size.layers - 1
  let [up, across] = [pixels.seen, pixels.seen]
  let maps: Maps = pixels.own
  for (const [l, delay] of delays.entries()) {
    const { vertical, horizontal } = stacks(size, l)
    const rows = sweep.convolve(`vertical${l}`, vertical, up, delay)
    const linked = sweep.feature({
      name: `link${l}`,
      maps: mixedMaps(sweep.parameters, `link${l}`, 1)(rows),
      delay,
      grouped: false,
    })
    const own =
      l === 0
        ? sweep.look('horizontal0', horizontal, pixels, 0)
        : sweep.convolve(`horizontal${l}`, horizontal, across, 0)
    const projected = pointwiseMaps(
      sweep.parameters,
      `project${l}`,
      groups,
    )(gated(groups, add(own, sweep.above(linked))))
    maps = l === 0 ? projected : add(maps, projected)
    if (l === last) break
    up = sweep.feature({ name: `vertical${l}`, maps: drop(2 * l + 1)(gated(1, rows)), delay, grouped: false })
    across = sweep.feature({ name: `horizontal${l}`, maps: drop(2 * l + 2)(maps), delay: 0, grouped: true })
  }
  return maps
}
