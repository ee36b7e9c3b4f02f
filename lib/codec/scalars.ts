/**
 * io-ts codecs for what files of this library hold besides objects: any JSON, exact numbers, natural numbers, keys.
 */
import * as t from 'io-ts'
import type { Key } from '../key.ts'
import type { Json } from './json-scanner.ts'

/** Whether a value is JSON. */
export const json: t.Type<Json, Json> = t.recursion<Json, Json>('JSON', (self) =>
  t.union([t.null, t.boolean, t.number, t.string, t.readonlyArray(self), t.record(t.string, self)]),
)

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/**
 * Any number, NaN and the infinities among them, which `exact-json.ts` writes: `exactJson` as null with a reason, `withNames`
 * as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`. These strings are read too.
 */
export const exactNumber: t.Type<number> = new t.Type(
  'number',
  t.number.is,
  (input, context) => {
    const special = typeof input === 'string' && Object.hasOwn(SPECIAL, input) ? SPECIAL[input] : undefined
    return special === undefined ? t.number.validate(input, context) : t.success(special)
  },
  (value) => value,
)

/** A natural number below 2⁵³. */
export const natural: t.Type<number, number> = t.refinement(
  t.number,
  (n) => Number.isSafeInteger(n) && n >= 0,
  'natural number',
)

/** An unsigned 32-bit word. */
export const word: t.Type<number, number> = t.refinement(t.number, (n) => n >>> 0 === n, '32-bit word')

/** A random key: two words. */
export const keyCodec: t.Type<Key, Key> = t.readonly(t.tuple([word, word]), 'key')
