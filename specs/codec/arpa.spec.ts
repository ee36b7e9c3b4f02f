import * as E from 'fp-ts/lib/Either.js'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Arpa, parseArpa, writeArpa } from '../../lib/codec/arpa.ts'
import { processorTime } from '../processor-time.ts'

const tiny = String.raw`made for a test
\data\
ngram 1=4
ngram 2=2

\1-grams:
-99	<s>	-0.5
-0.3010	</s>
-0.4771	a	-0.25
-0.7782	b

\2-grams:
-0.1	<s> a
-0.2	a </s>

\end\
`

const word = fc.constantFrom('a', 'b', 'c', '</s>', '<s>', 'é')
const entry = (order: number) =>
  fc.record({
    words: fc.array(word, { minLength: order, maxLength: order }),
    logProbability: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.double({ min: -50, max: 0, noNaN: true })),
    logBackoff: fc.double({ min: -20, max: 5, noNaN: true }),
  })
const models: fc.Arbitrary<Arpa> = fc
  .integer({ min: 1, max: 3 })
  .chain((order) =>
    fc
      .tuple(
        ...Array.from({ length: order }, (_, i) =>
          fc.uniqueArray(entry(i + 1), { maxLength: 5, selector: ({ words }) => words.join(' ') }),
        ),
      )
      .map((entries) => ({ entries })),
  )

