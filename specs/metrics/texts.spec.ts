/** ROUGE, METEOR, stems and distinct n-grams, against nltk, js-rouge and by hand. */
import { l, n } from 'js-rouge'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { corpusMeteor, meteor } from '../../lib/metrics/meteor.ts'
import { ngramCounts, overlap, uniqueNgrams } from '../../lib/metrics/ngrams.ts'
import {
  corpusRouge,
  longestCommonSubsequence,
  rougeL,
  rougeMonoid,
  rougeN,
  rougeSums,
} from '../../lib/metrics/rouge.ts'
import { porterStem } from '../../lib/metrics/stem.ts'
import { lowerCaseWords, words13a } from '../../lib/metrics/tokenise.ts'
import { metricsFixture } from './fixture.ts'

const fixture = metricsFixture()
const pairs = fixture.corpora.flatMap(({ lines }) =>
  lines.map(({ hypothesis, references }) => ({ hypothesis, reference: references[0] ?? '' })),
)

describe('stems', () => {
  it('are those of nltk’s PorterStemmer, irregular forms and all', () => {
    const found = Object.fromEntries(Object.keys(fixture.stems).map((word) => [word, porterStem(word)]))
    expect(Object.keys(found).length).toBeGreaterThan(1000)
    expect(found).toEqual(fixture.stems)
  })

  it('take an e after a short end, and none after w, x and y', () => {
    expect(['hoping', 'snowing', 'boxing', 'playing'].map(porterStem)).toEqual(['hope', 'snow', 'box', 'play'])
  })
})

describe('METEOR', () => {
  it.each<readonly [hypothesis: string, reference: string, nltk: number]>([
    ['he dies', 'he die', 0.9375],
    ['they are dying', 'they will die', 0.3333],
    ['the skies are grey', 'the sky is grey', 0.6389],
    ['the news is good', 'the new is good', 0.6389],
  ])('of “%s” against “%s” is %d', (hypothesis, reference, nltk) => {
    expect(meteor()(hypothesis.split(' '), reference.split(' '))).toBeCloseTo(nltk, 4)
  })

  it('is nltk’s, without synonyms and with some', () => {
    const synonyms = (word: string) => fixture.synonyms[word] ?? []
    for (const { hypothesis, reference, plain, synonyms: wanted } of fixture.sentences) {
      expect(Math.abs(meteor()(hypothesis, reference) - plain)).toBeLessThan(1e-12)
      expect(Math.abs(meteor({ synonyms })(hypothesis, reference) - wanted)).toBeLessThan(1e-12)
    }
    expect(fixture.sentences.filter((s) => s.synonyms > s.plain).length).toBeGreaterThan(1)
  })

  it('is nltk’s without synonyms', () => {
    for (const { lines, meteor: wanted } of fixture.corpora)
      lines.forEach(({ hypothesis, references }, i) =>
        references.forEach((reference, j) => {
          const found = meteor()(words13a(hypothesis), words13a(reference))
          expect(Math.abs(found - (wanted[i]?.[j] ?? Number.NaN))).toBeLessThan(1e-12)
        }),
      )
  })

  it('takes the best reference, and the mean over lines', () => {
    const corpus = fixture.corpora[2]
    const best = (corpus?.meteor ?? []).map((scores) => Math.max(...scores))
    expect(corpusMeteor(corpus?.lines ?? [])).toBeCloseTo((100 * best.reduce((a, b) => a + b, 0)) / best.length, 10)
    expect([corpusMeteor([]), meteor()(['a'], ['b']), meteor()([], ['b'])]).toEqual([0, 0, 0])
  })

  it('is 1 − γ/c³ for c equal words in order', () => {
    expect(meteor()(['a', 'b', 'c'], ['a', 'b', 'c'])).toBeCloseTo(1 - 0.5 / 27, 12)
    expect(meteor()(['c', 'b', 'a'], ['a', 'b', 'c'])).toBeCloseTo(0.5, 12)
  })
})

