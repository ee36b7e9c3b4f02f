/**
 * Scaled dot-product attention (Vaswani et al. 2017, equation 1), fused forward and backward: softmax(scale·q·kᵀ)·v.
 *
 * Operands in storage order: query [batch, head, time, depth], keys and values [batch, head, keyTime, depth], lengths [batch]
 * (i32, optional): keys at positions from a row's length on do not count. With `causal`, query t sees the keys up to position
 * t + keyTime − time: the queries are the last ones of the sequence. The results are the context [batch, head, time, depth]
 * and for each query its largest score and the sum of e^(score − largest) [batch, head, time, sums], from which the gradient
 * recomputes the probabilities (Dao et al. 2022, algorithm 4), so that no matrix of scores is kept. A query that sees no key
 * has context 0, −3.4·10³⁸ and 1.
 */
import { type AnyAxis, type Axis, axis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type ArrayType,
  type Attributes,
  type Cotangent,
  type Expr,
  type Op,
  type Tensor,
  apply,
  axesOf,
} from '../expr.ts'
import { vjpWithin } from './pull-back.ts'
import { attentionBackwardCalls, attentionCalls } from './attention-calls.ts'
import { type AttentionOptions, attentionBackwardNodes, attentionNodes } from './attention-nodes.ts'
import { contract } from './contract.ts'
import { stack } from './join.ts'
import { iota, reorder } from './layout.ts'
import { HIDDEN } from './numeric.ts'
import {
  add,
  and,
  constant,
  constantOf,
  divide,
  exp,
  less,
  lessEqual,
  maximum,
  multiply,
  scale,
  subtract,
  where,
} from './pointwise.ts'
import { max, sum } from './reduce.ts'
import { readNumber, requireDType, spreadTo } from './rules.ts'
import { part } from './scan-op.ts'
import { select } from './slice.ts'
import { declared } from '../phantom.ts'

const QUERIES = ['batch', 'head', 'time', 'depth']
const KEYS = ['batch', 'head', 'keyTime', 'depth']
const ROWS = ['batch', 'head', 'time']
/** What is kept of the scores of a query: the largest, and the sum of exponentials relative to it. */
const SUMS = axis('sums', 2)

const find = (name: string, axes: readonly AnyAxis[]): Axis<string> => {
  const found = findAxis('attention', axes, name)
  return axis(found.name, found.size)
}

/** Checks that named axes of two operands agree. */
const agree = (names: readonly string[], x: readonly AnyAxis[], y: readonly AnyAxis[]): void => {
  for (const name of names)
    if (find(name, x).size !== find(name, y).size)
      raise(
        failure(
          'Shape',
          `attention: axis '${name}' has size ${find(name, x).size} and ${find(name, y).size}`,
          'give queries, keys and values of the same batch, heads and depth',
          { axis: name, sizes: [find(name, x).size, find(name, y).size] },
        ),
      )
}

/** Checks operands [query, keys, values] and the lengths. */
const checkOperands = (
  attrs: Attributes,
  [query, keys, values, ...rest]: readonly ArrayType[],
  lengths: ArrayType | undefined,
): void => {
  if (query === undefined || keys === undefined || values === undefined) return
  requireDType('attention', 'f32', query, keys, values, ...rest)
  agree(['batch', 'head', 'depth'], query.axes, keys.axes)
  agree(KEYS, keys.axes, values.axes)
  if (lengths !== undefined) {
    requireDType('attention', 'i32', lengths)
    agree(['batch'], query.axes, lengths.axes)
  }
  if (find('keyTime', keys.axes).size === 0 || (isCausal(attrs) && offsetOf(query.axes, keys.axes) < 0))
    raise(
      failure('Shape', 'attention: a query sees no key', 'give keys, and as many as queries with `causal`', {
        queries: find('time', query.axes).size,
        keys: find('keyTime', keys.axes).size,
      }),
    )
}

/** Whether queries see only what came before them. */
const isCausal = (attrs: Attributes): boolean => readNumber(attrs['causal']) === 1

/** Position of the first query among the keys, with `causal`. */
const offsetOf = (query: readonly AnyAxis[], keys: readonly AnyAxis[]): number =>
  find('keyTime', keys).size - find('time', query).size

type Query = Tensor<'batch' | 'head' | 'time' | 'depth' | '1'>
type Keys = Tensor<'batch' | 'head' | 'keyTime' | 'depth' | '1'>
type Rows = Tensor<'batch' | 'head' | 'time' | '1'>
type Sums = Tensor<'batch' | 'head' | 'time' | 'sums' | '1'>
type Pairs = Tensor<'batch' | 'head' | 'time' | 'keyTime' | '1'>
type Lengths = Tensor<'batch' | '1', 'i32'>
type Seen = Tensor<'batch' | 'time' | 'keyTime' | '1', 'bool'>

