/** F15 on WebGPU: values at the edges of f32, and the operations without a loop on values that are not finite. */
import { describe } from 'vitest'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { extremeValues } from '../laws/extreme-values.ts'
import { fusedNames, lawfulNames, nonFiniteComparisons } from '../laws/non-finite.ts'
import { agreesOn } from '../webgpu/compare.ts'

await describeOnDevice('values that are not finite', (device) => {
  describe('values', () => agreesOn(() => webGpuExecutor()(device), extremeValues))
  describe.each(lawfulNames.filter((name) => !fusedNames.includes(name)))('%s', (name) =>
    agreesOn(() => webGpuExecutor()(device), nonFiniteComparisons(name)),
  )
})
