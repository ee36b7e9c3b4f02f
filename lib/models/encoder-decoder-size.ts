/**
 * Sizes of encoder–decoder transformers, and the names, axes and initial distributions of their parameters.
 *
 * Names: `embedding.token` [symbol, model] (one table for all) or `encoder/embedding.token` and `decoder/embedding.token`;
 * `encoder/layerN.…` and `decoder/layerN.…` as in a transformer, with `decoder/layerN.cross.…` between attention and
 * feed-forward; `encoder/final.norm.…` and `decoder/final.norm.…` (pre-norm); `output.weight` [symbol, model] (untied).
 */
import { type Axis, axis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { requireNames } from '../names.ts'
import { type Initials, prefixed, requireSizes } from './parameters.ts'
import {
  type TransformerAxes,
  type TransformerSize,
  attentionInitials,
  checkedSize,
  feedInitials,
  normInitials,
  transformerAxes,
} from './transformer-size.ts'

/** What an encoder–decoder transformer is made of. */
export interface EncoderDecoderSize {
  /** Symbols of the source, and symbols that are predicted. */
  readonly source: number
  readonly symbols: number
  readonly model: number
  readonly heads: number
  /** Layers of the encoder, and of the decoder. */
  readonly layers: number
  readonly feedForward: number
  /** The longest source and the longest target. */
  readonly context: number
  /** The symbol fed before target token 0: one of the target's, or `symbols` for an extra one. */
  readonly begin: number
  readonly norm: 'pre' | 'post'
  readonly activation: 'gelu' | 'gelu-tanh' | 'relu'
  /** One table for source, target and output; one for target and output; or three. */
  readonly shared: 'all' | 'target' | 'none'
}

/** The blocks' view of one side. */
export const sideSize = (size: EncoderDecoderSize): TransformerSize => ({
  symbols: size.symbols,
  model: size.model,
  heads: size.heads,
  layers: size.layers,
  feedForward: size.feedForward,
  context: size.context,
  begin: size.begin,
  positions: 'rotary',
  norm: size.norm,
  activation: size.activation,
  tied: size.shared !== 'none',
})

/** The same sizes, checked; throws a `Shape` failure that names the wrong one. */
export const checkedSides = (size: EncoderDecoderSize): EncoderDecoderSize => {
  requireNames({ 'sharing of tables': [size.shared, ['all', 'target', 'none']] })
  checkedSize({ ...sideSize(size), positions: 'learned' })
  requireSizes('a transformer', { source: size.source })
  return size.shared === 'all' && size.source !== size.symbols
    ? raise(
        failure(
          'Shape',
          `one table cannot be shared by ${size.source} source symbols and ${size.symbols} target symbols`,
          "use the same symbols for both, or share the target's only",
          { source: size.source, symbols: size.symbols },
        ),
      )
    : size
}

/** The name of the table of one side. */
export const tableName = ({ shared }: EncoderDecoderSize, side: 'encoder' | 'decoder'): string =>
  shared === 'all' ? 'embedding.token' : `${side}/embedding.token`

/** Symbols with an embedding, on the side of the source. */
export const sourceAxis = (size: EncoderDecoderSize): Axis<'symbol'> =>
  size.shared === 'all' ? transformerAxes(sideSize(size)).embedded : axis('symbol', size.source)

const joined = (parts: readonly Initials[]): Initials => parts.reduce((all, one) => ({ ...all, ...one }), {})

const sideInitials = (size: EncoderDecoderSize, axes: TransformerAxes, blocks: readonly string[]): Initials => {
  const deviation = 1 / Math.sqrt(size.model)
  const deviations = { weight: deviation, residual: deviation }
  const layers = Array.from({ length: size.layers }, (_, l) =>
    joined([
      ...blocks.map((block) => attentionInitials(axes, `layer${l}.${block}`, deviations)),
      feedInitials(axes, `layer${l}.feed`, deviations),
    ]),
  )
  return joined([...layers, size.norm === 'pre' ? normInitials('final.norm', axes.model) : {}])
}

/** All parameters: weights and tables normal with deviation 1/√model, gains 1, biases 0. */
export const encoderDecoderInitials = (size: EncoderDecoderSize): Initials => {
  const axes = transformerAxes(sideSize(size))
  const { model, embedded, symbol } = axes
  const table = (rows: Axis<'symbol'>) => ({ axes: [rows, model], deviation: 1 / Math.sqrt(size.model) })
  return {
    [tableName(size, 'encoder')]: table(sourceAxis(size)),
    [tableName(size, 'decoder')]: table(embedded),
    ...prefixed('encoder/', sideInitials(size, axes, ['attention'])),
    ...prefixed('decoder/', sideInitials(size, axes, ['attention', 'cross'])),
    ...(size.shared === 'none' ? { 'output.weight': table(symbol) } : {}),
  }
}
