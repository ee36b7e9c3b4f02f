/** F15 on this runtime's WebGPU: the whole table of operations on values that are not finite. */
import { extremeValues } from '../laws/extreme-values.ts'
import { lawfulNames, nonFiniteComparisons } from '../laws/non-finite.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

export const comparisons: readonly Comparison[] = [
  ...extremeValues,
  ...lawfulNames.flatMap((name) => nonFiniteComparisons(name, 4)),
]
