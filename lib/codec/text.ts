/**
 * Text from outside: the one reader of every file that a person wrote. UTF-8, or UTF-16 where a byte order mark says so; the
 * mark goes, and a line ends with \n however the file ended it. What is no text is refused, with the place and the remedy.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { firstCharacters } from './latin1.ts'

/** A byte order mark, and the encoding that it announces; longer marks first, since one begins with another. */
const MARKS = [
  { mark: [0xff, 0xfe, 0, 0], encoding: 'utf-32' },
  { mark: [0, 0, 0xfe, 0xff], encoding: 'utf-32' },
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const

/** The most bytes that become one string. */
const LARGEST = 2 ** 29 - 2 ** 20

const refused = (file: string, why: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('File', `${file} ${why}`, remedy, { file, ...facts })

const converting = (file: string, from: string): string => `convert it, for example iconv -f ${from} -t UTF-8 ${file}`

const decoded = (encoding: string, bytes: Uint8Array, stream: boolean): E.Either<unknown, string> =>
  E.tryCatch(
    () => new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes, { stream }),
    (thrown) => thrown,
  )

/** How many bytes from the start are whole characters: a prefix is sound until the first byte that breaks one. */
const soundBytes = (bytes: Uint8Array): number => {
  let [sound, broken] = [0, bytes.length + 1]
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2)
    if (E.isRight(decoded('utf-8', bytes.subarray(0, middle), true))) sound = middle
    else broken = middle
  }
  const text = E.getOrElse(() => '')(decoded('utf-8', bytes.subarray(0, sound), true))
  return new TextEncoder().encode(text).length
}

const brokenUtf8 = (file: string, bytes: Uint8Array, skipped: number): Failure => {
  const place = soundBytes(bytes)
  const byte = at(bytes, place).toString(16).padStart(2, '0')
  const offset = place + skipped
  return refused(file, `is not text in UTF-8 (byte ${byte} at offset ${offset})`, converting(file, 'LATIN1'), {
    offset,
  })
}

const withoutZeros =
  (file: string) =>
  (text: string): E.Either<Failure, string> => {
    const at = text.indexOf('\u0000')
    return at < 0
      ? E.right(text)
      : E.left(
          refused(
            file,
            `is no text: it has a zero at offset ${at}`,
            `give a text file; if it is UTF-16 without a byte order mark, ${converting(file, 'UTF-16LE')}`,
            { offset: at },
          ),
        )
  }

/** A sign that no text has, in the bytes that a reader looks at first. */
const CONTROL = /[\u0001-\u0008\u000e-\u001a\u001c-\u001f]/u

/** How far the first bytes are looked at. */
const LOOK = 4096

/** What is not UTF-8, as a failure: another encoding, or, where signs stand in it that no text has, no text at all. */
const noUtf8 = (file: string, bytes: Uint8Array, skipped: number): Failure => {
  const offset = firstCharacters(bytes, LOOK).search(CONTROL)
  return offset < 0
    ? brokenUtf8(file, bytes, skipped)
    : refused(
        file,
        `is no text: it has the byte ${at(bytes, offset).toString(16).padStart(2, '0')} at offset ${offset + skipped}`,
        'give a text file; unpack it first if it is packed',
        { offset: offset + skipped },
      )
}

/** Line ends as \n: those of Windows are \r\n, those of old machines \r. */
const plainEnds = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/gu, '\n') : text)

/** The text of a file's bytes; `file` names it in failures. Left `File` when it is another encoding, or no text at all. */
export const decodeText =
  (file: string) =>
  (bytes: Uint8Array): E.Either<Failure, string> => {
    if (bytes.length > LARGEST)
      return E.left(refused(file, `has ${bytes.length} bytes, more than ${LARGEST}`, 'divide it into several files'))
    const found = MARKS.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte))
    const { mark = [], encoding = 'utf-8' } = found ?? {}
    if (encoding === 'utf-32') return E.left(refused(file, 'is text in UTF-32', converting(file, 'UTF-32')))
    const rest = bytes.subarray(mark.length)
    return pipe(
      decoded(encoding, rest, false),
      E.mapLeft(() =>
        encoding === 'utf-8'
          ? noUtf8(file, rest, mark.length)
          : refused(file, `is broken text in ${encoding.toUpperCase()}`, 'save it again as text in UTF-8'),
      ),
      E.chain(withoutZeros(file)),
      E.map(plainEnds),
    )
  }

/** What is wrong with a file's content, with the file named. */
export const namingFile =
  (file: string) =>
  (found: Failure): Failure =>
    found.what.includes(file) ? found : { ...found, what: `${file}: ${found.what}` }

/** The lines of a text; an end after the last one ends it and begins no other. */
export const linesOf = (text: string): readonly string[] => text.replace(/\n$/u, '').split('\n')
