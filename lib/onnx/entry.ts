/**
 * A compiled program as a file: what the executor knows of it, and the model as ONNX Runtime has optimised it, under a hash of both.
 * Parameters are inputs of a program and are in neither; its constants are in the model.
 */
import { deserialize, serialize } from 'node:v8'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { held } from '../at.ts'
import { decodeAs } from '../codec/json.ts'
import { nameCodec } from '../codec/names.ts'
import { natural } from '../codec/scalars.ts'
import { sha256 } from '../codec/sha256.ts'
import { type Failure, failure } from '../errors.ts'
import type { Program } from '../executor.ts'
import type { Expr } from '../expr.ts'
import { decodeProgram, encodeProgram } from '../wire.ts'
import type { Compiled } from './lower.ts'
import type { GraphType, GraphValue, HostNode } from './types.ts'

/** A program as it was kept. */
export interface Entry {
  readonly compiled: Compiled
  readonly model: Uint8Array
}

const MAGIC = new TextEncoder().encode('exptilt program\n')
const HASH = 64
const HEAD = MAGIC.length + HASH + 4

const value: t.Type<GraphValue, unknown> = t.type({
  name: t.string,
  dtype: nameCodec<GraphType>(['f32', 'i32', 'u32', 'bool', 'i64']),
  shape: t.readonlyArray(natural),
})

const host: t.Type<HostNode, unknown> = t.type({
  kind: nameCodec<HostNode['kind']>(['words', 'uniforms', 'below', 'fold']),
  key: t.string,
  output: value,
  parameter: t.number,
})

const contentCodec = t.type({
  key: t.string,
  hosts: t.readonlyArray(host),
  fed: t.readonlyArray(value),
  keys: t.readonlyArray(t.string),
  roots: t.readonlyArray(value),
  /** The inputs that are fed, then the keys. */
  expressions: t.unknown,
})

const plain = ({ name, dtype, shape }: GraphValue): GraphValue => ({ name, dtype, shape })

/** The bytes of a program's file. */
export const encodeEntry = (key: string, { compiled, model }: Entry): Uint8Array => {
  const { hosts, fed, keys, roots } = compiled
  const expressions = [...fed.map(({ input }) => input), ...keys.values()]
  const content = serialize({
    key,
    hosts: hosts.map((each) => ({ ...each, output: plain(each.output) })),
    fed: fed.map(({ value: own }) => plain(own)),
    keys: [...keys.keys()],
    roots: roots.map(plain),
    expressions: encodeProgram({
      state: {},
      outputs: Object.fromEntries(expressions.map((x, i) => [`x${i}`, x])),
    }),
  })
  const bytes = new Uint8Array(HEAD + content.length + model.length)
  bytes.set(MAGIC)
  new DataView(bytes.buffer).setUint32(HEAD - 4, content.length, true)
  bytes.set(content, HEAD)
  bytes.set(model, HEAD + content.length)
  bytes.set(new TextEncoder().encode(sha256(bytes.subarray(HEAD - 4))), MAGIC.length)
  return bytes
}

const broken = (what: string): Failure => failure('Format', `a kept program ${what}`, 'remove the file')

const isWhole = (bytes: Uint8Array): boolean =>
  bytes.length >= HEAD &&
  MAGIC.every((byte, i) => bytes[i] === byte) &&
  new TextDecoder().decode(bytes.subarray(MAGIC.length, HEAD - 4)) === sha256(bytes.subarray(HEAD - 4))

/** What is in the file of a program. Left `Format` for bytes that are not whole, of another program, or of another form. */
export const decodeEntry = (key: string, bytes: Uint8Array): E.Either<Failure, Entry> => {
  if (!isWhole(bytes)) return E.left(broken('is not whole'))
  const start = HEAD + new DataView(bytes.buffer, bytes.byteOffset).getUint32(HEAD - 4, true)
  return pipe(
    E.tryCatch(
      (): unknown => deserialize(bytes.subarray(HEAD, start)),
      () => broken('cannot be read'),
    ),
    E.chain(decodeAs(contentCodec, 'kept program')),
    E.filterOrElse(
      (content) => content.key === key,
      () => broken('is another one'),
    ),
    E.bindTo('content'),
    E.bind('found', ({ content }) => decodeProgram(content.expressions)),
    E.chain(({ content, found }) =>
      E.tryCatch(
        () => ({ compiled: compiledFrom(content, found), model: bytes.subarray(start) }),
        () => broken('lacks an expression'),
      ),
    ),
  )
}

const compiledFrom = (
  { hosts, fed, keys, roots }: t.TypeOf<typeof contentCodec>,
  { outputs: named }: Program,
): Compiled => {
  const expressions = new Map<string, Expr>(Object.entries(named))
  const expression = (i: number): Expr => held(expressions, `x${i}`)
  return {
    hosts,
    fed: fed.map((own, i) => ({ input: expression(i), value: own })),
    keys: new Map(keys.map((name, i) => [name, expression(fed.length + i)])),
    roots,
  }
}
