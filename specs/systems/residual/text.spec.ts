/** Rows as text: what the end of a document is to words, and random windows. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { trainBpe } from '../../../lib/data/bpe.ts'
import { byteTokenizer } from '../../../lib/data/byte-tokenizer.ts'
import type { Tokenizer } from '../../../lib/data/tokenizer.ts'
import { key } from '../../../lib/key.ts'
import { rowsOf } from '../../../lib/systems/residual/sequence.ts'
import { countWordsOf, documentsText, splitStream, windows } from '../../../lib/systems/residual/text.ts'
import { right } from '../../either.ts'
import { generatedText } from './tiny.ts'

const pairs = right(trainBpe({ symbols: 280 })([generatedText(20)]))

/** Documents as one stream, an end symbol after each. */
const streamOf = (tokenizer: Tokenizer, documents: readonly string[]): Int32Array =>
  Int32Array.from(documents.flatMap((text) => [...tokenizer.encode(text), tokenizer.end]))

describe.each([
  ['bytes', byteTokenizer],
  ['pairs of bytes', pairs],
])('documents in a stream of %s', (_, tokenizer) => {
  it('are set apart', () => {
    expect(documentsText(tokenizer, streamOf(tokenizer, ['saw a cat.', 'The dog']))).toBe('saw a cat.\n\nThe dog\n\n')
    expect(documentsText(tokenizer, new Int32Array(0))).toBe('')
    expect(documentsText(tokenizer, tokenizer.encode('é the'))).toBe('é the')
  })

  test.prop([fc.array(fc.constantFrom('a', 'a cat.', 'The dog saw', 'é'), { minLength: 1, maxLength: 6 }), fc.nat()], {
    seed: 321,
    numRuns: 100,
  })('R13: their words are counted once each, wherever a row is cut; an end is no word', (documents, anywhere) => {
    const stream = streamOf(tokenizer, documents)
    const words = documents.reduce((total, text) => total + text.split(' ').length, 0)
    expect(countWordsOf(tokenizer, rowsOf([stream], stream.length), 0)).toBe(words)
    const cut = streamOf(tokenizer, documents.slice(0, anywhere % documents.length)).length
    const later = documents.slice(anywhere % documents.length)
    expect(countWordsOf(tokenizer, rowsOf([stream], stream.length), cut)).toBe(
      later.reduce((total, text) => total + text.split(' ').length, 0),
    )
  })
})

describe('windows', () => {
  it('begin anywhere, first and last place included', () => {
    const stream = Int32Array.from({ length: 6 }, (_, i) => i)
    const { tokens, count, time } = windows(stream, 4, key(1), 60)
    expect([count, time, tokens.length]).toEqual([60, 4, 240])
    const starts = Array.from({ length: count }, (_, i) => tokens[4 * i])
    expect([...new Set(starts)].sort()).toEqual([0, 1, 2])
    starts.forEach((start = -1, i) => {
      expect(Array.from(tokens.subarray(4 * i, 4 * i + 4))).toEqual([0, 1, 2, 3].map((j) => start + j))
    })
  })
})

describe('a text in two parts', () => {
  /** Documents of one repeated symbol each, so that a place in a part says which document it is of. */
  const documents = Array.from({ length: 40 }, (_, i) => [...Array.from({ length: 1 + ((7 * i) % 23) }, () => i), 99])
  const stream = Int32Array.from(documents.flat())

  it.each([0.1, 0.5, 0.8])('R22: the base has %f of it, by whole documents; the rest is what it has not', (share) => {
    const [base, rest] = splitStream(stream, 99, share)
    expect(Math.abs(base.length / stream.length - share)).toBeLessThan(24 / stream.length)
    const seen = new Set(base)
    expect(Array.from(rest).every((symbol) => symbol === 99 || !seen.has(symbol))).toBe(true)
    expect([...base, ...rest].sort()).toEqual([...stream].sort())
    for (const part of [base, rest]) {
      const own = Array.from(part).filter((symbol) => symbol !== 99)
      expect(own).toEqual([...own].sort((a, b) => a - b))
    }
  })

  it('a document without an end is cut into pieces', () => {
    const [base, rest] = splitStream(new Int32Array(100_000), 99, 0.5)
    expect(base.length + rest.length).toBe(100_000)
    expect(Math.abs(base.length - 50_000)).toBeLessThan(4096)
  })
})
