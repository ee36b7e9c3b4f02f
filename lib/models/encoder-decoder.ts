/**
 * The encoder–decoder transformer for translation (Vaswani et al. 2017): an encoder of the source with padding, and a
 * decoder that is an autoregressive model given what the encoder made of it.
 *
 * The memory of a source holds the keys and values of every decoder layer's attention over it, computed once:
 * `layerN.keys` and `layerN.values` [batch, head, keyTime, depth], as attention reads them, and `lengths` [batch] (f32).
 * Positions are sinusoidal, embeddings are scaled by √model.
 */
import { type Axis, axis, findAxis } from '../axis.ts'
import { type Expr, type Tensor, axesOf } from '../expr.ts'
import type { Key } from '../key.ts'
import { attention } from '../ops/attention.ts'
import { contract } from '../ops/contract.ts'
import { gather } from '../ops/gather.ts'
import { iota, literal, rename, reorder, reshape } from '../ops/layout.ts'
import { add, cast, constant, constantOf, equal, scale, where } from '../ops/pointwise.ts'
import { broadcast } from '../ops/reduce.ts'
import { typed } from '../typed.ts'
import { slice } from '../ops/slice.ts'
import {
  type Autoregressive,
  type Drop,
  type Named,
  type NamedAxes,
  type Parameters,
  type Step,
  type Tokens,
  keepAll,
} from './autoregressive.ts'
import {
  type EncoderDecoderSize,
  checkedSides,
  encoderDecoderInitials,
  sideSize,
  sourceAxis,
  tableName,
} from './encoder-decoder-size.ts'
import { axesOfInitials, drawParameters, tensorOf, prefixed, under } from './parameters.ts'
import { sinusoids } from './sinusoids.ts'
import { type Lengths, attendRows, attendStep } from './transformer-attention.ts'
import {
  type Blocks,
  type Heads,
  type Projected,
  type Stream,
  blocksOf,
  feedForward,
  layer,
  merged,
  normed,
  projected,
  residual,
} from './transformer-block.ts'
import { cacheAxes, cacheRows, rowsTime, shiftedTokens } from './transformer-rows.ts'
import type { EmbeddedModel } from './transformer-embedded.ts'
import { type TransformerAxes, transformerAxes } from './transformer-size.ts'

export type { EncoderDecoderSize } from './encoder-decoder-size.ts'

/** Source tokens [batch, source]. */
export type SourceTokens = Tensor<'batch' | 'source' | '1', 'i32'>

/** An encoder–decoder transformer. */
export interface EncoderDecoder {
  readonly size: EncoderDecoderSize
  readonly parameters: NamedAxes
  readonly initialise: (key: Key) => Parameters
  /** The memory of a batch of sources, of which the first `lengths` tokens of each row count (all by default). */
  readonly encode: (parameters: Named, source: SourceTokens, options?: EncodeOptions) => Named
  /** The axes of a memory of so many sources of so many tokens. */
  readonly memory: (batch: number, source: number) => NamedAxes
  /** The decoder over a given memory. Its parameters are all parameters of the whole. */
  readonly decoder: (memory: Named) => EmbeddedModel
  /** The decoder with its memory among its parameters, as `memory/…`: for runtimes that keep parameters. */
  readonly conditional: (batch: number, source: number) => EmbeddedModel
}

/** Options of `encode`. Dropout sites: the encoder's come after the decoder's 3·layers + 1. */
interface EncodeOptions {
  readonly lengths?: Lengths
  readonly drop?: Drop
}

/** A network and what is computed once for it. */
interface Network {
  readonly size: EncoderDecoderSize
  readonly axes: TransformerAxes
  readonly positions: Tensor<'position' | 'model' | '1'>
}

const sideBlocks = ({ size }: Network, side: 'encoder' | 'decoder', parameters: Named, drop: Drop): Blocks =>
  blocksOf(sideSize(size), under(`${side}/`, parameters), drop)

/** Symbols along rows at positions, which lie along some of the rows' axes. */
interface Placed<R extends string, T extends string> {
  readonly symbols: Tensor<R | T | '1', 'i32'>
  readonly at: Tensor<T | '1', 'i32'>
}

/** The embeddings of a side's symbols. */
interface Table {
  readonly rows: Axis<'symbol'>
  readonly weight: Tensor<'symbol' | 'model' | '1'>
}

const tableOf = (
  { size, axes }: Network,
  side: 'encoder' | 'decoder',
  rows: Axis<'symbol'>,
  parameters: Named,
): Table => ({ rows, weight: tensorOf(parameters, tableName(size, side), rows, axes.model) })

/** √model·table[symbols] + positions, dropped at site 0. */
const embedded = <R extends string, T extends string>(
  { axes, positions }: Network,
  { rows, weight }: Table,
  { symbols, at }: Placed<R, T>,
  drop: Drop,
): Stream<R | T> => {
  const own: Stream<R | T> = scale(Math.sqrt(axes.model.size))(gather(rows)(weight, symbols))
  return drop(0)(add(own, gather(axes.position)(positions, at)))
}

