/** Layout operations on the GPU. */
import { describeOperations } from '../webgpu/compare.ts'

const names = ['input', 'literal', 'iota', 'reshape', 'slice', 'pad', 'concat', 'reverse']
await describeOperations('layout', names, { cases: 5 })
