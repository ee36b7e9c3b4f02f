/** Element types: which arrays hold them on the host and on a device. */
import { describe, expect, it } from 'vitest'
import { allocate, allocateStorage } from '../lib/dtype.ts'

describe('element types', () => {
  it('the reference computes f32 in f64; integers and flags are 32 bits', () => {
    expect(allocate('f32', 2)).toEqual(new Float64Array(2))
    expect(allocate('i32', 2)).toEqual(new Int32Array(2))
    expect(allocate('u32', 2)).toEqual(new Uint32Array(2))
    expect(allocate('bool', 0)).toEqual(new Uint32Array(0))
  })

  it('a device stores four bytes for every element', () => {
    for (const dtype of ['f32', 'i32', 'u32', 'bool'] as const) expect(allocateStorage(dtype, 3).byteLength).toBe(12)
    expect(allocateStorage('f32', 1)).toEqual(new Float32Array(1))
    expect(allocateStorage('bool', 1)).toEqual(new Uint32Array(1))
  })
})
