/**
 * What a codec wants, in words for people: no message shows a validator's own notation of types.
 */
import * as t from 'io-ts'
import { field } from '../at.ts'

/** A codec as io-ts has it. */
type Wanted = t.Decoder<unknown, unknown>

/** A codec's name that a person gave it; io-ts makes the others out of brackets, bars and names of types. */
const isGiven = (name: string): boolean =>
  !/[<>{}|&]|^\(|=>|^(?:Readonly|Partial|Exact|Array|Unknown)|[Ff]unction/u.test(name)

const NAMED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  bigint: 'a whole number',
  null: 'null',
  undefined: 'nothing',
  void: 'nothing',
  object: 'an object',
  Function: 'a function',
  unknown: 'anything',
  never: 'nothing',
}

/** `a, b or c`. */
const either = (words: readonly string[]): string => {
  const different = [...new Set(words)]
  return different.length < 2
    ? different.join('')
    : `${different.slice(0, -1).join(', ')} or ${different.slice(-1).join('')}`
}

const isCodec = (x: unknown): x is Wanted => typeof x === 'object' && x !== null && 'decode' in x && 'name' in x

/** A field of a codec, which io-ts types as `any`. */
const fieldOf = (codec: object, name: string): unknown => Object.entries(codec).find(([key]) => key === name)?.[1]

const innerOf = (codec: object): Wanted => {
  const inner = fieldOf(codec, 'type')
  return isCodec(inner) ? inner : t.unknown
}

const partsOf = (codec: object): readonly Wanted[] => {
  const parts = fieldOf(codec, 'types')
  return Array.isArray(parts) ? parts.filter(isCodec) : []
}

/** The codec under wrappers that change nothing of what they want. */
const unwrapped = (codec: Wanted): Wanted =>
  codec instanceof t.ReadonlyType || codec instanceof t.ExactType ? unwrapped(innerOf(codec)) : codec

/** Whether a codec wants one of several things, and whether it wants several things at once. */
const hasType = (codec: Wanted, kind: typeof t.UnionType | typeof t.IntersectionType): boolean => {
  const inner = unwrapped(codec)
  return inner instanceof kind || (inner instanceof t.RefinementType && hasType(innerOf(inner), kind))
}

/** Whether a step into a value of this codec chooses one alternative. */
export const isUnion = (codec: Wanted): boolean => hasType(codec, t.UnionType)

/** Whether a step into a value of this codec stays at the same place. */
export const isIntersection = (codec: Wanted): boolean => hasType(codec, t.IntersectionType)

/** The names of a codec's field that is a record. */
const namesIn = (codec: object, name: string): readonly string[] => {
  const record = fieldOf(codec, name)
  return typeof record === 'object' && record !== null ? Object.keys(record) : []
}

const fields = (codec: object): string => {
  const names = namesIn(codec, 'props')
  return names.length === 0 || names.length > 6 ? 'an object' : `an object with ${names.join(', ')}`
}

/** What a composite codec wants, said of its parts. */
const composed = (codec: Wanted): string => {
  if (codec instanceof t.LiteralType) return JSON.stringify(codec.value)
  if (codec instanceof t.KeyofType) return either(namesIn(codec, 'keys').map((key) => JSON.stringify(key)))
  if (codec instanceof t.UnionType) return either(partsOf(codec).map(wanted))
  if (codec instanceof t.ArrayType || codec instanceof t.ReadonlyArrayType || codec instanceof t.AnyArrayType)
    return 'a list'
  if (codec instanceof t.TupleType) return `a list of ${partsOf(codec).length}`
  if (codec instanceof t.InterfaceType) return fields(codec)
  return codec instanceof t.RefinementType ? `${wanted(innerOf(codec))} of another kind` : 'an object'
}

/** What a codec wants, as in `expected …`. */
export const wanted = (codec: Wanted): string => {
  const inner = unwrapped(codec)
  const named = [codec, inner].find(({ name }) => isGiven(name) && !Object.hasOwn(NAMED, name))
  if (named !== undefined) return named.name
  return Object.hasOwn(NAMED, inner.name) ? field(NAMED, inner.name) : composed(inner)
}
