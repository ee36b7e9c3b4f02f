/**
 * F1, T32, F9 and M1 of the operations of language models on this runtime's WebGPU, forward and backward, with the cases and the
 * tolerances of the specs on the other WebGPU.
 */
import { attentionSuite } from '../ops/attention-suite.ts'
import { crossEntropySuite } from '../ops/cross-entropy-suite.ts'
import { gatherSuite } from '../ops/gather-suite.ts'
import { exactDraws } from '../ops/exact-draws.ts'
import { impossibleDraws } from '../ops/impossible-draws.ts'
import { layerNormSuite } from '../ops/layer-norm-suite.ts'
import { type Comparison, suiteComparisons } from '../webgpu/operation-comparisons.ts'

const suites = [attentionSuite, layerNormSuite, crossEntropySuite, gatherSuite]

export const comparisons: readonly Comparison[] = [
  ...suites.flatMap(suiteComparisons),
  ...impossibleDraws,
  ...exactDraws,
]
