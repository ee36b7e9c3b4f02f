/** R3, R4, R6, R8 and R20 over a whole space on this runtime's WebGPU. */
import { F32, objectiveChecks } from '../systems/residual/objective-checks.ts'
import { propertiesWithin } from './_compare.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

export const comparisons: readonly Comparison[] = propertiesWithin(F32, objectiveChecks)
