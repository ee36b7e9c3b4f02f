/**
 * Exponentials along axes: log-sum-exp, softmax, log-softmax. All start from the largest element of a row and the sum of
 * exponentials relative to it, `exponential_sums`, and none subtracts a rounded log-sum: softmax is e^(x − high)/weight, its
 * logarithm (x − high) − log weight, so a shift of a row costs no more than the rounding of the row itself.
 *
 * A row that is −∞ throughout has log-sum-exp −∞ with gradient 0 and, as 0/0, a softmax of NaN; a row with +∞ has log-sum-exp
 * +∞ and a softmax of NaN (∞ − ∞); NaN anywhere makes all of them NaN. An empty row has log-sum-exp −∞.
 */
import { absent, at, field } from '../at.ts'
import { type AnyAxis, sizeOf } from '../axis.ts'
import { type AnyTensor, type Attributes, type Expr, type Op, type OnnxBuilder, apply } from '../expr.ts'
import {
  expandNode,
  extentsOf,
  highestNode,
  LARGEST,
  logSumExpNode,
  positionsOf,
  reshapeNode,
  scalarNode,
  softmaxParts,
  type SoftmaxParts,
} from './emit.ts'
import { maxOp, reducedTypes } from './extremes.ts'
import { fillCall, groupedCall, joining } from './kernels.ts'
import {
  absolute,
  add,
  annihilate,
  constant,
  divide,
  equal,
  exp,
  lessEqual,
  log,
  subtract,
  where,
} from './pointwise.ts'
import { made, readNames, requireDType, sumOp } from './rules.ts'
import { part } from './scan-op.ts'
import { declared } from '../phantom.ts'

const overAxes =
  (name: string): Op['types'] =>
  (attrs, args, nodes) => {
    requireDType(name, 'f32', ...args)
    return reducedTypes(name)(attrs, args, nodes)
  }

/** Keeps the axes of the operand, after the checks of a reduction. */
const alongAxes =
  (name: string): Op['types'] =>
  (attrs, args, nodes) => {
    overAxes(name)(attrs, args, nodes)
    return args.slice(0, 1)
  }

/** x → high = max x, weight = Σ e^(x − high) along axes; for an empty axis −∞ and 0. */
const exponentialSumsOp: Op = {
  name: 'exponential_sums',
  kind: 'kernel',
  types: (attrs, args, nodes) => {
    const rows = overAxes('exponential_sums')(attrs, args, nodes)
    return [...rows, ...rows]
  },
  definition: (attrs, [x]) => {
    if (x === undefined) return []
    const high: AnyTensor = made(maxOp, attrs, x)
    return [high, apply(sumOp, attrs, exp(subtract(declared<string, 'f32'>(x), high)))]
  },
  lower: (attrs, [out], [x], on) => {
    if (x === undefined || out === undefined) return []
    const count = sizeOf(out.axes)
    if (sizeOf(x.axes) === 0)
      return [fillCall(count, Number.NEGATIVE_INFINITY), { ...fillCall(count), buffers: [{ out: 1 }] }]
    return groupedCall('exponential_sums', ['pointwise'], readNames(attrs['over']), x).map((call) => ({
      ...call,
      // The row kernel joins its lanes by a tree, that of columns adds up in pairs.
      preludes: call.shader.endsWith('_rows')
        ? [joining(field(call.params, 'reduced'), on), ...call.preludes]
        : ['element_f32', 'pairwise', ...call.preludes],
      buffers: [...call.buffers, { out: 1 }],
    }))
  },
  onnx: (attrs, b, [x = absent()], [out], [type]) => {
    const { high, weight } = partsNodes(b, x, attrs, type?.axes ?? [])
    const doubted =
      sizeOf(type?.axes ?? []) === 0 ? high : highestNode(b, x, positionsOf(readNames(attrs['over']), type?.axes ?? []))
    return [doubted, weight].map((y) => reshapeNode(b, y, extentsOf(out?.axes ?? [])))
  },
}

/** The parts of a softmax over the named axes; for empty ones high is −∞ and the weight 0. */
const partsNodes = (b: OnnxBuilder, x: string, attrs: Attributes, axes: readonly AnyAxis[]): SoftmaxParts => {
  const over = readNames(attrs['over'])
  if (sizeOf(axes) > 0) return softmaxParts(b, x, positionsOf(over, axes))
  const rows = axes.map((a) => (over.includes(a.name) ? 1 : a.size))
  const filled = (value: number): string => expandNode(b, scalarNode(b, value), rows)
  return { high: filled(Number.NEGATIVE_INFINITY), below: x, exponentials: x, weight: filled(0) }
}

