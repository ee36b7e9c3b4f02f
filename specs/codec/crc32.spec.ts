/**
 * CRC-32 against its published check value, a bitwise definition, and its law of concatenation.
 */
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { crc32, crc32Text } from '../../lib/codec/crc32.ts'

const byDefinition = (bytes: Uint8Array): number => {
  let c = 0xffffffff
  for (const byte of bytes) for (let bit = 0; bit < 8; bit++) c = (c >>> 1) ^ (((c ^ (byte >> bit)) & 1) * 0xedb88320)
  return ~c >>> 0
}

describe('crc32', () => {
  it('gives the check value of the standard', () => {
    expect(crc32Text(crc32(new TextEncoder().encode('123456789')))).toBe('cbf43926')
    expect(crc32(new Uint8Array(0))).toBe(0)
    expect(crc32Text(15)).toBe('0000000f')
  })

  it('is the bitwise definition, and continues over a cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 64 }), (bytes, cut) => {
        expect(crc32(bytes)).toBe(byDefinition(bytes))
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes))
      }),
      { seed: 6, numRuns: 300 },
    )
  })
})
