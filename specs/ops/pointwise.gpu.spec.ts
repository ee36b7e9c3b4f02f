/** Pointwise operations on the GPU. */
import { pointwiseOps } from '../../lib/ops/pointwise.ts'
import { describeOperations } from '../webgpu/compare.ts'

const names = pointwiseOps.map((op) => op.name).filter((name) => name !== 'remainder')
await describeOperations('pointwise', [...names, 'spread', 'reorder'])
/** x − y·⌊x/y⌋ cancels, so its error is one of x, not of the result. */
await describeOperations('pointwise with cancellation', ['remainder'], { normwise: true })
