/**
 * Masked convolution over images [batch, row, column, channel] and its two adjoints: what PixelCNNs are made of.
 *
 * The window (see `mask.ts`) lists only the taps that a mask leaves, so nothing is computed to be thrown away. The gradient
 * with respect to the image is the same operation with the window turned round; the gradient with respect to the weight is an
 * operation of its own, and the derivatives of both are these two again.
 */
import { at } from '../at.ts'
import { type AnyAxis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type ArrayType,
  type Attributes,
  type Expr,
  type Op,
  type Tensor,
  apply,
  axesOf,
  type AnyTensor,
} from '../expr.ts'
import { contract, contractOver } from './contract.ts'
import { stack } from './join.ts'
import { reorder, reshape } from './layout.ts'
import { type Mask, maskedWeight, offsetsOf, windowOf, type Window } from './mask.ts'
import { convolutionCalls, weightGradientCalls } from './masked-convolution-kernels.ts'
import { convolutionNodes, weightGradientNodes } from './masked-convolution-nodes.ts'
import { add, constant } from './pointwise.ts'
import { made, readNumber, requireDType, spreadTo } from './rules.ts'
import { pad, select, sliceNode } from './slice.ts'
import { declared } from '../phantom.ts'

/** Images as the operations read them. */
type Images = Tensor<'batch' | 'row' | 'column' | 'input' | '1'>

/** What a convolution gives. */
type Convolved = Tensor<'batch' | 'row' | 'column' | 'output' | '1'>

/** A weight: one matrix for each tap. */
export type TapWeight = Tensor<'tap' | 'input' | 'output' | '1'>

/** The window of a node, and whether it is turned round. */
const geometryOf = (attrs: Attributes): { readonly window: Window; readonly turned: boolean } => ({
  window: {
    count: readNumber(attrs['count']),
    columns: readNumber(attrs['columns']),
    up: readNumber(attrs['up']),
    left: readNumber(attrs['left']),
  },
  turned: readNumber(attrs['turned']) === 1,
})

const sameName = (op: string, axes: readonly AnyAxis[], names: readonly string[]): readonly AnyAxis[] =>
  axes.length === names.length
    ? names.map((name) => findAxis(op, axes, name))
    : raise(
        failure('Shape', `${op} takes axes ${names.join(', ')}`, 'give these axes, in any order', { op, axes: names }),
      )

const image = (channel: string): readonly string[] => ['batch', 'row', 'column', channel]
const TAPS = ['tap', 'input', 'output'] as const

/** x at the pixel `by` further along an axis; 0 outside the image. */
const moved =
  (name: 'row' | 'column', by: number) =>
  (x: Images): Images => {
    if (by === 0) return x
    const { size } = findAxis('masked_convolution', axesOf(x), name)
    const keep = Math.max(0, size - Math.abs(by))
    const over = { name, size: keep }
    const kept = sliceNode(name, by > 0 ? size - keep : 0, keep)(x)
    return pad(over, by > 0 ? 0 : size - keep, by > 0 ? size - keep : 0)(kept)
  }

/** The images as each tap sees them. */
const views = (attrs: Attributes, x: Expr): readonly Images[] => {
  const { window, turned } = geometryOf(attrs)
  const images: Images = declared(x)
  return offsetsOf(window, turned).map(([row, column]) => moved('column', column)(moved('row', row)(images)))
}

const convolutionTypes = (attrs: Attributes, [x, w]: readonly ArrayType[]): readonly ArrayType[] => {
  if (x === undefined || w === undefined) return []
  requireDType('masked_convolution', 'f32', x, w)
  const axes = sameName('masked_convolution', x.axes, image('input'))
  const [tap, input, output] = sameName('masked_convolution', w.axes, TAPS)
  const channels = axes[3]
  if (tap === undefined || output === undefined || input?.size !== channels?.size || tap.size !== attrs['count'])
    return raise(
      failure(
        'Shape',
        `masked_convolution: a weight of ${tap?.size} taps and ${input?.size} input channels for a window of ${readNumber(attrs['count'])} taps and ${channels?.size} channels`,
        'give the weight the axes of weightAxes',
        { taps: tap?.size, channels: channels?.size },
      ),
    )
  return [{ axes: [...axes.slice(0, 3), output], dtype: 'f32' }]
}

/** x [batch, row, column, input], w [tap, input, output] → y[p, o] = Σ_f Σ_i x[p + offset_f, i]·w[f, i, o]. */
const convolutionOp: Op = {
  name: 'masked_convolution',
  kind: 'kernel',
  types: convolutionTypes,
  definition: (attrs, [x, w]) => {
    if (x === undefined || w === undefined) return []
    const weight: TapWeight = declared(w)
    const tap = { name: 'tap', size: readNumber(attrs['count']) } as const
    const input = findAxis('masked_convolution', axesOf(x), 'input')
    const axes = at(convolutionTypes(attrs, [typed(x), typed(w)]), 0).axes
    const terms = views(attrs, x).map((view, f) => contract({ ...input, name: 'input' })(view, select(tap, f)(weight)))
    const zero: Convolved = declared(spreadTo(axes)(constant(0)))
    const [first, ...rest] = terms
    return [reorder(image('output'))(rest.reduce((total: Convolved, term) => add(total, term), first ?? zero))]
  },
  vjp: (node, [g]) => {
    const [x, w] = node.args
    if (g === undefined || x === undefined || w === undefined) return []
    const full = reorder(image('output'))(spreadTo(axesOf(node))(g))
    return [adjoint(node.attrs, full, w), apply(weightGradientOp, node.attrs, x, full)]
  },
  lower: (attrs, out, args, on) => convolutionCalls(geometryOf(attrs), out, args, on),
  onnx: (attrs, b, inputs, _out, args) => convolutionNodes(b, geometryOf(attrs), inputs, args),
}

