/**
 * The transformer: a causal language model with learned or rotary positions and key/value caches, and the same blocks as
 * an encoder (causal or bidirectional, with lengths of padded rows).
 */
import type { Axis } from '../axis.ts'
import type { Expr, Tensor } from '../expr.ts'
import { contract } from '../ops/contract.ts'
import { gather } from '../ops/gather.ts'
import { iota } from '../ops/layout.ts'
import { add, constantOf, equal, where } from '../ops/pointwise.ts'
import { slice } from '../ops/slice.ts'
import {
  type Autoregressive,
  type Drop,
  type Forward,
  type Named,
  type Step,
  type StepInput,
  type TokenLogits,
  type Tokens,
  keepAll,
} from './autoregressive.ts'
import { axesOfInitials, drawParameters, tensorOf } from './parameters.ts'
import { type Lengths, type Sight, attendRows, attendStep } from './transformer-attention.ts'
import { type Blocks, type Heads, type Projected, type Stream, blocksOf, layer, normed } from './transformer-block.ts'
import { rotated } from './rotary.ts'
import { cacheAxes, cacheRows, rowsTime, shiftedTokens } from './transformer-rows.ts'
import { type TransformerSize, checkedSize, transformerAxes, transformerInitials } from './transformer-size.ts'

export type { TransformerSize } from './transformer-size.ts'

const layersOf = (size: TransformerSize): readonly number[] => Array.from({ length: size.layers }, (_, l) => l)

/** Embeddings of symbols at positions, after the embedding's norm (post-norm) and dropout site 0. */
const embedded = <R extends string, T extends string>(
  blocks: Blocks,
  symbols: Tensor<R | T | '1', 'i32'>,
  at: Tensor<T | '1', 'i32'>,
): Stream<R | T> => {
  const { axes, parameters, size } = blocks
  const table = tensorOf(parameters, 'embedding.token', axes.embedded, axes.model)
  const own: Stream<R | T> = gather(axes.embedded)(table, symbols)
  const placed: Stream<R | T> = size.positions === 'learned' ? add(own, positioned(blocks, at)) : own
  return blocks.drop(0)(size.norm === 'post' ? normed(blocks, 'embedding.norm', placed) : placed)
}

const positioned = <T extends string>(
  { axes: { position, model }, parameters }: Blocks,
  at: Tensor<T | '1', 'i32'>,
): Stream<T> => gather(position)(tensorOf(parameters, 'embedding.position', position, model), at)

const finished = <R extends string>(blocks: Blocks, x: Stream<R>): Stream<R> =>
  blocks.size.norm === 'pre' ? normed(blocks, 'final.norm', x) : x

const turned = <R extends string, T extends string>(
  blocks: Blocks,
  at: Tensor<T | '1', 'i32'>,
  parts: Projected<R | T>,
): Projected<R | T> =>
  blocks.size.positions === 'rotary'
    ? {
        ...parts,
        query: rotated<R, T>(blocks.axes, at, parts.query),
        key: rotated<R, T>(blocks.axes, at, parts.key),
      }
    : parts

interface Body {
  readonly hidden: Stream
  readonly parts: readonly Projected[]
}

/** All layers over what the first one reads. */
const stacked = (blocks: Blocks, from: Stream, time: Axis<'time'>, sight: Sight): Body => {
  const parts: Projected[] = []
  const attend = (given: Projected): Heads => {
    const own = turned<'batch', 'time'>(blocks, iota(time), given)
    parts.push(own)
    return attendRows(time, sight)(own)
  }
  const hidden = layersOf(blocks.size).reduce((x: Stream, l) => layer(blocks, l, attend, x), from)
  return { hidden: finished(blocks, hidden), parts }
}

/** All layers over whole rows of symbols. */
const body = (blocks: Blocks, symbols: Tokens, sight: Sight): Body => {
  const time = rowsTime(blocks.size.context, symbols)
  return stacked(blocks, embedded<'batch', 'time'>(blocks, symbols, iota(time)), time, sight)
}

/** The output matrix [symbol, model]: the embedding of the predicted symbols where it is tied. */
export const outputWeight = (size: TransformerSize, parameters: Named): Tensor<'symbol' | 'model' | '1'> => {
  const { embedded: table, symbol, model } = transformerAxes(size)
  return size.tied
    ? slice(table, 0, symbol.size)(tensorOf(parameters, 'embedding.token', table, model))
    : tensorOf(parameters, 'output.weight', symbol, model)
}

