/**
 * Codecs of records, held against their interface: a field that is forgotten, of another type, or not of the interface does
 * not compile. (Of a written `t.partial` a forgotten field compiles, and is lost when the record is read again.)
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** A field that may be absent. */
interface Optional<A> {
  readonly optional: t.Type<A, unknown>
}

/** The codecs of all fields of an interface. */
type Fields<X> = {
  readonly [K in keyof X]-?: Partial<Pick<X, K>> extends Pick<X, K>
    ? Optional<Exclude<X[K], undefined>>
    : t.Type<X[K], unknown>
}

/** A field that may be absent. */
export const optional = <A>(codec: t.Type<A, unknown>): Optional<A> => ({ optional: codec })

/** A codec of which nothing is known but that it is one. */
export const opaque = <A>(codec: t.Type<A, unknown>): t.Type<unknown, unknown> =>
  new t.Type<unknown, unknown>(
    codec.name,
    (u): u is unknown => codec.is(u),
    (u, context) => codec.validate(u, context),
    (value) => (codec.is(value) ? codec.encode(value) : value),
  )

/** A field as it is read: its codec, and whether it may be absent. */
interface RecordField {
  readonly key: string
  readonly codec: t.Type<unknown, unknown>
  readonly optional: boolean
}

type Entries = readonly (readonly [string, unknown])[]

const isCodec = (u: unknown): u is t.Type<unknown, unknown> => u instanceof t.Type

const fieldsOf = (codecs: object): readonly RecordField[] => {
  const entries: Entries = Object.entries(codecs)
  return entries.flatMap(([key, given]) => {
    const inner = t.UnknownRecord.is(given) && !isCodec(given) ? given['optional'] : given
    return isCodec(inner) ? [{ key, codec: inner, optional: inner !== given }] : []
  })
}

const nameOf = (keys: readonly string[]): string =>
  keys.length > 6 ? 'an object' : `an object with ${keys.join(', ')}`

/** The codec of records with these fields and no others: what else a file holds is passed over. */
export const recordCodecOf = (fields: readonly RecordField[], name?: string): t.Type<unknown, unknown> => {
  const present = (u: Readonly<Record<string, unknown>>): readonly RecordField[] =>
    fields.filter(({ key, optional: absent }) => !absent || u[key] !== undefined)
  return new t.Type<unknown, unknown>(
    name ?? nameOf(fields.map(({ key }) => key)),
    (u): u is unknown => t.UnknownRecord.is(u) && present(u).every(({ key, codec }) => codec.is(u[key])),
    (u, context) => {
      if (!t.UnknownRecord.is(u)) return t.failure(u, context)
      const read = present(u).map(({ key, codec }) => {
        const value = u[key]
        return { key, found: codec.validate(value, t.appendContext(context, key, codec, value)) }
      })
      const errors = read.flatMap(({ found }) => (E.isLeft(found) ? found.left : []))
      if (errors.length > 0) return t.failures(errors)
      return t.success(
        Object.fromEntries(read.flatMap(({ key, found }) => (E.isRight(found) ? [[key, found.right]] : []))),
      )
    },
    (u) =>
      t.UnknownRecord.is(u) ? Object.fromEntries(present(u).map(({ key, codec }) => [key, codec.encode(u[key])])) : u,
  )
}

/** An unknown codec as that of a type. */
export const codecAs = <X>(codec: t.Type<unknown, unknown>): t.Type<X, unknown> => {
  const is = (u: unknown): u is X => codec.is(u)
  return new t.Type<X, unknown>(
    codec.name,
    is,
    (u, context) =>
      E.chain((value: unknown) => (is(value) ? t.success(value) : t.failure<X>(u, context)))(
        codec.validate(u, context),
      ),
    codec.encode,
  )
}

/**
 * The codec of an interface's records, field by field; `name` says what they are where one does not fit. Fields that the
 * interface does not have are passed over when a record is read, and left out when it is written.
 *
 * @example
 * record<{ readonly order: number; readonly note?: string }>({ order: t.number, note: optional(t.string) })
 */
export const record = <X extends object>(fields: NoInfer<Fields<X>>, name?: string): t.Type<X, unknown> =>
  codecAs(recordCodecOf(fieldsOf(fields), name))
