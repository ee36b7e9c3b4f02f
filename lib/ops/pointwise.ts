/**
 * All pointwise operations: arithmetic, elementary functions, activations.
 */
import type { Op } from '../expr.ts'
import { activationOps } from './activation.ts'
import { arithmeticOps } from './arithmetic.ts'
import { elementaryOps } from './elementary.ts'

export * from './activation.ts'
export * from './arithmetic.ts'
export * from './elementary.ts'

/** The operations of these files, for the table. */
export const pointwiseOps: readonly Op[] = [...arithmeticOps, ...elementaryOps, ...activationOps]