const finished = <R extends string>(blocks: Blocks, x: Stream<R>): Stream<R> =>
  blocks.size.norm === 'pre' ? normed(blocks, 'final.norm', x) : x

const layersOf = (size: EncoderDecoderSize): readonly number[] => Array.from({ length: size.layers }, (_, l) => l)

/** Keys and values of every decoder layer over the encoder's result. */
const memoryOf = (network: Network, parameters: Named, hidden: Stream, time: Axis<'time'>): Named => {
  const blocks = sideBlocks(network, 'decoder', parameters, keepAll)
  const keyTime = axis('keyTime', time.size)
  return Object.fromEntries(
    layersOf(network.size).flatMap((l): [string, Expr][] => {
      const { key, value } = projected(blocks, `layer${l}.cross.input`, hidden)
      const laidOut = reorder(['batch', 'head', 'keyTime', 'depth'])
      return [
        [`layer${l}.keys`, laidOut(rename(time, keyTime)(key))],
        [`layer${l}.values`, laidOut(rename(time, keyTime)(value))],
      ]
    }),
  )
}

const encode =
  (network: Network): EncoderDecoder['encode'] =>
  (parameters, source, { lengths, drop = keepAll } = {}) => {
    const { size } = network
    const first = 3 * size.layers + 1
    const given = axis('source', findAxis('encode', axesOf(source), 'source').size)
    const tokens: Tokens = rename(given, axis('time', given.size))(source)
    const time = rowsTime(size.context, tokens)
    const blocks = sideBlocks(network, 'encoder', parameters, (site) => drop(first + site))
    const attend = attendRows(time, { direction: 'bidirectional', ...(lengths === undefined ? {} : { lengths }) })
    const table = tableOf(network, 'encoder', sourceAxis(size), parameters)
    const x = embedded<'batch', 'time'>(network, table, { symbols: tokens, at: iota(time) }, blocks.drop)
    const hidden = finished(
      blocks,
      layersOf(size).reduce((y: Stream, l) => layer(blocks, l, attend, y), x),
    )
    const batch = findAxis('encode', axesOf(source), 'batch')
    const counts = lengths === undefined ? broadcast(batch)(constant(time.size)) : cast('f32')(lengths)
    return { ...memoryOf(network, parameters, hidden, time), lengths: counts }
  }

/** Attention of layer l over the memory. */
const overMemory =
  (memory: Named, l: number) =>
  (query: Heads): Heads => {
    const keys = (name: string) => tensorOf(memory, `layer${l}.${name}`, 'batch', 'keyTime', 'head', 'depth')
    const lengths = cast('i32')(tensorOf(memory, 'lengths', 'batch'))
    return attention({ causal: false }, query, keys('keys'), keys('values'), lengths)
  }

/** The same for a step, which has no axis `time`: it is given one of size 1. */
const overMemoryStep =
  (memory: Named, l: number) =>
  (query: Heads<'batch'>): Heads<'batch'> => {
    const rows = typed('time', 'batch', 'head', 'depth')(reshape([axis('time', 1), ...axesOf(query)])(query))
    const context = overMemory(memory, l)(rows)
    return typed('batch', 'head', 'depth')(reshape(axesOf(context).filter((a) => a.name !== 'time'))(context))
  }

/** How a decoder layer attends: to the target so far, and to the memory. */
interface Attending<R extends string> {
  readonly target: (l: number) => (parts: Projected<R>) => Heads<R>
  readonly source: (l: number) => (query: Heads<R>) => Heads<R>
}

/** One decoder layer: attention over the target, over the memory, feed-forward. Sites 3l + 1, 3l + 2 and 3l + 3. */
const decoderLayer = <R extends string>(
  blocks: Blocks,
  l: number,
  { target, source }: Attending<R>,
  x: Stream<R>,
): Stream<R> => {
  const name = `layer${l}`
  const onto = (block: string, f: (y: Stream<R>) => Heads<R>) => (y: Stream<R>) =>
    merged(blocks, `${name}.${block}.output`, f(y))
  const own = onto('attention', (y) => target(l)(projected(blocks, `${name}.attention.input`, y)))
  const other = onto('cross', (y) => source(l)(projected(blocks, `${name}.cross.input`, y).query))
  const first = residual(blocks, `${name}.attention`, 3 * l + 1, own, x)
  const second = residual(blocks, `${name}.cross`, 3 * l + 2, other, first)
  return residual(blocks, `${name}.feed`, 3 * l + 3, feedForward(blocks, `${name}.feed`), second)
}

/** What the first decoder layer reads for symbols at positions. */
const embeddedTarget = <R extends string, T extends string>(
  network: Network,
  parameters: Named,
  placed: Placed<R, T>,
  drop: Drop,
): Stream<R | T> => embedded(network, tableOf(network, 'decoder', network.axes.embedded, parameters), placed, drop)