/** Typed views of the axes and operands that definitions work with. */
interface Given {
  readonly time: Axis<'time'>
  readonly keyTime: Axis<'keyTime'>
  readonly depth: Axis<'depth'>
  readonly query: Query
  readonly keys: Keys
  readonly seen: Seen | undefined
  readonly scale: number
}

/** Which keys count for which queries; undefined where all do. */
const seenBy = (
  attrs: Attributes,
  { time, keyTime }: Pick<Given, 'time' | 'keyTime'>,
  lengths: Expr | undefined,
): Seen | undefined => {
  const rows: readonly Lengths[] = lengths === undefined ? [] : [declared(lengths)]
  const last = add(iota(time), constantOf('i32', keyTime.size - time.size))
  const masks: readonly Seen[] = [
    ...rows.map((n): Seen => widened(less(iota(keyTime), n))),
    ...(isCausal(attrs) ? [widened(lessEqual(iota(keyTime), last))] : []),
  ]
  const [first, second] = masks
  return first === undefined || second === undefined ? first : and(first, second)
}

const widened = (x: Expr): Seen => declared(x)

const givenBy = (attrs: Attributes, query: Expr, keys: Expr, lengths: Expr | undefined): Given => {
  const named = <N extends string>(name: N, x: Expr): Axis<N> => axis(name, find(name, axesOf(x)).size)
  const axes = { time: named('time', query), keyTime: named('keyTime', keys), depth: named('depth', query) }
  const seen = seenBy(attrs, axes, lengths)
  const operands: { readonly query: Query; readonly keys: Keys } = { query: declared(query), keys: declared(keys) }
  return { ...axes, ...operands, seen, scale: readNumber(attrs['scale']) }
}

/** Scores of all pairs, `HIDDEN` where a key does not count. */
const scoresOf = ({ query, keys, depth, seen, scale: factor }: Given): Pairs => {
  const scores = scale(factor)(contract(depth)(query, keys))
  return seen === undefined ? scores : where(seen, scores, constant(HIDDEN))
}

/** e^(score − high), 0 for keys that do not count. */
const exponentials = (given: Given, high: Rows): Pairs => {
  const p: Pairs = exp(subtract(scoresOf(given), high))
  return given.seen === undefined ? p : where(given.seen, p, constant(0))
}

/** The largest score of each query and the sum of exponentials relative to it, 1 where no key counts. */
const rowSums = (given: Given): { readonly high: Rows; readonly weight: Rows } => {
  const high = max(given.keyTime)(scoresOf(given))
  return { high, weight: maximum(sum(given.keyTime)(exponentials(given, high)), constant(1)) }
}

/** e^(score − high)/weight: the probabilities of the keys. */
const probabilities = (given: Given, sums: Sums): Pairs =>
  divide(exponentials(given, select(SUMS, 0)(sums)), select(SUMS, 1)(sums))

const laidOut =
  (names: readonly string[]) =>
  (x: Expr): Expr =>
    reorder(names)(x)

/** query, keys, values, lengths? → context, sums. */
const attentionOp: Op = {
  name: 'attention',
  kind: 'kernel',
  types: (attrs, [query, keys, values, lengths]) => {
    if (query === undefined || keys === undefined || values === undefined) return []
    checkOperands(attrs, [query, keys, values], lengths)
    return [query, { axes: [...ROWS.map((name) => find(name, query.axes)), SUMS], dtype: 'f32' }]
  },
  definition: (attrs, [query, keys, v, lengths]) => {
    if (query === undefined || keys === undefined || v === undefined) return []
    const given = givenBy(attrs, query, keys, lengths)
    const values: Keys = declared(v)
    const { high, weight } = rowSums(given)
    const context = contract(given.keyTime)(divide(exponentials(given, high), weight), values)
    return [laidOut(QUERIES)(context), laidOut([...ROWS, SUMS.name])(stack(SUMS)(high, weight))]
  },
  vjp: (node, gs) => attentionVjp(node, gs),
  lower: (attrs, _out, args, on) =>
    attentionCalls({ causal: isCausal(attrs), scale: readNumber(attrs['scale']) }, args, on),
  onnx: (attrs, b, inputs, _out, args) => attentionNodes(b, nodeOptions(attrs, args), inputs),
}

/**
 * query, keys, values, sums [batch, head, time, sums], dcontext [batch, head, time, depth], delta [batch, head, time],
 * lengths? → dquery, dkeys, dvalues: with p the probabilities and ds = scale·p·(dcontext·valuesᵀ − delta), dquery = ds·keys,
 * dkeys = dsᵀ·query, dvalues = pᵀ·dcontext. Delta is Σ_depth dcontext·context. Cotangents of the sums, which only second
 * derivatives have, go through the definition.
 */
