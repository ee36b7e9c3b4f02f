/**
 * Models that can be read from input embeddings instead of tokens: what Langevin dynamics in the first layer's input needs.
 */
import type { Tensor } from '../expr.ts'
import type { Autoregressive, Drop, Named, TokenLogits, Tokens } from './autoregressive.ts'

/** Input embeddings of a batch of rows. */
export type Embeddings = Tensor<'batch' | 'time' | 'model' | '1'>

/** An autoregressive model in two halves: `forward(p, x, drop).logits` is `fromEmbeddings(p, embed(p, x), drop)`. */
export interface EmbeddedModel extends Autoregressive {
  /**
   * What the first layer reads for these tokens: of a transformer, position t holds what precedes token t; of a PixelCNN,
   * position t holds token t itself, which the first masked convolution hides from its own logits.
   */
  readonly embed: (parameters: Named, tokens: Tokens) => Embeddings
  /** The logits that the layers above give to such embeddings. */
  readonly fromEmbeddings: (parameters: Named, embeddings: Embeddings, drop: Drop) => TokenLogits
}
