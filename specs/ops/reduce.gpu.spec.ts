/** Reductions on the GPU. */
import { reduceOps } from '../../lib/ops/reduce.ts'
import { describeOperations } from '../webgpu/compare.ts'

await describeOperations(
  'reductions',
  reduceOps.map((op) => op.name),
  { cases: 6 },
)
