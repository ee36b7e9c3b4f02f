/**
 * What the kernels are timed on: one program for each, with the arithmetic that it must do and the memory that it must touch.
 */
import { axis, sizeOf } from '../../lib/axis.ts'
import { axesOf, type Expr, type Tensor, typeOf } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { attention } from '../../lib/ops/attention.ts'
import { contract } from '../../lib/ops/contract.ts'
import { softmaxCrossEntropy } from '../../lib/ops/cross-entropy.ts'
import { gather, scatterAdd } from '../../lib/ops/gather.ts'
import { concat } from '../../lib/ops/join.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import { input, inputOf, rename, reorder } from '../../lib/ops/layout.ts'
import { gate, lstm } from '../../lib/ops/lstm.ts'
import { type Mask, windowOf } from '../../lib/ops/mask.ts'
import { maskedConvolution } from '../../lib/ops/masked-convolution.ts'
import { add, exp, multiply, tanh } from '../../lib/ops/pointwise.ts'
import { inputKey, uniform } from '../../lib/ops/random.ts'
import { cumulativeSum, max, softmax, sum, sumAll } from '../../lib/ops/reduce.ts'
import { slice } from '../../lib/ops/slice.ts'
import { filterLogits, largest } from '../../lib/ops/top-k.ts'

/** A kernel at work: `results` of the operands, which have the bytes given, in FLOP and bytes that cannot be saved. */
export interface Work {
  readonly name: string
  readonly sizes: string
  readonly operands: Readonly<Record<string, Expr>>
  readonly results: Readonly<Record<string, Expr>>
  readonly flops: number
  readonly bytes: number
}

const bytesOf = (...nodes: readonly Expr[]): number => nodes.reduce((n, node) => n + 4 * sizeOf(axesOf(node)), 0)

const sizesOf = (node: Expr): string =>
  axesOf(node)
    .map((a) => a.size)
    .join('×')

/** A kernel that memory bounds: it reads its operands once and writes its results once, beside `more` bytes. */
const moved = (
  name: string,
  operands: Readonly<Record<string, Expr>>,
  results: Readonly<Record<string, Expr>>,
  more = 0,
): Work => ({
  name,
  sizes: Object.values(operands).map(sizesOf).join(', '),
  operands,
  results,
  flops: 0,
  bytes: bytesOf(...Object.values(operands), ...Object.values(results)) + more,
})

/** A kernel that arithmetic bounds. */
const computed = (
  name: string,
  operands: Readonly<Record<string, Expr>>,
  results: Readonly<Record<string, Expr>>,
  flops: number,
): Work => ({ ...moved(name, operands, results), flops })

/** The gradients of a result against a cotangent: operands and gradients are read and written, the result in between too. */
const back = <A extends string, P extends Readonly<Record<string, string>>>(
  result: Tensor<A>,
  given: Tensor<A>,
  of: { readonly [K in keyof P]: Tensor<P[K]> },
): { readonly [K in keyof P]: Tensor<P[K]> } => gradient(sumAll(multiply(result, given)), of)

const contractions = (n: number): readonly Work[] => {
  const [row, inner, column] = [axis('row', n), axis('inner', n), axis('column', n)]
  const [x, w] = [input('x', row, inner), input('w', inner, column)]
  const turned = input('x', inner, row)
  const flops = 2 * n ** 3
  return [
    computed('contraction', { x, w }, { y: contract(inner)(x, w) }, flops),
    computed('contraction, left transposed', { x: turned, w }, { y: contract(inner)(turned, w) }, flops),
  ]
}

const elementwise = (rows: number, width: number): readonly Work[] => {
  const [row, column] = [axis('row', rows), axis('column', width)]
  const [x, z] = [input('x', row, column), input('z', row, column)]
  const bias = input('bias', column)
  const key = inputKey('key')
  return [
    moved('elementwise x·z + x', { x, z }, { y: add(multiply(x, z), x) }),
    moved('elementwise x + bias', { x, bias }, { y: add(x, bias) }),
    moved('elementwise eˣ', { x }, { y: exp(x) }),
    moved('elementwise tanh', { x }, { y: tanh(x) }),
    moved('transpose', { x }, { y: reorder(['column', 'row'])(x) }),
    { ...moved('slice', { x }, { y: slice(row, 1, rows / 2)(x) }), bytes: bytesOf(x) },
    moved('concat', { x, z }, { y: concat(row)(x, z) }),
    moved('random numbers', { key }, { y: uniform(key)(row, column) }),
  ]
}

const reductions = (rows: number, width: number): readonly Work[] => {
  const [row, column] = [axis('row', rows), axis('column', width)]
  const x = input('x', row, column)
  return [
    moved('sum of rows', { x }, { y: sum(column)(x) }),
    moved('sum of columns', { x }, { y: sum(row)(x) }),
    moved('largest of rows', { x }, { y: max(column)(x) }),
    moved('cumulative sum', { x }, { y: cumulativeSum(column)(x) }),
    moved('softmax', { x }, { y: softmax(column)(x) }),
  ]
}

const normalised = (rows: number, width: number): readonly Work[] => {
  const [row, model] = [axis('row', rows), axis('model', width)]
  const [x, given] = [input('x', row, model), input('given', row, model)]
  const [gain, bias] = [input('gain', model), input('bias', model)]
  const y = layerNorm(model)(x, gain, bias)
  return [
    moved('layer norm', { x, gain, bias }, { y }),
    moved(
      'layer norm, forward and backward',
      { x, gain, bias, given },
      back(y, given, { x, gain, bias }),
      2 * bytesOf(x),
    ),
  ]
}

