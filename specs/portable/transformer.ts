/**
 * Transformers on this runtime's WebGPU: PyTorch's logits, losses and gradients, and for each kind of language model the tokens
 * of the reference, key by key, also after a prefix and by top-k and nucleus.
 */
import type { Executor } from '../../lib/executor.ts'
import { tokenComparisons } from '../models/same-tokens.ts'
import { torchComparisons } from '../models/transformer-torch.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

const F32 = 1e-4

export const comparisons: readonly Comparison[] = [
  ...torchComparisons.map(({ title, above }) => ({
    title,
    complaints: async (executor: Executor) =>
      Object.entries(await above(F32, executor)).map(([name, error]) => `${name} is off by ${error}`),
  })),
  ...tokenComparisons,
]
