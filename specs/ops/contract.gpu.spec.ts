/** Contraction on the GPU. */
import { describeOperations } from '../webgpu/compare.ts'

await describeOperations('contract', ['contract'], { cases: 8 })
