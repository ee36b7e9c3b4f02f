/** Corpus BLEU against nltk on 13a words, against the numbers in sacreBLEU's own tests, and its laws. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import {
  bleuByLength,
  bleuCounts,
  bleuMonoid,
  bleuOf,
  corpusBleu,
  lineCounts,
  type Translated,
} from '../../lib/metrics/bleu.ts'
import { words13a, wordsAsTheyAre } from '../../lib/metrics/tokenise.ts'
import { metricsFixture } from './fixture.ts'

const fixture = metricsFixture()

/** The example of sacreBLEU's README: three sentences with two references each. */
const dog: readonly Translated[] = [
  { hypothesis: 'The dog bit the man.', references: ['The dog bit the man.', 'The dog had bit the man.'] },
  { hypothesis: "It wasn't surprising.", references: ['It was not unexpected.', 'No one was surprised.'] },
  {
    hypothesis: 'The man had just bitten him.',
    references: ['The man bit him first.', 'The man had bitten the dog.'],
  },
]

describe('corpus BLEU', () => {
  it('is nltk’s corpus_bleu on the same words, without smoothing, to 1e-10', () => {
    for (const { lines, bleu, sentenceBleu } of fixture.corpora) {
      expect(Math.abs(corpusBleu(lines, { smoothing: 'none' }).score - bleu)).toBeLessThan(1e-10)
      lines.forEach((line, i) =>
        expect(Math.abs(corpusBleu([line], { smoothing: 'none' }).score - (sentenceBleu[i] ?? 0))).toBeLessThan(1e-10),
      )
    }
  })

  it('is sacreBLEU’s: the numbers of its own tests', () => {
    expect(corpusBleu(dog).score).toBeCloseTo(48.530827, 6)
    expect(corpusBleu(dog, { smoothing: 'none' }).score).toBeCloseTo(48.530827, 6)
    expect(corpusBleu(dog, { words: wordsAsTheyAre }).score).toBeCloseTo(49.1919566, 6)
    expect(corpusBleu(dog.map((line) => ({ ...line, hypothesis: '' }))).score).toBe(0)
    const scored = bleuOf({
      matches: [9, 7, 5, 3],
      totals: [10, 8, 6, 4],
      hypothesisLength: 11,
      referenceLength: 11,
    })
    expect(scored.score / 100).toBeCloseTo(0.8375922397, 8)
  })

  it('smooths orders without a match by halves: 1/2, 1/4 … of one match', () => {
    const { precisions } = corpusBleu([{ hypothesis: 'a b c d e', references: ['a b x d e'] }])
    expect(precisions).toEqual([80, 50, 100 / (2 * 3), 100 / (4 * 2)])
  })

  it('is 0 when nothing matches and 100 for the reference itself', () => {
    expect(corpusBleu([{ hypothesis: 'a b c d', references: ['e f g h'] }]).score).toBe(0)
    expect(
      corpusBleu(fixture.corpora[0]?.lines.map((l) => ({ ...l, hypothesis: l.references[0] ?? '' })) ?? []).score,
    ).toBeCloseTo(100, 10)
    expect(corpusBleu([]).score).toBe(0)
  })

  it('takes the closest reference, the shorter of two', () => {
    const length = (...references: readonly number[]) =>
      bleuCounts(
        ['a', 'b', 'c'],
        references.map((n) => Array.from({ length: n }, () => 'x')),
      ).referenceLength
    expect([length(5, 2), length(4, 2), length(2, 4), length(9)]).toEqual([2, 2, 2, 9])
  })

  it('clips a repeated word at the most that one reference has', () => {
    const the = ['the', 'the', 'the', 'the']
    expect(bleuCounts(the, [['the', 'cat', 'the'], ['the']]).matches[0]).toBe(2)
  })

  const sentences = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
  test.prop([fc.array(fc.tuple(sentences, sentences), { maxLength: 6 }), fc.nat(6)], { seed: 31, numRuns: 50 })(
    'counts are a homomorphism: those of a corpus are the sum of those of its parts, in any order',
    (pairs, cut) => {
      const counts = pairs.map(([h, r]) => bleuCounts(h, [r]))
      const all = (xs: readonly (typeof counts)[number][]) => xs.reduce(bleuMonoid.concat, bleuMonoid.empty)
      expect(bleuMonoid.concat(all(counts.slice(0, cut)), all(counts.slice(cut)))).toEqual(all(counts))
      expect(all([...counts].reverse())).toEqual(all(counts))
    },
  )
})

describe('BLEU by length of the target (Table 7)', () => {
  it('splits the lines by the words of their reference, and covers them all', () => {
    const lines = fixture.corpora[1]?.lines ?? []
    const parts = bleuByLength(lines, [0, 18, 20])
    expect(parts.reduce((n, p) => n + p.lines, 0)).toBe(lines.length)
    for (const { from, to, bleu } of parts) {
      const chosen = lines.filter(({ references }) => {
        const n = words13a(references[0] ?? '').length
        return n >= from && n < to
      })
      expect(bleu).toEqual(corpusBleu(chosen))
    }
    const together = parts.map((p) => p.bleu.counts).reduce(bleuMonoid.concat, bleuMonoid.empty)
    expect(together).toEqual(lines.map(lineCounts(words13a)).reduce(bleuMonoid.concat, bleuMonoid.empty))
  })
})

describe('13a words', () => {
  it('part marks from words, but not numbers, contractions and dashes inside words', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['It costs 1,000.50 (net).', 'It costs 1,000.50 ( net ) .'],
      ["It wasn't a well-known one, was it?", "It wasn't a well-known one , was it ?"],
      ['3-4 days; $12.5 million', '3 - 4 days ; $ 12.5 million'],
      ['&quot;a&quot; &amp; &lt;b&gt;', '" a " & < b >'],
      ['a<skipped>b c-\nd\ne', 'ab cd e'],
      ['A. B.C', 'A . B . C'],
      ['', ''],
    ]
    for (const [line, words] of cases) expect(words13a(line).join(' ')).toBe(words)
  })
})
