/** Layout operations, gather and scatter on the GPU. */
import { describeOperations } from '../webgpu/compare.ts'

const names = ['input', 'literal', 'iota', 'reshape', 'slice', 'pad', 'concat', 'reverse', 'gather', 'scatter_add']
await describeOperations('layout', names, { cases: 5 })
