/** The reader of text from outside: encodings as people's editors write them, and what is refused where. */
import { describe, expect, it } from 'vitest'
import { decodeText, linesOf } from '../../lib/codec/text.ts'
import { left, right } from '../either.ts'

const text = 'größe\nzwei\n'
const utf8 = Buffer.from(text)
const utf16 = Buffer.from(text, 'utf16le')
const swapped = Buffer.from(utf16).swap16()
const marked = (mark: readonly number[], bytes: Uint8Array): Uint8Array => Uint8Array.from([...mark, ...bytes])

describe('text from outside', () => {
  it.each([
    ['UTF-8', utf8],
    ['UTF-8 with a byte order mark', marked([0xef, 0xbb, 0xbf], utf8)],
    ['UTF-16 LE', marked([0xff, 0xfe], utf16)],
    ['UTF-16 BE', marked([0xfe, 0xff], swapped)],
    ['line ends of Windows', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['line ends of old machines', Buffer.from(text.replaceAll('\n', '\r'))],
  ])('%s is read as what it says', (_, bytes) => expect(right(decodeText('a.txt')(bytes))).toBe(text))

  it.each([
    [
      'Latin-1',
      Buffer.from('abc größe', 'latin1'),
      /^a\.txt is not text in UTF-8 \(byte f6 at offset 6\)$/,
      /iconv -f LATIN1/,
    ],
    [
      'Latin-1 after a mark',
      marked([0xef, 0xbb, 0xbf], Uint8Array.of(0x61, 0xe9, 0x62)),
      /byte e9 at offset 4/,
      /iconv/,
    ],
    ['a character cut at the end', Uint8Array.of(0x61, 0xc3), /byte c3 at offset 1/, /iconv/],
    ['a packed file', Uint8Array.of(0x1f, 0x8b, 8, 8), /no text: it has the byte 1f at offset 0/, /unpack/],
    ['a picture', Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'), /byte 1a at offset 6/, /unpack/],
    ['a zero', Buffer.from('ab\u0000c'), /zero at offset 2/, /UTF-16LE/],
    ['UTF-16 without a mark', utf16, /zero at offset 1|not text/, /iconv/],
    ['UTF-32', marked([0xff, 0xfe, 0, 0], Buffer.from([0x61, 0, 0, 0])), /UTF-32/, /iconv -f UTF-32/],
    ['half of a UTF-16 unit', marked([0xff, 0xfe], Uint8Array.of(0x61)), /broken text in UTF-16LE/, /UTF-8/],
  ])('%s is refused, with the place and the remedy', (_, bytes, what, remedy) => {
    const found = left(decodeText('a.txt')(bytes))
    expect([found.tag, found.what, found.remedy]).toEqual([
      'File',
      expect.stringMatching(what),
      expect.stringMatching(remedy),
    ])
  })

  it('an end after the last line begins no other', () => {
    expect(linesOf('a\nb\n')).toEqual(['a', 'b'])
    expect(linesOf('a\n\nb')).toEqual(['a', '', 'b'])
  })
})
