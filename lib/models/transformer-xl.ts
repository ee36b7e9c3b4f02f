/**
 * Transformer-XL (Dai et al. 2019): segments of a stream that see a memory of the hidden states before them, through which
 * no gradient flows, with relative positions. Post-norm, ReLU, no biases in attention, one table for input and output,
 * embeddings scaled by √model, as in the authors' implementation.
 *
 * Parameters: `embedding.token` [symbol, model], `relative.content` and `relative.position` [head, depth] (u and v, shared
 * by all layers), `layerN.attention.input.weight` [part, model, head, depth], `layerN.attention.relative.weight`
 * [model, head, depth], `layerN.attention.output.weight` [head, depth, model], `layerN.attention.norm.…`, `layerN.feed.…`.
 */
import { axis, findAxis } from '../axis.ts'
import { type Expr, type Tensor, axesOf } from '../expr.ts'
import { contract, contractOver } from '../ops/contract.ts'
import { gather } from '../ops/gather.ts'
import { concat } from '../ops/join.ts'
import { iota } from '../ops/layout.ts'
import { constantOf, equal, scale, stopGradient, where } from '../ops/pointwise.ts'
import { select, slice } from '../ops/slice.ts'
import {
  type Drop,
  type Named,
  type NamedAxes,
  type Step,
  type StepInput,
  type TokenLogits,
  type Tokens,
  keepAll,
} from './autoregressive.ts'
import type { EmbeddedModel } from './embedded.ts'
import { type Initials, axesOfInitials, drawParameters, tensorOf } from './parameters.ts'
import { type Distances, attendRelative, attendRelativeStep, distancesBelow, relativeOf } from './relative-attention.ts'
import {
  type Blocks,
  type Heads,
  type Projected,
  type Stream,
  blocksOf,
  feedForward,
  residual,
} from './transformer-block.ts'
import { cacheAxes, cacheRows, rowsTime, shiftedTokens } from './transformer-rows.ts'
import { type TransformerSize, checkedSize, feedInitials, normInitials, transformerAxes } from './transformer-size.ts'
import { cachedRows } from './transformer-attention.ts'

/** What a Transformer-XL is made of. */
export interface TransformerXlSize {
  readonly symbols: number
  readonly model: number
  readonly heads: number
  readonly layers: number
  readonly feedForward: number
  /** The longest segment. */
  readonly context: number
  /** Positions that the memory of a layer holds at most. */
  readonly memory: number
  readonly begin: number
  /** Standard deviation of initial weights (default: the authors' 0.02; see `widthDeviation`). */
  readonly deviation?: number
}

/** A segment: its tokens, what came before them, and dropout. */
interface Segment {
  readonly tokens: Tokens
  /** The token before the first [batch]; the begin symbol by default. */
  readonly previous?: Tensor<'batch' | '1', 'i32'>
  /** The memory that the segment before gave; none by default. */
  readonly memory?: Named
  readonly drop?: Drop
}

/** What a segment gives, with the memory for the next one: `layerN` [batch, time, model]. */
interface SegmentResult {
  readonly logits: TokenLogits
  readonly hidden: Stream
  readonly memory: Named
  /** Keys and values of the segment's own positions, as `Forward.rows`. */
  readonly rows: Named
}

/** A Transformer-XL: an autoregressive model of rows, to be read from embeddings as well, and of streams in segments. */
export interface TransformerXl extends EmbeddedModel {
  readonly size: TransformerXlSize
  readonly segment: (parameters: Named, segment: Segment) => SegmentResult
  /** The axes of a memory of `positions` positions (the size's by default). */
  readonly memory: (batch: number, positions?: number) => NamedAxes
}

const blockSize = ({ memory: _memory, ...size }: TransformerXlSize): TransformerSize => ({
  ...size,
  positions: 'rotary',
  norm: 'post',
  activation: 'relu',
  tied: true,
})

