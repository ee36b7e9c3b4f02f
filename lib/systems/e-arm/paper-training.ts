/**
 * How the paper trains, as settings: a column of Table 6, appendix C (batches of 4 096 tokens, patience of 20 epochs), and what
 * Table 6 leaves to fairseq, in which the authors worked: β₂ = 0.98 and no clipping, as its recipes for these data have.
 */
import type { PaperSettings } from '../../models/table-6.ts'
import type { Duration, OptimiserOptions } from './experiment-options.ts'

/** Epochs without a better validation after which a training ends (appendix C). */
export const PAPER_PATIENCE = 20

/** Tokens of an update (appendix C). */
const BATCH_TOKENS = 4096

/** The training of a column of Table 6. */
export const paperTraining = ({
  learningRate,
  schedule,
  warmUp,
  weightDecay,
}: PaperSettings): Required<OptimiserOptions & Pick<Duration, 'learningRate' | 'patience'>> & {
  readonly batchTokens: number
} => ({
  learningRate,
  schedule: schedule === 'cosine' ? 'cosine' : 'inverse-sqrt',
  warmUp,
  weightDecay,
  beta2: 0.98,
  clip: 0,
  batchTokens: BATCH_TOKENS,
  patience: PAPER_PATIENCE,
})
