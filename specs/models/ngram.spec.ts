import * as E from 'fp-ts/lib/Either.js'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { entropy } from '../../lib/automata/entropy.ts'
import { meanLength } from '../../lib/automata/moments.ts'
import { logPartition } from '../../lib/automata/normalise.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { encodeWord, wordsUpTo } from '../../lib/automata/word.ts'
import type { Arpa, ArpaEntry } from '../../lib/codec/arpa.ts'
import { describeFailure, type Failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { ngramAutomaton, ngramPfsa } from '../../lib/models/ngram-automaton.ts'
import { ngramBase } from '../../lib/models/ngram-base.ts'
import { logRowSums, ngram, ngramLogProbability, properNgram } from '../../lib/models/ngram.ts'

const right = <A>(found: E.Either<Failure, A>): A => {
  if (E.isLeft(found)) throw new Error(describeFailure(found.left))
  return found.right
}

const gram = (text: string, p: number, backoff = 1): ArpaEntry => ({
  words: text.split(' '),
  logProbability: Math.log(p),
  logBackoff: Math.log(backoff),
})

/** A proper trigram with back-off by hand; the strings are ε .2, a .3, ab .2, b .3. */
const finite: Arpa = {
  entries: [
    [gram('<s>', 0), gram('</s>', 1), gram('a', 1e-300, 0), gram('b', 1e-300, 0)],
    [
      gram('<s> a', 0.5),
      gram('<s> b', 0.3),
      gram('<s> </s>', 0.2),
      gram('a b', 0.4),
      gram('a </s>', 0.6),
      gram('b </s>', 1),
    ],
    [gram('a b </s>', 1)],
  ],
}

/** The back-off recursion as it is written in the textbook, word by word. */
const byTheBook = ({ entries }: Arpa, string: readonly string[]): number => {
  const order = entries.length
  const find = (words: readonly string[]): ArpaEntry | undefined =>
    entries[words.length - 1]?.find((entry) => entry.words.join(' ') === words.join(' '))
  const conditional = (history: readonly string[], word: string): number => {
    const found = find([...history, word])
    if (found !== undefined) return found.logProbability
    if (history.length === 0) return Number.NEGATIVE_INFINITY
    return (find(history)?.logBackoff ?? 0) + conditional(history.slice(1), word)
  }
  const all = ['<s>', ...string, '</s>']
  return all.slice(1).reduce((log, word, i) => log + conditional(all.slice(Math.max(0, i + 2 - order), i + 1), word), 0)
}

const symbols = ['a', 'b', 'c']
const weight = fc.double({ min: 0.01, max: 1, noNaN: true })
const listed = (order: number): fc.Arbitrary<readonly ArpaEntry[]> =>
  fc
    .uniqueArray(
      fc.tuple(
        fc.constantFrom('<s>', ...symbols),
        ...Array.from({ length: order - 2 }, () => fc.constantFrom(...symbols)),
        fc.constantFrom('</s>', ...symbols),
      ),
      { selector: (words) => words.join(' '), maxLength: 8 },
    )
    .chain((all) =>
      fc.tuple(...all.map((words) => fc.tuple(weight, weight).map(([p, b]) => gram(words.join(' '), p, b)))),
    )
/** Any model of order 1 to 4 over a, b, c: pruned as it likes, histories without entries included. */
const models: fc.Arbitrary<Arpa> = fc
  .tuple(
    fc.tuple(...['</s>', ...symbols].map((word) => fc.tuple(weight, weight).map(([p, b]) => gram(word, p, b)))),
    weight,
    fc.integer({ min: 1, max: 4 }),
    listed(2),
    listed(3),
    listed(4),
  )
  .map(([unigrams, b, order, ...more]) => ({
    entries: [[gram('<s>', 0, b), ...unigrams], ...more.slice(0, order - 1)],
  }))
const strings = fc.array(fc.constantFrom(...symbols), { maxLength: 8 })

describe('the finite-state model', () => {
  test.prop([models, strings], { seed: 21, numRuns: 300 })('scores as the back-off recursion does', (arpa, string) => {
    expect(right(ngramLogProbability(right(ngram(arpa)))(string))).toBeCloseTo(byTheBook(arpa, string), 9)
  })

  test.prop([models, strings], { seed: 22, numRuns: 200 })(
    'its automaton gives each string that weight',
    (arpa, string) => {
      const model = right(ngram(arpa))
      const word = right(encodeWord(model.alphabet)(string))
      expect(logProbability(ngramAutomaton(model))(word)).toBeCloseTo(byTheBook(arpa, string), 9)
    },
  )

  test.prop([models], { seed: 23, numRuns: 100 })('made proper, it is a PFSA of partition 1', (arpa) => {
    const proper = properNgram(right(ngram(arpa)))
    for (const log of logRowSums(proper)) expect(Math.abs(log)).toBeLessThan(1e-12)
    expect(Math.abs(right(logPartition(right(ngramPfsa(proper)))).value)).toBeLessThan(1e-9)
  })
})

describe('a finite language, enumerated', () => {
  const model = right(ngram(finite))
  const p = new Map([
    ['', 0.2],
    ['a', 0.3],
    ['ab', 0.2],
    ['b', 0.3],
  ])

  it('is proper as given, and every string has its probability', () => {
    for (const log of logRowSums(model)) expect(log).toBeCloseTo(0, 12)
    const score = ngramLogProbability(model)
    for (const word of wordsUpTo(2, 4)) {
      const text = word.map((s) => model.alphabet[s] ?? '')
      expect(Math.exp(right(score(text)))).toBeCloseTo(p.get(text.join('')) ?? 0, 12)
    }
  })

  it('entropy and mean length are exact', () => {
    const pfsa = right(ngramPfsa(model))
    const bits = [...p.values()].reduce((h, q) => h - q * Math.log(q), 0)
    expect(right(entropy(pfsa)).value).toBeCloseTo(bits, 10)
    expect(right(meanLength(pfsa)).value).toBeCloseTo(0.3 + 0.3 + 2 * 0.2, 10)
  })

  it('samples have these frequencies (χ², 3 degrees of freedom, n = 20 000, α = 1e-4: 21.1)', async () => {
    const n = 20_000
    const drawn = right(await ngramBase(model).sample(key(4), n)())
    const counts = new Map<string, number>()
    for (const string of drawn) counts.set(string.join(''), (counts.get(string.join('')) ?? 0) + 1)
    expect([...counts.keys()].every((text) => p.has(text))).toBe(true)
    const chi = [...p].reduce((x, [text, q]) => x + ((counts.get(text) ?? 0) - n * q) ** 2 / (n * q), 0)
    expect(chi).toBeLessThan(21.1)
  })

  it('as a base: string i depends on the key and i alone; strangers are named', async () => {
    const base = ngramBase(model)
    const many = right(await base.sample(key(9), 50)())
    expect(right(await base.sample(key(9), 20)())).toEqual(many.slice(0, 20))
    const scored = right(await base.logProbability([['a', 'b'], []])())
    expect([...scored].map(Math.exp)).toEqual([expect.closeTo(0.2, 12), expect.closeTo(0.2, 12)])
    expect(await base.logProbability([['a', 'x']])()).toMatchObject({ left: { tag: 'Domain', facts: { symbol: 'x' } } })
  })
})

describe('models that cannot be used', () => {
  it('a word twice, and probabilities above 1', () => {
    const unigrams = [gram('<s>', 0), gram('</s>', 0.5), gram('a', 0.5)]
    expect(ngram({ entries: [[...unigrams, gram('a', 0.1)]] })).toMatchObject({
      left: { tag: 'Format', what: "the model lists 'a' twice" },
    })
    const boosted = (log10: number): Arpa => ({
      entries: [
        [gram('<s>', 0), gram('</s>', 0.5), { ...gram('a', 0.5), logBackoff: log10 * Math.LN10 }],
        [gram('a a', 0.1)],
      ],
    })
    expect(ngram(boosted(400))).toMatchObject({
      left: { tag: 'Format', what: expect.stringMatching(/'<\/s>' after 'a'/) },
    })
    expect(ngram(boosted(1))).toMatchObject({ left: { what: expect.stringContaining('the probability 5.000') } })
    expect(E.isRight(ngram(boosted(Math.log10(1.9))))).toBe(true)
  })

  it('a table that is too large', () => {
    const words = Array.from({ length: 5000 }, (_, i) => gram(`w${i}`, 1e-4, 0.5))
    expect(ngram({ entries: [[gram('</s>', 0.5), ...words], [gram('w0 w1', 1)]] })).toMatchObject({
      left: { tag: 'Limit' },
    })
  })

  it('a model of 4 000 words takes seconds at most, and words that nothing follows are no states', () => {
    const words = Array.from({ length: 4000 }, (_, i) => `w${i}`)
    const model = (backoff: number): Arpa => ({
      entries: [
        [gram('<s>', 0), gram('</s>', 1 / 4001), ...words.map((w) => gram(w, 1 / 4001, backoff))],
        [gram('<s> w1', 0.5), ...words.slice(1).map((w, i) => gram(`${w} w${i}`, 0.5))].slice(
          0,
          backoff === 1 ? 2 : 4000,
        ),
      ],
    })
    expect(right(ngram(model(1))).histories.length).toBeLessThan(5)
    const start = process.cpuUsage()
    expect(right(ngram(model(0.5))).histories).toHaveLength(4001)
    expect(process.cpuUsage(start).user).toBeLessThan(5e6)
  }, 60_000)

  it('no end, no words, no end in sight', async () => {
    expect(ngram({ entries: [[gram('<s>', 0), gram('a', 1)]] })).toMatchObject({
      left: { what: 'the model has no </s>' },
    })
    expect(ngram({ entries: [[gram('<s>', 0), gram('</s>', 1)]] })).toMatchObject({
      left: { what: 'the model has no words' },
    })
    const endless = right(ngram({ entries: [[gram('<s>', 0), gram('</s>', 0), gram('a', 1)]] }))
    expect(await ngramBase(endless, { longest: 100 }).sample(key(1), 1)()).toMatchObject({ left: { tag: 'Limit' } })
  })
})
