/**
 * Softmax cross-entropy of logits with label smoothing (Szegedy et al. 2016, section 7), fused forward and backward.
 *
 * loss = −(1 − ε)·log p_target − ε·mean(log p) in nats, log p = (z − high) − log weight with high the largest logit of a row and
 * weight = Σ e^(z − high); its gradient (softmax(z) − (1 − ε)·[target] − ε/n)·g is one kernel over the logits, high and weight, so
 * no softmax is stored. A logit of −∞ counts for nothing; a row with +∞ or NaN, or of −∞ throughout, has loss NaN. Targets outside the axis are clamped to
 * its ends.
 */
import { absent, at } from '../at.ts'
import { type AnyAxis, type Axis, axis, findAxis, sizeOf, without } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type AnyTensor,
  type ArrayType,
  type Attributes,
  type OnnxBuilder,
  type Op,
  type Tensor,
  apply,
  axesOf,
} from '../expr.ts'
import { vjpWithin } from './pull-back.ts'
import { clampNode, extentsOf, highestNode, reshapeNode, scalarNode, softmaxParts } from './emit.ts'
import { gather } from './gather.ts'
import { groupsFor, joining } from './kernels.ts'
import { iota, reorder } from './layout.ts'
import {
  add,
  cast,
  constantOf,
  divide,
  equal,
  exp,
  maximum,
  minimum,
  multiply,
  scale,
  shift,
  subtract,
} from './pointwise.ts'
import { logSoftmax, mean } from './reduce.ts'
import { readNames, readNumber, requireDType, requireNumber, spreadTo } from './rules.ts'
import { part } from './scan-op.ts'
import { exponentialSums } from './softmax.ts'
import { declared } from '../phantom.ts'

const overOf = (attrs: Attributes, axes: readonly AnyAxis[]): Axis<string> => {
  const { name, size } = findAxis('cross_entropy', axes, at(readNames(attrs['over']), 0))
  return size > 0
    ? axis(name, size)
    : raise(failure('Shape', `cross_entropy: axis '${name}' is empty`, 'give at least one symbol', { axis: name }))
}

const smoothingOf = (attrs: Attributes): number => readNumber(attrs['smoothing'])

/** Rows from this many symbols on have workgroups of their own, one for each span of them. */
const LONG_ROW = 64
const SPAN = 1024

/** Checks that each operand has the axes of the rows of the logits, in this order. */
const checkRows = (attrs: Attributes, logits: ArrayType, ...rows: readonly ArrayType[]): readonly AnyAxis[] => {
  requireDType('cross_entropy', 'f32', logits)
  const wanted = without(logits.axes, [overOf(attrs, logits.axes).name])
  for (const { axes } of rows)
    if (axes.length !== wanted.length || axes.some((a, i) => a.name !== wanted[i]?.name || a.size !== wanted[i].size))
      raise(
        failure('Shape', 'cross_entropy: the rows of logits and targets differ', 'give one target for each row', {
          rows: wanted,
          axes,
        }),
      )
  return wanted
}

