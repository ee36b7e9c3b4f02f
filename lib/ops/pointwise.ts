/**
 * All pointwise operations: arithmetic, comparisons, conversions, elementary functions, activations.
 */
import type { Op } from '../expr.ts'
import { activationOps } from './activation.ts'
import { arithmeticOps } from './arithmetic.ts'
import { comparisonOps } from './comparison.ts'
import { conversionOps } from './conversion.ts'
import { elementaryOps } from './elementary.ts'

export * from './activation.ts'
export * from './arithmetic.ts'
export * from './comparison.ts'
export * from './conversion.ts'
export * from './elementary.ts'

/** The operations of these files, for the table. */
export const pointwiseOps: readonly Op[] = [
  ...arithmeticOps,
  ...comparisonOps,
  ...conversionOps,
  ...elementaryOps,
  ...activationOps,
]