const attentionBackwardOp: Op = {
  name: 'attention_backward',
  kind: 'kernel',
  types: (attrs, [query, keys, values, sums, dContext, delta, lengths]) => {
    if (query === undefined || keys === undefined || values === undefined) return []
    if (sums === undefined || dContext === undefined || delta === undefined) return []
    checkOperands(attrs, [query, keys, values, sums, dContext, delta], lengths)
    agree(QUERIES, query.axes, dContext.axes)
    for (const rows of [sums, delta]) agree(ROWS, query.axes, rows.axes)
    return [query, keys, values]
  },
  definition: (attrs, [query, keys, v, sums, dContext, delta, lengths]) => {
    if (query === undefined || keys === undefined || v === undefined) return []
    if (sums === undefined || dContext === undefined || delta === undefined) return []
    const given = givenBy(attrs, query, keys, lengths)
    const [values, cotangent]: readonly [Keys, Query] = [declared(v), declared(dContext)]
    const [rows, shift]: readonly [Sums, Rows] = [declared(sums), declared(delta)]
    const p = probabilities(given, rows)
    const ds: Pairs = scale(given.scale)(multiply(p, subtract(contract(given.depth)(cotangent, values), shift)))
    return [
      laidOut(QUERIES)(contract(given.keyTime)(ds, given.keys)),
      laidOut(KEYS)(contract(given.time)(ds, given.query)),
      laidOut(KEYS)(contract(given.time)(p, cotangent)),
    ]
  },
  lower: (attrs, _out, args, on) =>
    attentionBackwardCalls({ causal: isCausal(attrs), scale: readNumber(attrs['scale']) }, args, on),
  onnx: (attrs, b, inputs, _out, args) => attentionBackwardNodes(b, nodeOptions(attrs, args), inputs),
}

const nodeOptions = (attrs: Attributes, [query, keys]: readonly ArrayType[]): AttentionOptions => ({
  causal: isCausal(attrs),
  whole: attrs['whole'] === 1,
  scale: readNumber(attrs['scale']),
  batch: find('batch', query?.axes ?? []).size,
  time: find('time', query?.axes ?? []).size,
  keyTime: find('keyTime', keys?.axes ?? []).size,
})

const attentionVjp = (node: Expr, [dContext, dSums]: readonly Cotangent[]): readonly (Expr | undefined)[] => {
  if (dSums !== undefined)
    return vjpWithin(node.op.definition?.(node.attrs, node.args) ?? [], [dContext, dSums], node.args)
  const [query, keys, values, ...lengths] = node.args
  if (query === undefined || keys === undefined || values === undefined) return []
  const cotangent: Query = declared(reorder(QUERIES)(spreadTo(axesOf(query))(dContext ?? constant(0))))
  const context: Query = part(0)(node)
  const sums: Sums = part(1)(node)
  const depth: Axis<'depth'> = axis('depth', find('depth', axesOf(query)).size)
  const inner: Rows = sum(depth)(multiply(cotangent, context))
  const delta = reorder(ROWS)(inner)
  const back = apply(attentionBackwardOp, node.attrs, query, keys, values, sums, cotangent, delta, ...lengths)
  return [part(0)(back), part(1)(back), part(2)(back)]
}

/**
 * Attention of queries over keys (Vaswani et al. 2017, equation 1): Σ_k softmax_k(scale·⟨q, k⟩)·v_k. One set of keys for
 * self-attention (`rename(time, keyTime)`) or another sequence's for cross-attention.
 *
 * @param options `causal`: query t sees keys up to t + keyTime − time; `scale`: 1/√depth unless given
 * @param lengths how many keys of each row count; all unless given; a row with none has context 0
 *
 * @example
 * const [batch, head, time, depth] = [axis('batch', 1), axis('head', 1), axis('time', 2), axis('depth', 1)]
 * const of = (...values: number[]) => literal(Float64Array.from(values), batch, head, time, depth)
 * const toKeys = rename(time, axis('keyTime', 2))
 * attention({ causal: true }, of(0, 0), toKeys(of(0, 0)), toKeys(of(1, 3))) // => [1, 2]
 */
export const attention = (
  options: { readonly causal: boolean; readonly scale?: number },
  query: Query,
  keys: Keys,
  values: Keys,
  lengths?: Lengths,
): Query => {
  const factor = options.scale ?? 1 / Math.sqrt(find('depth', axesOf(query)).size)
  return part(0)(
    apply(
      attentionOp,
      { causal: Number(options.causal), scale: factor },
      reorder(QUERIES)(query),
      reorder(KEYS)(keys),
      reorder(KEYS)(values),
      ...(lengths === undefined ? [] : [lengths]),
    ),
  )
}

/** The operations of this file, for the table. */
export const attentionOps: readonly Op[] = [attentionOp, attentionBackwardOp]
