/**
 * CRC-32 (ISO 3309, as in zip and PNG): finds every burst of damage up to 32 bits, and misses other damage once in 2³².
 */
import { outside } from '../at.ts'

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c
})

/** The checksum of `bytes`; `before` continues from the checksum of what came earlier: `crc32(b, crc32(a)) = crc32(a ⧺ b)`. */
export const crc32 = (bytes: Uint8Array, before = 0): number => {
  let c = ~before
  for (let i = 0; i < bytes.length; i++) {
    const place = (c ^ (bytes[i] ?? outside(bytes, i))) & 255
    c = (c >>> 8) ^ (TABLE[place] ?? outside(TABLE, place))
  }
  return ~c >>> 0
}

/** A checksum as eight hexadecimal digits. */
export const crc32Text = (checksum: number): string => checksum.toString(16).padStart(8, '0')
