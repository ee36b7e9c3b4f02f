/** F15 on WebGPU: loops and fused operations on values that are not finite, with subgroups and without. */
import { describe } from 'vitest'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { fusedNames, nonFiniteComparisons } from '../laws/non-finite.ts'
import { agreesOn, portable } from '../webgpu/compare.ts'

/** Operations that have a kernel for subgroups and one without. */
const twofold = [
  'contract',
  'lstm',
  'lstm_backward',
  'lstm_sample',
  'lstm_score',
  'attention',
  'masked_convolution',
  'masked_convolution_weight',
]

await describeOnDevice('values that are not finite in loops and fused operations', (device) => {
  describe.each(fusedNames)('%s', (name) => agreesOn(() => webGpuExecutor()(device), nonFiniteComparisons(name)))
  describe.each(twofold)('%s without subgroups', (name) =>
    agreesOn(() => webGpuExecutor()(portable(device)), nonFiniteComparisons(name)),
  )
})
