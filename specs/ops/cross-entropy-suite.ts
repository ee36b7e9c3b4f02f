/** Cross-entropy on a WebGPU against the reference. */
import type { Suite } from '../webgpu/operation-comparisons.ts'

/** Cross-entropy and its gradient. */
export const crossEntropySuite: Suite = {
  title: 'cross-entropy',
  names: ['cross_entropy', 'cross_entropy_backward'],
  trials: { cases: 6 },
  more: [],
}
