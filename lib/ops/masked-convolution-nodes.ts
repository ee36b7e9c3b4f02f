/**
 * ONNX forms of masked convolution: products with a matrix of patches, whose rows hold what the taps of one pixel see. To few
 * channels the product comes first, and its results are summed by place: ONNX's `ConvTranspose`.
 */
import { absent, at, four, three } from '../at.ts'
import type { ArrayType, OnnxBuilder } from '../expr.ts'
import { cutNode, extentsOf, reshapeNode } from './emit.ts'
import { offsetsOf, type Window } from './mask.ts'

/** The taps of a node, and whether they look the other way. */
export interface Geometry {
  readonly window: Window
  readonly turned: boolean
}

/** Fewer channels than this are summed by place. */
const FEW_CHANNELS = 8

/** The values of the image, of its shape [batch, rows, columns, channels]. */
interface ImageNode {
  readonly name: string
  readonly shape: readonly [batch: number, rows: number, columns: number, channels: number]
}

const imageNode = (name: string, type: ArrayType | undefined): ImageNode => {
  const [batch, rows, columns, channels] = four(extentsOf(type?.axes ?? []))
  return { name, shape: [batch, rows, columns, channels] }
}

const integers = (b: OnnxBuilder, ...xs: readonly number[]): string => b.constant('i64', [xs.length], xs)

/** Places that were listed for a graph, which takes one list for one constant. */
const listed = new WeakMap<OnnxBuilder, Map<string, readonly number[]>>()

/** The place that each tap of each pixel sees, row by row; `rows`·`columns` for one outside. */
const placesOf = (b: OnnxBuilder, { window, turned }: Geometry, rows: number, columns: number): readonly number[] => {
  const known = listed.get(b) ?? new Map<string, readonly number[]>()
  listed.set(b, known)
  const key = JSON.stringify([window, turned, rows, columns])
  const found = known.get(key)
  if (found !== undefined) return found
  const offsets = offsetsOf(window, turned)
  const inside = (i: number, size: number): boolean => i >= 0 && i < size
  const places = Array.from({ length: rows * columns }, (_, p) =>
    offsets.map(([down, right]) => {
      const [row, column] = [Math.floor(p / columns) + down, (p % columns) + right]
      return inside(row, rows) && inside(column, columns) ? row * columns + column : rows * columns
    }),
  ).flat()
  known.set(key, places)
  return places
}

/** Patches side by side [batch·row·column, tap·channels]: rows of channels, looked up. */
const patchNode = (b: OnnxBuilder, geometry: Geometry, { name, shape }: ImageNode): string => {
  const [batch, rows, columns, channels] = shape
  const places = placesOf(b, geometry, rows, columns)
  const pixels = reshapeNode(b, name, [batch, rows * columns, channels])
  const more = b.node('Pad', [pixels, integers(b, 0, 0, 0, 0, 1, 0), b.constant('f32', [], [0])])
  const seen = b.node('Gather', [more, b.constant('i32', [places.length], places)], { axis: 1 })
  return reshapeNode(b, seen, [batch * rows * columns, geometry.window.count * channels])
}

/** How far offsets go below and above zero. */
const ends = (offsets: readonly number[]): readonly [number, number] => [
  Math.max(0, ...offsets.map((o) => -o)),
  Math.max(0, ...offsets),
]

/** Patches of one channel, turned: [tap, batch·row·column], the image as each tap sees it. */
const viewNode = (b: OnnxBuilder, { window, turned }: Geometry, { name, shape }: ImageNode): string => {
  const [batch, rows, columns] = shape
  const offsets = offsetsOf(window, turned)
  const [up, down] = ends(offsets.map(([row]) => row))
  const [left, right] = ends(offsets.map(([, column]) => column))
  const margins = integers(b, 0, up, left, 0, down, right)
  const padded = b.node('Pad', [reshapeNode(b, name, [batch, rows, columns]), margins, b.constant('f32', [], [0])])
  const views = offsets.map(([row, column]) => {
    const [top, start] = [up + row, left + column]
    const [from, to] = [integers(b, top, start), integers(b, top + rows, start + columns)]
    return b.node('Slice', [padded, from, to, integers(b, 1, 2)])
  })
  const joined = views.length === 1 ? at(views, 0) : b.node('Concat', views, { axis: 0 })
  return reshapeNode(b, joined, [offsets.length, batch * rows * columns])
}

/** Taps that fill a rectangle of offsets, `low` to `high` (row, column), both included. */
interface Piece {
  readonly from: number
  readonly low: readonly [row: number, column: number]
  readonly high: readonly [row: number, column: number]
}

/** The whole rows of a window, and what it has of one more: a tap that does not exist would multiply NaN by 0. */
const piecesOf = ({ count, columns, up, left }: Window): readonly Piece[] => {
  const [whole, rest] = [Math.floor(count / columns), count % columns]
  const above: Piece = { from: 0, low: [-up, -left], high: [whole - 1 - up, columns - 1 - left] }
  const last: Piece = { from: whole * columns, low: [whole - up, -left], high: [whole - up, rest - 1 - left] }
  return [...(whole > 0 ? [above] : []), ...(rest > 0 ? [last] : [])]
}

