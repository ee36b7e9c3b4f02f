/**
 * Scatter-add as kernel calls: every result looks through all picks, or the picks are sorted by their index first, digit by
 * digit, and each result sums its own. Both sum in the order of the picks, with the same bits.
 */
import type { DType } from '../dtype.ts'
import type { KernelCall, Operand } from '../expr.ts'
import { elementOf, groupsFor } from './kernels.ts'

/** Sizes of a scatter: updates [batch, picks, inner], result [batch, size, inner]. */
interface ScatterSizes {
  readonly batch: number
  readonly picks: number
  readonly size: number
  readonly inner: number
}

/** Up to so many comparisons every result looks through all picks. */
const SCAN_ALL = 65_536

/** Bits of a digit at most: a chunk of picks has a count for each of its values. */
const DIGIT_BITS = 7

/** Of how many results on an invocation sums several rows. */
const MANY = 16_384

/** The digits of an index, least first: how far up each begins, and how many values it has. */
const digitsOf = (size: number): readonly { readonly shift: number; readonly values: number }[] => {
  const bits = Math.max(1, Math.ceil(Math.log2(size)))
  const width = Math.ceil(bits / Math.ceil(bits / DIGIT_BITS))
  return Array.from({ length: Math.ceil(bits / width) }, (_, i) => ({ shift: i * width, values: 2 ** width }))
}

/** Calls that sort the picks by index, stably, and where they lie then: chunks of them are counted and placed side by side. */
const orderCalls = ({ batch, picks, size }: ScatterSizes): readonly [calls: readonly KernelCall[], order: Operand] => {
  const chunk = Math.max(32, Math.ceil(Math.sqrt(picks)))
  const chunks = Math.ceil(picks / chunk)
  const digits = digitsOf(size)
  const orderAt = (i: number): Operand => (i === 0 ? { in: 1 } : { scratch: `order${i % 2}`, bytes: 4 * batch * picks })
  const calls = digits.flatMap(({ shift, values }, i): readonly KernelCall[] => {
    const counts: Operand = { scratch: 'counts', bytes: 4 * batch * values * chunks }
    const totals: Operand = { scratch: 'totals', bytes: 4 * batch * values }
    const params = { count: batch * chunks, picks, size, chunk, chunks, digits: values, shift }
    const own = { preludes: ['scatter_digit'], overrides: { FIRST: Number(i === 0) }, params }
    const workgroups = groupsFor(batch * chunks, 64)
    const along = { count: batch * values, chunks }
    const total = { shader: 'scatter_totals', preludes: [], overrides: {}, params: along }
    return [
      { shader: 'scatter_count', ...own, workgroups, buffers: [{ in: 1 }, orderAt(i), counts] },
      { ...total, workgroups: groupsFor(batch * values, 64), buffers: [counts, totals] },
      { shader: 'scatter_place', ...own, workgroups, buffers: [{ in: 1 }, orderAt(i), totals, counts, orderAt(i + 1)] },
    ]
  })
  return [calls, orderAt(digits.length)]
}

/** Calls that sum updates into the rows that the indices (argument 1) name. */
export const scatterCalls = (sizes: ScatterSizes, dtype: DType): readonly KernelCall[] => {
  const { batch, picks, size, inner } = sizes
  const quads = dtype === 'f32' && inner % 4 === 0
  const own = quads ? inner / 4 : inner
  const count = batch * size * own
  const preludes = [quads ? 'element_quad' : elementOf(dtype), 'pairwise']
  const sum = (n: number, overrides: KernelCall['overrides']) => {
    const params = { count: n, picks, size, inner: own }
    return { preludes, overrides, params, workgroups: groupsFor(n, 64) }
  }
  const rows = count < MANY ? 1 : 8
  if (count * picks <= SCAN_ALL)
    return [{ shader: 'scatter_add', ...sum(count, {}), buffers: [{ in: 0 }, { in: 1 }, { out: 0 }] }]
  const [sorting, order] = orderCalls(sizes)
  const starts: Operand = { scratch: 'starts', bytes: 4 * batch * (size + 1) }
  const params = { count: batch * (size + 1), picks, size }
  const bisection = { shader: 'scatter_starts', preludes: [], overrides: {}, params }
  return [
    ...sorting,
    { ...bisection, workgroups: groupsFor(batch * (size + 1), 64), buffers: [{ in: 1 }, order, starts] },
    {
      shader: 'scatter_segments',
      ...sum(batch * Math.ceil(size / rows) * own, { ROWS: rows }),
      buffers: [{ in: 0 }, order, starts, { out: 0 }],
    },
  ]
}
