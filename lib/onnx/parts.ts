/**
 * Operations whose values in between are many times their operands, a few rows of a batch at a time: those values then stay in the
 * cache. Results are joined; what has no batch is summed over the parts. A file does not have this form, which depends on sizes.
 */
import { absent, at, orElse } from '../at.ts'
import { hasAxis, sizeOf } from '../axis.ts'
import { type ArrayType, type Expr, typeOf } from '../expr.ts'
import { divisorFrom } from '../math.ts'
import type { Form, Lowering } from './lower.ts'

/**
 * The most values in between of a part (2 MiB). Half of it is faster on one thread and slower on two; sums go part by part, so
 * that it must not depend on the threads.
 */
const MOST = 2 ** 19

const sizeIn = ({ axes }: ArrayType, name: string): number => sizeOf(axes.filter((a) => a.name === name))

/** Values in between for each row of the batch, by operation. */
const BETWEEN: Readonly<Record<string, (types: readonly ArrayType[], node: Expr) => number>> = {
  masked_convolution: ([image = absent(), weight = absent()], { attrs }) =>
    patches(image, attrs['count'], sizeIn(weight, 'output')),
  masked_convolution_weight: ([image = absent()], { attrs }) => patches(image, attrs['count']),
}

/** Patches of an image, or products with all taps to few channels; patches of one channel are rows for all images. */
const patches = (image: ArrayType, taps: unknown, output = Number.POSITIVE_INFINITY): number => {
  const channels = output < 8 ? output : sizeIn(image, 'input')
  return sizeIn(image, 'input') === 1 ? 0 : sizeIn(image, 'row') * sizeIn(image, 'column') * channels * Number(taps)
}

const alongBatch = ({ axes }: ArrayType): boolean => hasAxis(axes, 'batch')

/** The same with so many rows. */
const ofRows = (type: ArrayType, rows: number): ArrayType => ({
  ...type,
  axes: type.axes.map((a) => (a.name === 'batch' ? { ...a, size: rows } : a)),
})

const inParts =
  (count: number): Form =>
  ({ builder: b }, node, inputs) => {
    const types = node.args.map(typeOf)
    const rows = at(types, 0).axes.reduce((n, a) => (a.name === 'batch' ? a.size : n), 1) / count
    const pieces = inputs.map(({ name }, i) =>
      alongBatch(at(types, i))
        ? b.nodes('Split', [name], count, { axis: 0, num_outputs: count })
        : Array.from({ length: count }, () => name),
    )
    const out = node.types.map((type) => ofRows(type, rows))
    const parts = Array.from({ length: count }, (_, p) =>
      node.op.onnx?.(
        node.attrs,
        b,
        pieces.map((own) => at(own, p)),
        out,
        types.map((type) => ofRows(type, rows)),
      ),
    )
    return node.types.map((type, i) => {
      const own = parts.map((names) => at(names ?? [], i))
      return alongBatch(type) ? b.node('Concat', own, { axis: 0 }) : own.reduce((sum, x) => b.node('Add', [sum, x]))
    })
  }

/** In how many equal parts a node is taken: the fewest that hold as little as they should. */
const countOf = (node: Expr): number => {
  const types = node.args.map(typeOf)
  const between = orElse(BETWEEN[node.op.name]?.(types, node), 0)
  const batch = types.length === 0 ? 1 : sizeIn(at(types, 0), 'batch')
  return orElse(divisorFrom(batch, (batch * between) / MOST), 1)
}

/** The form of operations that are taken in parts. */
export const partsForm: Lowering['formOf'] = (node) => {
  const count = countOf(node)
  return count === 1 ? undefined : inParts(count)
}
