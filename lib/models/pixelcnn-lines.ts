/**
 * Drawing images row by row. What a row's pixels see of the rows above is computed for the whole row at once; from pixel to
 * pixel there is only the part of the network that looks to the left. So most of a network is run once for a row instead of
 * once for a pixel. For images of one channel.
 */
import { at } from '../at.ts'
import { type Axis, axis } from '../axis.ts'
import type { AnyTensor, Expr } from '../expr.ts'
import { contract, contractOver } from '../ops/contract.ts'
import { concat, stack } from '../ops/join.ts'
import { reorder, reshape } from '../ops/layout.ts'
import { type Mask, windowOf } from '../ops/mask.ts'
import type { TapWeight } from '../ops/masked-convolution.ts'
import { add, constant, multiply, sigmoid, tanh } from '../ops/pointwise.ts'
import { pad, select, slice, sliceNode } from '../ops/slice.ts'
import { type DrawAt, type Lines, type Named, keepAll } from './autoregressive.ts'
import { parameterOf } from './parameters.ts'
import type { PixelCnnBody } from './pixelcnn-body.ts'
import { encodedTokens } from './pixelcnn-input.ts'
import type { PixelCnnSize } from './pixelcnn-size.ts'
import {
  type Feature,
  type Maps,
  type RowSweep,
  type Sweep,
  asMaps,
  biased,
  sizeAlong,
  weightOf,
} from './pixelcnn-sweep.ts'
import { apart, joinedPlaces, placeOf, together } from './places.ts'
import { typed, anyTensor } from '../typed.ts'
import { broadcast } from '../ops/reduce.ts'

/** A network, its size, and its logits from the maps that it computes. */
interface DrawnNetwork {
  readonly size: PixelCnnSize
  readonly body: PixelCnnBody
  readonly logits: (parameters: Named, maps: Maps) => Maps
}

/** Rows of a feature, the last one nearest. */
type RowMaps = AnyTensor

/** Taps [from, from + count) of a weight. */
const taps = (weight: TapWeight, from: number, count: number): TapWeight =>
  slice(axis('tap', sizeAlong(weight, 'tap')), from, count)(reorder(['tap', 'input', 'output'])(weight))

/** Whole rows as the pixels of one row see them: y[b, c, o] = Σ_r Σ_a Σ_i x[b, r, c + a − reach, i]·w[(r, a), i, o]. */
const rowsConvolution = (side: number, x: RowMaps, weight: TapWeight): Maps => {
  const [row, across] = [axis('row', sizeAlong(x, 'row')), axis('across', side)]
  const [input, output] = [axis('input', sizeAlong(weight, 'input')), axis('output', sizeAlong(weight, 'output'))]
  const [width, reach] = [sizeAlong(x, 'column'), (side - 1) / 2]
  const padded = pad(axis('column', width), reach, reach)(x)
  const views = Array.from({ length: side }, (_, a) => slice(axis('column', width + 2 * reach), a, width)(padded))
  const each = typed(row, across, input, output)(reshape([row, across, input, output])(weight))
  return asMaps(contractOver(row, across, input)(stack(across)(...views), each))
}

/** Number of taps of a mask that lie in rows above, and the side of its window. */
const aboveTaps = (mask: Mask): { readonly count: number; readonly side: number } => {
  const { up, columns } = windowOf(mask)
  return { count: up * columns, side: columns }
}

/** The rows before a row, and the row itself, as one row of maps each. */
const upTo = (before: RowMaps | undefined, maps: Maps): RowMaps => {
  const own = lifted(maps)
  return before === undefined ? own : concat({ name: 'row' })(before, own)
}

/** Maps [batch, column, input] as an image of one row. */
const lifted = (maps: Maps): RowMaps => {
  const others = ['column', 'input'].map((name) => axis(name, sizeAlong(maps, name)))
  return reshape([axis('batch', sizeAlong(maps, 'batch')), axis('row', 1), ...others])(
    reorder(['batch', 'column', 'input'])(maps),
  )
}