const entropies = (rows: number, width: number): readonly Work[] => {
  const [row, symbol] = [axis('row', rows), axis('symbol', width)]
  const [x, targets] = [input('x', row, symbol), inputOf('i32')('targets', row)]
  const given = input('given', row)
  const y = softmaxCrossEntropy(symbol)(x, targets)
  return [
    moved('cross-entropy', { x, targets }, { y }),
    moved('cross-entropy, forward and backward', { x, targets, given }, back(y, given, { x }), bytesOf(x)),
  ]
}

const picks = (rows: number, size: number, width: number): readonly Work[] => {
  const [row, symbol, model] = [axis('row', rows), axis('symbol', size), axis('model', width)]
  const [table, updates] = [input('table', symbol, model), input('updates', row, model)]
  const index = inputOf('i32')('index', row)
  return [
    { ...moved('gather', { table, index }, { y: gather(symbol)(table, index) }), bytes: 2 * bytesOf(updates) },
    moved('scatter', { updates, index }, { y: scatterAdd(symbol, row)(updates, index) }),
  ]
}

const choices = (rows: number, size: number): readonly Work[] => {
  const [row, symbol] = [axis('row', rows), axis('symbol', size)]
  const x = input('x', row, symbol)
  return [
    moved('top 8', { x }, { y: largest(symbol, axis('rank', 8))(x) }),
    moved('top-k, k = 40', { x }, { y: filterLogits(symbol, { k: 40 })(x) }),
    moved('top-p, p = 0.9', { x }, { y: filterLogits(symbol, { p: 0.9 })(x) }),
  ]
}

const attentions = (batch: number, time: number, depth: number): readonly Work[] => {
  const axes = [axis('batch', batch), axis('head', 4), axis('time', time), axis('depth', depth)] as const
  const keys = rename(axes[2], axis('keyTime', time))
  const [query, key, value, given] = [
    input('query', ...axes),
    input('key', ...axes),
    input('value', ...axes),
    input('given', ...axes),
  ]
  const y = attention({ causal: true }, query, keys(key), keys(value))
  // Half of the scores count; a product of them with values or keys is as much as they are.
  const product = batch * 4 * time * (time + 1) * depth
  return [
    computed('attention, causal', { query, key, value }, { y }, 2 * product),
    computed(
      'attention, causal, forward and backward',
      { query, key, value, given },
      back(y, given, { query, key, value }),
      7 * product,
    ),
  ]
}

const convolutions = (batch: number): readonly Work[] =>
  [
    { window: 7, kind: 'A', from: 1, to: 48 } as const,
    { window: 3, kind: 'B', from: 24, to: 24 } as const,
    { window: 3, kind: 'B', from: 64, to: 64 } as const,
  ].flatMap(({ window, kind, from, to }) => {
    const mask: Mask = { stack: 'full', kind, size: window, groups: 1 }
    const [pixels, own, maps] = [
      [axis('batch', batch), axis('row', 28), axis('column', 28)] as const,
      axis('input', from),
      axis('output', to),
    ]
    const tap = axis('tap', windowOf(mask).count)
    const [x, w, given] = [input('x', ...pixels, own), input('w', tap, own, maps), input('given', ...pixels, maps)]
    const y = maskedConvolution(mask)(x, w)
    const flops = 2 * batch * 28 * 28 * tap.size * from * to
    const name = `masked convolution ${window}×${window}, ${from} → ${to}`
    const { x: images, w: weight } = back(y, given, { x, w })
    return [
      computed(name, { x, w }, { y }, flops),
      computed(`${name}, gradient of the image`, { given, w }, { y: images }, flops),
      computed(`${name}, gradient of the weight`, { given, x }, { y: weight }, flops),
    ]
  })

const recurrences = (batch: number): readonly Work[] => {
  const [time, rows, hidden, previous] = [
    axis('time', 31),
    axis('batch', batch),
    axis('hidden', 200),
    axis('previous', 200),
  ]
  const [pre, weight] = [input('pre', time, rows, gate, hidden), input('weight', previous, gate, hidden)]
  const start = { hidden: input('hidden', rows, hidden), cell: input('cell', rows, hidden) }
  const given = input('given', time, rows, hidden)
  const y = lstm(pre, weight, start).hidden
  const flops = 2 * 31 * batch * 200 * 800
  return [
    computed('LSTM layer', { pre, weight, ...start }, { y }, flops),
    computed(
      'LSTM layer, forward and backward',
      { pre, weight, ...start, given },
      back(y, given, { pre, weight }),
      3 * flops,
    ),
  ]
}

/** All works; `scale` multiplies their sizes: 1 for a processor, more for a GPU, where launches would weigh too much. */
export const works = (scale: number): readonly Work[] => [
  ...contractions(512 * Math.round(Math.sqrt(scale))),
  ...elementwise(2048 * scale, 1024),
  ...reductions(2048 * scale, 1024),
  ...normalised(8192 * scale, 256),
  ...entropies(512 * scale, 4096),
  ...picks(4096 * scale, 8192 * scale, 128),
  ...choices(64 * scale, 8192),
  ...attentions(8 * scale, 160, 32),
  ...convolutions(16 * scale),
  ...recurrences(128 * scale),
]

/** What an operand holds: places that all tables have, or numbers around 0. */
export const filled = (node: Expr, seed: number): Float32Array | Int32Array | Uint32Array => {
  const length = sizeOf(axesOf(node))
  const mixed = (i: number): number => Math.imul(i + 1, 0x9e3779b1 + 2 * seed) >>> 0
  if (typeOf(node).dtype === 'u32') return Uint32Array.from({ length }, (_, i) => mixed(i))
  if (typeOf(node).dtype === 'i32') return Int32Array.from({ length }, (_, i) => mixed(i) % 4096)
  return Float32Array.from({ length }, (_, i) => mixed(i) / 2 ** 31 - 1)
}
