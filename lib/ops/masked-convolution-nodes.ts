/**
 * ONNX forms of masked convolution. Three, for ONNX Runtime on a processor: `Conv` on images of many pixels; a product for
 * each tap on small images, which `Conv` takes one by one; and one product with all patches side by side, for a gradient of
 * many taps or few channels.
 */
import { absent, at, four, three } from '../at.ts'
import type { ArrayType, OnnxBuilder } from '../expr.ts'
import { extentsOf, reshapeNode } from './emit.ts'
import { offsetsOf, type Window } from './mask.ts'

/** The taps of a node, and whether they look the other way. */
export interface Geometry {
  readonly window: Window
  readonly turned: boolean
}

/** Images of fewer pixels are convolved tap by tap. */
const LARGE_IMAGE = 200

/** A gradient of more taps, or of fewer channels, is one product with all patches. */
const FEW_TAPS = 8
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

/** How far offsets go below and above zero. */
const ends = (offsets: readonly number[]): readonly [number, number] => [
  Math.max(0, ...offsets.map((o) => -o)),
  Math.max(0, ...offsets),
]

/** The image as each tap sees it: its own shape, 0 from outside. */
const viewNodes = (b: OnnxBuilder, { window, turned }: Geometry, x: ImageNode): readonly string[] => {
  const offsets = offsetsOf(window, turned)
  const [up, down] = ends(offsets.map(([row]) => row))
  const [left, right] = ends(offsets.map(([, column]) => column))
  if (up + down + left + right === 0) return offsets.map(() => x.name)
  const margins = b.constant('i64', [8], [0, up, left, 0, 0, down, right, 0])
  const padded = b.node('Pad', [x.name, margins, b.constant('f32', [], [0])])
  const pair = (row: number, column: number): string => b.constant('i64', [2], [row, column])
  return offsets.map(([row, column]) => {
    const [top, start] = [up + row, left + column]
    return b.node('Slice', [padded, pair(top, start), pair(top + x.shape[1], start + x.shape[2]), pair(1, 2)])
  })
}

/** The views as matrices [batch·row·column, channels]. */
const matrixNodes = (b: OnnxBuilder, geometry: Geometry, x: ImageNode): readonly string[] => {
  const [batch, rows, columns, channels] = x.shape
  return viewNodes(b, geometry, x).map((view) => reshapeNode(b, view, [batch * rows * columns, channels]))
}

/** All patches side by side [batch·row·column, tap·channels]. */
const patchNode = (b: OnnxBuilder, geometry: Geometry, x: ImageNode): string => {
  const views = viewNodes(b, geometry, x)
  const [batch, rows, columns, channels] = x.shape
  const joined = views.length === 1 ? at(views, 0) : b.node('Concat', views, { axis: 3 })
  return reshapeNode(b, joined, [batch * rows * columns, views.length * channels])
}

/** One matrix [input, output] for each tap. */
const tapNodes = (
  b: OnnxBuilder,
  w: string,
  [taps, input, output]: readonly [number, number, number],
): readonly string[] =>
  (taps === 1
    ? [w]
    : b.nodes(
        'Split',
        [
          w,
          b.constant(
            'i64',
            [taps],
            Array.from({ length: taps }, () => 1),
          ),
        ],
        taps,
        { axis: 0 },
      )
  ).map((tap) => reshapeNode(b, tap, [input, output]))

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

const beyond = (offset: number): number => Math.max(0, offset)

/** An image [batch, channels, rows, columns] convolved with the taps of one rectangle. */
const pieceNode = (
  b: OnnxBuilder,
  { window, turned }: Geometry,
  { from, low, high }: Piece,
  image: string,
  w: string,
  [input, output]: readonly [number, number],
): string => {
  const [rows, columns] = [high[0] - low[0] + 1, high[1] - low[1] + 1]
  const integers = (...xs: readonly number[]): string => b.constant('i64', [xs.length], xs)
  const count = rows * columns
  const own = count === window.count ? w : b.node('Slice', [w, integers(from), integers(from + count), integers(0)])
  const facing = turned ? b.node('Slice', [own, integers(-1), integers(-(2 ** 31)), integers(0), integers(-1)]) : own
  const kernel = reshapeNode(b, b.node('Transpose', [facing], { perm: [2, 1, 0] }), [output, input, rows, columns])
  const [top, left] = turned ? [-high[0], -high[1]] : low
  const [bottom, right] = turned ? [-low[0], -low[1]] : high
  const seen = [beyond(top), beyond(left), beyond(-bottom), beyond(-right)]
  const ends = seen.slice(2).map((n) => (n === 0 ? 2 ** 31 : -n))
  const cut = seen.every((n) => n === 0)
    ? image
    : b.node('Slice', [image, integers(...seen.slice(0, 2)), integers(...ends), integers(2, 3)])
  const pads = [beyond(-top), beyond(-left), beyond(bottom), beyond(right)]
  return b.node('Conv', [cut, kernel], { kernel_shape: [rows, columns], pads })
}

/** The image convolved by ONNX's own operator, which wants channels first and rectangles. */
const convNode = (b: OnnxBuilder, geometry: Geometry, x: ImageNode, w: string, output: number): string => {
  const image = b.node('Transpose', [x.name], { perm: [0, 3, 1, 2] })
  const y = piecesOf(geometry.window)
    .map((piece) => pieceNode(b, geometry, piece, image, w, [x.shape[3], output]))
    .reduce((sum, term) => b.node('Add', [sum, term]))
  return b.node('Transpose', [y], { perm: [0, 2, 3, 1] })
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
  if (rows * columns >= LARGE_IMAGE && Math.min(rows, columns, taps) > 1)
    return [convNode(b, geometry, from, w, output)]
  const product = (views: readonly string[], weights: readonly string[]): string =>
    views.map((v, i) => b.node('MatMul', [v, at(weights, i)])).reduce((sum, term) => b.node('Add', [sum, term]))
  const total =
    input < FEW_CHANNELS
      ? product([patchNode(b, geometry, from)], [reshapeNode(b, w, [taps * input, output])])
      : product(matrixNodes(b, geometry, from), tapNodes(b, w, [taps, input, output]))
  return [reshapeNode(b, total, [batch, rows, columns, output])]
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
  const product = (view: string): string => b.node('Gemm', [view, flat], { transA: 1 })
  const terms =
    taps > FEW_TAPS || input < FEW_CHANNELS
      ? [product(patchNode(b, geometry, from))]
      : matrixNodes(b, geometry, from).map(product)
  return [reshapeNode(b, terms.length === 1 ? at(terms, 0) : b.node('Concat', terms, { axis: 0 }), shape)]
}