const logitsOf = <R extends string>(
  { axes, size, parameters }: Blocks,
  hidden: Stream<R>,
): Tensor<R | 'symbol' | '1'> => contract(axes.model)(hidden, outputWeight(size, parameters))

const forward =
  (size: TransformerSize) =>
  (parameters: Named, tokens: Tokens, drop: Drop): Forward => {
    const blocks = blocksOf(size, parameters, drop)
    const { hidden, parts } = body(blocks, shiftedTokens(size, tokens), { direction: 'causal' })
    return { logits: logitsOf(blocks, hidden), hidden, rows: cacheRows(parts), carried: {} }
  }

const step =
  (size: TransformerSize) =>
  (parameters: Named, given: StepInput): Step => {
    const { previous, position } = given
    const blocks = blocksOf(size, parameters, keepAll)
    const symbols = where(equal(position, constantOf('i32', 0)), constantOf('i32', size.begin), previous)
    const rows: [string, Expr][] = []
    const attend =
      (l: number) =>
      (projected: Projected<'batch'>): Heads<'batch'> => {
        const own = turned<'batch', never>(blocks, position, projected)
        rows.push([`layer${l}.keys`, own.key], [`layer${l}.values`, own.value])
        return attendStep(blocks.axes, given, l)(own)
      }
    const first = embedded<'batch', never>(blocks, symbols, position)
    const x = layersOf(size).reduce((y: Stream<'batch'>, l) => layer(blocks, l, attend(l), y), first)
    return { logits: logitsOf(blocks, finished(blocks, x)), rows: Object.fromEntries(rows), carried: {} }
  }

/**
 * A causal transformer language model (Vaswani et al. 2017; Radford et al. 2019). Caches `layerN.keys` and
 * `layerN.values` [time, batch, head, depth]. Dropout sites: 0 the embedding, 2l + 1 and 2l + 2 the two blocks of layer l.
 * Throws a `Shape` failure for an impossible size.
 *
 * @example
 * const size = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const model = transformer({ ...size, positions: 'learned', norm: 'pre', activation: 'gelu' })
 * model.context // => 6
 */
export const transformer = (given: TransformerSize): Autoregressive => {
  const size = checkedSize(given)
  const initials = transformerInitials(size)
  return {
    symbols: size.symbols,
    context: size.context,
    parameters: axesOfInitials(initials),
    initialise: drawParameters(initials),
    forward: forward(size),
    cache: cacheAxes(size),
    step: step(size),
    shares: true,
  }
}

/** Options of a pass over whole rows. */
interface HiddenOptions {
  readonly drop?: Drop
  /** How many positions of each row are real; later ones are not seen. */
  readonly lengths?: Lengths
}

/**
 * The hidden states [batch, time, model] of rows of tokens as they are (nothing is shifted): position t sees itself and,
 * if bidirectional, all positions of its row, else those before it. Reads the parameters of `transformer` except
 * `output.weight`.
 */
export const transformerHidden =
  (given: TransformerSize, direction: Sight['direction']) =>
  (parameters: Named, tokens: Tokens, { drop = keepAll, lengths }: HiddenOptions = {}): Stream => {
    const blocks = blocksOf(checkedSize(given), parameters, drop)
    return body(blocks, tokens, { direction, ...(lengths === undefined ? {} : { lengths }) }).hidden
  }

/** What the first layer of `transformer` reads for rows of tokens [batch, time, model]; dropout site 0 not applied. */
export const transformerEmbeddings =
  (given: TransformerSize) =>
  (parameters: Named, tokens: Tokens): Stream => {
    const size = checkedSize(given)
    return embedded<'batch', 'time'>(
      blocksOf(size, parameters, keepAll),
      shiftedTokens(size, tokens),
      iota(rowsTime(size.context, tokens)),
    )
  }

/** The logits of `transformer` from what its first layer reads: `forward` is this after `transformerEmbeddings`. */
export const transformerFromEmbeddings =
  (given: TransformerSize) =>
  (parameters: Named, embeddings: Stream, drop: Drop = keepAll): TokenLogits => {
    const blocks = blocksOf(checkedSize(given), parameters, drop)
    const time = rowsTime(blocks.size.context, embeddings)
    return logitsOf(blocks, stacked(blocks, blocks.drop(0)(embeddings), time, { direction: 'causal' }).hidden)
  }
