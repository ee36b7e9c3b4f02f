import * as E from 'fp-ts/lib/Either.js'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Arpa, parseArpa, writeArpa } from '../../lib/codec/arpa.ts'

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
      .tuple(...Array.from({ length: order }, (_, i) => fc.array(entry(i + 1), { maxLength: 5 })))
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

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['nothing', '', /there is no \\data\\/],
    ['a file cut short', tiny.slice(0, -6), /there is no \\end\\/],
    ['a section cut short', tiny.replace('-0.2\ta </s>\n', ''), /2 2-grams are announced and 1 are there/],
    ['a line that is none', tiny.replace('-0.4771', 'x'), /'x\ta\t-0\.25' is not a 1-gram at line 9/],
    ['a probability above 1', tiny.replace('-0.1', '0.1'), /is not a 2-gram at line 13/],
    ['sections out of order', tiny.replace('\\2-grams:', '\\3-grams:'), /is not the section that comes next/],
    ['too few words', tiny.replace('<s> a', 'a'), /is not a 2-gram/],
  ]
  for (const [what, text, sentence] of wrong)
    it(`refuses ${what}`, () => {
      const read = parseArpa(text)
      expect(read).toMatchObject({ _tag: 'Left', left: { tag: 'Format' } })
      expect(E.isLeft(read) && read.left.what).toMatch(sentence)
    })
})
