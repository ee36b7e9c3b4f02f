/**
 * Constraints from JSON Schema (2020-12): the JSON texts that a schema allows, written in one way, so that the language is a
 * regular one. A keyword that is not supported is refused with the place where it stands; none is passed over.
 *
 * Texts are written as `JSON.stringify` does, without blanks unless `layout` says so. Objects have the properties that the
 * schema names, in its order, and no others; recursion goes as deep as `depth` says.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { at, field } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { both, type Constraint, either, literal, named, not, nothing } from './constraint.ts'
import { integerPattern } from './integers.ts'
import { matching } from './pattern.ts'
import { commonClasses, concatenation, repetition, through } from './rational.ts'

/** How texts are written, and how deep. */
export interface SchemaOptions {
  /** `compact` unless given; `spaced` has a blank after each comma and colon. */
  readonly layout?: 'compact' | 'spaced'
  /** How often a `$ref` may occur within itself; 0 unless given: recursion is refused. */
  readonly depth?: number
}

type Made = E.Either<Failure, Constraint>
type Schema = Readonly<Record<string, unknown>>

/** Where a schema stands, and what stands around it. */
interface Place {
  readonly pointer: string
  readonly root: unknown
  readonly comma: string
  readonly colon: string
  readonly depth: number
  /** The references that led here. */
  readonly refs: readonly string[]
}

