/**
 * ARPA files: back-off n-gram language models as text. `\data\` with the counts, one section an order with a line
 * `log₁₀ p  w₁ … w_n  [log₁₀ back-off]` each, `\end\`. A logarithm of −99 or less (or `-inf`) means never. Words are
 * parted by ASCII blanks and tabs only: any other sign, a no-break space too, belongs to a word.
 */
import { at } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'

import { type Failure, failure } from '../errors.ts'
import { decimalOf } from './decimal.ts'
import { quoted } from './quoted.ts'

/** One n-gram: its words, `log p(w_n | w_1 … w_{n−1})` and the log of its back-off weight, in nats. */
export interface ArpaEntry {
  readonly words: readonly string[]
  readonly logProbability: number
  readonly logBackoff: number
}

/** A model: `entries[n − 1]` are the n-grams of n words, in the order of the file. */
export interface Arpa {
  readonly entries: readonly (readonly ArpaEntry[])[]
}

/** Blanks at the end of a line; from their first one, so that a line of many blanks is read in linear time. */
const TRAILING = /(?<![ \t\r])[ \t\r]+$/u

/** What a file writes for log 0. */
const NEVER = -99

/** The largest log₁₀ of a back-off weight: more is no weight but damage. */
const LARGEST_BACKOFF = 38

/** The most orders of a model. */
const MOST_ORDERS = 64

const wrong = (line: number, what: string): E.Either<Failure, never> =>
  E.left(
    failure(
      'Format',
      `ARPA: ${what} at line ${line}`,
      'give a model in ARPA format, as language model tools write it',
      { line },
    ),
  )

const nats = (log10: number): number => (log10 <= NEVER ? Number.NEGATIVE_INFINITY : log10 * Math.LN10)

/** The fields of a line of a section, or what is wrong with it. */
const entry = (text: string, order: number): E.Either<string, ArpaEntry> => {
  const fields = text.split(/[ \t]+/u)
  const given = quoted(text)
  if (fields.length !== order + 1 && fields.length !== order + 2)
    return E.left(`${given} is not a ${order}-gram: it has ${fields.length} fields`)
  const probability = decimalOf(at(fields, 0))
  const backoff = fields.length === order + 2 ? decimalOf(at(fields, order + 1)) : 0
  if (Number.isNaN(probability)) return E.left(`${given} is not a ${order}-gram: it does not begin with a logarithm`)
  if (Number.isNaN(backoff)) return E.left(`${given} is not a ${order}-gram: it does not end with a logarithm`)
  if (probability > 0) return E.left(`${given} is not a ${order}-gram: its probability is above 1`)
  if (backoff > LARGEST_BACKOFF)
    return E.left(`${given} is not a ${order}-gram: its back-off weight is above 10^${LARGEST_BACKOFF}`)
  return E.right({ words: fields.slice(1, order + 1), logProbability: nats(probability), logBackoff: nats(backoff) })
}

/** What is read so far: the declared counts, and the sections. */
interface Reading {
  readonly counts: number[]
  readonly sections: ArpaEntry[][]
  /** The line of every n-gram, by its words. */
  readonly seen: Map<string, number>
}

/** Where in the file a line stands. */
type Place = 'before' | 'counts' | 'section' | 'done'

const heading = ({ counts, sections }: Reading, text: string, line: number): E.Either<Failure, Place> => {
  if (text === '\\end\\') return E.right('done')
  const order = Number(/^\\(\d+)-grams:$/u.exec(text)?.[1])
  // A section of no n-grams may be left out.
  while (sections.length + 1 < order && counts[sections.length] === 0) sections.push([])
  if (order !== sections.length + 1 || order > counts.length)
    return wrong(line, `${quoted(text)} is not the section that comes next`)
  sections.push([])
  return E.right('section')
}

const count = ({ counts }: Reading, text: string, line: number): E.Either<Failure, Place> => {
  const [, order, size] = /^ngram[ \t]+(\d+)[ \t]*=[ \t]*(\d+)$/u.exec(text) ?? []
  if (Number(order) !== counts.length + 1) return wrong(line, `${quoted(text)} is not a count`)
  if (counts.length === MOST_ORDERS) return wrong(line, `a model of more than ${MOST_ORDERS} orders`)
  counts.push(Number(size))
  return E.right('counts')
}

const item = ({ sections, seen }: Reading, text: string, line: number): E.Either<Failure, Place> => {
  const read = entry(text, sections.length)
  if (E.isLeft(read)) return wrong(line, read.left)
  const name = read.right.words.join(' ')
  const before = seen.get(name)
  if (before !== undefined)
    return wrong(line, `the ${sections.length}-gram ${quoted(name)} of line ${before} stands again`)
  seen.set(name, line)
  sections.at(-1)?.push(read.right)
  return E.right('section')
}

/** Reads one line that is not blank; the place of the next one. */
const readLine = (reading: Reading, place: Place, text: string, line: number): E.Either<Failure, Place> => {
  if (place === 'done') return E.right(place)
  if (place === 'before') return E.right(text === '\\data\\' ? 'counts' : place)
  if (/^\\.*[:\\]$/u.test(text)) return heading(reading, text, line)
  return place === 'counts' ? count(reading, text, line) : item(reading, text, line)
}

const complete = ({ counts, sections }: Reading, place: Place, lines: number): E.Either<Failure, Arpa> => {
  if (place === 'before') return wrong(lines, 'there is no \\data\\')
  if (place !== 'done') return wrong(lines, 'there is no \\end\\')
  while (sections.length < counts.length && counts[sections.length] === 0) sections.push([])
  const short = counts.findIndex((size, i) => sections[i]?.length !== size)
  if (short >= 0) {
    const there = short < sections.length ? at(sections, short).length : 'none'
    return wrong(lines, `${at(counts, short)} ${short + 1}-grams are announced and ${there} are there`)
  }
  return sections.length === 0 ? wrong(lines, 'no order is announced') : E.right({ entries: sections })
}

/**
 * Reads a model. `Format` names the line and what is wrong there: a truncated file is never taken for a whole one, and an
 * n-gram stands once.
 *
 * @example
 * const text = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * right(parseArpa(text)).entries[0]?.map(({ words }) => words.join(' ')) // => ['a', 'b', '</s>']
 */
export const parseArpa = (text: string): E.Either<Failure, Arpa> => {
  const reading: Reading = { counts: [], sections: [], seen: new Map() }
  const lines = text
    .replace(/^\ufeff/u, '')
    .split('\n')
    .map((line) => line.replace(/^[ \t\r]+/u, '').replace(TRAILING, ''))
  let place: Place = 'before'
  for (const [i, line] of lines.entries()) {
    if (line === '') continue
    const read = readLine(reading, place, line, i + 1)
    if (E.isLeft(read)) return read
    place = read.right
  }
  return complete(reading, place, lines.length)
}

const log10 = (logarithm: number): string =>
  logarithm === Number.NEGATIVE_INFINITY ? String(NEVER) : String(logarithm / Math.LN10)

/** The text of a model; log-probabilities keep all their digits. */
export const writeArpa = ({ entries }: Arpa): string => {
  const line = ({ words, logProbability, logBackoff }: ArpaEntry): string =>
    [log10(logProbability), words.join(' '), ...(logBackoff === 0 ? [] : [log10(logBackoff)])].join('\t')
  return [
    '\\data\\',
    ...entries.map((section, i) => `ngram ${i + 1}=${section.length}`),
    ...entries.flatMap((section, i) => ['', `\\${i + 1}-grams:`, ...section.map(line)]),
    '',
    '\\end\\',
    '',
  ].join('\n')
}
