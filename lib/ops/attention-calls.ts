/**
 * The kernel calls of attention: one lane for each query or key, the other side staged through workgroup memory; on software
 * adapters with subgroups tiles of products, as in contractions.
 */
import { two } from '../at.ts'
import { type AnyAxis, sizeOf } from '../axis.ts'
import type { ArrayType, Capabilities, KernelCall, Operand } from '../expr.ts'
import { COMPENSATED_ABOVE } from './kernels.ts'

/** The largest depth that the kernels hold in registers. */
const DEEPEST = 128

const sizeIn = (axes: readonly AnyAxis[], name: string): number => axes.find((a) => a.name === name)?.size ?? 1

/** What all kernels of an attention are told; `masked` where the rows have lengths. */
interface Told {
  readonly causal: boolean
  readonly scale: number
  readonly masked: boolean
  readonly on: Capabilities
}

/** Which form of a kernel: on a software adapter with subgroups, where loads cost most, products of tiles; else one row a lane. */
const formOf = (
  shader: string,
  depth: number,
  on: Capabilities,
): Pick<KernelCall, 'shader' | 'preludes' | 'overrides'> & { readonly tile: number; readonly blocks: number } =>
  on.software && on.subgroups && on.subgroupSize >= 8 && depth % 4 === 0
    ? {
        shader: `${shader}_subgroup`,
        preludes: ['tile8', 'pointwise', 'compensated', 'attention_sizes', 'attention_tile'],
        overrides: {},
        tile: 32,
        blocks: Math.ceil(depth / 32),
      }
    : {
        shader,
        preludes: [
          ...['pointwise', 'compensated', `attention_depth_${depth <= 32 ? 32 : depth <= 64 ? 64 : 128}`],
          ...['attention_sizes', 'attention_rows'],
        ],
        overrides: { WHOLE: Number(!on.software) },
        tile: 64,
        blocks: 1,
      }

/** A call of one of the kernels; none for sizes that they do not take. */
const call = (
  shader: string,
  { causal, scale, masked, on }: Told,
  [query, keys]: readonly ArrayType[],
  buffers: readonly Operand[],
  overrides: Readonly<Record<string, number>> = {},
): readonly KernelCall[] => {
  const [own, others] = [query?.axes ?? [], keys?.axes ?? []]
  const [time, keyTime, depth, heads] = [
    sizeIn(own, 'time'),
    sizeIn(others, 'keyTime'),
    sizeIn(own, 'depth'),
    sizeIn(own, 'head'),
  ]
  const rows = sizeIn(own, 'batch') * heads
  if (depth > DEEPEST || sizeOf(own) === 0 || sizeOf(others) === 0) return []
  const [along, summed] = shader === 'attention_keys' ? [keyTime, time] : [time, keyTime]
  const { tile, blocks, ...form } = formOf(shader, depth, on)
  return [
    {
      ...form,
      overrides: { ...overrides, ...form.overrides, LONG: Number(summed > COMPENSATED_ABOVE) },
      params: { rows, heads, time, keyTime, depth, causal: Number(causal), masked: Number(masked), scale },
      workgroups: rows * Math.ceil(along / tile) * blocks,
      buffers,
    },
  ]
}

/** query, keys, values, lengths? → context, sums. Without lengths the query stands in for them, and is not read so. */
export const attentionCalls = (
  told: { readonly causal: boolean; readonly scale: number },
  args: readonly ArrayType[],
  on: Capabilities,
): readonly KernelCall[] => {
  const masked = args.length > 3
  const inputs = [0, 1, 2, masked ? 3 : 0].map((i): Operand => ({ in: i }))
  return call('attention', { ...told, masked, on }, args, [...inputs, { out: 0 }, { out: 1 }])
}

/** query, keys, values, sums, dcontext, delta, lengths? → dquery, dkeys, dvalues, one kernel each. */
export const attentionBackwardCalls = (
  told: { readonly causal: boolean; readonly scale: number },
  args: readonly ArrayType[],
  on: Capabilities,
): readonly KernelCall[] => {
  const masked = args.length > 6
  const inputs = [0, 1, 2, 3, 4, 5, masked ? 6 : 0].map((i): Operand => ({ in: i }))
  const all = { ...told, masked, on }
  return [
    ...call('attention_queries', all, args, [...inputs, { out: 0 }]),
    ...call('attention_keys', all, args, [...inputs, { out: 1 }]),
    ...call('attention_keys', all, args, [...inputs, { out: 2 }], { VALUES: 1 }),
  ]
}

/** query, keys, values, position, own key?, own value? → context. Without own rows the query stands in for them. */
export const attentionStepCalls = (scale: number, args: readonly ArrayType[]): readonly KernelCall[] => {
  const [query, keys] = two(args.map((a) => a.axes))
  const depth = sizeIn(query, 'depth')
  const rows = sizeOf(query) / Math.max(1, depth)
  if (depth > DEEPEST || sizeOf(keys) === 0) return []
  const own = args.length > 4
  return [
    {
      shader: 'attention_step',
      preludes: ['pointwise', 'tree', 'compensated'],
      overrides: {},
      params: { rows, time: sizeIn(keys, 'time'), depth, own: Number(own), scale },
      workgroups: rows,
      buffers: [{ in: 0 }, { in: 1 }, { in: 2 }, { in: 3 }, { in: own ? 4 : 0 }, { in: own ? 5 : 0 }, { out: 0 }],
    },
  ]
}
