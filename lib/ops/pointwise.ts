/**
 * All pointwise operations: arithmetic and elementary functions.
 */
import type { Op } from '../expr.ts'
import { arithmeticOps } from './arithmetic.ts'
import { elementaryOps } from './elementary.ts'

export * from './arithmetic.ts'
export * from './elementary.ts'

/** The operations of both files, for the table. */
export const pointwiseOps: readonly Op[] = [...arithmeticOps, ...elementaryOps]
