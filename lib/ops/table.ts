/**
 * All operations: the table over which executors, specs and documentation iterate.
 */
import type { Op } from '../expr.ts'
import { attentionOps } from './attention.ts'
import { attentionStepOps } from './attention-step.ts'
import { attentionLanesOps } from './attention-lanes.ts'
import { contractOps } from './contract.ts'
import { crossEntropyOps } from './cross-entropy.ts'
import { gatherOps } from './gather.ts'
import { layerNormOps } from './layer-norm.ts'
import { layoutOps } from './layout.ts'
import { joinOps } from './join.ts'
import { sliceOps } from './slice.ts'
import { lstmLanguageOps } from './lstm-language.ts'
import { lstmOps } from './lstm.ts'
import { maskedConvolutionOps } from './masked-convolution.ts'
import { maskedConvolutionStepOps } from './masked-convolution-step.ts'
import { pointwiseOps } from './pointwise.ts'
import { randomOps } from './random.ts'
import { reduceOps } from './reduce.ts'
import { spreadOp } from './rules.ts'
import { scanOps } from './scan-op.ts'
import { softmaxOps } from './softmax.ts'
import { topKOps } from './top-k.ts'

/** Every operation, by name. */
export const operations: ReadonlyMap<string, Op> = new Map(
  [
    ...pointwiseOps,
    spreadOp,
    ...reduceOps,
    ...softmaxOps,
    ...layoutOps,
    ...joinOps,
    ...sliceOps,
    ...contractOps,
    ...gatherOps,
    ...randomOps,
    ...scanOps,
    ...lstmOps,
    ...lstmLanguageOps,
    ...maskedConvolutionOps,
    ...maskedConvolutionStepOps,
    ...topKOps,
    ...layerNormOps,
    ...attentionOps,
    ...attentionStepOps,
    ...attentionLanesOps,
    ...crossEntropyOps,
  ].map((op) => [op.name, op]),
)
