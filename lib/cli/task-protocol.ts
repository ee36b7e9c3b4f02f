/** What a worker and the process of a run say to each other. All of it goes through a codec on arrival. */
import * as t from 'io-ts'
import { nameCodec } from '../codec/names.ts'
import type { Failure } from '../errors.ts'
import { failureCodec, type WorkerKind, workerKinds } from '../scale/protocol.ts'
import { type TaskProgress, taskProgressCodec } from '../scale/queue/tasks.ts'

/** What a worker says: what to run in which folder, that it is to stop. */
export type TaskOrder =
  | {
      readonly kind: 'run'
      readonly system: string
      readonly options: string
      readonly device: WorkerKind
      readonly directory: string
      readonly begun: { readonly options: string; readonly directory: string } | null
      /** The folder of the files that it computes on. */
      readonly given: string
    }
  | { readonly kind: 'stop' }

/** Codec of what a worker says. */
export const taskOrderCodec: t.Type<TaskOrder, unknown> = t.union([
  t.type({
    kind: t.literal('run'),
    system: t.string,
    options: t.string,
    device: nameCodec(workerKinds),
    directory: t.string,
    begun: t.union([t.type({ options: t.string, directory: t.string }), t.null]),
    given: t.string,
  }),
  t.type({ kind: t.literal('stop') }),
])

/** What the process of a run says: how far it is, a line, its results, its failure. */
export type TaskNews =
  | { readonly kind: 'progress'; readonly progress: TaskProgress }
  | { readonly kind: 'note'; readonly line: string }
  | { readonly kind: 'results'; readonly results: string }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** Codec of what the process of a run says. */
export const taskNewsCodec: t.Type<TaskNews, unknown> = t.union([
  t.type({ kind: t.literal('progress'), progress: taskProgressCodec }),
  t.type({ kind: t.literal('note'), line: t.string }),
  t.type({ kind: t.literal('results'), results: t.string }),
  t.type({ kind: t.literal('failed'), failure: failureCodec }),
])
