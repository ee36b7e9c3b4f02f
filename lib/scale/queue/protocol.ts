/**
 * What givers and workers say to each other beside what executors do: jobs, their keys, and the messages of a session. All of it
 * goes through a codec on arrival.
 */
import * as t from 'io-ts'
import { nameCodec } from '../../codec/names.ts'
import { optional, record } from '../../codec/record.ts'
import { natural } from '../../codec/scalars.ts'
import { type WorkerKind, workerKinds } from '../protocol.ts'

/** Names of givers, sessions and workers, of which keys are made. */
const nameOfKeys: t.Type<string> = t.refinement(t.string, (text) => /^[A-Za-z0-9_.-]{1,128}$/.test(text), 'name')

/** A job of the queue: a session in which a worker serves executors to a giver. */
export interface LaneJob {
  readonly version: string
  readonly kind: WorkerKind
  readonly giver: string
  readonly session: string
  /** Milliseconds between two signs of life. */
  readonly beat: number
}

/** Codec of jobs. */
export const laneJobCodec: t.Type<LaneJob, unknown> = t.type({
  version: t.string,
  kind: nameCodec(workerKinds),
  giver: nameOfKeys,
  session: nameOfKeys,
  beat: t.refinement(natural, (n) => n >= 20 && n <= 60_000, 'milliseconds'),
})

/** A worker as others see it. */
interface Presence {
  readonly version: string
  readonly kind: WorkerKind
  /** What it does; undefined while it waits. */
  readonly doing: string | undefined
  /** Since when, in milliseconds of its own clock. */
  readonly since?: number
}

/** A worker that is there. */
export interface Present extends Presence {
  readonly name: string
}

/** Codec of presences. */
export const presenceCodec: t.Type<Presence, unknown> = record({
  version: t.string,
  kind: nameCodec(workerKinds),
  doing: t.union([t.string, t.undefined]),
  since: optional(natural),
})

/** What a giver says in a session: opens executors by number, speaks to them, ends. */
export type Told =
  | { readonly kind: 'open'; readonly channel: number }
  | { readonly kind: 'said'; readonly channel: number; readonly message: unknown }
  | { readonly kind: 'close'; readonly channel: number }
  | { readonly kind: 'end' }

/** Codec of what givers say. */
export const toldCodec: t.Type<Told, unknown> = t.union([
  t.type({ kind: t.literal('open'), channel: natural }),
  t.type({ kind: t.literal('said'), channel: natural, message: t.unknown }),
  t.type({ kind: t.literal('close'), channel: natural }),
  t.type({ kind: t.literal('end') }),
])

/** What a worker says in a session: who it is, what its executors say, why one ended, that it leaves and why. */
export type Heard =
  | { readonly kind: 'hello'; readonly worker: string }
  | { readonly kind: 'said'; readonly channel: number; readonly message: unknown }
  | { readonly kind: 'ended'; readonly channel: number; readonly reason: string }
  | { readonly kind: 'bye'; readonly reason: string }

/** Codec of what workers say. */
export const heardCodec: t.Type<Heard, unknown> = t.union([
  t.type({ kind: t.literal('hello'), worker: t.string }),
  t.type({ kind: t.literal('said'), channel: natural, message: t.unknown }),
  t.type({ kind: t.literal('ended'), channel: natural, reason: t.string }),
  t.type({ kind: t.literal('bye'), reason: t.string }),
])

/** The number of a call, which requests and their replies have. */
export const callCodec: t.Type<{ readonly call: number }, unknown> = t.type({ call: natural })

/** Milliseconds between two signs of life, unless a specification hurries. */
export const BEAT = 1000

/** The queue of workers of a kind and of a version. */
export const queueName = (kind: WorkerKind, version: string): string => `${kind}-${version}`

/** The keys of a prefix. */
export const keysOf = (prefix: string) => ({
  /** Workers by name. */
  workers: `${prefix}:workers`,
  /** There as long as a worker lives. */
  alive: (worker: string) => `${prefix}:alive:${worker}`,
  /** There until a worker takes a session; it is then its own. Of a run: as long as somebody wants it. */
  wanted: (session: string) => `${prefix}:wanted:${session}`,
  /** Counts as long as a giver, or the worker of a session, lives. */
  beat: (of: string) => `${prefix}:beat:${of}`,
  /** There once a worker has found a giver dead: its other sessions are then none. */
  gone: (giver: string) => `${prefix}:gone:${giver}`,
  toWorker: (session: string) => `${prefix}:to-worker:${session}`,
  toGiver: (session: string) => `${prefix}:to-giver:${session}`,
  array: (giver: string) => (hash: string) => `${prefix}:array:${giver}:${hash}`,
  /** What a run gave. */
  outcome: (task: string) => `${prefix}:outcome:${task}`,
  /** A file of runs, by its hash. */
  file: (hash: string) => `${prefix}:file:${hash}`,
  /** What one run leaves for others that begin alike. */
  shared: (name: string) => `${prefix}:shared:${name}`,
})
