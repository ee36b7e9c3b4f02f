/**
 * The weights of a decoder's file in the precision that it stores: single, half, or 4 bits in blocks of 32 with a scale each
 * (`MatMulNBits` of ONNX Runtime). What is computed with is always single precision.
 */
import { at, outside } from '../at.ts'
import { toHalf } from '../codec/half.ts'
import { encodeValues } from './constants.ts'
import type { GraphNode, Initialiser } from './types.ts'

/** The precisions by name. */
export const precisions = ['fp32', 'fp16', 'q4'] as const

/** How weights are stored, as exporters call it. */
export type Precision = (typeof precisions)[number]

/** A matrix [rows, columns] or a vector, by its name in the file. */
interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Nodes and constants in the order in which they are made. */
export interface Making {
  readonly nodes: GraphNode[]
  readonly initialisers: Initialiser[]
}

/** A node with one output, called as the node. */
export const emit = (
  { nodes }: Making,
  name: string,
  type: string,
  inputs: readonly string[],
  attributes: GraphNode['attributes'] = {},
): string => {
  nodes.push({ type, inputs, outputs: [name], attributes })
  return name
}

/** A constant of whole numbers [n], or a scalar. */
export const integers = ({ initialisers }: Making, values: readonly number[] | number): string => {
  const name = `/integers ${String(values)}${typeof values === 'number' ? ' alone' : ''}`
  if (!initialisers.some((one) => one.name === name))
    initialisers.push({
      name,
      key: name,
      dtype: 'i64',
      shape: typeof values === 'number' ? [] : [values.length],
      bytes: encodeValues('i64', typeof values === 'number' ? [values] : values),
    })
  return name
}

/** A real number. */
export const real = ({ initialisers }: Making, value: number): string => {
  const name = `/real ${value}`
  if (!initialisers.some((one) => one.name === name))
    initialisers.push({ name, key: name, dtype: 'f32', shape: [], bytes: encodeValues('f32', [value]) })
  return name
}

const halves = (data: Float32Array): Uint8Array => new Uint8Array(Uint16Array.from(data, toHalf).buffer)

/** A weight as f32, stored in single or half precision. */
export const weight = (making: Making, precision: Precision, { name, shape, data }: Weight): string => {
  const base = { key: name, dtype: 'f32', shape } as const
  if (precision === 'fp32') {
    making.initialisers.push({ ...base, name, bytes: encodeValues('f32', data) })
    return name
  }
  making.initialisers.push({ ...base, name: `${name}.stored`, bytes: halves(data), stored: 'f16' })
  return emit(making, name, 'Cast', [`${name}.stored`], { to: 1 })
}

/** Numbers of a block that share a scale. */
const BLOCK = 32

/** 4 bits each, two to a byte, the lower first; columns one after the other, each in blocks along the rows. */
const packed = ({ data, shape }: Weight): { readonly bytes: Uint8Array; readonly scales: Float32Array } => {
  const [rows, columns] = [at(shape, 0), at(shape, 1)]
  const blocks = Math.ceil(rows / BLOCK)
  const bytes = new Uint8Array((columns * blocks * BLOCK) / 2).fill(0x88)
  const scales = new Float32Array(columns * blocks)
  for (let c = 0; c < columns; c++)
    for (let b = 0; b < blocks; b++) {
      let peak = 0
      for (let r = b * BLOCK; r < Math.min(rows, (b + 1) * BLOCK); r++) {
        const x = data[r * columns + c] ?? outside(data, r * columns + c)
        if (Math.abs(x) > Math.abs(peak)) peak = x
      }
      const scale = peak / -8
      scales[c * blocks + b] = scale
      for (let r = b * BLOCK; r < Math.min(rows, (b + 1) * BLOCK); r++) {
        const x = data[r * columns + c] ?? outside(data, r * columns + c)
        const level = scale === 0 ? 8 : Math.min(15, Math.max(0, Math.round(x / scale) + 8))
        const place = ((c * blocks + b) * BLOCK + (r % BLOCK)) >> 1
        bytes[place] = r % 2 === 0 ? (at(bytes, place) & 0xf0) | level : (at(bytes, place) & 0x0f) | (level << 4)
      }
    }
  return { bytes, scales }
}

/** x·W for a weight [rows, columns] that nothing else reads. */
export const product = (making: Making, precision: Precision, x: string, own: Weight, name: string): string => {
  if (precision !== 'q4') return emit(making, name, 'MatMul', [x, weight(making, precision, own)])
  const [rows, columns] = [at(own.shape, 0), at(own.shape, 1)]
  const blocks = Math.ceil(rows / BLOCK)
  const { bytes, scales } = packed(own)
  const [quantised, scaled] = [`${own.name}.quantised`, `${own.name}.scales`]
  making.initialisers.push(
    { name: quantised, key: quantised, dtype: 'u32', stored: 'u8', shape: [columns, blocks, BLOCK / 2], bytes },
    { name: scaled, key: scaled, dtype: 'f32', shape: [columns * blocks], bytes: encodeValues('f32', scales) },
  )
  making.nodes.push({
    type: 'MatMulNBits',
    domain: 'com.microsoft',
    inputs: [x, quantised, scaled],
    outputs: [name],
    attributes: { K: rows, N: columns, bits: 4, block_size: BLOCK },
  })
  return name
}
