/** The parts of a JSON Schema that have no schemas in them: strings, whole numbers, listed values, and how places are named. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { type Failure, failure } from '../errors.ts'
import { both, type Constraint, literal, nothing } from './constraint.ts'
import { integerPattern } from './integers.ts'
import { matching, type MatchingOptions } from './pattern.ts'
import { concatenation, repetition } from './rational.ts'

/** A constraint, or why there is none. */
export type Made = E.Either<Failure, Constraint>
/** A schema that is not true or false. */
export type Schema = Readonly<Record<string, unknown>>

/** Where a schema stands, and what stands around it. */
export interface Place {
  readonly pointer: string
  readonly root: unknown
  readonly comma: string
  readonly colon: string
  readonly depth: number
  /** The references that led here. */
  readonly refs: readonly string[]
  /** How deep the schema is nested here, references followed. */
  readonly level: number
  /** How many schemas there were so far, this one among them. */
  readonly places: () => number
  /** Makes what has a name once in the whole schema: parts that are alike are one constraint. */
  readonly once: (name: string, make: () => Made) => Made
}

/** A store of constraints by their names; failures are not kept, since each names its own place. */
export const sharing = (): Place['once'] => {
  const known = new Map<string, Constraint>()
  return (name, make) => {
    const found = known.get(name)
    if (found !== undefined) return E.right(found)
    return pipe(
      make(),
      E.map((made) => {
        known.set(name, made)
        return made
      }),
    )
  }
}

/** Keywords that say nothing of which texts are allowed. */
export const SILENT: readonly string[] = [
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]

/** The deepest nesting, of schemas and of values. */
export const DEEPEST = 128

/** The most schemas of one, references followed: each may stand in many places. */
const MOST = 10_000

/** A count of schemas. */
export const counting = (): Place['places'] => {
  let n = 0
  return () => ++n
}

/** A place one level further in; `Format` where schemas are nested too deeply, `Limit` where they are too many. */
export const entered = (around: Place): E.Either<Failure, Place> => {
  const place = { ...around, level: around.level + 1 }
  if (place.level > DEEPEST)
    return refuse(place, `is nested deeper than ${DEEPEST}`, 'write it flatter, or with less depth')
  return place.places() <= MOST
    ? E.right(place)
    : E.left(
        failure(
          'Limit',
          `the schema has more than ${MOST} parts when its references are followed`,
          'refer to less, or write it with less depth',
          { pointer: place.pointer },
        ),
      )
}

/** Whether a value can be written as JSON, not nested too deeply. */
export const isJson = (value: unknown): boolean => {
  const open: (readonly [unknown, number])[] = [[value, 0]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [found, level] = next
    const parts: readonly unknown[] = t.UnknownArray.is(found)
      ? found
      : t.UnknownRecord.is(found)
        ? Object.values(found)
        : []
    const plain = found === null || ['string', 'boolean', 'object'].includes(typeof found) || Number.isFinite(found)
    if (!plain || level > DEEPEST) return false
    for (const part of parts) open.push([part, level + 1])
  }
  return true
}

/** The texts of a pattern. */
export const patterned = ({ once }: Place, pattern: RegExp, options: MatchingOptions = {}): Made =>
  once(`${String(pattern)} ${JSON.stringify(options)}`, () => matching(pattern, options))

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** A place within another. */
export const inside = (place: Place, ...names: readonly (string | number)[]): Place => ({
  ...place,
  pointer: [place.pointer, ...names.map((name) => escaped(String(name)))].join('/'),
})

/** A failure that names its place. */
export const refuse = ({ pointer }: Place, what: string, remedy: string): E.Either<Failure, never> =>
  E.left(failure('Format', `the schema at ${pointer} ${what}`, remedy, { pointer }))