/** Kernels [input, output, rows, columns] of a rectangle of taps, the other way round unless they look that way. */
const kernelNode = (
  b: OnnxBuilder,
  { window, turned }: Geometry,
  { from, low, high }: Piece,
  w: string,
  sizes: readonly [input: number, output: number],
): string => {
  const [rows, columns] = [high[0] - low[0] + 1, high[1] - low[1] + 1]
  const count = rows * columns
  const one = (n: number): string => integers(b, n)
  const own = count === window.count ? w : cutNode(b, w, 0, from, from + count)
  const facing = turned ? own : b.node('Slice', [own, one(-1), one(-(2 ** 31)), one(0), one(-1)])
  return reshapeNode(b, b.node('Transpose', [facing], { perm: [1, 2, 0] }), [...sizes, rows, columns])
}

/** The image [batch, channels, rows, columns] times the taps of a rectangle, each product added to the pixel that sees it. */
const pieceNode = (
  b: OnnxBuilder,
  geometry: Geometry,
  piece: Piece,
  image: string,
  w: string,
  sizes: readonly [input: number, output: number],
): string => {
  const { low, high } = piece
  const kernel_shape = [high[0] - low[0] + 1, high[1] - low[1] + 1]
  const [first, last] = geometry.turned ? [low, high] : [high.map((n) => -n), low.map((n) => -n)]
  const all = b.node('ConvTranspose', [image, kernelNode(b, geometry, piece, w, sizes)], { kernel_shape })
  const margins = integers(b, 0, 0, ...first, 0, 0, ...last.map((n) => -n))
  return b.node('Pad', [all, margins, b.constant('f32', [], [0])])
}

/** What pixels outside the image add to [row·column, output]: 0, or NaN where a tap that sees one has a weight that is not finite. */
const outsideNode = (
  b: OnnxBuilder,
  geometry: Geometry,
  [, rows, columns]: ImageNode['shape'],
  w: string,
  output: number,
): string => {
  const [taps, pixels] = [geometry.window.count, rows * columns]
  const beyond = placesOf(b, geometry, rows, columns).map((place) => Number(place === pixels))
  const [zero, one] = [b.constant('f32', [], [0]), integers(b, 1)]
  const nothing = b.node('ReduceSum', [b.node('Mul', [w, zero]), one], { keepdims: 0 })
  const each = b.node('Where', [b.constant('bool', [pixels, taps, 1], beyond), nothing, zero])
  return reshapeNode(b, b.node('ReduceSum', [each, one], { keepdims: 0 }), [rows, columns, output])
}

/** The image convolved by products that are summed by place. */
const placedNode = (b: OnnxBuilder, geometry: Geometry, x: ImageNode, w: string, output: number): string => {
  const image = b.node('Transpose', [x.name], { perm: [0, 3, 1, 2] })
  const y = piecesOf(geometry.window)
    .map((piece) => pieceNode(b, geometry, piece, image, w, [x.shape[3], output]))
    .reduce((sum, term) => b.node('Add', [sum, term]))
  return b.node('Add', [b.node('Transpose', [y], { perm: [0, 2, 3, 1] }), outsideNode(b, geometry, x.shape, w, output)])
}

/** The nodes of `masked_convolution`. */
export const convolutionNodes = (
  b: OnnxBuilder,
  geometry: Geometry,
  [x = absent(), w = absent()]: readonly string[],
  [image, weight]: readonly ArrayType[],
): readonly string[] => {
  const from = imageNode(x, image)
  const [batch, rows, columns] = from.shape
  const [taps, input, output] = three(extentsOf(weight?.axes ?? []))
  if (taps === 0 || input * output * batch * rows * columns === 0)
    return [b.constant('f32', [batch, rows, columns, output], new Float32Array(batch * rows * columns * output))]
  if (output < FEW_CHANNELS && output < input) return [placedNode(b, geometry, from, w, output)]
  const matrix = reshapeNode(b, w, [taps * input, output])
  if (input === 1) {
    const product = b.node('Gemm', [viewNode(b, geometry, from), matrix], { transA: 1 })
    return [reshapeNode(b, product, [batch, rows, columns, output])]
  }
  const product = b.node('MatMul', [patchNode(b, geometry, from), matrix])
  return [reshapeNode(b, product, [batch, rows, columns, output])]
}

/** The nodes of `masked_convolution_weight`. */
export const weightGradientNodes = (
  b: OnnxBuilder,
  geometry: Geometry,
  [x = absent(), g = absent()]: readonly string[],
  [image, cotangent]: readonly ArrayType[],
): readonly string[] => {
  const from = imageNode(x, image)
  const [batch, rows, columns, input] = from.shape
  const [taps, output] = [geometry.window.count, imageNode(g, cotangent).shape[3]]
  const shape = [taps, input, output]
  if (taps * input * output * batch * rows * columns === 0)
    return [b.constant('f32', shape, new Float32Array(taps * input * output))]
  const flat = reshapeNode(b, g, [batch * rows * columns, output])
  if (input === 1) return [reshapeNode(b, b.node('MatMul', [viewNode(b, geometry, from), flat]), shape)]
  // The narrower operand is turned; three axes, as ONNX Runtime would turn the other one again where a matrix is transposed.
  const turned = b.node('Gemm', [flat, patchNode(b, geometry, from)], { transA: 1 })
  return [b.node('Transpose', [reshapeNode(b, turned, [output, taps, input])], { perm: [1, 2, 0] })]
}
