/**
 * Messages between machines as bytes: a head of JSON, in which what JSON lacks is tagged (every number as it is, −0 and NaN
 * too), then the arrays as they lie in memory. An array may be kept elsewhere: the head then has its SHA-256. Reading gives
 * plain values and fresh arrays; nothing that was read is executed as code.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decodeJson } from '../../codec/json.ts'
import { nameCodec } from '../../codec/names.ts'
import { natural } from '../../codec/scalars.ts'
import { hashCodec } from '../../codec/sha256.ts'
import { effect, fail, need } from '../../effect.ts'
import { type Failure, failure, raise } from '../../errors.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

/** Arrays as they are called in a head, and how one is made of the memory in which it lies. */
const makers = {
  Float64Array: (memory: ArrayBufferLike) => new Float64Array(memory),
  Float32Array: (memory: ArrayBufferLike) => new Float32Array(memory),
  Int32Array: (memory: ArrayBufferLike) => new Int32Array(memory),
  Uint32Array: (memory: ArrayBufferLike) => new Uint32Array(memory),
  Int16Array: (memory: ArrayBufferLike) => new Int16Array(memory),
  Uint16Array: (memory: ArrayBufferLike) => new Uint16Array(memory),
  Int8Array: (memory: ArrayBufferLike) => new Int8Array(memory),
  Uint8Array: (memory: ArrayBufferLike) => new Uint8Array(memory),
  Uint8ClampedArray: (memory: ArrayBufferLike) => new Uint8ClampedArray(memory),
}

type ArrayName = keyof typeof makers

/** Bytes of an element. */
const sizes: Readonly<Record<ArrayName, number>> = {
  Float64Array: 8,
  Float32Array: 4,
  Int32Array: 4,
  Uint32Array: 4,
  Int16Array: 2,
  Uint16Array: 2,
  Int8Array: 1,
  Uint8Array: 1,
  Uint8ClampedArray: 1,
}

const arrayCodec: t.Type<ArrayName> = new t.Type<ArrayName>(
  'name of an array type',
  (u): u is ArrayName => typeof u === 'string' && Object.hasOwn(makers, u),
  (u, context) => (arrayCodec.is(u) ? t.success(u) : t.failure(u, context)),
  t.identity,
)

const specials = ['NaN', 'Infinity', '-Infinity', '-0'] as const

type Special = (typeof specials)[number]

/** A value in the head: records in a record, so that no tag is taken for one. */
type Tagged =
  | null
  | boolean
  | string
  | number
  | readonly Tagged[]
  | { readonly record: Readonly<Record<string, Tagged>> }
  | { readonly number: Special }
  | { readonly array: readonly [ArrayName, number] }
  | { readonly absent: true }

const tagged: t.Type<Tagged, unknown> = t.recursion('value', (self) =>
  t.union([
    t.null,
    t.boolean,
    t.string,
    t.number,
    t.readonlyArray(self),
    t.type({ record: t.record(t.string, self) }),
    t.type({ number: nameCodec<Special>(specials) }),
    t.type({ array: t.readonly(t.tuple([arrayCodec, natural])) }),
    t.type({ absent: t.literal(true) }),
  ]),
)

const head = t.type({
  value: tagged,
  arrays: t.readonlyArray(t.type({ bytes: natural, kept: t.union([hashCodec, t.undefined]) })),
})

/** Bytes between which arrays begin, so that any of them can be read where it lies. */
const STEP = 8

const padded = (bytes: number): number => Math.ceil(bytes / STEP) * STEP

/** The name of an array's type, which is that of its tag. */
const nameOf = (x: ArrayBufferView): ArrayName | undefined => {
  const name = Object.prototype.toString.call(x).slice('[object '.length, -1)
  return arrayCodec.is(name) ? name : undefined
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

const taggedNumber = (x: number): Tagged => {
  const special = specials.find((name) => Object.is(Number(name), x))
  return special === undefined ? x : { number: special }
}

const unsendable = (x: unknown): never =>
  raise(failure('Feed', `a ${typeof x} cannot be sent to another machine`, 'give plain arrays of numbers'))

const tag = (x: unknown, arrays: ArrayBufferView[]): Tagged => {
  if (typeof x === 'number') return taggedNumber(x)
  if (x === null || typeof x === 'boolean' || typeof x === 'string') return x
  if (x === undefined) return { absent: true }
  if (ArrayBuffer.isView(x)) {
    const name = nameOf(x)
    return name === undefined ? unsendable(x) : { array: [name, arrays.push(x) - 1] }
  }
  if (Array.isArray(x)) return x.map((each: unknown) => tag(each, arrays))
  if (!isRecord(x)) return unsendable(x)
  return { record: Object.fromEntries(Object.entries(x).map(([name, each]) => [name, tag(each, arrays)])) }
}

const bytesOf = (x: ArrayBufferView): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength)