const sumsOf = (attrs: Attributes, x: Expr): readonly [high: AnyTensor, weight: AnyTensor] => {
  const sums = apply(exponentialSumsOp, attrs, x)
  return [part(0)(sums), part(1)(sums)]
}

const share = (x: AnyTensor, [high, weight]: readonly [AnyTensor, AnyTensor]): Expr =>
  divide(exp(subtract(x, high)), weight)
const logShare = (x: AnyTensor, [high, weight]: readonly [AnyTensor, AnyTensor]): Expr =>
  subtract(subtract(x, high), log(weight))
const logTotal = ([high, weight]: readonly [AnyTensor, AnyTensor]): Expr =>
  where(lessEqual(absolute(high), constant(LARGEST)), add(high, log(weight)), high)
/** g where the total is not −∞, else 0: such a row has no element to give the gradient to. */
const given = (total: AnyTensor, g: AnyTensor): AnyTensor =>
  where(equal(total, constant(Number.NEGATIVE_INFINITY)), constant(0), g)

const total = (attrs: Attributes, x: Expr): AnyTensor => made(sumOp, attrs, x)
const probabilities = (attrs: Attributes, x: Expr): AnyTensor => made(softmaxOp, attrs, x)

/** high + log weight over named axes. */
export const logSumExpOp: Op = {
  name: 'log_sum_exp',
  kind: 'kernel',
  types: overAxes('log_sum_exp'),
  definition: (attrs, [x]) => (x === undefined ? [] : [logTotal(sumsOf(attrs, x))]),
  vjp: (node, [g]) => {
    const [x] = node.args
    return [
      g === undefined || x === undefined
        ? undefined
        : annihilate(given(declared(node), g), probabilities(node.attrs, x)),
    ]
  },
  onnx: (attrs, b, [x = absent()], [out], [type]) => {
    const [axes, shape] = [type?.axes ?? [], extentsOf(out?.axes ?? [])]
    if (sizeOf(axes) === 0) return [expandNode(b, scalarNode(b, Number.NEGATIVE_INFINITY), shape)]
    return [reshapeNode(b, logSumExpNode(b, x, positionsOf(readNames(attrs['over']), axes)), shape)]
  },
}

/** The longest row of the one node, which adds up term by term; a longer one takes as long in parts, whose sum goes in blocks. */
const ONE_NODE = 1024

/** One node where a single short axis is reduced; high − high makes a row with +∞ NaN throughout. */
const rowNode =
  (type: 'Softmax' | 'LogSoftmax'): NonNullable<Op['onnx']> =>
  (attrs, b, [x = absent()], _out, [operand]) => {
    const axes = operand?.axes ?? []
    const positions = positionsOf(readNames(attrs['over']), axes)
    if (sizeOf(axes) === 0) return [x]
    const { high, below, exponentials, weight } = partsNodes(b, x, attrs, axes)
    if (positions.length === 1 && at(axes, at(positions, 0)).size <= ONE_NODE)
      return [b.node('Add', [b.node(type, [x], { axis: at(positions, 0) }), b.node('Sub', [high, high])])]
    return [
      type === 'Softmax' ? b.node('Div', [exponentials, weight]) : b.node('Sub', [below, b.node('Log', [weight])]),
    ]
  }

/** e^(x − high)/weight along named axes. */
export const softmaxOp: Op = {
  name: 'softmax',
  kind: 'kernel',
  types: alongAxes('softmax'),
  definition: (attrs, [x]) => (x === undefined ? [] : [share(declared(x), sumsOf(attrs, x))]),
  vjp: (node, [g]) => {
    if (g === undefined) return [undefined]
    const y: AnyTensor = declared(node)
    const own = annihilate(g, y)
    return [subtract(own, annihilate(total(node.attrs, own), y))]
  },
  onnx: rowNode('Softmax'),
}

/** (x − high) − log weight along named axes. */
export const logSoftmaxOp: Op = {
  name: 'log_softmax',
  kind: 'kernel',
  types: alongAxes('log_softmax'),
  definition: (attrs, [x]) => (x === undefined ? [] : [logShare(declared(x), sumsOf(attrs, x))]),
  vjp: (node, [g]) => {
    const [x] = node.args
    if (g === undefined || x === undefined) return [undefined]
    return [subtract(g, annihilate(total(node.attrs, g), probabilities(node.attrs, x)))]
  },
  onnx: rowNode('LogSoftmax'),
}

/** The largest element of each row of `x` over an axis, and the sum of exponentials relative to it. */
export const exponentialSums = (over: AnyAxis, x: Expr): readonly [high: AnyTensor, weight: AnyTensor] =>
  sumsOf({ over: [over.name] }, x)

/** The operations of this file, for the table. */
export const softmaxOps: readonly Op[] = [exponentialSumsOp, logSumExpOp, softmaxOp, logSoftmaxOp]
