/**
 * Pieces of `lower` that several operations share: kernel calls for reductions and for copies, with their sizes.
 *
 * Only names of files in `shaders/` and numbers appear here; nothing knows a GPU object.
 */
import { at } from '../at.ts'
import { type AnyAxis, sizeOf } from '../axis.ts'
import type { DType } from '../dtype.ts'
import type { ArrayType, Capabilities, KernelCall, Operand } from '../expr.ts'

/** The workgroups of `lanes` invocations that cover `count` of them. */
export const groupsFor = (count: number, lanes: number): number => Math.ceil(count / lanes)

/** Where a workgroup is dear, how many others it stands for at most, and how many there are at least where there is work for them. */
const TURNS = 64
const LEAST_GROUPS = 32

/**
 * The workgroups of a kernel that shares `count` among however many there are, a span for each: on a software adapter, where one costs as
 * much as dozens of turns of a loop, few of them.
 */
export const sharingGroups = (count: number, lanes: number, { software }: Pick<Capabilities, 'software'>): number => {
  const all = groupsFor(count, lanes)
  return software ? Math.min(all, Math.max(LEAST_GROUPS, Math.ceil(all / TURNS))) : all
}

/** Sums of products of more terms are added up with compensation: BLOCK of `compensated.wgsl`. */
export const COMPENSATED_ABOVE = 256

/** Whether to take kernels of one subgroup: on a software adapter that has them, where loads and barriers cost most. */
export const bySubgroup = (on: Capabilities): boolean => on.software && on.subgroups && on.subgroupSize >= 8

/** How the lanes of a row's workgroup are joined: those of one subgroup, where each has few elements, or 64 by a tree. */
export const joining = (size: number, on: Capabilities): 'tree' | 'tree_subgroup' =>
  bySubgroup(on) && size <= 4096 ? 'tree_subgroup' : 'tree'

/** The element prelude of a dtype: bool is stored as u32. */
export const elementOf = (dtype: DType): string => `element_${dtype === 'bool' ? 'u32' : dtype}`

/** Neighbouring axes that a reduction treats alike, as one: how many elements, and how far apart they lie. */
interface Group {
  readonly kept: boolean
  readonly size: number
  readonly stride: number
}

const groupsOf = (over: readonly string[], axes: readonly AnyAxis[]): readonly Group[] => {
  const groups: Group[] = []
  let stride = 1
  for (const a of [...axes].reverse()) {
    const kept = !over.includes(a.name)
    const last = groups.at(-1)
    if (last !== undefined && (last.kept === kept || a.size === 1))
      groups[groups.length - 1] = { ...last, size: last.size * a.size }
    else if (a.size !== 1) groups.push({ kept, size: a.size, stride })
    stride *= a.size
  }
  return groups.reverse()
}

/** A reduction that `reduce_axes.wgsl` can describe. */
interface Layout {
  readonly outputs: number
  readonly reduced: number
  /** Whether neighbouring elements of one result are neighbours in memory. */
  readonly contiguous: boolean
  readonly params: Readonly<Record<string, number>>
  readonly overrides: Readonly<Record<string, number>>
}

const product = (groups: readonly Group[]): number => groups.reduce((n, g) => n * g.size, 1)

const layoutOf = (groups: readonly Group[]): Layout | undefined => {
  const kept = groups.filter((g) => g.kept)
  const gone = groups.filter((g) => !g.kept)
  if (kept.length > 2 || gone.length > 2) return undefined
  const [inner, outer] = [kept.at(-1), kept.at(-2)]
  const [folded, unfolded] = [gone.at(-1), gone.at(-2)]
  const [outputs, reduced] = [product(kept), product(gone)]
  return {
    outputs,
    reduced,
    contiguous: folded?.stride === 1,
    overrides: unfolded === undefined ? {} : { FOLDED: 1 },
    params: {
      outputs,
      kept: inner?.size ?? 1,
      keptOuter: outer?.stride ?? 0,
      keptInner: inner?.stride ?? 0,
      reduced,
      folded: folded?.size ?? 1,
      foldedOuter: unfolded?.stride ?? 0,
      foldedInner: folded?.stride ?? 0,
      parts: 1,
      chunk: reduced,
    },
  }
}

