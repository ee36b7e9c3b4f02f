/**
 * What passes between an executor on another thread and whoever uses it: requests one way, replies the other. Everything goes
 * through a codec on arrival.
 */
import * as t from 'io-ts'
import { nameCodec } from '../codec/names.ts'
import { natural } from '../codec/scalars.ts'
import type { DType, Values } from '../dtype.ts'
import { type Failure, type FailureTag, failureTags } from '../errors.ts'
import type { Value } from '../expr.ts'
import { valuesCodec, type WireProgram, wireProgramCodec } from '../wire.ts'

/** What an executor on another thread computes with. */
export type WorkerKind = 'onnx' | 'reference'

/** The kinds by name. */
export const workerKinds: readonly [WorkerKind, WorkerKind] = ['onnx', 'reference']

/** A call of a program, by the program's number; the reply has the number of the call. */
type Asked =
  | {
      readonly kind: 'prepare'
      readonly program: number
      readonly graph: WireProgram
      readonly beside: number | undefined
    }
  | {
      readonly kind: 'run'
      readonly program: number
      readonly feeds: Readonly<Record<string, Values>>
      readonly read: readonly string[] | undefined
    }
  | { readonly kind: 'readState'; readonly program: number; readonly names: readonly string[] | undefined }
  | { readonly kind: 'writeState'; readonly program: number; readonly values: Readonly<Record<string, Values>> }
  | { readonly kind: 'release'; readonly program: number }
  | { readonly kind: 'close' }

/** A request: a call with its number. */
export type Request = { readonly call: number } & Asked

/** What a call gave: values by name (none for calls that give nothing), or its failure. */
export interface Reply {
  readonly call: number
  readonly failure: Failure | undefined
  readonly values: Readonly<Record<string, Value>> | undefined
}

/** The first message of a worker: what its executor is, or why there is none. */
export interface Greeting {
  readonly description: string
  readonly failure: Failure | undefined
}

const [call, program] = [natural, natural]
const arrays = t.record(t.string, valuesCodec)
const names = t.union([t.readonlyArray(t.string), t.undefined])

/** Codec of requests. */
export const requestCodec: t.Type<Request, unknown> = t.union([
  t.type({
    call,
    kind: t.literal('prepare'),
    program,
    graph: wireProgramCodec,
    beside: t.union([natural, t.undefined]),
  }),
  t.type({ call, kind: t.literal('run'), program, feeds: arrays, read: names }),
  t.type({ call, kind: t.literal('readState'), program, names }),
  t.type({ call, kind: t.literal('writeState'), program, values: arrays }),
  t.type({ call, kind: t.literal('release'), program }),
  t.type({ call, kind: t.literal('close') }),
])

/** Codec of failures. */
export const failureCodec: t.Type<Failure, unknown> = t.type({
  tag: nameCodec<FailureTag>(failureTags),
  what: t.string,
  remedy: t.string,
  facts: t.record(t.string, t.unknown),
})

const valueCodec: t.Type<Value, unknown> = t.type({
  axes: t.readonlyArray(t.type({ name: t.string, size: natural })),
  dtype: nameCodec<DType>(['f32', 'i32', 'u32', 'bool']),
  data: valuesCodec,
})

/** Codec of replies. */
export const replyCodec: t.Type<Reply, unknown> = t.type({
  call,
  failure: t.union([failureCodec, t.undefined]),
  values: t.union([t.record(t.string, valueCodec), t.undefined]),
})

/** Codec of greetings. */
export const greetingCodec: t.Type<Greeting, unknown> = t.type({
  description: t.string,
  failure: t.union([failureCodec, t.undefined]),
})

/** Either end of a connection: `MessagePort` of every runtime. */
export interface Port {
  readonly postMessage: (message: unknown, transfer?: readonly ArrayBuffer[]) => void
  readonly on: (event: 'message', hear: (message: unknown) => void) => unknown
  readonly close: () => void
}
