/** The numbers of specs/fixtures/metrics/metrics.py. */
import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

const numbers = t.readonlyArray(t.number)
const fixtureCodec = t.type({
  corpora: t.readonlyArray(
    t.type({
      lines: t.readonlyArray(t.type({ hypothesis: t.string, references: t.readonlyArray(t.string) })),
      bleu: t.number,
      sentenceBleu: numbers,
      meteor: t.readonlyArray(numbers),
    }),
  ),
  sentences: t.readonlyArray(
    t.type({
      hypothesis: t.readonlyArray(t.string),
      reference: t.readonlyArray(t.string),
      plain: t.number,
      synonyms: t.number,
    }),
  ),
  synonyms: t.record(t.string, t.readonlyArray(t.string)),
  stems: t.record(t.string, t.string),
})

/** The fixture, checked. */
export const metricsFixture = (): t.TypeOf<typeof fixtureCodec> => {
  const text = readFileSync(new URL('../fixtures/metrics/metrics.json', import.meta.url), 'utf8')
  const decoded = fixtureCodec.decode(JSON.parse(text))
  if (E.isLeft(decoded)) throw new Error('specs/fixtures/metrics/metrics.json is not what metrics.py writes')
  return decoded.right
}