describe('ROUGE', () => {
  it('is js-rouge’s F-measure of n-grams, where no n-gram repeats', () => {
    // js-rouge counts kinds of n-grams, not occurrences; the two agree where there are no repetitions.
    const distinct = (words: readonly string[]) => new Set(words).size === words.length
    const chosen = pairs.map(
      (p) => [lowerCaseWords(p.hypothesis).slice(0, 7), lowerCaseWords(p.reference).slice(0, 7)] as const,
    )
    const usable = chosen.filter(([h, r]) => distinct(h) && distinct(r))
    expect(usable.length).toBeGreaterThan(3)
    for (const [h, r] of usable)
      for (const size of [1, 2])
        expect(rougeN(size)(h, r).f).toBeCloseTo(n(h.join(' '), r.join(' '), { n: size, beta: 1 }), 9)
  })

  it('ROUGE-L is js-rouge’s for one sentence', () => {
    for (const { hypothesis, reference } of pairs) {
      const [h, r] = [lowerCaseWords(hypothesis).slice(0, 12), lowerCaseWords(reference).slice(0, 12)]
      expect(rougeL(h, r).f).toBeCloseTo(l(h.join(' '), r.join(' '), { beta: 1 }), 9)
    }
  })

  it('by hand: police killed the gunman (Lin 2004)', () => {
    const words = (line: string) => line.split(' ')
    const reference = words('police killed the gunman')
    expect(rougeL(words('police kill the gunman'), reference).f).toBe(0.75)
    expect(rougeL(words('the gunman kill police'), reference).f).toBe(0.5)
    expect(rougeN(2)(words('police kill the gunman'), reference).f).toBeCloseTo(1 / 3, 12)
    expect(rougeN(1)(words('the the the'), words('the cat')).precision).toBeCloseTo(1 / 3, 12)
  })

  const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })
  test.prop([words, words], { seed: 33, numRuns: 60 })('the longest common subsequence by trying all', (xs, ys) => {
    const within = (sub: readonly string[], all: readonly string[]): boolean => {
      let i = 0
      for (const w of all) if (w === sub[i]) i += 1
      return i === sub.length
    }
    let best = 0
    for (let bits = 0; bits < 2 ** xs.length; bits++) {
      const sub = xs.filter((_, i) => (bits >> i) % 2 === 1)
      if (sub.length > best && within(sub, ys)) best = sub.length
    }
    expect(longestCommonSubsequence(xs, ys)).toBe(best)
  })

  it('a corpus is the mean of its lines, whatever the parts', () => {
    const sums = pairs.map((p) => rougeSums(lowerCaseWords(p.hypothesis), lowerCaseWords(p.reference)))
    const all = sums.reduce(rougeMonoid.concat, rougeMonoid.empty)
    expect(corpusRouge(pairs).rouge1).toBeCloseTo((100 * all.one) / all.lines, 10)
    expect(corpusRouge(pairs.map((p) => ({ ...p, hypothesis: p.reference }))).rougeL).toBeCloseTo(100, 10)
    const {
      rouge1,
      rouge2,
      rougeL: longest,
    } = corpusRouge([
      { hypothesis: 'police kill the gunman', reference: 'police killed the gunman' },
      { hypothesis: 'a b', reference: 'a b' },
    ])
    for (const [found, wanted] of [
      [rouge1, 87.5],
      [rouge2, 200 / 3],
      [longest, 87.5],
    ])
      expect(found).toBeCloseTo(wanted ?? 0, 10)
    expect(corpusRouge([])).toEqual({ rouge1: 0, rouge2: 0, rougeL: 0 })
  })
})

describe('n-grams', () => {
  it('are counted with multiplicity; distinct ones are a share', () => {
    expect(ngramCounts([1, 2, 1, 2], 2)).toEqual(
      new Map([
        [`1\u00002`, 2],
        [`2\u00001`, 1],
      ]),
    )
    expect(overlap(ngramCounts('aab', 1), ngramCounts('abb', 1))).toBe(2)
    expect(uniqueNgrams(1)([[1, 2, 1]])).toBeCloseTo(2 / 3, 12)
    expect(
      uniqueNgrams(2)([
        [1, 2, 3],
        [1, 2],
      ]),
    ).toBeCloseTo(2 / 3, 12)
    expect(uniqueNgrams(4)([[1, 2]])).toBe(0)
    expect(ngramCounts(['1', '2'], 1)).toEqual(ngramCounts([1, 2], 1))
  })
})