/** Bytes that are kept elsewhere: their hash, where they are. */
export type Keep = (bytes: Uint8Array) => string | undefined

/** A message as bytes. Throws `Feed` for what cannot be sent, and what `keep` throws. */
export const encodeMessage = (message: unknown, keep: Keep = () => undefined): Uint8Array => {
  const arrays: ArrayBufferView[] = []
  const value = tag(message, arrays)
  const parts = arrays.map((x) => ({ bytes: bytesOf(x), kept: keep(bytesOf(x)) }))
  const text = new TextEncoder().encode(
    JSON.stringify({ value, arrays: parts.map(({ bytes, kept }) => ({ bytes: bytes.length, kept })) }),
  )
  const own = parts.filter(({ kept }) => kept === undefined).map(({ bytes }) => bytes)
  const start = padded(4 + text.length)
  const whole = new Uint8Array(own.reduce((sum, { length }) => sum + padded(length), start))
  new DataView(whole.buffer).setUint32(0, text.length, true)
  whole.set(text, 4)
  let offset = start
  for (const bytes of own) {
    whole.set(bytes, offset)
    offset += padded(bytes.length)
  }
  return whole
}

const broken = (what: string): Failure =>
  failure('Format', `a message ${what}`, 'start giver and workers of one version')

const SHORT = broken('ends before its arrays')

/** An array of a message, over the memory that it names. */
const arrayOf = (name: ArrayName, index: number, arrays: readonly ArrayBufferLike[]): ArrayBufferView => {
  const memory = arrays[index]
  if (memory === undefined) return fail(broken('names an array that it has not'))
  if (memory.byteLength % sizes[name] !== 0) return fail(broken(`has a ${name} of ${memory.byteLength} bytes`))
  return makers[name](memory)
}

const untagged = (value: Tagged, arrays: readonly ArrayBufferLike[]): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if ('record' in value)
    return Object.fromEntries(Object.entries(value.record).map(([name, each]) => [name, untagged(each, arrays)]))
  if ('number' in value) return Number(value.number)
  if ('array' in value) return arrayOf(...value.array, arrays)
  return 'absent' in value ? undefined : value.map((each) => untagged(each, arrays))
}

/** Where arrays lie that are kept elsewhere, by their hash: memory that whoever asks may share, of so many bytes. */
export type Kept = (hash: string) => TaskEither<Failure, ArrayBufferLike>

/** Where nothing is kept. */
const nothingKept: Kept = () => async () => E.left(broken('leaves out arrays'))

/** Memory of its own: what a connection reads lies in memory that many messages share. */
const copied = (part: Uint8Array): ArrayBuffer => {
  const own = new Uint8Array(part.length)
  own.set(part)
  return own.buffer
}

const headText = (bytes: Uint8Array): E.Either<Failure, string> =>
  E.tryCatch(
    () => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    () => broken('has a head that is not UTF-8'),
  )

/** The message of some bytes. Left `Format` for what is none, and what `kept` fails with. */
export const decodeMessage = (data: Uint8Array, kept: Kept = nothingKept): TaskEither<Failure, unknown> =>
  effect(async (run) => {
    if (data.length < 4) fail(SHORT)
    const length = new DataView(data.buffer, data.byteOffset, data.length).getUint32(0, true)
    if (4 + length > data.length) fail(SHORT)
    const { value, arrays } = need(E.chain(decodeJson(head, 'message'))(headText(data.subarray(4, 4 + length))))
    let offset = padded(4 + length)
    const buffers: ArrayBufferLike[] = []
    for (const { bytes, kept: hash } of arrays) {
      const own = hash === undefined ? copied(data.subarray(offset, offset + bytes)) : await run(kept(hash))
      if (own.byteLength !== bytes) fail(SHORT)
      if (hash === undefined) offset += padded(bytes)
      buffers.push(own)
    }
    if (offset !== data.length) fail(broken('goes on after its arrays'))
    return untagged(value, buffers)
  })