const rememberedOf = (remembered: Named, { name }: Pick<Feature, 'name'>): RowMaps | undefined =>
  name in remembered ? anyTensor('f32')(parameterOf(remembered, name)) : undefined

/** A row whose pixels are all known; `next` is filled with what is remembered after it. */
const rowSweep = (parameters: Named, remembered: Named, next: Record<string, Expr>): RowSweep => ({
  parameters,
  feature: (feature) => {
    const before = rememberedOf(remembered, feature)
    if (before !== undefined)
      next[feature.name] = sliceNode('row', 1, sizeAlong(before, 'row'))(upTo(before, feature.maps))
    return feature
  },
  convolve: (name, mask, from) =>
    biased(
      parameters,
      name,
    )(rowsConvolution(mask.size, upTo(rememberedOf(remembered, from), from.maps), weightOf(parameters, name))),
})

/** What is known of a row while its pixels are drawn: maps of the pixels so far by feature, and what they see above. */
interface Row {
  readonly parameters: Named
  readonly remembered: Named
  readonly batch: Axis<'batch'>
  readonly left: Map<string, Maps[]>
  readonly above: Map<string, Above>
}

/** What the pixels of a row see above, joined. */
interface Above {
  readonly whole: Maps
  readonly places: number
}

/** What a whole row sees above [batch, column, input], computed once, at one of its pixels. */
const aboveAt = ({ above }: Row, name: string, place: number, compute: () => Maps): Maps => {
  const known = above.get(name)
  const { whole, places } = known ?? columnsOf(compute())
  if (known === undefined) above.set(name, { whole, places })
  return placeOf(whole, place, places)
}

const columnsOf = (maps: Maps): Above => ({ whole: together(maps, 'column'), places: sizeAlong(maps, 'column') })

/** Outputs of a layer. */
interface Outputs {
  readonly start: number
  readonly count: number
}

/** The nearest pixels to the left and, where the mask shows it, the pixel itself; undefined where there is none. */
const beside = (
  { left, parameters }: Row,
  place: number,
  { name, mask, from }: Looked,
  outputs?: Outputs,
): Maps | undefined => {
  const weight = weightOf(parameters, name)
  const { count } = aboveTaps(mask)
  const own = mask.kind === 'B' ? [from.maps] : []
  const inRow = windowOf(mask).count - count
  const reach = inRow - own.length
  const seen = [...(left.get(from.name) ?? []).slice(Math.max(0, place - reach), place), ...own]
  if (seen.length === 0) return undefined
  const input = axis('input', sizeAlong(weight, 'input') * seen.length)
  const output = axis('output', sizeAlong(weight, 'output'))
  const part = taps(weight, count + inRow - seen.length, seen.length)
  const matrix = typed(input, output)(reshape([input, output])(part))
  const { start, count: wide } = outputs ?? { start: 0, count: output.size }
  const pixels: Maps = concat({ name: 'input' })(...seen)
  return asMaps(contract(input)(pixels, slice(output, start, wide)(matrix)))
}

/** Nothing seen: 0 at every output. */
const nothing = ({ parameters, batch }: Row, name: string): Maps =>
  anyTensor('f32')(broadcast(batch, axis('input', sizeAlong(weightOf(parameters, name), 'output')))(constant(0)))

/** A masked convolution of a feature. */
interface Looked {
  readonly name: string
  readonly mask: Mask
  readonly from: Feature
}

/** A masked convolution at one pixel. */
const convolveAt = (row: Row, place: number, looked: Looked): Maps => {
  const { parameters, remembered } = row
  const { name, mask, from } = looked
  const near = beside(row, place, looked) ?? nothing(row, name)
  const before = rememberedOf(remembered, from)
  const { count, side } = aboveTaps(mask)
  if (before === undefined || count === 0) return biased(parameters, name)(near)
  const far = (): Maps =>
    biased(parameters, name)(rowsConvolution(side, before, taps(weightOf(parameters, name), 0, count)))
  return add(near, aboveAt(row, name, place, far))
}