/** Weights, u and v normal with deviation 0.02 (the authors' default, or the size's own), gains 1, biases 0. */
const xlInitials = (size: TransformerXlSize): Initials => {
  const { deviation = 0.02 } = size
  const axes = transformerAxes(blockSize(size))
  const { model, head, depth, part, embedded } = axes
  const layer = (l: number): Initials => ({
    [`layer${l}.attention.input.weight`]: { axes: [part, model, head, depth], deviation },
    [`layer${l}.attention.relative.weight`]: { axes: [model, head, depth], deviation },
    [`layer${l}.attention.output.weight`]: { axes: [head, depth, model], deviation },
    ...normInitials(`layer${l}.attention.norm`, model),
    ...feedInitials(axes, `layer${l}.feed`, { weight: deviation, residual: deviation }),
  })
  return {
    'embedding.token': { axes: [embedded, model], deviation },
    'relative.content': { axes: [head, depth], deviation },
    'relative.position': { axes: [head, depth], deviation },
    ...Array.from({ length: size.layers }, (_, l) => layer(l)).reduce((all, one) => ({ ...all, ...one }), {}),
  }
}

const layersOf = ({ layers }: TransformerXlSize): readonly number[] => Array.from({ length: layers }, (_, l) => l)

/** Query (0), key (1) or value (2) of a stream. */
const projectedPart = <R extends string>(
  { axes, parameters }: Blocks,
  l: number,
  index: number,
  x: Stream<R>,
): Heads<R> => {
  const { part, model, head, depth } = axes
  const whole = tensorOf(parameters, `layer${l}.attention.input.weight`, part, model, head, depth)
  return contract(model)(x, select(part, index)(whole))
}

/** One layer, its attention given as a function of the stream. */
const xlLayer = <R extends string>(
  blocks: Blocks,
  l: number,
  attend: (x: Stream<R>) => Heads<R>,
  x: Stream<R>,
): Stream<R> => {
  const { head, depth, model } = blocks.axes
  const weight = tensorOf(blocks.parameters, `layer${l}.attention.output.weight`, head, depth, model)
  const attention = (y: Stream<R>): Stream<R> => contractOver(head, depth)(attend(y), weight)
  const attended = residual(blocks, `layer${l}.attention`, 2 * l + 1, attention, x)
  return residual(blocks, `layer${l}.feed`, 2 * l + 2, feedForward(blocks, `layer${l}.feed`), attended)
}

const tableOf = ({ axes, parameters }: Blocks): Tensor<'symbol' | 'model' | '1'> =>
  tensorOf(parameters, 'embedding.token', axes.embedded, axes.model)

const embedded = <R extends string>(blocks: Blocks, symbols: Tensor<R | '1', 'i32'>): Stream<R> => {
  const { embedded: rows, model } = blocks.axes
  return scale(Math.sqrt(model.size))(gather(rows)(tableOf(blocks), symbols))
}

const logitsOf = <R extends string>(blocks: Blocks, hidden: Stream<R>): Tensor<R | 'symbol' | '1'> => {
  const { embedded: rows, symbol, model } = blocks.axes
  return contract(model)(hidden, slice(rows, 0, symbol.size)(tableOf(blocks)))
}

const lengthOf = (x: Expr): number => findAxis('transformer-xl', axesOf(x), 'time').size

/** A layer's memory and its input, one after the other; no gradient flows into the memory. */
const extended = (memory: Named | undefined, l: number, x: Stream): Stream => {
  if (memory === undefined) return x
  const known = tensorOf(memory, `layer${l}`, 'batch', 'time', 'model')
  return concat(axis('time', lengthOf(x)))(stopGradient(known), x)
}

/** The last positions of a stream, for the next segment. */
const remembered = ({ memory }: TransformerXlSize, x: Stream): Stream => {
  const length = lengthOf(x)
  const kept = Math.min(memory, length)
  return stopGradient(slice(axis('time', length), length - kept, kept)(x))
}

/** The layers on what the first of them reads [batch, time, model], after a memory if there is one. */
const layered = (
  size: TransformerXlSize,
  distances: Distances,
  blocks: Blocks,
  embeddings: Stream,
  memory?: Named,
): SegmentResult => {
  const time = lengthOf(embeddings)
  const rows: Projected[] = []
  const next: [string, Expr][] = []
  const attend =
    (l: number) =>
    (x: Stream): Heads => {
      const whole = extended(memory, l, x)
      next.push([`layer${l}`, remembered(size, whole)])
      const [key, value] = [projectedPart(blocks, l, 1, whole), projectedPart(blocks, l, 2, whole)]
      const query = projectedPart(blocks, l, 0, x)
      const own = slice(axis('time', lengthOf(whole)), lengthOf(whole) - time, time)
      rows.push({ query, key: own(key), value: own(value) })
      const relative = relativeOf(blocks.axes, distances, blocks.parameters, `layer${l}.attention`)
      return attendRelative(relative, query, { key, value })
    }
  const first = blocks.drop(0)(embeddings)
  const hidden = layersOf(size).reduce((x: Stream, l) => xlLayer(blocks, l, attend(l), x), first)
  return { hidden, logits: logitsOf(blocks, hidden), memory: Object.fromEntries(next), rows: cacheRows(rows) }
}

