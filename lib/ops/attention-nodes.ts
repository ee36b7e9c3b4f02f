/**
 * Attention in ONNX's operators: two batched products around a softmax. The gradient's nodes for the probabilities are the
 * forward pass's own, so a training step computes them once and keeps them.
 */
import { absent, at, four } from '../at.ts'
import type { OnnxBuilder } from '../expr.ts'
import { cutNode, highestNode, rampOf, reshapeNode, scalarNode, softmaxParts } from './emit.ts'
import { HIDDEN } from './numeric.ts'

/** Sizes and choices of an attention. */
export interface AttentionOptions {
  readonly causal: boolean
  readonly scale: number
  readonly batch: number
  readonly time: number
  readonly keyTime: number
  /** Whether all queries go in one piece: the nodes are then the same at every size. */
  readonly whole: boolean
}

/** The last two axes of a tensor [batch, head, …] exchanged. */
const turned = (b: OnnxBuilder, x: string): string => b.node('Transpose', [x], { perm: [0, 1, 3, 2] })

/**
 * Where query t may see a key with `causal`: [time, keyTime]. From two ramps, so that the same nodes serve every length; at
 * a fixed length ONNX Runtime folds them into one constant.
 */
const causalNode = (b: OnnxBuilder, { time, keyTime }: AttentionOptions): string =>
  b.node('LessOrEqual', [
    b.constant('i32', [keyTime], rampOf(0, keyTime)),
    b.constant('i32', [time, 1], rampOf(keyTime - time, time)),
  ])

/** Which keys count, broadcasting to [batch, head, time, keyTime]. */
const seenNode = (b: OnnxBuilder, options: AttentionOptions, lengths: string): string => {
  const { causal, batch, keyTime } = options
  const inside = b.node('Less', [
    b.constant('i32', [keyTime], rampOf(0, keyTime)),
    reshapeNode(b, lengths, [batch, 1, 1, 1]),
  ])
  return causal ? b.node('And', [inside, causalNode(b, options)]) : inside
}

/** The scores of turned keys, so much lower where a key does not count: a sum costs less than a choice. */
const scoresNode = (
  b: OnnxBuilder,
  options: AttentionOptions,
  query: string,
  keys: string,
  lengths: string | undefined,
): string => {
  const scores = b.node('MatMul', [b.node('Mul', [query, scalarNode(b, options.scale)]), keys])
  if (lengths !== undefined) return b.node('Where', [seenNode(b, options, lengths), scores, scalarNode(b, HIDDEN)])
  if (!options.causal) return scores
  return b.node('Add', [scores, b.node('Where', [causalNode(b, options), scalarNode(b, 0), scalarNode(b, HIDDEN)])])
}

const softmaxNode = (b: OnnxBuilder, scores: string): string => b.node('Softmax', [scores], { axis: -1 })

/** The value where a row has keys at all, else 0; [batch, head, time, …] with `rank` axes. */
const alive = (
  b: OnnxBuilder,
  { batch }: AttentionOptions,
  lengths: string | undefined,
  x: string,
  rank: number,
): string => {
  if (lengths === undefined) return x
  const some = b.node('Less', [b.constant('i32', [], [0]), lengths])
  const shape = Array.from({ length: rank }, (_, i) => (i === 0 ? batch : 1))
  return b.node('Where', [reshapeNode(b, some, shape), x, scalarNode(b, 0)])
}

/** The largest score of each query, and the sum of exponentials relative to it: a graph holds them only where they are read. */
const sumsNode = (b: OnnxBuilder, scores: string, counted: (weight: string) => string): string => {
  const weight = b.node('Max', [counted(softmaxParts(b, scores, [3]).weight), scalarNode(b, 1)])
  return b.node('Concat', [highestNode(b, scores, [3]), weight], { axis: 3 })
}

/** Causal queries are taken in at most so many pieces, of at least so many rows: each reads only the keys that one of its queries sees. */
const PIECES = 8
const PIECE_ROWS = 80

/** Queries [from, to) with the keys before `seen`. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly seen: number
}

const piecesOf = ({ causal, whole, time, keyTime }: AttentionOptions): readonly Piece[] => {
  const count = causal && !whole ? Math.min(PIECES, Math.floor(time / PIECE_ROWS)) : 1
  const rows = Math.max(1, Math.ceil(time / Math.max(1, count)))
  return Array.from({ length: Math.max(1, Math.ceil(time / rows)) }, (_, i) => {
    const to = Math.min((i + 1) * rows, time)
    return { from: i * rows, to, seen: keyTime - time + to }
  })
}

/** Elements [from, to) along an axis of size `size`. */
const cut = (b: OnnxBuilder, x: string, axis: number, [from, to, size]: readonly [number, number, number]): string =>
  from === 0 && to === size ? x : cutNode(b, x, axis, from, to)

/** What a piece reads: operands of queries, and keys and values, as they are and turned. */
const readersOf = (b: OnnxBuilder, { time, keyTime }: AttentionOptions, { from, to, seen }: Piece) => ({
  rows: (x: string): string => cut(b, x, 2, [from, to, time]),
  keys: (x: string): string => cut(b, x, 2, [0, seen, keyTime]),
  turned: (x: string): string => cut(b, turned(b, x), 3, [0, seen, keyTime]),
})

/** The options of a piece alone. */
const within = (options: AttentionOptions, { from, to, seen }: Piece): AttentionOptions => ({
  ...options,
  time: to - from,
  keyTime: seen,
})

