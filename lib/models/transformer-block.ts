/**
 * The blocks of a transformer as functions of parameters: attention and feed-forward, each with its norm, residual
 * connection and dropout site.
 */
import type { Expr, Tensor } from '../expr.ts'
import { contract, contractOver } from '../ops/contract.ts'
import { layerNorm } from '../ops/layer-norm.ts'
import { add, gelu, geluTanh, relu } from '../ops/pointwise.ts'
import { select } from '../ops/slice.ts'
import type { Drop, Named } from './autoregressive.ts'
import { parameterOf } from './parameters.ts'
import { type TransformerAxes, type TransformerSize, transformerAxes } from './transformer-size.ts'

/** A residual stream [batch, (time,) model]. */
export type Stream = Tensor<'batch' | 'time' | 'model' | '1'>

/** One projection of a stream onto heads [batch, (time,) head, depth]. */
export type Heads = Tensor<'batch' | 'time' | 'head' | 'depth' | '1'>

/** Queries, keys and values of a stream. */
export interface Projected {
  readonly query: Heads
  readonly key: Heads
  readonly value: Heads
}

/** ε of every layer norm (PyTorch's default, GPT-2, RoBERTa). */
export const NORM_EPSILON = 1e-5

/** What the blocks of one network share. */
export interface Blocks {
  readonly size: TransformerSize
  readonly axes: TransformerAxes
  readonly parameters: Named
  readonly drop: Drop
}

/** The blocks for a size. */
export const blocksOf = (size: TransformerSize, parameters: Named, drop: Drop): Blocks => ({
  size,
  axes: transformerAxes(size),
  parameters,
  drop,
})

/** The layer norm of this name. */
export const normed = ({ axes, parameters }: Blocks, name: string, x: Stream): Stream =>
  layerNorm(axes.model)(
    x,
    parameterOf(parameters, `${name}.gain`),
    parameterOf(parameters, `${name}.bias`),
    NORM_EPSILON,
  )

/** x + f(norm(x)) before the norm, norm(x + f(x)) after it; dropout on f at the given site. */
export const residual = (blocks: Blocks, name: string, site: number, f: (x: Stream) => Stream, x: Stream): Stream =>
  blocks.size.norm === 'pre'
    ? add(x, blocks.drop(site)(f(normed(blocks, `${name}.norm`, x))))
    : normed(blocks, `${name}.norm`, add(x, blocks.drop(site)(f(x))))

/** Queries, keys and values: x·W + b for each of the three parts of the weight. */
export const projected = ({ axes, parameters }: Blocks, name: string, x: Stream): Projected => {
  const { model, part } = axes
  const of = (index: number): Heads => {
    const [w, b]: readonly [Tensor<'model' | 'head' | 'depth' | '1'>, Tensor<'head' | 'depth' | '1'>] = [
      select(part, index)(parameterOf(parameters, `${name}.weight`)),
      select(part, index)(parameterOf(parameters, `${name}.bias`)),
    ]
    return add(contract(model)(x, w), b)
  }
  return { query: of(0), key: of(1), value: of(2) }
}

/** What attention gives, projected back onto the stream: Σ_{head, depth} y·W + b. */
export const merged = ({ axes, parameters }: Blocks, name: string, y: Heads): Stream => {
  const w: Tensor<'head' | 'depth' | 'model' | '1'> = parameterOf(parameters, `${name}.weight`)
  const b: Tensor<'model' | '1'> = parameterOf(parameters, `${name}.bias`)
  return add(contractOver(axes.head, axes.depth)(y, w), b)
}

const activations = { gelu, 'gelu-tanh': geluTanh, relu } as const

/** The feed-forward block called `name`: activation(x·W + b)·W′ + b′. */
export const feedForward =
  ({ size, axes, parameters }: Blocks, name: string) =>
  (x: Stream): Stream => {
    const w = (side: string): Tensor<'model' | 'feed' | '1'> => parameterOf(parameters, `${name}.${side}.weight`)
    const bias = (side: string): Expr => parameterOf(parameters, `${name}.${side}.bias`)
    const [inside, outside]: readonly [Tensor<'feed' | '1'>, Tensor<'model' | '1'>] = [bias('input'), bias('output')]
    const hidden = activations[size.activation](add(contract(axes.model)(x, w('input')), inside))
    return add(contract(axes.feed)(hidden, w('output')), outside)
  }

/** Layer l: attention, given as a function of queries, keys and values, then feed-forward. Sites 2l + 1 and 2l + 2. */
export const layer = (blocks: Blocks, l: number, attend: (parts: Projected) => Heads, x: Stream): Stream => {
  const name = `layer${l}`
  const attention = (y: Stream): Stream =>
    merged(blocks, `${name}.attention.output`, attend(projected(blocks, `${name}.attention.input`, y)))
  const attended = residual(blocks, `${name}.attention`, 2 * l + 1, attention, x)
  return residual(blocks, `${name}.feed`, 2 * l + 2, feedForward(blocks, `${name}.feed`), attended)
}
