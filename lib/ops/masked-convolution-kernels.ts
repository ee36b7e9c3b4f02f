/**
 * Kernel calls of masked convolution: forward (and, turned, the gradient with respect to the image), and the gradient with
 * respect to the weight in parts that a second dispatch adds up. All are products with a matrix of patches
 * [pixel, tap · channel] that is never stored; a convolution to one channel is one product for all taps and a sum over them.
 */
import { at, field, four, three } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { ArrayType, Capabilities, KernelCall, Operand } from '../expr.ts'
import { contractCall } from './contract.ts'
import { extentsOf } from './emit.ts'
import { bySubgroup, COMPENSATED_ABOVE, fillCall, groupsFor, reduceCalls, sharingGroups } from './kernels.ts'
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

/** How patches are loaded: four channels at once where they are multiples of 4. */
const loading = (input: number): string => (input % 4 === 0 ? 'window_quads' : 'window_any')

/** One product of the pixels, and of one of zeros that stands for what is outside, with the weights of all taps, which the pixels then gather. */
const gathered = (geometry: Geometry, params: Readonly<Record<string, number>>, on: Capabilities) => {
  const [pixels, input, taps] = three(['pixels', 'input', 'taps'].map((name) => field(params, name)))
  const scratch = (name: string, size: number): Operand => ({ scratch: name, bytes: 4 * size })
  const [products, zeros, outside] = [
    scratch('products', pixels * taps),
    scratch('zeros', input),
    scratch('outside', taps),
  ]
  const [channel, tap] = [
    { name: 'input', size: input },
    { name: 'tap', size: taps },
  ]
  const product = (count: number, from: Operand, to: Operand): KernelCall => ({
    ...contractCall(
      { over: ['input'], semiring: 'real' },
      [{ name: 'pixel', size: count }, channel],
      [tap, channel],
      on,
    ),
    buffers: [from, { in: 1 }, to],
  })
  const { input: _input, output: _one, ...own } = params
  const calls: readonly KernelCall[] = [
    product(pixels, { in: 0 }, products),
    { ...fillCall(input), buffers: [zeros] },
    product(1, zeros, outside),
    {
      shader: 'masked_convolution_sum',
      preludes: ['spans'],
      overrides: { TURNED: Number(geometry.turned) },
      params: own,
      workgroups: sharingGroups(pixels, 64, on),
      buffers: [products, outside, { out: 0 }],
    },
  ]
  return calls
}

/** Calls of `masked_convolution`; none for empty sizes. */
export const convolutionCalls = (
  geometry: Geometry,
  [out]: readonly ArrayType[],
  [image]: readonly ArrayType[],
  on: Capabilities,
): readonly KernelCall[] => {
  const output = at(extentsOf(out?.axes ?? []), 3)
  const params = imageParams(geometry, image, output)
  const [input, taps] = [field(params, 'input'), geometry.window.count]
  if ([image, out].some((t) => sizeOf(t?.axes ?? []) === 0) || taps === 0) return []
  const tiles = groupsFor(field(params, 'pixels'), TILE)
  const deep = Math.ceil(tiles / MOST)
  // No more taps than channels: the products are not larger than the image.
  if (output === 1 && taps <= input && deep === 1) return gathered(geometry, params, on)
  const subgroup = output % 4 === 0 && bySubgroup(on)
  return [
    {
      shader: subgroup ? 'masked_convolution_subgroup' : 'masked_convolution',
      preludes: subgroup ? ['tile8', loading(input), 'compensated'] : ['compensated'],
      overrides: {
        TURNED: Number(geometry.turned),
        ...(subgroup ? { LONG: Number(taps * input > COMPENSATED_ABOVE) } : {}),
      },
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
  on: Capabilities,
): readonly KernelCall[] => {
  const [taps, input, output] = three(extentsOf(out?.axes ?? []))
  const params = imageParams(geometry, image, output)
  const pixels = field(params, 'pixels')
  if (taps * input * output * pixels === 0 || out === undefined) return []
  const chunk = 16 * Math.ceil(Math.max(PART_PIXELS, pixels / MOST_PARTS) / 16)
  const parts = Math.ceil(pixels / chunk)
  const partial: Operand =
    parts === 1 ? { out: 0 } : { scratch: 'partial weights', bytes: 4 * parts * taps * input * output }
  const subgroup = output % 4 === 0 && bySubgroup(on)
  const call: KernelCall = {
    shader: subgroup ? 'masked_convolution_weight_subgroup' : 'masked_convolution_weight',
    preludes: [...(subgroup ? ['tile8'] : []), loading(input), 'compensated'],
    overrides: {
      TURNED: Number(geometry.turned),
      ...(subgroup ? { LONG: Number(Math.min(chunk, pixels) > COMPENSATED_ABOVE) } : {}),
    },
    params: { ...params, chunk },
    workgroups: [groupsFor(output, TILE), groupsFor(taps * input, TILE), parts],
    buffers: [{ in: 0 }, { in: 1 }, partial],
  }
  if (parts === 1) return [call]
  const stacked: ArrayType = { axes: [{ name: 'part', size: parts }, ...out.axes], dtype: 'f32' }
  const sums = reduceCalls('reduce_sum', ['part'], stacked, out, on)
  return [call, ...sums.map((s) => ({ ...s, buffers: s.buffers.map((b) => ('in' in b ? partial : b)) }))]
}
