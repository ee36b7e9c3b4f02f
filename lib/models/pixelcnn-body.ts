/**
 * The two networks between encoded pixels and logits, written once for whole images and for single steps: PixelCNN's
 * residual blocks and Gated PixelCNN's vertical and horizontal stacks.
 */
import { at } from '../at.ts'
import { axis } from '../axis.ts'
import { type Mask, weightAxes } from '../ops/mask.ts'
import { add, relu } from '../ops/pointwise.ts'
import type { Drop } from './autoregressive.ts'
import type { Initial, Initials } from './parameters.ts'
import { type PixelCnnSize, encodedFeatures } from './pixelcnn-size.ts'
import {
  type Feature,
  type Maps,
  type Pixels,
  type RowSweep,
  type Sweep,
  gatedMaps,
  mixedMaps,
  pointwiseMaps,
} from './pixelcnn-sweep.ts'

/** Rows above a pixel that are read of a feature, and its channels. */
interface Upward {
  readonly rows: number
  readonly channels: number
}

/** A network: its parameters, what it remembers (features of each cache), how far it lags behind, and what it computes. */
export interface PixelCnnBody {
  readonly initials: Initials
  /** Channels of each remembered feature. */
  readonly remembered: Readonly<Record<string, number>>
  /** The features of which later rows are read, `pixels` among them. */
  readonly upward: Readonly<Record<string, Upward>>
  /** Names of what `above` computes. */
  readonly links: readonly string[]
  /** Channels of the maps that it computes. */
  readonly output: number
  /** Pixels that the slowest feature lags behind. */
  readonly delay: number
  /** The part that sees earlier rows only: the maps that stand above each layer's pixel are read from these features. */
  readonly above: (sweep: RowSweep, seen: Feature, drop: Drop) => readonly Feature[]
  /** The rest, given what `above` computed. */
  readonly run: (sweep: Sweep, pixels: Pixels, above: readonly Feature[], drop: Drop) => Maps
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
    [`${name}.weight`]: normal(axes, from * at(axes, 0).size),
    [`${name}.bias`]: { axes: [axis('output', to)] },
  }
}

/** The weight and bias of a 1 × 1 convolution. */
export const pointwiseInitials = (name: string, from: number, to: number): Initials => ({
  [`${name}.weight`]: normal([axis('input', from), axis('output', to)], from),
  [`${name}.bias`]: { axes: [axis('output', to)] },
})

/** How far a window of this side reaches from its middle. */
const reachOf = (side: number): number => (side - 1) / 2

/** The features that are read from rows above at all. */
const upwardOf = (all: Readonly<Record<string, Upward>>): PixelCnnBody['upward'] =>
  Object.fromEntries(Object.entries(all).filter(([, { rows }]) => rows > 0))

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
    upward: upwardOf({
      pixels: { rows: reachOf(first), channels: encodedFeatures(size) },
      ...Object.fromEntries(blocks.map((l) => [`block${l}`, { rows: reachOf(window), channels: features }])),
    }),
    links: [],
    output: 2 * features,
    delay: 0,
    above: () => [],
    run: (sweep, pixels, _above, drop) =>
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
  const { features, layers, first, window } = size
  const numbers = numbered(0, layers)
  const reach = (l: number): number => reachOf(l === 0 ? first : window)
  const delays = numbers.map((l) => numbers.slice(0, l + 1).reduce((sum, k) => sum + reach(k), 1))
  const between = numbers.slice(0, -1)
  return {
    initials: together(numbers.map((l) => gatedInitials(size, l))),
    remembered: Object.fromEntries([
      ...numbers.map((l): [string, number] => [`link${l}`, 2 * features]),
      ...between.map((l): [string, number] => [`vertical${l}`, features]),
      ...between.map((l): [string, number] => [`horizontal${l}`, features]),
    ]),
    upward: upwardOf({
      pixels: { rows: reach(0), channels: encodedFeatures(size) },
      ...Object.fromEntries(between.map((l) => [`vertical${l}`, { rows: reach(l + 1), channels: features }])),
      ...Object.fromEntries(numbers.map((l) => [`link${l}`, { rows: 1, channels: 2 * features }])),
    }),
    links: numbers.map((l) => `link${l}`),
    output: features,
    delay: Math.max(...delays),
    above: (sweep, seen, drop) => verticalRun(size, delays, sweep, seen, drop),
    run: (sweep, pixels, above, drop) => horizontalRun(size, sweep, pixels, above, drop),
  }
}

/** The vertical stack: of each layer what the horizontal one reads a row further down. */
const verticalRun = (
  size: PixelCnnSize,
  delays: readonly number[],
  sweep: RowSweep,
  seen: Feature,
  drop: Drop,
): readonly Feature[] => {
  let up = seen
  return delays.map((delay, l) => {
    const rows = sweep.convolve(`vertical${l}`, stacks(size, l).vertical, up, delay)
    const maps = mixedMaps(sweep.parameters, `link${l}`, 1)(rows)
    const linked = sweep.feature({ name: `link${l}`, maps, delay, grouped: false })
    if (l < delays.length - 1)
      up = sweep.feature({ name: `vertical${l}`, maps: drop(2 * l + 1)(gatedMaps(1, rows)), delay, grouped: false })
    return linked
  })
}

/** The horizontal stack. */
const horizontalRun = (
  size: PixelCnnSize,
  sweep: Sweep,
  pixels: Pixels,
  above: readonly Feature[],
  drop: Drop,
): Maps => {
  const groups = size.image.channels
  let across = pixels.seen
  let maps: Maps = pixels.own
  for (const [l, linked] of above.entries()) {
    const joined = sweep.gated({
      name: `horizontal${l}`,
      mask: stacks(size, l).horizontal,
      from: l === 0 ? pixels : across,
      above: linked,
    })
    const projected = pointwiseMaps(sweep.parameters, `project${l}`, groups)(joined)
    maps = l === 0 ? projected : add(maps, projected)
    if (l < above.length - 1)
      across = sweep.feature({ name: `horizontal${l}`, maps: drop(2 * l + 2)(maps), delay: 0, grouped: true })
  }
  return maps
}
