import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { splitNames } from '../../lib/data/documents.ts'
import { divideText, readTextFile } from '../../lib/data/user-file.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'

const words = (n: number): string => Array.from({ length: n }, (_, i) => `word${i}`).join(' ')

describe('a text file', () => {
  it('with ten or more documents is divided by document', () => {
    const text = Array.from({ length: 30 }, (_, i) => `document ${i}\nsecond line`).join('\n\n\n')
    const parts = divideText('mine')(text)
    expect(splitNames.reduce((n, name) => n + parts[name].length, 0)).toBe(30)
    expect(parts.test.length).toBeGreaterThan(0)
    expect(parts.training[0]).toEqual({ name: 'mine#1', text: 'document 0\nsecond line' })
  })

  it('with one document is divided by position, between words, losing none', () => {
    const text = words(2000)
    const { training, validation, test } = divideText('mine')(text)
    expect([training, validation, test].map(({ length }) => length)).toEqual([1, 1, 1])
    expect([training, validation, test].flatMap((part) => part.map((d) => d.text)).join(' ')).toBe(text)
    expect((training[0]?.text.length ?? 0) / text.length).toBeCloseTo(0.9, 2)
  })

  it('is read, CRLF and byte-order mark aside', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'mine.txt')
      writeFileSync(file, `\uFEFF${words(500)}\r\n`)
      const parts = right(await readTextFile(file)())
      expect(parts.training[0]?.text.startsWith('word0 word1')).toBe(true)
    }))

  const wrong: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['empty', '', /is empty$/],
    ['white space', ' \n\n', /holds nothing but white space$/],
    ['binary', Uint8Array.of(80, 75, 0, 4), /is no text: it has a zero at offset/],
    ['not UTF-8', Uint8Array.of(72, 0xff, 72), /is not text in UTF-8 \(byte [0-9a-f]+ at offset \d+\)$/],
    ['too short', 'one', /is too short to be divided/],
  ]
  for (const [what, content, sentence] of wrong)
    it(`refuses a file that is ${what}`, () =>
      withFolder(async (folder) => {
        const file = join(folder, 'mine.txt')
        writeFileSync(file, content)
        const refused = left(await readTextFile(file)())
        expect(refused.tag).toBe('File')
        expect(refused.what).toMatch(sentence)
        expect(refused.what).toContain('mine.txt')
      }))

  it('refuses a file that is not there, and a folder', () =>
    withFolder(async (folder) => {
      expect(left(await readTextFile(join(folder, 'none.txt'))()).what).toMatch(/^cannot read .*none\.txt \(ENOENT\)$/)
      expect(left(await readTextFile(folder)()).remedy).toBe('give a file, not a folder')
    }))
})
