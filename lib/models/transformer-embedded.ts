/**
 * The transformer as a model that can be read from input embeddings: what Langevin dynamics in its first layer needs.
 */
import type { EmbeddedModel } from './embedded.ts'
import { transformer, transformerEmbeddings, transformerFromEmbeddings } from './transformer.ts'
import type { TransformerSize } from './transformer-size.ts'

export type { EmbeddedModel, Embeddings } from './embedded.ts'

/** `transformer(size)`, and its two halves. */
export const embeddedTransformer = (size: TransformerSize): EmbeddedModel => ({
  ...transformer(size),
  embed: transformerEmbeddings(size),
  fromEmbeddings: transformerFromEmbeddings(size),
})
