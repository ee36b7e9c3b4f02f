/** A transformer that is small enough to be checked number by number. */
import type { TransformerSize } from '../../lib/models/transformer-size.ts'

/** Two layers of width 8 over 5 symbols and an extra one to begin with, rows of at most 6. */
export const smallTransformer: TransformerSize = {
  symbols: 5,
  model: 8,
  heads: 2,
  layers: 2,
  feedForward: 12,
  context: 6,
  begin: 5,
  positions: 'learned',
  norm: 'pre',
  activation: 'gelu',
  tied: true,
}
