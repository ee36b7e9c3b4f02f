/** Cross-entropy on the GPU. */
import { describeOperations } from '../webgpu/compare.ts'

await describeOperations('cross-entropy', ['cross_entropy', 'cross_entropy_backward'], { cases: 6 })