describe('parseArpa', () => {
  it('reads a model: nats, −99 as never, absent back-off as 0', () => {
    const read = parseArpa(tiny)
    expect(read).toMatchObject({
      right: {
        entries: [
          [
            { words: ['<s>'], logProbability: Number.NEGATIVE_INFINITY, logBackoff: -0.5 * Math.LN10 },
            { words: ['</s>'], logProbability: -0.301 * Math.LN10, logBackoff: 0 },
            { words: ['a'] },
            { words: ['b'] },
          ],
          [{ words: ['<s>', 'a'] }, { words: ['a', '</s>'] }],
        ],
      },
    })
  })

  test.prop([models], { seed: 8, numRuns: 100 })('reads what writeArpa writes', (model) => {
    const again = parseArpa(writeArpa(model))
    if (E.isLeft(again)) throw new Error(again.left.what)
    for (const [i, section] of model.entries.entries())
      for (const [j, { words, logProbability, logBackoff }] of section.entries()) {
        const read = again.right.entries[i]?.[j]
        expect(read?.words).toEqual(words)
        expect(read?.logProbability ?? 0).toBeCloseTo(logProbability, 9)
        expect(read?.logBackoff ?? 1).toBeCloseTo(logBackoff, 9)
      }
  })

  const words = (text: string): readonly (readonly string[])[] => {
    const read = parseArpa(text)
    if (E.isLeft(read)) throw new Error(read.left.what)
    return read.right.entries.flat().map((each) => each.words)
  }

  it('parts words at blanks and tabs only', () => {
    const odd = 'a\u00a0b\u2003c\u000b\u0085'
    expect(words(tiny.replace('\tb\n', ` \t ${odd}\t \n`))).toContainEqual([odd])
    expect(words(tiny.replace('\tb\n', '\t\u00a0\n'))).toContainEqual(['\u00a0'])
    expect(words(tiny.replace('\tb\n', '\t\u00a0\t-0.5\n'))).toContainEqual(['\u00a0'])
  })

  it('reads line ends of two signs, a byte order mark, blank lines and blanks around lines', () => {
    const plain = parseArpa(tiny)
    expect(parseArpa(tiny.replaceAll('\n', '\r\n'))).toEqual(plain)
    expect(parseArpa(`\ufeff${tiny.slice(tiny.indexOf('\\data'))}`)).toEqual(plain)
    expect(parseArpa(tiny.replaceAll('\n', ' \t\n\n  '))).toEqual(plain)
  })

  it.each([
    ['-inf', Number.NEGATIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['-1e400', Number.NEGATIVE_INFINITY],
    ['-99', Number.NEGATIVE_INFINITY],
    ['-98.5', -98.5 * Math.LN10],
    ['-1e-300', -1e-300 * Math.LN10],
    ['-0', -0],
    ['0', 0],
    ['-.5', -0.5 * Math.LN10],
  ])('reads the logarithm %s', (text, log) => {
    expect(parseArpa(tiny.replace('-0.4771', text).replace('-0.25', text))).toMatchObject({
      right: { entries: [[{}, {}, { words: ['a'], logProbability: log, logBackoff: log }, {}], {}] },
    })
  })

  it('sections of no n-grams, there or left out', () => {
    const more = tiny.replace('ngram 2=2', 'ngram 2=2\nngram 3=0\nngram 4=0')
    for (const text of [more, more.replace('\\end\\', '\\3-grams:\n\n\\end\\')])
      expect(parseArpa(text)).toMatchObject({ right: { entries: [{ length: 4 }, { length: 2 }, [], []] } })
    const first = tiny.replace('ngram 1=4', 'ngram 1=0').replace(/\\1-grams:[^]*?(?=\\2)/u, '')
    expect(parseArpa(first)).toMatchObject({ right: { entries: [[], { length: 2 }] } })
  })

  it('a line of 10⁶ blanks is read in linear time', () => {
    const long = tiny.replace('\ta\t', `${' '.repeat(1_000_000)}a${'\t'.repeat(1_000_000)}`)
    expect(processorTime(() => expect(E.isRight(parseArpa(long))).toBe(true))).toBeLessThan(2000)
  })

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['nothing', '', /there is no \\data\\/],
    ['a file cut short', tiny.slice(0, -6), /there is no \\end\\/],
    ['a section cut short', tiny.replace('-0.2\ta </s>\n', ''), /2 2-grams are announced and 1 are there/],
    [
      'a line that is none',
      tiny.replace('-0.4771', 'x'),
      /is not a 1-gram: it does not begin with a logarithm at line 9/,
    ],
    ['a probability above 1', tiny.replace('-0.1', '0.1'), /is not a 2-gram: its probability is above 1 at line 13/],
    ['sections out of order', tiny.replace('\\2-grams:', '\\3-grams:'), /is not the section that comes next/],
    ['a back-off of 10^400', tiny.replace('-0.25', '400'), /back-off weight is above 10\^38 at line 9/],
    ['a back-off of infinity', tiny.replace('-0.25', 'inf'), /back-off weight is above/],
    ['a back-off that is no number', tiny.replace('-0.25', 'nan'), /does not end with a logarithm/],
    ['a hexadecimal number', tiny.replace('-0.25', '0x10'), /does not end with a logarithm/],
    ['a probability that is no number', tiny.replace('-0.4771', 'NaN'), /does not begin with a logarithm/],
    ['a word twice', tiny.replace('\tb\n', '\ta\n'), /the 1-gram "a" of line 9 stands again at line 10/],
    ['a word twice, far apart', tiny.replace('-0.7782\tb', '\n\n -0.1 \t a'), /stands again/],
    ['a 2-gram twice', tiny.replace('a </s>', '<s> a'), /the 2-gram "<s> a" of line 13 stands again at line 14/],
    ['more n-grams than announced', tiny.replace('ngram 1=4', 'ngram 1=3'), /3 1-grams are announced and 4 are there/],
    [
      'a section without n-grams that were announced',
      tiny.replace(/\\2-grams:[^]*a <\/s>/u, ''),
      /2 2-grams are announced and none/,
    ],
    [
      'a million orders',
      `\\data\\\n${Array.from({ length: 99 }, (_, i) => `ngram ${i + 1}=0`).join('\n')}`,
      /more than 64 orders/,
    ],
    ['too few words', tiny.replace('<s> a', 'a'), /is not a 2-gram/],
  ]
  for (const [what, text, sentence] of wrong)
    it(`refuses ${what}`, () => {
      const read = parseArpa(text)
      expect(read).toMatchObject({ _tag: 'Left', left: { tag: 'Format' } })
      expect(E.isLeft(read) && read.left.what).toMatch(sentence)
    })
})
