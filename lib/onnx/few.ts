/**
 * Operations on few elements, where a node costs more than its arithmetic: forms with fewer nodes, whose values differ by their
 * rounding. A file does not have these forms, which depend on sizes.
 */
import { at } from '../at.ts'
import { sizeOf } from '../axis.ts'
import { typeOf } from '../expr.ts'
import { formWith, type Lowering } from './lower.ts'

/** The most elements of an operand. */
const MOST = 2 ** 16

const isFew = (size: number): boolean => size > 0 && size <= MOST

const SHORT: ReadonlySet<string> = new Set(['gelu', 'gelu_slope'])

const fewForm = formWith({ few: 1 })

/** The form of operations on few elements. */
export const formOfFew: Lowering['formOf'] = (node) =>
  SHORT.has(node.op.name) && isFew(sizeOf(typeOf(at(node.args, 0)).axes)) ? fewForm : undefined