const typed = (x: Expr): ArrayType => ({ axes: axesOf(x), dtype: 'f32' })

/** The same storage with channel axes `input` and `output` called each other's name. */
const exchanged = (x: Expr): Expr =>
  reshape(
    axesOf(x).map(({ name, size }) => ({
      name: name === 'input' ? 'output' : name === 'output' ? 'input' : name,
      size,
    })),
  )(x)

/** g [batch, row, column, output] pulled back through a convolution with weight w, as [batch, row, column, input]. */
const adjoint = (attrs: Attributes, g: Expr, w: Expr): Expr =>
  exchanged(
    apply(
      convolutionOp,
      { ...attrs, turned: 1 - readNumber(attrs['turned']) },
      exchanged(g),
      reorder(TAPS)(exchanged(w)),
    ),
  )

const gradientTypes = (attrs: Attributes, [x, g]: readonly ArrayType[]): readonly ArrayType[] => {
  if (x === undefined || g === undefined) return []
  requireDType('masked_convolution_weight', 'f32', x, g)
  const [batch, row, column, input] = sameName('masked_convolution_weight', x.axes, image('input'))
  const [...out] = sameName('masked_convolution_weight', g.axes, image('output'))
  const output = out[3]
  if (input === undefined || output === undefined || [batch, row, column].some((a, i) => a?.size !== out[i]?.size))
    return raise(
      failure('Shape', 'masked_convolution_weight: images and cotangents differ in size', 'give them the same axes'),
    )
  return [{ axes: [{ name: 'tap', size: readNumber(attrs['count']) }, input, output], dtype: 'f32' }]
}

/** x [batch, row, column, input], g [batch, row, column, output] → dw[f, i, o] = Σ_p x[p + offset_f, i]·g[p, o]. */
const weightGradientOp: Op = {
  name: 'masked_convolution_weight',
  kind: 'kernel',
  types: gradientTypes,
  definition: (attrs, [x, g]) => {
    if (x === undefined || g === undefined) return []
    const [batch, row, column, input] = axesOf(x)
    const output = findAxis('masked_convolution_weight', axesOf(g), 'output')
    if (batch === undefined || row === undefined || column === undefined || input === undefined) return []
    const cotangent: AnyTensor = declared(g)
    const terms = views(attrs, x).map((view) =>
      contractOver(batch, row, column)(declared<string, 'f32'>(view), cotangent),
    )
    const tap = { name: 'tap', size: terms.length }
    const each = [input.name, output.name]
    return [
      terms.length === 0
        ? spreadTo([tap, input, output])(constant(0))
        : reorder(TAPS)(stack(tap)(...terms.map((t) => reorder(each)(t)))),
    ]
  },
  vjp: (node, [u]) => {
    const [x, g] = node.args
    if (u === undefined || x === undefined || g === undefined) return []
    const full = reorder(TAPS)(spreadTo(axesOf(node))(u))
    return [adjoint(node.attrs, g, full), apply(convolutionOp, node.attrs, x, full)]
  },
  lower: (attrs, out, args, on) => weightGradientCalls(geometryOf(attrs), out, args, on),
  onnx: (attrs, b, inputs, _out, args) => weightGradientNodes(b, geometryOf(attrs), inputs, args),
}

/**
 * Masked convolution: y[p, o] = Σ_f Σ_i x[p + offset_f, i]·w[f, i, o] over the taps of the mask, 0 outside the image.
 *
 * @param weight [tap, input, output] with the axes of `weightAxes`
 *
 * @example
 * const [batch, row, column] = [axis('batch', 1), axis('row', 2), axis('column', 2)]
 * const [own, out, tap] = [axis('input', 1), axis('output', 1), axis('tap', 4)]
 * const image = literal(Float64Array.of(1, 2, 3, 4), batch, row, column, own)
 * const ones = literal(new Float64Array(4).fill(1), tap, own, out)
 * maskedConvolution({ stack: 'full', kind: 'A', size: 3, groups: 1 })(image, ones) // => [0, 1, 3, 6]
 */
export const maskedConvolution =
  (mask: Mask) =>
  (x: Images, weight: TapWeight): Convolved =>
    made(
      convolutionOp,
      { ...windowOf(mask), turned: 0 },
      reorder(image('input'))(x),
      reorder(TAPS)(maskedWeight(mask)(weight)),
    )

/** The operations of this file, for the table. */
export const maskedConvolutionOps: readonly Op[] = [convolutionOp, weightGradientOp]