/** The gate of a horizontal convolution and what stands above, each half computed by itself. */
const gateAt = (row: Row, place: number, looked: Looked, above: Feature): Maps => {
  const { name } = looked
  const count = sizeAlong(above.maps, 'input') / 2
  const half = (start: number): Maps => {
    const known = aboveAt(row, `${name} ${start}`, place, () => {
      const whole = biased(row.parameters, name)(select(axis('row', 1), 0)(above.maps))
      return slice(axis('input', 2 * count), start, count)(whole)
    })
    const near = beside(row, place, looked, { start, count })
    return near === undefined ? known : add(near, known)
  }
  return multiply(tanh(half(0)), sigmoid(half(count)))
}

/** One pixel of a row, its maps [batch, input]. */
const placeSweep = (row: Row, place: number): Sweep => ({
  parameters: row.parameters,
  feature: (feature) => {
    row.left.set(feature.name, [...(row.left.get(feature.name) ?? []), feature.maps])
    return feature
  },
  convolve: (name, mask, from) => convolveAt(row, place, { name, mask, from }),
  look: (name, mask, { seen }) => convolveAt(row, place, { name, mask, from: seen }),
  gated: ({ name, mask, from, above }) =>
    gateAt(row, place, { name, mask, from: 'seen' in from ? from.seen : from }, above),
})

/** Draws the pixels of a row; `row.left` then holds the maps of all. */
const drawRow = (network: DrawnNetwork, row: Row, draw: DrawAt): void => {
  const { size, body } = network
  const { parameters, remembered, left, batch } = row
  const feature = (name: string, maps: Maps): Feature => ({ name, maps, delay: 0, grouped: false })
  const above = body.links.map((name) => feature(name, anyTensor('f32')(parameterOf(remembered, name))))
  const unknown: Maps = anyTensor('f32')(constant(0))
  for (let place = 0; place < size.image.width; place++) {
    const pixels = { seen: feature('pixels', unknown), own: unknown }
    const maps = network.logits(parameters, body.run(placeSweep(row, place), pixels, above, keepAll))
    const symbol = axis('symbol', size.image.levels)
    const logits = typed(batch, symbol)(reshape([batch, symbol])(reorder(['batch', 'input'])(maps)))
    const token = reshape([batch, axis('colour', 1)])(anyTensor('i32')(draw(place, logits)))
    left.set('pixels', [...(left.get('pixels') ?? []), encodedTokens(size, parameters, token)])
  }
}

/** What is remembered after a row that was drawn. */
const afterRow = ({ body, size }: DrawnNetwork, { parameters, remembered, left }: Row): Named => {
  const next: Record<string, Expr> = {}
  const sweep = rowSweep(parameters, remembered, next)
  const whole = (name: string): Feature => {
    const maps = apart(joinedPlaces(left.get(name) ?? []), axis('column', size.image.width))
    return sweep.feature({ name, maps, delay: 0, grouped: false })
  }
  const seen = whole('pixels')
  for (const name of Object.keys(body.upward)) if (name !== 'pixels' && left.has(name)) whole(name)
  body.above(sweep, seen, keepAll)
  return next
}

/** How a network draws images of one channel row by row; undefined for other images. */
export const pixelCnnLines = (network: DrawnNetwork): Lines | undefined => {
  const { body, size } = network
  const { channels, width } = size.image
  if (channels !== 1) return undefined
  return {
    length: width,
    remembered: (batch) =>
      Object.fromEntries(
        Object.entries(body.upward).map(([name, { rows, channels: inner }]) => [
          name,
          [axis('batch', batch), axis('row', rows), axis('column', width), axis('input', inner)],
        ]),
      ),
    line: (parameters, remembered, draw) => {
      const batch = axis('batch', sizeAlong(at(Object.values(remembered), 0), 'batch'))
      const row: Row = { parameters, remembered, batch, left: new Map(), above: new Map() }
      drawRow(network, row, draw)
      return afterRow(network, row)
    },
  }
}