const segment =
  (size: TransformerXlSize, distances: Distances): TransformerXl['segment'] =>
  (parameters, { tokens, previous, memory, drop = keepAll }) => {
    const blocks = blocksOf(blockSize(size), parameters, drop)
    const time = rowsTime(size.context, tokens)
    const moved = shiftedTokens(blockSize(size), tokens)
    const symbols: Tokens =
      previous === undefined ? moved : where(equal(iota(time), constantOf('i32', 0)), previous, moved)
    return layered(size, distances, blocks, embedded(blocks, symbols), memory)
  }

/** The two halves of a row without memory. */
const halves = (size: TransformerXlSize, distances: Distances): Pick<TransformerXl, 'embed' | 'fromEmbeddings'> => ({
  embed: (parameters, tokens) => {
    rowsTime(size.context, tokens)
    return embedded(blocksOf(blockSize(size), parameters, keepAll), shiftedTokens(blockSize(size), tokens))
  },
  fromEmbeddings: (parameters, embeddings, drop) => {
    rowsTime(size.context, embeddings)
    return layered(size, distances, blocksOf(blockSize(size), parameters, drop), embeddings).logits
  },
})

const step =
  (size: TransformerXlSize, distances: Distances) =>
  (parameters: Named, { appended, previous, position }: StepInput): Step => {
    const blocks = blocksOf(blockSize(size), parameters, keepAll)
    const symbols = where(equal(position, constantOf('i32', 0)), constantOf('i32', size.begin), previous)
    const rows: [string, Expr][] = []
    const attend =
      (l: number) =>
      (x: Stream<'batch'>): Heads<'batch'> => {
        const part = (index: number): Heads<'batch'> => projectedPart(blocks, l, index, x)
        const own: Projected<'batch'> = { query: part(0), key: part(1), value: part(2) }
        rows.push([`layer${l}.keys`, own.key], [`layer${l}.values`, own.value])
        const relative = relativeOf(blocks.axes, distances, parameters, `layer${l}.attention`)
        return attendRelativeStep(relative, { ...cachedRows(blocks.axes, appended, l), position }, own)
      }
    const first = embedded(blocks, symbols)
    const hidden = layersOf(size).reduce((x: Stream<'batch'>, l) => xlLayer(blocks, l, attend(l), x), first)
    return { logits: logitsOf(blocks, hidden), rows: Object.fromEntries(rows), carried: {} }
  }

/**
 * A Transformer-XL. As an autoregressive model it reads a row without memory; `segment` reads a stream piece by piece.
 * Throws a `Shape` failure for an impossible size.
 *
 * @example
 * const size = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, memory: 4, begin: 0 }
 * transformerXl(size).size.memory // => 4
 */
export const transformerXl = (size: TransformerXlSize): TransformerXl => {
  const blocks = checkedSize({ ...blockSize(size), positions: 'learned' })
  const { model } = transformerAxes(blocks)
  const distances = distancesBelow(size.context + size.memory, model)
  const initials = xlInitials(size)
  const read = segment(size, distances)
  return {
    ...halves(size, distances),
    size,
    symbols: size.symbols,
    context: size.context,
    parameters: axesOfInitials(initials),
    initialise: drawParameters(initials),
    forward: (parameters, tokens, drop) => {
      const { logits, hidden, rows } = read(parameters, { tokens, drop })
      return { logits, hidden, rows, carried: {} }
    },
    cache: cacheAxes(blocks),
    step: step(size, distances),
    segment: read,
    memory: (batch, positions = size.memory) =>
      Object.fromEntries(
        layersOf(size).map((l) => [`layer${l}`, [axis('batch', batch), axis('time', positions), model]]),
      ),
  }
}
