/**
 * The transformer as a model that can be read from input embeddings: what Langevin dynamics in its first layer needs.
 */
import type { EmbeddedModel } from './embedded.ts'
import { transformer, transformerEmbeddings, transformerFromEmbeddings } from './transformer.ts'
import type { TransformerSize } from './transformer-size.ts'

export type { EmbeddedModel, Embeddings } from './embedded.ts'

/**
 * `transformer(size)`, and its two halves.
 *
 * @example
 * const size = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * embeddedTransformer({ ...size, positions: 'learned', norm: 'pre', activation: 'gelu' }).context // => 6
 */
export const embeddedTransformer = (size: TransformerSize): EmbeddedModel => ({
  ...transformer(size),
  embed: transformerEmbeddings(size),
  fromEmbeddings: transformerFromEmbeddings(size),
})