/** All decoder layers over what the first one reads. */
const decoded = <R extends string>(
  network: Network,
  parameters: Named,
  { x, drop }: { readonly x: Stream<R>; readonly drop: Drop },
  attending: Attending<R>,
): { readonly hidden: Stream<R>; readonly logits: Tensor<R | 'symbol' | '1'> } => {
  const { size, axes } = network
  const blocks = sideBlocks(network, 'decoder', parameters, drop)
  const hidden = finished(
    blocks,
    layersOf(size).reduce((y: Stream<R>, l) => decoderLayer(blocks, l, attending, y), x),
  )
  const weight =
    size.shared === 'none'
      ? tensorOf(parameters, 'output.weight', axes.symbol, axes.model)
      : slice(axes.embedded, 0, axes.symbol.size)(tableOf(network, 'decoder', axes.embedded, parameters).weight)
  return { hidden, logits: contract(axes.model)(hidden, weight) }
}

/** The symbols of rows, moved by one, as the first decoder layer reads them. */
const embeddedRows = (network: Network, parameters: Named, tokens: Tokens, drop: Drop): Stream => {
  const symbols = shiftedTokens(sideSize(network.size), tokens)
  const at = iota(rowsTime(network.size.context, tokens))
  return embeddedTarget<'batch', 'time'>(network, parameters, { symbols, at }, drop)
}

/** A pass over whole rows, from what the first layer reads. */
const overRows = (
  network: Network,
  memoryIn: (parameters: Named) => Named,
  parameters: Named,
  own: { readonly x: Stream; readonly drop: Drop },
): ReturnType<Autoregressive['forward']> => {
  const time = rowsTime(network.size.context, own.x)
  const memory = memoryIn(parameters)
  const parts: Projected[] = []
  const target = () => (given: Projected) => {
    parts.push(given)
    return attendRows(time, { direction: 'causal' })(given)
  }
  const source = (l: number) => overMemory(memory, l)
  const { hidden, logits } = decoded(network, parameters, own, { target, source })
  return { hidden, logits, rows: cacheRows(parts), carried: {} }
}

const step =
  (network: Network, memoryIn: (parameters: Named) => Named): Autoregressive['step'] =>
  (parameters, at): Step => {
    const { size } = network
    const { previous, position } = at
    const memory = memoryIn(parameters)
    const symbols = where(equal(position, constantOf('i32', 0)), constantOf('i32', size.begin), previous)
    const rows: [string, Expr][] = []
    const target = (l: number) => (own: Projected<'batch'>) => {
      rows.push([`layer${l}.keys`, own.key], [`layer${l}.values`, own.value])
      return attendStep(network.axes, at, l)(own)
    }
    const source = (l: number) => overMemoryStep(memory, l)
    const x = embeddedTarget<'batch', never>(network, parameters, { symbols, at: position }, keepAll)
    const { logits } = decoded(network, parameters, { x, drop: keepAll }, { target, source })
    return { logits, rows: Object.fromEntries(rows), carried: {} }
  }

/**
 * An `EncoderDecoder` of these sizes. Throws a `Shape` failure for impossible ones.
 *
 * @example
 * const size = { source: 7, symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0 }
 * const network = encoderDecoder({ ...size, norm: 'pre', activation: 'relu', shared: 'none' })
 * network.conditional(2, 4).symbols // => 5
 */
export const encoderDecoder = (given: EncoderDecoderSize): EncoderDecoder => {
  const size = checkedSides(given)
  const axes = transformerAxes(sideSize(size))
  const initials = encoderDecoderInitials(size)
  const table = sinusoids(size.context, size.model, 'in turn')
  const network: Network = { size, axes, positions: literal(table, axes.position, axes.model) }
  const parameters = axesOfInitials(initials)
  const initialise = drawParameters(initials)
  const memory: EncoderDecoder['memory'] = (batch, source) => {
    const row = [axis('batch', batch), axes.head, axis('keyTime', source), axes.depth]
    const names = layersOf(size).flatMap((l) => [`layer${l}.keys`, `layer${l}.values`])
    return { ...Object.fromEntries(names.map((name) => [name, row])), lengths: [axis('batch', batch)] }
  }
  const model = (own: NamedAxes, memoryIn: (parameters: Named) => Named): EmbeddedModel => ({
    symbols: size.symbols,
    context: size.context,
    parameters: own,
    initialise,
    forward: (all, tokens, drop) =>
      overRows(network, memoryIn, all, { x: embeddedRows(network, all, tokens, drop), drop }),
    embed: (all, tokens) => embeddedRows(network, all, tokens, keepAll),
    fromEmbeddings: (all, embeddings, drop) =>
      overRows(network, memoryIn, all, { x: drop(0)(embeddings), drop }).logits,
    cache: cacheAxes(sideSize(size)),
    step: step(network, memoryIn),
    shares: true,
  })
  return {
    size,
    parameters,
    initialise,
    encode: encode(network),
    memory,
    decoder: (fixed) => model(parameters, () => fixed),
    conditional: (batch, source) =>
      model({ ...parameters, ...prefixed('memory/', memory(batch, source)) }, (all) => under('memory/', all)),
  }
}
