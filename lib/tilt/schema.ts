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
import { summary } from '../codec/quoted.ts'
import type { Failure } from '../errors.ts'
import { unknownName } from '../names.ts'
import { type Constraint, literal, named, nothing } from './constraint.ts'
import { commonClasses, concatenation, onlyOne, repetition, through, union } from './rational.ts'
import {
  count,
  counting,
  depthFailure,
  DEEPEST,
  entered,
  hasType,
  inside,
  integerOf,
  isJson,
  type Made,
  patterned,
  type Place,
  refuse,
  resolved,
  SILENT,
  type Schema,
  sharing,
  stringOf,
  written,
} from './schema-values.ts'

/** How texts are written, and how deep. */
export interface SchemaOptions {
  /** `compact` unless given; `spaced` has a blank after each comma and colon. */
  readonly layout?: 'compact' | 'spaced'
  /** How often a `$ref` may occur within itself; 0 unless given: recursion is refused. */
  readonly depth?: number
}

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

/** Between brackets, `least` to `most` items of which the first ones have schemas of their own. */
const arrayOf = (schema: Schema, place: Place): Made =>
  pipe(
    E.Do,
    E.apS('least', count(schema, place, 'minItems', 0)),
    E.apS('most', count(schema, place, 'maxItems', Number.POSITIVE_INFINITY)),
    E.bind('first', () => {
      const { prefixItems = [] } = schema
      return t.UnknownArray.is(prefixItems) && prefixItems.length <= DEEPEST
        ? E.traverseArrayWithIndex((i, each: unknown) => made(each, inside(place, 'prefixItems', i)))(prefixItems)
        : refuse(inside(place, 'prefixItems'), `is not a list of at most ${DEEPEST} schemas`, 'write one')
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
        if (n >= most) return union(stop)
        if (own !== undefined) return union([...stop, concatenation([...(n === 0 ? [] : [comma]), own, after(n + 1)])])
        if (n > 0) return repetition(ahead, Math.max(0, least - n), most - n)
        return union([...stop, concatenation([rest, repetition(ahead, Math.max(0, least - 1), most - 1)])])
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
  const needed = members.findLastIndex(({ optional }) => !optional)
  const rest = (from: number): boolean => from > needed
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
    E.map((members) => concatenation([literal('{'), sequence(literal(place.comma), members), literal('}')])),
  )
}

const ofType: Readonly<Record<string, (schema: Schema, place: Place) => Made>> = {
  string: stringOf,
  integer: integerOf,
  number: (_schema, place) => patterned(place, /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/u),
  boolean: (_schema, place) => patterned(place, /true|false/u),
  null: () => E.right(literal('null')),
  array: arrayOf,
  object: objectOf,
}

const referred = (place: Place, ref: unknown): Made => {
  const name = typeof ref === 'string' ? ref : summary(ref)
  const within = place.refs.filter((each) => each === name).length
  if (within > place.depth)
    return place.depth === 0
      ? refuse(
          inside(place, '$ref'),
          `is recursive (${name})`,
          'say how often it may occur within itself, by depth (--depth N)',
        )
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
        E.map(name === 'anyOf' ? union : onlyOne),
      )
    : refuse(inside(place, name), 'is not a list of schemas', 'write at least one')

/** What a schema is made by, and the keywords that go with it. */
const wayOf = (schema: Schema, place: Place): readonly [make: () => Made, keywords: readonly string[]] | undefined => {
  if ('$ref' in schema) return [() => referred(place, schema['$ref']), ['$ref']]
  const types = typeof schema['type'] === 'string' ? [schema['type']] : schema['type']
  const known =
    t.readonlyArray(t.string).is(types) && types.every((type) => Object.hasOwn(ofType, type)) ? types : undefined
  if ('type' in schema && known === undefined) return undefined
  const listed: unknown = 'const' in schema ? [schema['const']] : schema['enum']
  if (t.UnknownArray.is(listed)) {
    if (!listed.every(isJson))
      return [
        () => refuse(place, 'lists a value that JSON has not, or that is nested too deeply', 'list values of JSON'),
        Object.keys(schema),
      ]
    const values = listed.filter((value) => known?.some((type) => hasType(type, value)) !== false)
    return [
      () => E.right(union(values.map((value) => literal(written(place, value))))),
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
        E.map(union),
      ),
    ['type', ...known.flatMap((type) => field(OF_TYPE, type))],
  ]
}

const unsupported = (place: Place, keyword: string): Made =>
  refuse(
    inside(place, keyword),
    'is a keyword that is not supported here',
    'leave it out, or say it with a pattern or with `enum`',
  )

/** What is said of a schema that nothing is made of: its types, its first keyword, or that there is none. */
const without = (schema: Schema, place: Place): Made => {
  if ('type' in schema)
    return refuse(
      inside(place, 'type'),
      'is no type of JSON',
      `write ${Object.keys(ofType).join(', ')}, or a list of them`,
    )
  const keyword = Object.keys(schema).find((name) => !SILENT.includes(name))
  return keyword === undefined
    ? refuse(place, 'does not say what it allows', 'write `type`, `enum`, `const`, `anyOf`, `oneOf` or `$ref`')
    : unsupported(place, keyword)
}

const made = (schema: unknown, around: Place): Made => E.chain((place: Place) => madeAt(schema, place))(entered(around))

const madeAt = (schema: unknown, place: Place): Made => {
  if (schema === false) return E.right(nothing)
  if (!t.UnknownRecord.is(schema))
    return refuse(place, 'is not a schema that names a type', 'write an object with `type`')
  const way = wayOf(schema, place)
  if (way === undefined) return without(schema, place)
  const [make, keywords] = way
  const unknown = Object.keys(schema).find((name) => !keywords.includes(name) && !SILENT.includes(name))
  return unknown === undefined ? make() : unsupported(place, unknown)
}

/**
 * The JSON texts that a schema allows. `Usage` for a layout and `Domain` for a depth that is none; `Format` failures name the place (a JSON Pointer) of what is not supported: among
 * other things unnamed properties, `number` with bounds, `allOf`, `not`, `uniqueItems`, `format`; recursion without `depth`.
 *
 * @example
 * const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0, maximum: 99 } }, required: ['age'] }
 * const valid = right(jsonSchema(schema))
 * meets(right(compile(valid)), '{"age":41}') // => true
 * meets(right(compile(valid)), '{"age":-1}') // => false
 */
export const jsonSchema = (
  schema: unknown,
  { layout = 'compact', depth = 0 }: SchemaOptions = {},
): E.Either<Failure, Constraint> => {
  const wrong = unknownName({ layout: [layout, ['compact', 'spaced']] }) ?? depthFailure(depth)
  if (wrong !== undefined) return E.left(wrong)
  const whole = made(schema, {
    pointer: '#',
    root: schema,
    comma: layout === 'compact' ? ',' : ', ',
    colon: layout === 'compact' ? ':' : ': ',
    depth,
    refs: [],
    level: 0,
    places: counting(),
    once: sharing(),
  })
  return E.map((c: Constraint) => named('the JSON schema', c))(whole)
}