/** logits [rows, over], targets [rows] → loss, high, weight [rows]. */
const crossEntropyOp: Op = {
  name: 'cross_entropy',
  kind: 'kernel',
  types: (attrs, [logits, targets]) => {
    if (logits === undefined || targets === undefined) return []
    requireDType('cross_entropy', 'i32', targets)
    const rows = { axes: checkRows(attrs, logits, targets), dtype: 'f32' as const }
    return [rows, rows, rows]
  },
  definition: (attrs, [z, targets]) => {
    if (z === undefined || targets === undefined) return []
    const at: AnyTensor<'i32'> = declared(targets)
    const [over, smoothing] = [overOf(attrs, axesOf(z)), smoothingOf(attrs)]
    const order = reorder(axesOf(targets).map((a) => a.name))
    const [high, weight] = exponentialSums(over, z)
    const logs = logSoftmax(over)<string>(declared(z))
    const own = scale(smoothing - 1)(gather(over)(logs, at))
    const loss = smoothing === 0 ? own : subtract(own, scale(smoothing)(mean(over)(logs)))
    return [loss, high, weight].map(order)
  },
  vjp: (node, [dLoss, ...rest]) => {
    if (rest.some((g) => g !== undefined))
      return vjpWithin(node.op.definition?.(node.attrs, node.args) ?? [], [dLoss, ...rest], node.args)
    const [logits, targets] = node.args
    if (dLoss === undefined || logits === undefined || targets === undefined) return []
    const order = axesOf(targets).map((a) => a.name)
    const g = reorder(order)(spreadTo(axesOf(targets))(dLoss))
    return [apply(crossEntropyBackwardOp, node.attrs, logits, targets, part(1)(node), part(2)(node), g), undefined]
  },
  lower: (attrs, out, [logits], on) => {
    const size = overOf(attrs, logits?.axes ?? []).size
    const rows = sizeOf(at(out, 0).axes)
    return [
      {
        shader: 'cross_entropy',
        preludes: ['pointwise', joining(size, on)],
        overrides: {},
        params: { rows, size, smoothing: smoothingOf(attrs) },
        workgroups: rows,
        buffers: [{ in: 0 }, { in: 1 }, { out: 0 }, { out: 1 }, { out: 2 }],
      },
    ]
  },
  onnx: (attrs, b, inputs, out, [logits]) => {
    const size = overOf(attrs, logits?.axes ?? []).size
    const rows = at(out, 0).axes
    return forwardNodes(b, inputs, sizeOf(rows), size, smoothingOf(attrs)).map((x) =>
      reshapeNode(b, x, extentsOf(rows)),
    )
  },
}

/** logits [rows, over], targets, high, weight, g [rows] → (softmax − (1 − ε)·[target] − ε/n)·g [rows, over]. */
const crossEntropyBackwardOp: Op = {
  name: 'cross_entropy_backward',
  kind: 'kernel',
  types: (attrs, [logits, targets, ...rows]) => {
    if (logits === undefined || targets === undefined) return []
    requireDType('cross_entropy_backward', 'i32', targets)
    requireDType('cross_entropy_backward', 'f32', ...rows)
    checkRows(attrs, logits, targets, ...rows)
    return [logits]
  },
  definition: (attrs, args) => {
    const [z, high, weight, g]: readonly AnyTensor[] = args.filter((_a, i) => i !== 1).map((a) => declared(a))
    const [targets]: readonly AnyTensor<'i32'>[] = args.slice(1).map((a) => declared(a))
    if (z === undefined || high === undefined || weight === undefined || g === undefined || targets === undefined)
      return []
    const [over, smoothing] = [overOf(attrs, axesOf(z)), smoothingOf(attrs)]
    const inside = maximum(minimum(targets, constantOf('i32', over.size - 1)), constantOf('i32', 0))
    const hit = cast('f32')(equal(inside, iota(over)))
    const p = shift(-smoothing / over.size)(divide(exp(subtract(z, high)), weight))
    const slope = multiply(add(p, scale(smoothing - 1)(hit)), g)
    return [reorder(axesOf(z).map((a) => a.name))(slope)]
  },
  lower: (attrs, [out]) => {
    const count = sizeOf(out?.axes ?? [])
    const { size } = overOf(attrs, out?.axes ?? [])
    const even = smoothingOf(attrs) / size
    const terms = { size, even, full: 1 - even * (size - 1) }
    const [rows, spans] = [count / size, groupsFor(size, SPAN)]
    const form =
      size < LONG_ROW
        ? { shader: 'cross_entropy_backward', params: { count, ...terms }, workgroups: groupsFor(count, 256) }
        : { shader: 'cross_entropy_backward_rows', params: { rows, spans, ...terms }, workgroups: rows * spans }
    return [
      {
        ...form,
        preludes: ['pointwise'],
        overrides: {},
        buffers: [{ in: 0 }, { in: 1 }, { in: 2 }, { in: 3 }, { in: 4 }, { out: 0 }],
      },
    ]
  },
  onnx: (attrs, b, [z = absent(), targets = absent(), , , g = absent()], [out]) => {
    const size = overOf(attrs, out?.axes ?? []).size
    const rows = sizeOf(out?.axes ?? []) / size
    const slopes = backwardNodes(b, [z, targets, g], rows, size, smoothingOf(attrs))
    return [reshapeNode(b, slopes, extentsOf(out?.axes ?? []))]
  },
}