/** Long rows are shared by a workgroup. The choice depends on the row alone, so that a batch gives the bits of its rows. */
const byRows = ({ reduced, contiguous }: Layout): boolean => reduced >= 64 && contiguous

/** Elements of one partial result; again the same whatever the number of results. */
const ROW_CHUNK = 4096
const COLUMN_CHUNK = 1024

/** What a reduction is made from: of what, over what type of elements, and how the lanes of a row are joined. */
interface Reduction {
  readonly kind: string
  readonly element: string
  readonly join: 'join_tree' | 'join_subgroup'
}

/** Dispatches of one reduction whose layout fits, in one stage or two. */
const staged = (reduction: Reduction, layout: Layout, from: Operand, to: Operand): readonly KernelCall[] => {
  const { kind, element, join } = reduction
  const rows = byRows(layout)
  const { outputs, reduced } = layout
  const chunk = Math.min(reduced, rows ? ROW_CHUNK : COLUMN_CHUNK)
  const parts = Math.ceil(reduced / chunk)
  const call: KernelCall = {
    shader: rows ? 'reduce_rows' : 'reduce_columns',
    preludes: rows ? [element, kind, join, 'reduce_axes'] : [element, kind, 'reduce_axes'],
    overrides: layout.overrides,
    params: { ...layout.params, parts, chunk },
    workgroups: rows ? outputs * parts : groupsFor(outputs * parts, 64),
    buffers: [from, to],
  }
  if (parts === 1) return [call]
  const partial: Operand = { scratch: `partial${parts}`, bytes: 4 * outputs * parts }
  const rest: readonly Group[] = rows
    ? [
        { kept: true, size: outputs, stride: parts },
        { kept: false, size: parts, stride: 1 },
      ]
    : [
        { kept: false, size: parts, stride: outputs },
        { kept: true, size: outputs, stride: 1 },
      ]
  const second = layoutOf(rest.filter((g) => g.size > 1))
  return second === undefined ? [] : [{ ...call, buffers: [from, partial] }, ...staged(reduction, second, partial, to)]
}

/** Strides of groups that lie one after the other without gaps. */
const packed = (groups: readonly Group[]): readonly Group[] =>
  groups.map((g, i) => ({ ...g, stride: product(groups.slice(i + 1)) }))

const reduceFrom = (
  reduction: Reduction,
  groups: readonly Group[],
  from: Operand,
  depth: number,
): readonly KernelCall[] => {
  const layout = layoutOf(groups)
  if (layout !== undefined) return staged(reduction, layout, from, { out: 0 })
  const last = groups.findLastIndex((g) => !g.kept)
  const one = layoutOf(
    [
      { kept: true, size: product(groups.slice(0, last)), stride: product(groups.slice(last)) },
      { kept: false, size: at(groups, last).size, stride: product(groups.slice(last + 1)) },
      { kept: true, size: product(groups.slice(last + 1)), stride: 1 },
    ].filter((g) => g.size > 1),
  )
  const rest = groups.filter((_g, i) => i !== last)
  const between: Operand = { scratch: `between${depth}`, bytes: 4 * product(rest) }
  const merged = packed(rest).reduce<readonly Group[]>((made, g) => {
    const before = made.at(-1)
    return before?.kept === g.kept
      ? [...made.slice(0, -1), { kept: g.kept, size: before.size * g.size, stride: g.stride }]
      : [...made, g]
  }, [])
  return one === undefined
    ? []
    : [...staged(reduction, one, from, between), ...reduceFrom(reduction, merged, between, depth + 1)]
}

const storage = new DataView(new ArrayBuffer(4))

/** The word in which a device stores a value. */
const wordOf = (dtype: DType, value: number): number => {
  if (dtype === 'f32') storage.setFloat32(0, value)
  else storage.setUint32(0, value)
  return storage.getUint32(0)
}

/** A value, 0 unless given, in every element of the first result. */
export const fillCall = (count: number, value = 0, dtype: DType = 'f32'): KernelCall => ({
  shader: 'fill',
  preludes: [],
  overrides: {},
  params: { count, word: wordOf(dtype, value) },
  workgroups: groupsFor(count, 256),
  buffers: [{ out: 0 }],
})

