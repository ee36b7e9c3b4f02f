/** Loops and their gradients on the GPU. */
import { describeOperations } from '../webgpu/compare.ts'

await describeOperations('loops', ['scan', 'part'], { cases: 3 })
