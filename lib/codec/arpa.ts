/**
 * ARPA files: back-off n-gram language models as text. `\data\` with the counts, one section an order with a line
 * `log₁₀ p  w₁ … w_n  [log₁₀ back-off]` each, `\end\`. A log-probability of −99 or less means never.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'

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

/** What a file writes for log 0. */
const NEVER = -99

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

const numberOf = (field: string | undefined): number =>
  field === undefined || field.trim() === '' ? Number.NaN : Number(field)

const entry = (fields: readonly string[], order: number): ArpaEntry | undefined => {
  const probability = numberOf(fields[0])
  const backoff = fields.length === order + 2 ? numberOf(fields[order + 1]) : 0
  const sound = (fields.length === order + 1 || fields.length === order + 2) && Number.isFinite(backoff)
  return sound && probability <= 0
    ? { words: fields.slice(1, order + 1), logProbability: nats(probability), logBackoff: backoff * Math.LN10 }
    : undefined
}

/** What is read so far: the declared counts, and the sections. */
interface Reading {
  readonly counts: number[]
  readonly sections: ArpaEntry[][]
}

/** Where in the file a line stands. */
type Place = 'before' | 'counts' | 'section' | 'done'

const heading = ({ counts, sections }: Reading, text: string, line: number): E.Either<Failure, Place> => {
  if (text === '\\end\\') return E.right('done')
  const order = Number(/^\\(\d+)-grams:$/u.exec(text)?.[1])
  if (order !== sections.length + 1 || order > counts.length)
    return wrong(line, `'${text}' is not the section that comes next`)
  sections.push([])
  return E.right('section')
}

const count = ({ counts }: Reading, text: string, line: number): E.Either<Failure, Place> => {
  const [, order, size] = /^ngram\s+(\d+)\s*=\s*(\d+)$/u.exec(text) ?? []
  if (Number(order) !== counts.length + 1) return wrong(line, `'${text}' is not a count`)
  counts.push(Number(size))
  return E.right('counts')
}

const item = ({ sections }: Reading, text: string, line: number): E.Either<Failure, Place> => {
  const read = entry(text.split(/\s+/u), sections.length)
  if (read === undefined) return wrong(line, `'${text.slice(0, 60)}' is not a ${sections.length}-gram`)
  sections.at(-1)?.push(read)
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
  const short = counts.findIndex((size, i) => sections[i]?.length !== size)
  if (short >= 0)
    return wrong(
      lines,
      `${at(counts, short)} ${short + 1}-grams are announced and ${at(sections, short).length} are there`,
    )
  return sections.length === 0 ? wrong(lines, 'no order is announced') : E.right({ entries: sections })
}

/** Reads a model. `Format` names the line and what is wrong there: a truncated file is never taken for a whole one. */
export const parseArpa = (text: string): E.Either<Failure, Arpa> => {
  const reading: Reading = { counts: [], sections: [] }
  const lines = text.split('\n').map((line) => line.trim())
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