/** Keywords that say nothing of which texts are allowed. */
const SILENT = [
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

/** The keywords of each type. */
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: [],
  boolean: [],
  null: [],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  object: ['properties', 'required', 'additionalProperties'],
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

const inside = (place: Place, ...names: readonly (string | number)[]): Place => ({
  ...place,
  pointer: [place.pointer, ...names.map((name) => escaped(String(name)))].join('/'),
})

const refuse = ({ pointer }: Place, what: string, remedy: string): E.Either<Failure, never> =>
  E.left(failure('Format', `the schema at ${pointer} ${what}`, remedy, { pointer }))

const anyOf = (constraints: readonly Constraint[]): Constraint =>
  constraints.length === 0 ? nothing : constraints.slice(1).reduce(either, at(constraints, 0))

/** A value as it is written. */
const written = ({ comma, colon }: Pick<Place, 'comma' | 'colon'>, value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map((each: unknown) => written({ comma, colon }, each)).join(comma)}]`
    : t.UnknownRecord.is(value)
      ? `{${Object.entries(value)
          .map(([name, each]) => `${JSON.stringify(name)}${colon}${written({ comma, colon }, each)}`)
          .join(comma)}}`
      : JSON.stringify(value)

/** A whole number from 0 under a keyword, or `otherwise`. */
const count = (schema: Schema, place: Place, name: string, otherwise: number): E.Either<Failure, number> => {
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
      (expression) => matching(expression, { match: 'part', writing: 'json' }),
    ),
  )
}

const stringOf = (schema: Schema, place: Place): Made =>
  pipe(
    E.Do,
    E.apS('least', count(schema, place, 'minLength', 0)),
    E.apS('most', count(schema, place, 'maxLength', Number.POSITIVE_INFINITY)),
    E.apS('one', matching(/[^]/u, { writing: 'json' })),
    E.bind('pattern', () => patternOf(schema['pattern'], inside(place, 'pattern'))),
    E.map(({ least, most, one, pattern }) => {
      const content = repetition(one, least, most)
      return concatenation([quote, pattern === undefined ? content : both(content, pattern), quote])
    }),
  )

const bound = (schema: Schema, place: Place, name: string): E.Either<Failure, number | undefined> => {
  const value = schema[name]
  return value === undefined || (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER)
    ? E.right(value)
    : refuse(inside(place, name), 'is not a number that can be counted to', 'write one below 2^53')
}

const integerOf = (schema: Schema, place: Place): Made =>
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
      return pattern === undefined ? E.right(nothing) : matching(new RegExp(pattern, 'u'))
    }),
  )

/** Between brackets, `least` to `most` items of which the first ones have schemas of their own. */
const arrayOf = (schema: Schema, place: Place): Made =>
  pipe(
    E.Do,
    E.apS('least', count(schema, place, 'minItems', 0)),
    E.apS('most', count(schema, place, 'maxItems', Number.POSITIVE_INFINITY)),
    E.bind('first', () => {
      const { prefixItems = [] } = schema
      return t.UnknownArray.is(prefixItems)
        ? E.traverseArrayWithIndex((i, each: unknown) => made(each, inside(place, 'prefixItems', i)))(prefixItems)
        : refuse(inside(place, 'prefixItems'), 'is not a list', 'write one')
    }),
    E.bind(
      'rest',
      ({ first, most }): Made =>
        most <= first.length || schema['items'] === false
          ? E.right(nothing)
          : schema['items'] === undefined
            ? refuse(place, 'does not say what its items are', 'write `items`')
            : made(schema['items'], inside(place, 'items')),
    ),
    E.map(({ least, most, first, rest }) => {
      const comma = literal(place.comma)
      const ahead = concatenation([comma, rest])
      /** What may follow once `n` of the first items are written. */
      const after = (n: number): Constraint => {
        const own = first[n]
        const stop = n >= least ? [concatenation([])] : []
        if (n >= most) return anyOf(stop)
        if (own !== undefined) return anyOf([...stop, concatenation([...(n === 0 ? [] : [comma]), own, after(n + 1)])])
        if (n > 0) return repetition(ahead, Math.max(0, least - n), most - n)
        return anyOf([...stop, concatenation([rest, repetition(ahead, Math.max(0, least - 1), most - 1)])])
      }
      return concatenation([literal('['), after(0), literal(']')])
    }),
  )

/** A member of an object, and whether it may be missing. */
interface Member {
  readonly member: Constraint
  readonly optional: boolean
}

/**
 * Members in their order with commas between them. Place 2k is after member k − 1 (0: nothing is written), place 2k + 1 is
 * where member k, or a later one if it may be missing, must follow.
 */
const sequence = (comma: Constraint, members: readonly Member[]): Constraint => {
  const n = members.length
  const rest = (from: number): boolean => members.slice(from).every(({ optional }) => optional)
  return through({
    name: 'the members',
    classes: commonClasses([comma, ...members.map(({ member }) => member)]),
    // Arc 2k is member k, arc 2k + 1 the comma before it.
    arc: (arc) => {
      const k = Math.floor(arc / 2)
      return arc % 2 === 0 ? { part: at(members, k).member, to: 2 * (k + 1) } : { part: comma, to: 2 * k + 1 }
    },
    leaving: (place) => {
      const k = Math.floor(place / 2)
      if (k >= n) return []
      return place % 2 === 1 ? [2 * k] : place === 0 ? [] : [2 * k + 1]
    },
    skips: (place) => {
      const k = Math.floor(place / 2)
      if (place === 0) return [1]
      return place % 2 === 1 && k < n - 1 && at(members, k).optional ? [place + 2] : []
    },
    final: (place) => place % 2 === 0 && rest(place / 2),
  })
}

const objectOf = (schema: Schema, place: Place): Made => {
  const { properties = {}, required = [], additionalProperties = false } = schema
  if (additionalProperties !== false)
    return refuse(
      inside(place, 'additionalProperties'),
      'asks for properties without a name',
      'write false, and name all properties',
    )
  if (!t.UnknownRecord.is(properties)) return refuse(inside(place, 'properties'), 'is not an object', 'write one')
  if (!t.readonlyArray(t.string).is(required))
    return refuse(inside(place, 'required'), 'is not a list of names', 'write one')
  const stranger = required.find((name) => !Object.hasOwn(properties, name))
  if (stranger !== undefined)
    return refuse(
      inside(place, 'required'),
      `asks for '${stranger}', which is none of the properties`,
      'name it in `properties`',
    )
  return pipe(
    Object.entries(properties),
    E.traverseArray(([name, each]) =>
      pipe(
        made(each, inside(place, 'properties', name)),
        E.map((value) => ({
          member: concatenation([literal(`${JSON.stringify(name)}${place.colon}`), value]),
          optional: !required.includes(name),
        })),
      ),
    ),
    E.map((members) => {
      return concatenation([literal('{'), sequence(literal(place.comma), members), literal('}')])
    }),
  )
}

const ofType: Readonly<Record<string, (schema: Schema, place: Place) => Made>> = {
  string: stringOf,
  integer: integerOf,
  number: () => matching(/-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/u),
  boolean: () => matching(/true|false/u),
  null: () => E.right(literal('null')),
  array: arrayOf,
  object: objectOf,
}

/** The schema at a reference within the document. */
const resolved = (place: Place, ref: unknown): E.Either<Failure, unknown> => {
  if (typeof ref !== 'string' || !ref.startsWith('#'))
    return refuse(inside(place, '$ref'), 'leads out of the schema', 'refer to a place in it, such as #/$defs/name')
  let found = place.root
  for (const name of ref.split('/').slice(1)) {
    const own = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')
    found =
      t.UnknownRecord.is(found) && Object.hasOwn(found, own)
        ? found[own]
        : t.UnknownArray.is(found)
          ? found[Number(own)]
          : undefined
  }
  return found === undefined
    ? refuse(inside(place, '$ref'), `leads nowhere (${ref})`, 'name a place in the schema')
    : E.right(found)
}

const referred = (place: Place, ref: unknown): Made => {
  const name = String(ref)
  const within = place.refs.filter((each) => each === name).length
  if (within > place.depth)
    return place.depth === 0
      ? refuse(inside(place, '$ref'), `is recursive (${name})`, 'say with `depth` how often it may occur within itself')
      : E.right(nothing)
  return pipe(
    resolved(place, ref),
    E.flatMap((found) => made(found, { ...place, pointer: name, refs: [...place.refs, name] })),
  )
}

/** Of several schemas: any of them, or exactly one. */
const alternatives = (place: Place, name: 'anyOf' | 'oneOf', list: unknown): Made =>
  t.UnknownArray.is(list) && list.length > 0
    ? pipe(
        list,
        E.traverseArrayWithIndex((i, each: unknown) => made(each, inside(place, name, i))),
        E.map((all) =>
          anyOf(
            name === 'anyOf'
              ? all
              : all.map((own, i) => all.reduce((c, other, j) => (i === j ? c : both(c, not(other))), own)),
          ),
        ),
      )
    : refuse(inside(place, name), 'is not a list of schemas', 'write at least one')

/** Whether a value is of a type. */
const hasType = (type: string, value: unknown): boolean => {
  if (type === 'null') return value === null
  if (type === 'array') return t.UnknownArray.is(value)
  if (type === 'object') return t.UnknownRecord.is(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

/** What a schema is made by, and the keywords that go with it. */
const wayOf = (schema: Schema, place: Place): readonly [make: () => Made, keywords: readonly string[]] | undefined => {
  if ('$ref' in schema) return [() => referred(place, schema['$ref']), ['$ref']]
  const types = typeof schema['type'] === 'string' ? [schema['type']] : schema['type']
  const known =
    t.readonlyArray(t.string).is(types) && types.every((type) => Object.hasOwn(ofType, type)) ? types : undefined
  if ('type' in schema && known === undefined) return undefined
  const listed: unknown = 'const' in schema ? [schema['const']] : schema['enum']
  if (t.UnknownArray.is(listed)) {
    const values = listed.filter((value) => known?.some((type) => hasType(type, value)) !== false)
    return [
      () => E.right(anyOf(values.map((value) => literal(written(place, value))))),
      ['const' in schema ? 'const' : 'enum', 'type'],
    ]
  }
  for (const name of ['anyOf', 'oneOf'] as const)
    if (name in schema) return [() => alternatives(place, name, schema[name]), [name]]
  if (known === undefined) return undefined
  return [
    () =>
      pipe(
        known,
        E.traverseArray((type) => field(ofType, type)(schema, place)),
        E.map(anyOf),
      ),
    ['type', ...known.flatMap((type) => field(OF_TYPE, type))],
  ]
}

const made = (schema: unknown, place: Place): Made => {
  if (schema === false) return E.right(nothing)
  if (!t.UnknownRecord.is(schema))
    return refuse(place, 'is not a schema that names a type', 'write an object with `type`')
  const way = wayOf(schema, place)
  if (way === undefined)
    return refuse(place, 'does not say what it allows', 'write `type`, `enum`, `const`, `anyOf`, `oneOf` or `$ref`')
  const [make, keywords] = way
  const unknown = Object.keys(schema).find((name) => !keywords.includes(name) && !SILENT.includes(name))
  return unknown === undefined
    ? make()
    : refuse(
        inside(place, unknown),
        'is a keyword that is not supported here',
        'leave it out, or say it with a pattern or with `enum`',
      )
}

/**
 * The JSON texts that a schema allows. `Format` failures name the place (a JSON Pointer) of what is not supported: among
 * other things unnamed properties, `number` with bounds, `allOf`, `not`, `uniqueItems`, `format`; recursion without `depth`.
 *
 * @example
 * import { tilt } from 'exptilt'
 * tilt.jsonSchema({ type: 'object', properties: { age: { type: 'integer', minimum: 0, maximum: 130 } }, required: ['age'] })
 */
export const jsonSchema = (
  schema: unknown,
  { layout = 'compact', depth = 0 }: SchemaOptions = {},
): E.Either<Failure, Constraint> =>
  pipe(
    made(schema, {
      pointer: '#',
      root: schema,
      comma: layout === 'compact' ? ',' : ', ',
      colon: layout === 'compact' ? ':' : ': ',
      depth,
      refs: [],
    }),
    E.map((c) => named('the JSON schema', c)),
  )
