/** F19 on this runtime's WebGPU: weights stored as halves. */
import type { Executor } from '../../lib/executor.ts'
import { openWebGpu } from '../../lib/webgpu.ts'
import { run } from '../either.ts'
import { everyHalf, farProducts, type HalfShape } from '../webgpu/halves-suite.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

const shapes: readonly HalfShape[] = [
  [5, 64, 64],
  [17, 66, 38],
]

const complaints = async (executor: Executor): Promise<readonly string[]> => {
  const found = [...(await everyHalf.complaints(executor))]
  for (const shape of shapes) found.push(...(await farProducts(executor, shape)))
  return found
}

export const comparisons: readonly Comparison[] = [
  {
    title: 'F19: all halves, and products with them',
    complaints: async () => {
      const executor = await run(openWebGpu({ storage: 'f16', selfTest: 'skip' }))
      const found = await complaints(executor)
      executor.release()
      return found
    },
  },
]