const stacked = (b: OnnxBuilder, parts: readonly string[]): string =>
  parts.length === 1 ? at(parts, 0) : b.node('Concat', parts, { axis: 2 })

/** query, keys, values, lengths? → context, sums. */
export const attentionNodes = (
  b: OnnxBuilder,
  options: AttentionOptions,
  [query = absent(), keys = absent(), values = absent(), lengths]: readonly string[],
): readonly string[] => {
  const pieces = piecesOf(options).map((piece) => {
    const read = readersOf(b, options, piece)
    const scores = scoresNode(b, within(options, piece), read.rows(query), read.turned(keys), lengths)
    const context = b.node('MatMul', [softmaxNode(b, scores), read.keys(values)])
    return { context, sums: sumsNode(b, scores, (weight) => alive(b, options, lengths, weight, 4)) }
  })
  const context = stacked(
    b,
    pieces.map((p) => p.context),
  )
  return [
    alive(b, options, lengths, context, 4),
    stacked(
      b,
      pieces.map((p) => p.sums),
    ),
  ]
}

/** xᵀ·weights of all pieces [batch, head, depth, keys], the later ones of more keys, added up. */
const summedPieces = (b: OnnxBuilder, parts: readonly string[], pieces: readonly Piece[]): string =>
  parts.reduce((sum, part, i) => {
    const more = at(pieces, i).seen - at(pieces, i - 1).seen
    return b.node('Add', [part, b.node('Pad', [sum, b.constant('i64', [8], [0, 0, 0, 0, 0, 0, 0, more])])])
  })

/** query, keys, values, sums, dcontext, delta, lengths? → dquery, dkeys, dvalues. */
export const attentionBackwardNodes = (
  b: OnnxBuilder,
  options: AttentionOptions,
  [
    query = absent(),
    keys = absent(),
    values = absent(),
    ,
    dContext = absent(),
    delta = absent(),
    lengths,
  ]: readonly string[],
): readonly string[] => {
  const given = alive(b, options, lengths, dContext, 4)
  const rows = b.node('Unsqueeze', [alive(b, options, lengths, delta, 3), b.constant('i64', [1], [3])])
  const factor = scalarNode(b, options.scale)
  const pieces = piecesOf(options)
  const slopes = pieces.map((piece) => {
    const read = readersOf(b, options, piece)
    const p = softmaxNode(b, scoresNode(b, within(options, piece), read.rows(query), read.turned(keys), lengths))
    const own = read.rows(given)
    const slope = b.node('Mul', [p, b.node('Sub', [b.node('MatMul', [own, read.turned(values)]), read.rows(rows)])])
    return {
      query: b.node('Mul', [b.node('MatMul', [slope, read.keys(keys)]), factor]),
      keys: b.node('MatMul', [turned(b, b.node('Mul', [read.rows(query), factor])), slope]),
      values: b.node('MatMul', [turned(b, own), p]),
    }
  })
  const summed = (parts: readonly string[]): string => turned(b, summedPieces(b, parts, pieces))
  return [
    stacked(
      b,
      slopes.map((s) => s.query),
    ),
    summed(slopes.map((s) => s.keys)),
    summed(slopes.map((s) => s.values)),
  ]
}

/** Sizes of a step: the caches are [time, batch, head, depth]. */
interface AttentionStepOptions {
  readonly scale: number
  readonly sizes: readonly number[]
}

/**
 * query, keys, values, position, own key?, own value? → context: two products of a row for each head. ONNX Runtime's products
 * read the caches in their own order, so the transpositions here copy nothing.
 */
export const attentionStepNodes = (
  b: OnnxBuilder,
  { scale, sizes }: AttentionStepOptions,
  [query = absent(), keys = absent(), values = absent(), position = absent(), ownKey, ownValue]: readonly string[],
): string => {
  const [time, batch, head, depth] = four(sizes)
  const rows = batch * head
  const matrix = (x: string, ...shape: readonly number[]): string => reshapeNode(b, x, shape)
  const scaled = matrix(b.node('Mul', [query, scalarNode(b, scale)]), rows, 1, depth)
  const byCache = (x: string, cache: string, perm: readonly number[]): string =>
    b.node('MatMul', [x, b.node('Transpose', [matrix(cache, time, rows, depth)], { perm })])
  const sum = (weights: string): string => byCache(weights, values, [1, 0, 2])
  const counts = b.node(ownKey === undefined ? 'LessOrEqual' : 'Less', [
    b.constant('i32', [time], rampOf(0, time)),
    position,
  ])
  const scores = b.node('Where', [counts, byCache(scaled, keys, [1, 2, 0]), scalarNode(b, HIDDEN)])
  if (ownKey === undefined || ownValue === undefined)
    return matrix(sum(b.node('Where', [counts, softmaxNode(b, scores), scalarNode(b, 0)])), batch, head, depth)
  const own = b.node('ReduceSum', [
    b.node('Mul', [scaled, matrix(ownKey, rows, 1, depth)]),
    b.constant('i64', [1], [2]),
  ])
  const weights = softmaxNode(b, b.node('Concat', [scores, own], { axis: 2 }))
  const part = (from: number, to: number): string => cut(b, weights, 2, [from, to, time + 1])
  const mine = b.node('Mul', [part(time, time + 1), matrix(ownValue, rows, 1, depth)])
  return matrix(b.node('Add', [sum(part(0, time)), mine]), batch, head, depth)
}
