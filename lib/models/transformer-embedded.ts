/**
 * The transformer as a model that can be read from input embeddings: what Langevin dynamics in its first layer needs.
 */
import type { Tensor } from '../expr.ts'
import type { Autoregressive, Drop, Named, TokenLogits, Tokens } from './autoregressive.ts'
import { transformer, transformerEmbeddings, transformerFromEmbeddings } from './transformer.ts'
import type { TransformerSize } from './transformer-size.ts'

/** Input embeddings of a batch of rows. */
export type Embeddings = Tensor<'batch' | 'time' | 'model' | '1'>

/** An autoregressive model that can be read from input embeddings instead of tokens. */
export interface EmbeddedModel extends Autoregressive {
  /** What the first layer reads for these tokens: position t holds what precedes token t. */
  readonly embed: (parameters: Named, tokens: Tokens) => Embeddings
  /** The logits that the layers above give to such embeddings. */
  readonly fromEmbeddings: (parameters: Named, embeddings: Embeddings, drop: Drop) => TokenLogits
}

/** `transformer(size)`, and its two halves. */
export const embeddedTransformer = (size: TransformerSize): EmbeddedModel => ({
  ...transformer(size),
  embed: transformerEmbeddings(size),
  fromEmbeddings: transformerFromEmbeddings(size),
})
