import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { chunks, documentChunks, prefixesOf, shuffleRows } from '../../lib/data/chunks.ts'
import type { TokenRows } from '../../lib/data/strings.ts'
import { key } from '../../lib/key.ts'

const END = 9
const stream = fc.array(fc.integer({ min: 0, max: END }), { maxLength: 60 }).map((xs) => Int32Array.from(xs))
const length = fc.integer({ min: 1, max: 7 })

const rowsOf = ({ tokens, count, time }: TokenRows): readonly (readonly number[])[] =>
  Array.from({ length: count }, (_, r) => [...tokens.subarray(r * time, (r + 1) * time)])

/** The documents of a stream, each with its end. */
const documentsOf = (tokens: Int32Array): readonly (readonly number[])[] => {
  const out: number[][] = [[]]
  for (const token of tokens) {
    out.at(-1)?.push(token)
    if (token === END) out.push([])
  }
  return out.filter((each) => each.length > 0)
}

const cut = (xs: readonly number[], n: number): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(xs.length / n) }, (_, i) => xs.slice(i * n, (i + 1) * n))

describe('chunks', () => {
  test.prop([stream, length], { seed: 1, numRuns: 200 })(
    'are the stream, cut; only a short rest is lost',
    (tokens, n) => {
      const rows = chunks(tokens, n)
      expect(rowsOf(rows)).toEqual(cut([...tokens], n).filter((row) => row.length === n))
    },
  )

  test.prop([stream, length, fc.constantFrom('drop' as const, 'pad' as const)], { seed: 2, numRuns: 300 })(
    'by document: each document is cut from its start, rests dropped or filled with the end',
    (tokens, n, rest) => {
      const expected = documentsOf(tokens)
        .flatMap((document) => cut(document, n))
        .filter((row) => row.length === n || rest === 'pad')
        .map((row) => [...row, ...Array.from({ length: n - row.length }, () => END)])
      expect(rowsOf(documentChunks({ length: n, end: END, rest })(tokens))).toEqual(expected)
    },
  )

  it('160 with a prefix of 120', () => {
    const rows = chunks(
      Int32Array.from({ length: 330 }, (_, i) => i),
      160,
    )
    expect(rows).toMatchObject({ count: 2, time: 160 })
    expect(rowsOf(prefixesOf(120)(rows)).map((row) => [row[0], row.at(-1), row.length])).toEqual([
      [0, 119, 120],
      [160, 279, 120],
    ])
  })

  it('shuffled by key: the same rows, the same order for the same key', () => {
    const rows = chunks(
      Int32Array.from({ length: 300 }, (_, i) => i),
      3,
    )
    const sorted = (all: TokenRows) => [...rowsOf(all)].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    const once = shuffleRows(key(1))(rows)
    expect(sorted(once)).toEqual(rowsOf(rows))
    expect(once).toEqual(shuffleRows(key(1))(rows))
    expect(once).not.toEqual(shuffleRows(key(2))(rows))
  })

  it('refuses a length of zero', () => expect(() => chunks(new Int32Array(3), 0)).toThrow('a chunk of 0 tokens'))
})
