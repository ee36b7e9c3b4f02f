/** E1 to E18 and E22 by enumeration on this runtime's WebGPU. */
import { F32 } from '../systems/e-arm/checks.ts'
import { estimatorChecks } from '../systems/e-arm/estimator-checks.ts'
import { gradientChecks } from '../systems/e-arm/gradient-checks.ts'
import { jointChecks } from '../systems/e-arm/joint-checks.ts'
import { propertiesWithin } from './_compare.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

export const comparisons: readonly Comparison[] = propertiesWithin(F32, [
  ...jointChecks,
  ...gradientChecks,
  ...estimatorChecks,
])
