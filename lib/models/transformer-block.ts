/**
 * The blocks of a transformer as functions of parameters: attention and feed-forward, each with its norm, residual
 * connection and dropout site.
 */
import type { Tensor } from '../expr.ts'
import { contract, contractOver } from '../ops/contract.ts'
import { layerNorm } from '../ops/layer-norm.ts'
import { add, gelu, geluTanh, relu } from '../ops/pointwise.ts'
import { select } from '../ops/slice.ts'
import type { Drop, Named } from './autoregressive.ts'
import { tensorOf } from './parameters.ts'
import { type TransformerAxes, type TransformerSize, transformerAxes } from './transformer-size.ts'
import type { Unit } from '../axis.ts'

/** The axes along which whole rows lie; a step has `batch` alone. */
type Rows = 'batch' | 'time'

/** A residual stream [rows, model]. */
export type Stream<R extends string = Rows> = Tensor<R | 'model' | Unit>

/** One projection of a stream onto heads [rows, head, depth]. */
export type Heads<R extends string = Rows> = Tensor<R | 'head' | 'depth' | Unit>

/** Queries, keys and values of a stream. */
export interface Projected<R extends string = Rows> {
  readonly query: Heads<R>
  readonly key: Heads<R>
  readonly value: Heads<R>
}

/** ε of every layer norm (PyTorch's default, GPT-2, RoBERTa). */
const NORM_EPSILON = 1e-5

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
export const normed = <R extends string>({ axes, parameters }: Blocks, name: string, x: Stream<R>): Stream<R> =>
  layerNorm(axes.model)(
    x,
    tensorOf(parameters, `${name}.gain`, axes.model),
    tensorOf(parameters, `${name}.bias`, axes.model),
    NORM_EPSILON,
  )

/** x + f(norm(x)) before the norm, norm(x + f(x)) after it; dropout on f at the given site. */
export const residual = <R extends string>(
  blocks: Blocks,
  name: string,
  site: number,
  f: (x: Stream<R>) => Stream<R>,
  x: Stream<R>,
): Stream<R> =>
  blocks.size.norm === 'pre'
    ? add(x, blocks.drop(site)(f(normed(blocks, `${name}.norm`, x))))
    : normed(blocks, `${name}.norm`, add(x, blocks.drop(site)(f(x))))

/** Queries, keys and values: x·W + b for each of the three parts of the weight. */
export const projected = <R extends string>({ axes, parameters }: Blocks, name: string, x: Stream<R>): Projected<R> => {
  const { model, part, head, depth } = axes
  const weight = tensorOf(parameters, `${name}.weight`, part, model, head, depth)
  const bias = tensorOf(parameters, `${name}.bias`, part, head, depth)
  const of = (index: number): Heads<R> =>
    add(contract(model)(x, select(part, index)(weight)), select(part, index)(bias))
  return { query: of(0), key: of(1), value: of(2) }
}

/** What attention gives, projected back onto the stream: Σ_{head, depth} y·W + b. */
export const merged = <R extends string>({ axes, parameters }: Blocks, name: string, y: Heads<R>): Stream<R> => {
  const { head, depth, model } = axes
  const weight = tensorOf(parameters, `${name}.weight`, head, depth, model)
  return add(contractOver(head, depth)(y, weight), tensorOf(parameters, `${name}.bias`, model))
}

const activations = { gelu, 'gelu-tanh': geluTanh, relu } as const

/** The feed-forward block called `name`: activation(x·W + b)·W′ + b′. */
export const feedForward =
  ({ size, axes, parameters }: Blocks, name: string) =>
  <R extends string>(x: Stream<R>): Stream<R> => {
    const { model, feed } = axes
    const weight = (side: string) => tensorOf(parameters, `${name}.${side}.weight`, model, feed)
    const inside = add(contract(model)(x, weight('input')), tensorOf(parameters, `${name}.input.bias`, feed))
    const hidden = activations[size.activation](inside)
    return add(contract(feed)(hidden, weight('output')), tensorOf(parameters, `${name}.output.bias`, model))
  }

/** Layer l: attention, given as a function of queries, keys and values, then feed-forward. Sites 2l + 1 and 2l + 2. */
export const layer = <R extends string>(
  blocks: Blocks,
  l: number,
  attend: (parts: Projected<R>) => Heads<R>,
  x: Stream<R>,
): Stream<R> => {
  const name = `layer${l}`
  const attention = (y: Stream<R>): Stream<R> =>
    merged(blocks, `${name}.attention.output`, attend(projected(blocks, `${name}.attention.input`, y)))
  const attended = residual(blocks, `${name}.attention`, 2 * l + 1, attention, x)
  return residual(blocks, `${name}.feed`, 2 * l + 2, feedForward(blocks, `${name}.feed`), attended)
}
