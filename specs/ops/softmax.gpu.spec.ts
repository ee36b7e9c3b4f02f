/** Softmax and its kin keep the laws of `softmax-suite.ts` on WebGPU. */
import { expect, it } from 'vitest'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { broken, softmaxLaws } from './softmax-suite.ts'

await describeOnDevice('softmax', (device) => {
  const executor = webGpuExecutor()(device)
  it.each(softmaxLaws)('$title', { timeout: 60_000 }, async (law) =>
    expect(await broken(executor, law)).toBeUndefined(),
  )
})
