/** Bytes as characters. */
import { expect, it } from 'vitest'
import { decodeSafetensors } from '../../lib/codec/safetensors.ts'
import { firstCharacters } from '../../lib/codec/latin1.ts'
import { decodeText } from '../../lib/codec/text.ts'
import { left } from '../either.ts'

it('each byte is the character of its number, up to the most', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  expect(Array.from(firstCharacters(bytes, 300), (c) => c.charCodeAt(0))).toEqual(Array.from(bytes))
  expect(firstCharacters(bytes.subarray(65), 3)).toBe('ABC')
})

it('what a file is instead is told without Buffer, which browsers lack', () => {
  const { Buffer: own } = globalThis
  Reflect.deleteProperty(globalThis, 'Buffer')
  try {
    expect(left(decodeSafetensors(new TextEncoder().encode('GGUF and more'))).what).toContain('GGUF')
    expect(left(decodeText('x')(Uint8Array.of(0x1f, 0xff))).what).toBe('x is no text: it has the byte 1f at offset 0')
  } finally {
    globalThis.Buffer = own
  }
})