/** A value as it is written. */
export const written = ({ comma, colon }: Pick<Place, 'comma' | 'colon'>, value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map((each: unknown) => written({ comma, colon }, each)).join(comma)}]`
    : t.UnknownRecord.is(value)
      ? `{${Object.entries(value)
          .map(([name, each]) => `${JSON.stringify(name)}${colon}${written({ comma, colon }, each)}`)
          .join(comma)}}`
      : JSON.stringify(value)

/** A whole number from 0 under a keyword, or `otherwise`. */
export const count = (schema: Schema, place: Place, name: string, otherwise: number): E.Either<Failure, number> => {
  const value = schema[name]
  return value === undefined
    ? E.right(otherwise)
    : typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? E.right(value)
      : refuse(inside(place, name), 'is not a whole number from 0', 'write one')
}

const quote = literal('"')

const patternOf = (pattern: unknown, place: Place): E.Either<Failure, Constraint | undefined> => {
  const wrong = refuse(place, 'is not a regular expression', 'write one of JavaScript, for the flag u')
  if (pattern === undefined) return E.right(undefined)
  if (typeof pattern !== 'string') return wrong
  return pipe(
    E.tryCatch(
      () => new RegExp(pattern, 'u'),
      () => undefined,
    ),
    E.fold(
      (): Made => wrong,
      (expression) => patterned(place, expression, { match: 'part', writing: 'json' }),
    ),
  )
}

/** Strings, with lengths in characters and a pattern. */
export const stringOf = (schema: Schema, place: Place): Made =>
  pipe(
    E.Do,
    E.apS('least', count(schema, place, 'minLength', 0)),
    E.apS('most', count(schema, place, 'maxLength', Number.POSITIVE_INFINITY)),
    E.apS('one', patterned(place, /[^]/u, { writing: 'json' })),
    E.bind('pattern', () => patternOf(schema['pattern'], inside(place, 'pattern'))),
    E.flatMap(({ least, most, one, pattern }) =>
      place.once(`a string of ${least} to ${most} characters, ${pattern?.name ?? 'any'}`, () => {
        const content = repetition(one, least, most)
        return E.right(concatenation([quote, pattern === undefined ? content : both(content, pattern), quote]))
      }),
    ),
  )

const bound = (schema: Schema, place: Place, name: string): E.Either<Failure, number | undefined> => {
  const value = schema[name]
  return value === undefined || (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER)
    ? E.right(value)
    : refuse(inside(place, name), 'is not a number that can be counted to', 'write one below 2^53')
}

/** Whole numbers, with bounds. */
export const integerOf = (schema: Schema, place: Place): Made =>
  pipe(
    E.Do,
    E.apS('minimum', bound(schema, place, 'minimum')),
    E.apS('maximum', bound(schema, place, 'maximum')),
    E.apS('above', bound(schema, place, 'exclusiveMinimum')),
    E.apS('below', bound(schema, place, 'exclusiveMaximum')),
    E.flatMap(({ minimum, maximum, above, below }) => {
      const infinite = Number.POSITIVE_INFINITY
      const low = Math.max(Math.ceil(minimum ?? -infinite), Math.floor(above ?? -infinite) + 1)
      const high = Math.min(Math.floor(maximum ?? infinite), Math.ceil(below ?? infinite) - 1)
      const pattern = integerPattern(low, high)
      return pattern === undefined ? E.right(nothing) : patterned(place, new RegExp(pattern, 'u'))
    }),
  )

/** Whether a value is of a type. */
export const hasType = (type: string, value: unknown): boolean => {
  if (type === 'null') return value === null
  if (type === 'array') return t.UnknownArray.is(value)
  if (type === 'object') return t.UnknownRecord.is(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

/** The schema at a reference within the document. */
export const resolved = (place: Place, ref: unknown): E.Either<Failure, unknown> => {
  if (typeof ref !== 'string' || !ref.startsWith('#'))
    return refuse(inside(place, '$ref'), 'leads out of the schema', 'refer to a place in it, such as #/$defs/name')
  let found = place.root
  for (const name of ref.split('/').slice(1)) {
    const own = E.getOrElse(() => name)(
      E.tryCatch(
        () => decodeURIComponent(name),
        () => name,
      ),
    )
    const key = own.replaceAll('~1', '/').replaceAll('~0', '~')
    found =
      t.UnknownRecord.is(found) && Object.hasOwn(found, key)
        ? found[key]
        : t.UnknownArray.is(found)
          ? found[Number(key)]
          : undefined
  }
  return found === undefined
    ? refuse(inside(place, '$ref'), `leads nowhere (${ref})`, 'name a place in the schema')
    : E.right(found)
}

/** What is wrong with a depth of recursion, if anything. */
export const depthFailure = (depth: number): Failure | undefined =>
  Number.isInteger(depth) && depth >= 0
    ? undefined
    : failure('Domain', `a depth of ${depth}`, 'give a whole number from 0', { depth })