/** 0 for each row [rows, 1] whose largest logit is finite, else NaN: ONNX Runtime's softmax gives 0 beside +∞. */
const doubtNode = (b: OnnxBuilder, z: string): string => {
  const high = b.node('ReduceMax', [z, b.constant('i64', [1], [1])], { keepdims: 1 })
  return b.node('Sub', [high, high])
}

const column = (b: OnnxBuilder, targets: string, rows: number, size: number): string =>
  reshapeNode(b, clampNode(b, targets, size), [rows, 1])

const forwardNodes = (
  b: OnnxBuilder,
  [z = absent(), targets = absent()]: readonly string[],
  rows: number,
  size: number,
  smoothing: number,
): readonly string[] => {
  const flat = reshapeNode(b, z, [rows, size])
  const logs = b.node('LogSoftmax', [flat], { axis: 1 })
  const at = column(b, targets, rows, size)
  const own = b.node('Sub', [doubtNode(b, flat), b.node('GatherElements', [logs, at], { axis: 1 })])
  const last = b.constant('i64', [1], [1])
  const high = highestNode(b, flat, [1])
  const { weight } = softmaxParts(b, flat, [1])
  if (smoothing === 0) return [own, high, weight]
  const even = b.node('ReduceMean', [logs, last], { keepdims: 1 })
  const weighed = b.node('Mul', [own, scalarNode(b, 1 - smoothing)])
  return [b.node('Sub', [weighed, b.node('Mul', [even, scalarNode(b, smoothing)])]), high, weight]
}

const backwardNodes = (
  b: OnnxBuilder,
  [z = absent(), targets = absent(), g = absent()]: readonly string[],
  rows: number,
  size: number,
  smoothing: number,
): string => {
  const flat = reshapeNode(b, z, [rows, size])
  const p = b.node('Softmax', [flat], { axis: 1 })
  const base = smoothing === 0 ? p : b.node('Sub', [p, scalarNode(b, smoothing / size)])
  const updates = b.constant('f32', [rows, 1], new Float32Array(rows).fill(smoothing - 1))
  const at = column(b, targets, rows, size)
  const slopes = b.node('ScatterElements', [base, at, updates], { axis: 1, reduction: 'add' })
  return b.node('Mul', [slopes, b.node('Add', [reshapeNode(b, g, [rows, 1]), doubtNode(b, flat)])])
}

/**
 * Cross-entropy of targets under softmax(logits) along an axis (nats): −log softmax(z)_target for smoothing 0, else
 * against the mixture of the target with weight 1 − ε and the uniform distribution with weight ε.
 *
 * @example
 * const [row, symbol] = [axis('row', 2), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), row, symbol)
 * softmaxCrossEntropy(symbol)(logits, literalIntegers(Int32Array.of(0, 1), row)) // => [0.693147, 1.38629]
 */
export const softmaxCrossEntropy =
  <K extends string>(over: Axis<K>, options: { readonly smoothing?: number } = {}) =>
  <A extends string>(logits: Tensor<A | K>, targets: Tensor<A, 'i32'>): Tensor<A> => {
    const rows = without(axesOf(logits), [over.name]).map((a) => a.name)
    const { smoothing = 0 } = options
    requireNumber('a label smoothing of', smoothing, smoothing >= 0 && smoothing <= 1, 'give a share in [0, 1]')
    const attrs = { over: [over.name], smoothing }
    return part(0)(apply(crossEntropyOp, attrs, reorder([...rows, over.name])(logits), reorder(rows)(targets)))
  }

/** The operations of this file, for the table. */
export const crossEntropyOps: readonly Op[] = [crossEntropyOp, crossEntropyBackwardOp]
