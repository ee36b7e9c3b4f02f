/**
 * The transformer language model as it is measured: bytes, pre-norm, GELU, learned positions, tied output (GPT-2's form).
 */
import type { TransformerSize } from '../lib/models/transformer-size.ts'
import { numberIn } from './clock.ts'
import type { Settings } from './types.ts'

/** The sizes in `settings`: `model`, `layers`, `heads`, `time` (the context). */
export const sizeOf = (settings: Settings): TransformerSize => ({
  symbols: 256,
  model: numberIn(settings, 'model'),
  heads: numberIn(settings, 'heads'),
  layers: numberIn(settings, 'layers'),
  feedForward: 4 * numberIn(settings, 'model'),
  context: numberIn(settings, 'time'),
  begin: 0,
  positions: 'learned',
  norm: 'pre',
  activation: 'gelu',
  tied: true,
})

/** Rows of bytes with some structure, so that the loss can fall. */
export const rowsOf = (settings: Settings): Int32Array =>
  Int32Array.from(
    { length: numberIn(settings, 'batch') * numberIn(settings, 'time') },
    (_, i) => 97 + (((i * 7919) >> 3) % 26),
  )
