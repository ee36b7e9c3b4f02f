/** The contract of executors on this runtime's WebGPU. */
import { openWebGpu } from '../../lib/webgpu.ts'
import { run } from '../either.ts'
import { lawComparisons } from '../executor-laws.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

export const comparisons: readonly Comparison[] = lawComparisons(() => run(openWebGpu({ selfTest: 'skip' })))
