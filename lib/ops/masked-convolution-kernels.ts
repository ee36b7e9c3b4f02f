/**
 * Kernel calls of masked convolution: forward (and, turned, the gradient with respect to the image), and the gradient with
 * respect to the weight in parts that a second dispatch adds up.
 */
import { at, field, four, three } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { ArrayType, KernelCall, Operand } from '../expr.ts'
import { extentsOf } from './emit.ts'
import { groupsFor, reduceCalls } from './kernels.ts'
import type { Geometry } from './masked-convolution-nodes.ts'

const TILE = 32

/** Most workgroups along a dimension of a dispatch. */
const MOST = 65_535

/** A part of the weight's gradient has at least so many pixels, and there are at most so many parts. */
const PART_PIXELS = 1024
const MOST_PARTS = 64

const imageParams = (
  { window }: Geometry,
  image: ArrayType | undefined,
  output: number,
): Readonly<Record<string, number>> => {
  const [batch, rows, columns, input] = four(extentsOf(image?.axes ?? []))
  const { count: taps, columns: across, up, left } = window
  return { pixels: batch * rows * columns, rows, columns, input, output, taps, across, up, left }
}

/** Calls of `masked_convolution`; none for empty sizes. */
export const convolutionCalls = (
  geometry: Geometry,
  [out]: readonly ArrayType[],
  [image]: readonly ArrayType[],
): readonly KernelCall[] => {
  const output = at(extentsOf(out?.axes ?? []), 3)
  const params = imageParams(geometry, image, output)
  if ([image, out].some((t) => sizeOf(t?.axes ?? []) === 0) || geometry.window.count === 0) return []
  const tiles = groupsFor(field(params, 'pixels'), TILE)
  const deep = Math.ceil(tiles / MOST)
  return [
    {
      shader: 'masked_convolution',
      preludes: ['compensated'],
      overrides: { TURNED: Number(geometry.turned) },
      params,
      workgroups: [groupsFor(output, TILE), Math.ceil(tiles / deep), deep],
      buffers: [{ in: 0 }, { in: 1 }, { out: 0 }],
    },
  ]
}

/** Calls of `masked_convolution_weight`; none for empty sizes. The parts depend on the sizes alone. */
export const weightGradientCalls = (
  geometry: Geometry,
  [out]: readonly ArrayType[],
  [image]: readonly ArrayType[],
): readonly KernelCall[] => {
  const [taps, input, output] = three(extentsOf(out?.axes ?? []))
  const params = imageParams(geometry, image, output)
  const pixels = field(params, 'pixels')
  if (taps * input * output * pixels === 0 || out === undefined) return []
  const chunk = 16 * Math.ceil(Math.max(PART_PIXELS, pixels / MOST_PARTS) / 16)
  const parts = Math.ceil(pixels / chunk)
  const partial: Operand =
    parts === 1 ? { out: 0 } : { scratch: 'partial weights', bytes: 4 * parts * taps * input * output }
  const call: KernelCall = {
    shader: 'masked_convolution_weight',
    preludes: ['compensated'],
    overrides: { TURNED: Number(geometry.turned) },
    params: { ...params, chunk },
    workgroups: [groupsFor(output, TILE), groupsFor(input, TILE) * taps, parts],
    buffers: [{ in: 0 }, { in: 1 }, partial],
  }
  if (parts === 1) return [call]
  const stacked: ArrayType = { axes: [{ name: 'part', size: parts }, ...out.axes], dtype: 'f32' }
  const sums = reduceCalls('reduce_sum', ['part'], stacked, out)
  return [call, ...sums.map((s) => ({ ...s, buffers: s.buffers.map((b) => ('in' in b ? partial : b)) }))]
}