/** What a reduction of no elements gives: 0, or the value that every other one exceeds or falls short of. */
export const neutralOf = (kind: 'reduce_sum' | 'reduce_max' | 'reduce_min', dtype: DType): number => {
  if (kind === 'reduce_sum') return 0
  const most = dtype === 'f32' ? Number.POSITIVE_INFINITY : dtype === 'i32' ? 2 ** 31 - 1 : 2 ** 32 - 1
  return kind === 'reduce_min' ? most : dtype === 'f32' ? -most : dtype === 'i32' ? -most - 1 : 0
}

/** Calls of `reduce_sum`, `reduce_max` or `reduce_min` over the named axes. */
export const reduceCalls = (
  kind: 'reduce_sum' | 'reduce_max' | 'reduce_min',
  over: readonly string[],
  x: ArrayType,
  out: ArrayType,
  on: Capabilities,
): readonly KernelCall[] =>
  sizeOf(x.axes) === 0
    ? [fillCall(sizeOf(out.axes), neutralOf(kind, x.dtype), x.dtype)]
    : reduceFrom(
        { kind, element: elementOf(x.dtype), join: bySubgroup(on) ? 'join_subgroup' : 'join_tree' },
        groupsOf(over, x.axes),
        { in: 0 },
        0,
      )

/** Calls that sum f32 partial results [parts, size] over their first axis. */
export const columnSumCalls = (parts: number, size: number, partial: Operand, to: Operand): readonly KernelCall[] => {
  const layout = layoutOf(
    [
      { kept: false, size: parts, stride: size },
      { kept: true, size, stride: 1 },
    ].filter((g) => g.size > 1),
  )
  return layout === undefined
    ? []
    : staged({ kind: 'reduce_sum', element: 'element_f32', join: 'join_tree' }, layout, partial, to)
}

/** The call of a kernel with one result for each group of reduced elements; none where the axes are too tangled. */
export const groupedCall = (
  shader: string,
  preludes: readonly string[],
  over: readonly string[],
  x: ArrayType,
): readonly KernelCall[] => {
  const layout = layoutOf(groupsOf(over, x.axes))
  if (layout === undefined) return []
  const rows = byRows(layout)
  return [
    {
      shader: `${shader}_${rows ? 'rows' : 'columns'}`,
      preludes: [...preludes, 'reduce_axes'],
      overrides: layout.overrides,
      params: layout.params,
      workgroups: rows ? layout.outputs : groupsFor(layout.outputs, 64),
      buffers: [{ in: 0 }, { out: 0 }],
    },
  ]
}

/** Moved four elements at a time where all sizes allow. */
export const wordsFor = (
  ...sizes: readonly number[]
): { readonly prelude: 'words' | 'quads'; readonly unit: number } =>
  sizes.every((n) => n % 4 === 0) ? { prelude: 'quads', unit: 4 } : { prelude: 'words', unit: 1 }

/** A copy of `rows` windows of `width` elements from argument `source` into the result. */
interface Window {
  readonly source: number
  readonly rows: number
  readonly width: number
  readonly fromStart: number
  readonly fromPitch: number
  readonly toStart: number
  readonly toPitch: number
}

/** The call that copies a window. */
export const windowCall = (on: Capabilities, { source, rows, ...sizes }: Window): KernelCall => {
  const { prelude, unit } = wordsFor(sizes.width, sizes.fromStart, sizes.fromPitch, sizes.toStart, sizes.toPitch)
  const params = Object.fromEntries(Object.entries(sizes).map(([name, n]) => [name, n / unit]))
  return {
    shader: 'window_copy',
    preludes: [prelude, 'spans'],
    overrides: {},
    params: { rows, ...params },
    workgroups: sharingGroups((rows * sizes.width) / unit, 256, on),
    buffers: [{ in: source }, { out: 0 }],
  }
}

/** Sizes before, of, and after an axis. */
export const around = (
  axes: readonly AnyAxis[],
  over: string,
): { readonly outer: number; readonly size: number; readonly inner: number } => {
  const place = axes.findIndex((a) => a.name === over)
  return { outer: sizeOf(axes.slice(0, place)), size: at(axes, place).size, inner: sizeOf(axes.slice(place + 1)) }
}
