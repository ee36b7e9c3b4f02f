/**
 * Activations by the number of their elements: of few, where a node costs more than its arithmetic, forms with fewer nodes, whose values
 * differ by their rounding; of up to a few million a list of all places, which a session keeps. A file does not have these forms, which
 * depend on sizes.
 */
import { at } from '../at.ts'
import { sizeOf } from '../axis.ts'
import { typeOf } from '../expr.ts'
import { formWith, type Lowering } from './lower.ts'

/** The most elements that are few, and that are listed (16 MiB). */
const FEW = 2 ** 16
const LISTED = 2 ** 22

const LISTING: ReadonlySet<string> = new Set(['gelu', 'gelu_slope'])

const [fewForm, listedForm] = [formWith({ few: 1, listed: 1 }), formWith({ listed: 1 })]

/** The form of an activation of so many elements. */
export const formOfFew: Lowering['formOf'] = (node) => {
  if (!LISTING.has(node.op.name)) return undefined
  const size = sizeOf(typeOf(at(node.args, 0)).axes)
  if (size === 0 || size > LISTED) return undefined
  return size <= FEW ? fewForm : listedForm
}
