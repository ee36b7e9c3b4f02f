/**
 * F14 for the safetensors codec: what is written is read back to the bit, and there is one text for one content.
 */
import { fc } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { bytesOf, namedArray, reverseItems, sameBits, valuesOf } from '../../lib/codec/array.ts'
import { decodeSafetensors, encodeSafetensors } from '../../lib/codec/safetensors.ts'
import { left, right } from '../either.ts'
import { anyFile, encoded, rawFile } from './safetensors-files.ts'

describe('safetensors', () => {
  it('F14: decode(encode(x)) = x to the bit, and encode ∘ decode is canonical', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const bytes = encoded(file)
        const back = decodeSafetensors(bytes)
        if (E.isLeft(back)) throw new Error(back.left.what)
        expect(back.right.metadata).toEqual(file.metadata)
        expect(Object.keys(back.right.tensors).sort()).toEqual(Object.keys(file.tensors).sort())
        for (const [name, array] of Object.entries(file.tensors)) {
          const read = back.right.tensors[name]
          expect(read !== undefined && sameBits(read, array)).toBe(true)
        }
        expect(encoded(back.right)).toEqual(bytes)
        expect(bytes.length % 4).toBe(0)
      }),
      { seed: 14, numRuns: 400 },
    )
  })

  it('F14: NaN payloads, −0, signalling NaNs, empty and 0-d arrays keep every bit', () => {
    const bits = Uint32Array.of(0x7f800001, 0xffc12345, 0x80000000, 0x7fc00000, 0x00000001, 0xff800000)
    const f32 = valuesOf('f32', bytesOf(bits))
    const wide = valuesOf('f64', bytesOf(Uint32Array.of(1, 0x7ff00000, 0xdeadbeef, 0xfff4cafe, 0, 0x80000000)))
    const tensors = {
      f32: namedArray([2, 3], f32),
      f64: namedArray([3], wide),
      scalar: namedArray([], Float64Array.of(-0)),
      empty: namedArray([0, 7], new Int32Array(0)),
      none: namedArray([0], new Uint32Array(0)),
    }
    const back = decodeSafetensors(encoded({ metadata: {}, tensors }))
    if (E.isLeft(back)) throw new Error(back.left.what)
    for (const [name, array] of Object.entries(tensors)) {
      expect(back.right.tensors[name]?.shape).toEqual(array.shape)
      expect(bytesOf(back.right.tensors[name]?.data ?? new Uint32Array(9))).toEqual(bytesOf(array.data))
    }
  })

  it('the file does not depend on the order in which arrays were named; its layout is the documented one', () => {
    const a = namedArray([1], Float32Array.of(1))
    const b = namedArray([], Float64Array.of(2))
    const bytes = encoded({ metadata: { z: '1', a: '2' }, tensors: { a, b } })
    expect(encoded({ metadata: { a: '2', z: '1' }, tensors: { b, a } })).toEqual(bytes)
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
      '{"__metadata__":{"a":"2","z":"1"},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"b":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}',
    )
  })

  it('reads a file whose bytes start at an odd address, and shares no memory with it', () => {
    const bytes = encoded({ metadata: {}, tensors: { w: namedArray([2], Float64Array.of(1.5, -2)) } })
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    const back = decodeSafetensors(shifted.subarray(3))
    shifted.fill(0)
    expect(E.isRight(back) && back.right.tensors['w']?.data).toEqual(Float64Array.of(1.5, -2))
  })

  it('the writer refuses what the reader would', () => {
    const data = Float32Array.of(1)
    const wrong = [
      { __metadata__: namedArray([1], data) },
      { w: { dtype: 'f64' as const, shape: [1], data } },
      { w: { dtype: 'f32' as const, shape: [2], data } },
      { w: { dtype: 'f32' as const, shape: [-1, -1], data } },
      { w: { dtype: 'f32' as const, shape: [0.5, 2], data } },
      { 'a\0b': namedArray([1], data) },
      { '\ud800': namedArray([1], data) },
    ]
    for (const tensors of wrong) expect(E.isLeft(encodeSafetensors({ metadata: {}, tensors }))).toBe(true)
    expect(E.isLeft(encodeSafetensors({ metadata: { a: '\0' }, tensors: {} }))).toBe(true)
  })

  it('swaps the bytes of items for big-endian hosts', () => {
    expect(reverseItems(4)(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toEqual(Uint8Array.of(4, 3, 2, 1, 8, 7, 6, 5))
    expect(reverseItems(8)(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toEqual(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1))
  })

  it('reads the smallest file there is', () => {
    const back = decodeSafetensors(rawFile('{}'))
    expect(E.isRight(back) && Object.keys(back.right.tensors)).toEqual([])
  })
})

describe('what people take for weights', () => {
  it.each<[string, string, RegExp, RegExp]>([
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
      /Git LFS/,
      /git lfs pull/,
    ],
    ['a page', '<!DOCTYPE html><html><body>404</body></html>', /page of the web/, /raw address/],
    ["PyTorch's own", 'PK\u0003\u0004 and so on and on', /PyTorch/, /safetensors/],
    ['a pickle', '\u0080\u0002}q\u0000(X\u0003', /PyTorch/, /safetensors/],
    ['GGUF', 'GGUF\u0003\u0000\u0000\u0000\u0000\u0000', /GGUF/, /safetensors/],
    ['a packed file', '\u001f\u008b\u0008\u0000\u0000\u0000\u0000\u0000', /gzip/, /gunzip/],
  ])('%s is called by its name', (_, bytes, what, remedy) => {
    const found = left(decodeSafetensors(Buffer.from(bytes, 'latin1')))
    expect([found.tag, found.what, found.remedy]).toEqual([
      'Format',
      expect.stringMatching(what),
      expect.stringMatching(remedy),
    ])
  })

  it('a header whose length spells such a beginning is read as a header', () => {
    const header = '{}'.padEnd(0x280)
    const file = Buffer.concat([Uint8Array.of(0x80, 2, 0, 0, 0, 0, 0, 0), Buffer.from(header)])
    expect(right(decodeSafetensors(file)).tensors).toEqual({})
  })
})
