import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { countWords, divide, divideDocuments, joinSplits, plainText, splitNames } from '../../lib/data/documents.ts'

const sizes = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 3, maxLength: 60 })

describe('divide', () => {
  test.prop([sizes], { seed: 11, numRuns: 200 })(
    'each thing is in exactly one part, in order, no part empty',
    (lengths) => {
      const things = lengths.map((size, i) => ({ size, i }))
      const parts = divide<{ size: number; i: number }>(({ size }) => size)(things)
      const all = splitNames.flatMap((name) => parts[name].map(({ i }) => i))
      expect([...all].sort((a, b) => a - b)).toEqual(things.map(({ i }) => i))
      for (const name of splitNames) {
        const order = parts[name].map(({ i }) => i)
        expect(order).toEqual([...order].sort((a, b) => a - b))
        expect(order.length).toBeGreaterThan(0)
      }
    },
  )

  it('gives validation and test about their shares', () => {
    const things = Array.from({ length: 2000 }, (_, i) => 1 + (i % 7))
    const total = things.reduce((a, b) => a + b, 0)
    const { validation, test: last } = divide<number>((x) => x, { validation: 0.1, test: 0.2 })(things)
    expect(validation.reduce((a, b) => a + b, 0) / total).toBeCloseTo(0.1, 2)
    expect(last.reduce((a, b) => a + b, 0) / total).toBeCloseTo(0.2, 2)
  })

  it('is the same on every machine: a fixed division of ten documents', () => {
    const documents = Array.from({ length: 10 }, (_, i) => ({ name: String(i), text: 'x'.repeat(100) }))
    const { training, validation, test: last } = divideDocuments(documents)
    expect([validation, last].map((part) => part.map(({ name }) => name))).toEqual([['4'], ['8']])
    expect(training).toHaveLength(8)
  })
})

describe('text', () => {
  it('a million blanks within a line cost their length', { timeout: 10_000 }, () => {
    const text = `a${' '.repeat(1_000_000)}b`
    expect(plainText(text)).toBe(text)
  })

  it('counts words by white space', () => {
    expect(countWords(' a  b\nc—d ')).toBe(3)
    expect(countWords('')).toBe(0)
  })

  it('plain text has \\n only, no mark, no blanks at line ends', () =>
    expect(plainText('\uFEFFa \r\nb\t\r\n\r\nc\r')).toBe('a\nb\n\nc'))

  it('joins part by part', () => {
    const one = { training: [1], validation: [2], test: [3] }
    expect(joinSplits([one, one])).toEqual({ training: [1, 1], validation: [2, 2], test: [3, 3] })
  })
})
