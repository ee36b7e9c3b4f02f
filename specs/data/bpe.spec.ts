import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { trainBpe, trainMerges } from '../../lib/data/bpe.ts'
import type { Merge } from '../../lib/data/bpe-file.ts'
import { countPieces, piecesOf } from '../../lib/data/bpe-words.ts'
import { byteTokenizer } from '../../lib/data/byte-tokenizer.ts'
import { huggingFace } from '../../lib/data/huggingface.ts'
import type { Tokenizer } from '../../lib/data/tokenizer.ts'
import { readTokenizer } from '../../lib/data/tokenizer-file.ts'
import { left, right } from '../either.ts'
import { processorTime } from '../processor-time.ts'

/** Text like the corpora's: sentences, paragraphs, quotes, numbers, tables, other scripts, emoji, odd spaces. */
const sample = [
  'Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and nothing particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.\n\nIt is a way I have of driving off the spleen, and regulating the circulation.',
  'In the beginning God created the heaven and the earth. And the earth was without form, and void; and darkness was upon the face of the deep.\nAnd God said, Let there be light: and there was light.',
  "  don't we'll they've I'm he'd it's 1790  233 1,794,884\t10.8\t\tMB \u00a0  x = f(y) != z; // ok\r\n",
  'naïve façade — “quotes” ‘single’ … 日本語のテキスト Привет мир 😀👩‍👩‍👧 e\u0301 \ufeff \u0085 ﬁn',
  'the the the there these those this that then than thaw',
]

/** Training as it is defined: recount everything after each merge. */
const naiveMerges = (texts: readonly string[], symbols: number): readonly Merge[] => {
  const counted = countPieces(texts)
  let words = [...counted].map(([piece, n]) => ({ symbols: [...new TextEncoder().encode(piece)], n }))
  const merges: Merge[] = []
  while (merges.length < symbols - 257) {
    const counts = new Map<string, { pair: Merge; n: number }>()
    for (const { symbols: s, n } of words)
      for (let i = 1; i < s.length; i++) {
        const pair = [s[i - 1] ?? 0, s[i] ?? 0] as const
        counts.set(pair.join(), { pair, n: (counts.get(pair.join())?.n ?? 0) + n })
      }
    const best = [...counts.values()].sort((x, y) => y.n - x.n || x.pair[0] - y.pair[0] || x.pair[1] - y.pair[1])[0]
    if (best === undefined || best.n < 2) break
    const merged = 256 + merges.length
    merges.push(best.pair)
    words = words.map(({ symbols: s, n }) => {
      const out: number[] = []
      for (let i = 0; i < s.length; i++) {
        const both = s[i] === best.pair[0] && s[i + 1] === best.pair[1]
        out.push(both ? merged : (s[i] ?? 0))
        if (both) i++
      }
      return { symbols: out, n }
    })
  }
  return merges
}

const tokenizer: Tokenizer = right(trainBpe({ symbols: 340 })(sample))
const peer = huggingFace(JSON.parse(tokenizer.json()))

const peerIds = (text: string): readonly number[] =>
  text === '' ? [] : peer.encode(text, { add_special_tokens: false }).ids

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .array(fc.constantFrom(...sample.flatMap(piecesOf), ' ', '\n', '  ', '\t'), { maxLength: 40 })
    .map((all) => all.join('')),
)

describe('training', () => {
  it('gives the merges of the definition, recounted after each merge', () =>
    expect(trainMerges(countPieces(sample), { symbols: 344 })).toEqual(naiveMerges(sample, 344)))

  test.prop([fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 30 }), { maxLength: 4 })], {
    seed: 5,
    numRuns: 60,
  })('and so for repetitive strings, where merges overlap', (texts) => {
    expect(trainMerges(countPieces(texts), { symbols: 280 })).toEqual(naiveMerges(texts, 280))
  })

  it('has the symbols asked for, or as many as there are pairs that occur twice', () => {
    expect(tokenizer.symbols).toBe(340)
    expect(right(trainBpe({ symbols: 300 })(['ab'])).symbols).toBe(257)
  })

  it('refuses fewer symbols than bytes', () => expect(left(trainBpe({ symbols: 256 })(sample)).tag).toBe('Domain'))
})

describe('a line without blanks', () => {
  it('is trained on in pieces of 256 characters, and comes back whole', () => {
    const line = 'ab'.repeat(20_000)
    expect([...countPieces([line, 'c'])]).toEqual([
      ['ab'.repeat(128), 156],
      ['ab'.repeat(32), 1],
      ['c', 1],
    ])
    const own = right(trainBpe({ symbols: 270 })(['a'.repeat(1_000_000), line]))
    expect(own.decode(own.encode(line))).toBe(line)
  })
})

describe('encoding', () => {
  it('gives the ids of @huggingface/tokenizers on the sample', () => {
    for (const text of sample) expect([...tokenizer.encode(text)]).toEqual(peerIds(text))
  })

  test.prop([anyText], { seed: 6, numRuns: 200 })('gives the ids of @huggingface/tokenizers on any text', (text) => {
    expect([...tokenizer.encode(text)]).toEqual(peerIds(text))
  })

  test.prop([anyText], { seed: 7, numRuns: 200 })('decode(encode(x)) = x', (text) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    expect(byteTokenizer.decode(byteTokenizer.encode(text))).toBe(text)
  })

  it('spends fewer symbols than bytes, and never the end symbol', () => {
    for (const text of [...sample, '<|endoftext|>']) {
      const ids = tokenizer.encode(text)
      expect(ids.length).toBeLessThanOrEqual(byteTokenizer.encode(text).length)
      expect(ids.includes(tokenizer.end)).toBe(false)
    }
  })

  it('takes no quadratic time on one long piece', () => {
    const long = 'th'.repeat(50_000)
    expect(processorTime(() => expect(tokenizer.decode(tokenizer.encode(long))).toBe(long))).toBeLessThan(20_000)
  })
})

describe('the byte tokenizer', () => {
  it('is the bytes of UTF-8, and the same as its own tokenizer.json', () => {
    const again = right(readTokenizer(byteTokenizer.json()))
    expect(again).toMatchObject({ symbols: 257, end: 256 })
    for (const text of sample) expect(again.encode(text)).toEqual(byteTokenizer.encode(text))
    expect([...byteTokenizer.encode('né')]).toEqual([110, 195, 169])
  })

  it('decodes ends as nothing and half a character as U+FFFD', () =>
    expect(byteTokenizer.decode([104, 256, 105, 195])).toBe('hi\uFFFD'))
})
