/** F15 on WebGPU, with subgroups and without: the whole table of operations on values that are not finite. */
import { describe } from 'vitest'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { extremeValues } from '../laws/extreme-values.ts'
import { lawfulNames, nonFiniteComparisons } from '../laws/non-finite.ts'
import { agreesOn, portable } from '../webgpu/compare.ts'

/** Operations that have a kernel for subgroups and one without. */
const twofold = ['contract', 'lstm', 'lstm_backward', 'lstm_sample', 'lstm_score', 'attention']

await describeOnDevice('values that are not finite', (device) => {
  describe('values', () => agreesOn(() => webGpuExecutor()(device), extremeValues))
  describe.each(lawfulNames)('%s', (name) => agreesOn(() => webGpuExecutor()(device), nonFiniteComparisons(name)))
  describe.each(twofold)('%s without subgroups', (name) =>
    agreesOn(() => webGpuExecutor()(portable(device)), nonFiniteComparisons(name)),
  )
})
