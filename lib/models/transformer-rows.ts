/**
 * Rows of tokens on their way into a transformer, and the cache rows that come out: what decoders have in common.
 */
import { type Axis, axis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type Expr, axesOf } from '../expr.ts'
import { iota, reorder } from '../ops/layout.ts'
import { constantOf, equal, where } from '../ops/pointwise.ts'
import { pad, slice } from '../ops/slice.ts'
import type { CacheAxes, Named, Tokens } from './autoregressive.ts'
import type { Projected } from './transformer-block.ts'
import { type TransformerSize, transformerAxes } from './transformer-size.ts'

/** The axis of the positions of a batch of rows; throws a `Shape` failure when they are longer than the context. */
export const rowsTime = (context: number, tokens: Expr): Axis<'time'> => {
  const time = axis('time', findAxis('transformer', axesOf(tokens), 'time').size)
  return time.size <= context
    ? time
    : raise(
        failure(
          'Shape',
          `rows of ${time.size} tokens are longer than the transformer's context of ${context}`,
          'give shorter rows, or a model with a longer context',
          { time: time.size, context },
        ),
      )
}

/** The tokens moved one place to the right behind the begin symbol. */
export const shiftedTokens = ({ context, begin }: TransformerSize, tokens: Tokens): Tokens => {
  const time = rowsTime(context, tokens)
  const moved: Tokens = pad(time, 1, 0)(slice(time, 0, time.size - 1)(tokens))
  return where(equal(iota(time), constantOf('i32', 0)), constantOf('i32', begin), moved)
}

/** The cache rows `layerN.keys` and `layerN.values` [time, batch, head, depth] of all layers. */
export const cacheRows = (parts: readonly Projected[]): Named => {
  const row = reorder(['time', 'batch', 'head', 'depth'])
  return Object.fromEntries(
    parts.flatMap(({ key, value }, l): [string, Expr][] => [
      [`layer${l}.keys`, row(key)],
      [`layer${l}.values`, row(value)],
    ]),
  )
}

/** The axes of the caches of so many rows of so many tokens. */
export const cacheAxes =
  (size: TransformerSize) =>
  (batch: number, time: number): CacheAxes => {
    const { head, depth } = transformerAxes(size)
    const row = [axis('time', time), axis('batch', batch), head, depth]
    const names = Array.from({ length: size.layers }, (_, l) => [`layer${l}.keys`, `layer${l}.values`]).flat()
    return { appended: Object.fromEntries(names.map((name) => [name, row])), carried: {} }
  }
