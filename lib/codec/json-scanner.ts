/**
 * A strict JSON reader (RFC 8259), for text that nobody vouches for. Unlike `JSON.parse` it refuses duplicate names
 * (the standard reader silently keeps the last), numbers too large for a double, and anything past the given limits; it
 * says where the text is wrong, and its objects have no prototype. Time and memory are linear in the text.
 */
import * as E from 'fp-ts/lib/Either.js'
import { orElse } from '../at.ts'
import { type Failure, failure, fromThrown, raise } from '../errors.ts'
import { quoted } from './quoted.ts'

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** What a text may hold: deepest nesting, longest array, most fields in an object, which numbers, and whether a field may be called `__proto__`. */
export interface JsonLimits {
  readonly deepest: number
  readonly longestArray: number
  readonly mostFields: number
  readonly numbers: 'any' | 'naturals'
  readonly prototypeField: 'allowed' | 'refused'
}

/** Limits for files of our own formats. */
export const fileLimits: JsonLimits = {
  deepest: 128,
  longestArray: 2 ** 26,
  mostFields: 2 ** 20,
  numbers: 'any',
  prototypeField: 'refused',
}

/** The scan of one text: where it is and how deep; the one thing here that changes, and it never leaves this file. */
const begin = (text: string, limits: JsonLimits) => ({ text, limits, at: 0, depth: 0 })

type Cursor = ReturnType<typeof begin>

const REMEDY = 'correct the text, or write the file again with the program that made it'
const LONGEST_NUMBER = 400

/** Stops the scan: the one exception below, caught in `scanJson`. */
const stop = (cursor: Cursor, what: string, at = cursor.at): never => {
  let line = 1
  let lineStart = 0
  for (let i = cursor.text.indexOf('\n'); i >= 0 && i < at; i = cursor.text.indexOf('\n', i + 1)) {
    line++
    lineStart = i + 1
  }
  const column = at - lineStart + 1
  return raise(failure('Format', `JSON: ${what} at line ${line}, column ${column}`, REMEDY, { at, line, column }))
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

const skipSpace = (cursor: Cursor): void => {
  while (isSpace(cursor.text.charCodeAt(cursor.at))) cursor.at++
}

/** Skips space; steps over `sign` if it comes next. */
const accept = (cursor: Cursor, sign: string): boolean => {
  skipSpace(cursor)
  if (cursor.text[cursor.at] !== sign) return false
  cursor.at++
  return true
}

const unescaped = (cursor: Cursor, from: number): string => {
  const token = cursor.text.slice(from, cursor.at)
  const parsed: unknown = E.toUnion(
    E.tryCatch(
      (): unknown => JSON.parse(token),
      () => undefined,
    ),
  )
  return typeof parsed === 'string' ? parsed : stop(cursor, 'a string with a bad escape', from)
}

const scanString = (cursor: Cursor): string => {
  const from = cursor.at
  let escaped = false
  for (cursor.at++; cursor.at < cursor.text.length; cursor.at++) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code < 0x20) return stop(cursor, 'a raw control character in a string')
    if (code === 0x22) {
      cursor.at++
      return escaped ? unescaped(cursor, from) : cursor.text.slice(from + 1, cursor.at - 1)
    }
    if (code === 0x5c) {
      escaped = true
      cursor.at++
    }
  }
  return stop(cursor, 'a string without an end', from)
}

const NUMBER = { any: /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/, naturals: /^(?:0|[1-9]\d*)$/ } as const

const scanNumber = (cursor: Cursor): number => {
  const from = cursor.at
  while ('+-.0123456789eE'.includes(orElse(cursor.text[cursor.at], ' ')) && cursor.at - from <= LONGEST_NUMBER)
    cursor.at++
  const token = cursor.text.slice(from, cursor.at)
  const value = NUMBER[cursor.limits.numbers].test(token) ? Number(token) : Number.NaN
  const kind = cursor.limits.numbers === 'any' ? 'number' : 'natural number'
  return Number.isFinite(value)
    ? value
    : stop(cursor, token === '' ? 'no value' : `${quoted(token)}, not a ${kind},`, from)
}

const WORDS: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
]

const scanWord = (cursor: Cursor): Json => {
  const found = WORDS.find(([word]) => cursor.text.startsWith(word, cursor.at))
  if (found === undefined) return scanNumber(cursor)
  cursor.at += found[0].length
  return found[1]
}

const scanArray = (cursor: Cursor): readonly Json[] => {
  const items: Json[] = []
  if (accept(cursor, ']')) return items
  do {
    if (items.length === cursor.limits.longestArray) return stop(cursor, `an array of more than ${items.length} items`)
    items.push(scanValue(cursor))
  } while (accept(cursor, ','))
  return accept(cursor, ']') ? items : stop(cursor, 'an array without "," or "]"')
}

const scanObject = (cursor: Cursor): Json => {
  const fields: Record<string, Json> = {}
  Object.setPrototypeOf(fields, null)
  if (accept(cursor, '}')) return fields
  let count = 0
  do {
    skipSpace(cursor)
    if (count++ === cursor.limits.mostFields) return stop(cursor, `an object of more than ${count - 1} fields`)
    const at = cursor.at
    if (cursor.text[at] !== '"') return stop(cursor, 'an object whose next field has no name')
    const name = scanString(cursor)
    if (name in fields) return stop(cursor, `the field ${quoted(name)} for the second time`, at)
    if (name === '__proto__' && cursor.limits.prototypeField === 'refused')
      return stop(cursor, `a field "__proto__"`, at)
    if (!accept(cursor, ':')) return stop(cursor, `the field ${quoted(name)} without ":"`)
    fields[name] = scanValue(cursor)
  } while (accept(cursor, ','))
  return accept(cursor, '}') ? fields : stop(cursor, 'an object without "," or "}"')
}

const nested = (cursor: Cursor, scan: (cursor: Cursor) => Json): Json => {
  if (cursor.depth === cursor.limits.deepest) return stop(cursor, `nesting deeper than ${cursor.limits.deepest}`)
  cursor.at++
  cursor.depth++
  const value = scan(cursor)
  cursor.depth--
  return value
}

const scanValue = (cursor: Cursor): Json => {
  skipSpace(cursor)
  const sign = cursor.text[cursor.at]
  return sign === '{'
    ? nested(cursor, scanObject)
    : sign === '['
      ? nested(cursor, scanArray)
      : sign === '"'
        ? scanString(cursor)
        : scanWord(cursor)
}

/** The value that a text denotes, white space around it allowed, or `Format` naming line and column. */
export const scanJson =
  (limits: JsonLimits) =>
  (text: string): E.Either<Failure, Json> =>
    E.tryCatch(
      () => {
        const cursor = begin(text, limits)
        const value = scanValue(cursor)
        skipSpace(cursor)
        return cursor.at === text.length ? value : stop(cursor, 'more text after the value')
      },
      fromThrown('Format', REMEDY),
    )
