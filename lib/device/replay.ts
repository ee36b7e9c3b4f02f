/**
 * Replay: a recorded list of commands, run again with new data: one encoder and one submit a run, at most one readback.
 *
 * The last kernel of each submit counts it in an epoch word, which travels with the readback: a submit that was
 * silently skipped (validation errors do that) gives a failure, never stale numbers.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, lastOf, orElse } from '../at.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { allocateBuffers, releaseBuffers, TENSOR_USAGE, USAGE, type View, wholeOf } from './buffers.ts'
import { orLost, scoped } from './health.ts'
import { type Command, encodeRecording, type Recording, record } from './record.ts'
import type { Device } from './types.ts'

/** Data for a part of a buffer; element types of four bytes. */
export interface Write {
  readonly to: View
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>
}

/** What a run takes: data to write before it, rows that it appends, and which views (by number) to read back after it. */
interface RunOptions {
  readonly writes?: readonly Write[]
  readonly indices?: readonly number[]
  readonly read?: 'all' | 'nothing' | readonly number[]
}

/** Commands ready to run. Runs of one replay queue up behind each other; `release` destroys what it owns. */
export interface Replay {
  readonly run: (options?: RunOptions) => TaskEither<Failure, readonly ArrayBuffer[]>
  readonly release: () => void
}

interface Parts {
  readonly device: Device
  readonly recording: Recording
  readonly reads: readonly View[]
  readonly epoch: GPUBuffer
  readonly staging: GPUBuffer
}

/** Unread runs that may be under way before a run waits for the queue. */
const AHEAD = 16

const MAP_READ = 0x1

const startsOf = (reads: readonly View[]): readonly number[] =>
  reads.reduce<readonly number[]>((starts, view) => [...starts, orElse(starts.at(-1), 0) + view.bytes], [4])

const wantedOf = ({ reads }: Parts, read: RunOptions['read'] = 'all'): readonly View[] =>
  read === 'all' ? reads : read === 'nothing' ? [] : read.flatMap((i) => at(reads, i))

const encodeReads = (encoder: GPUCommandEncoder, { epoch, staging }: Parts, reads: readonly View[]): void => {
  const starts = startsOf(reads)
  encoder.copyBufferToBuffer(epoch, 0, staging, 0, 4)
  reads.forEach(({ buffer, offset, bytes }, i) => {
    encoder.copyBufferToBuffer(buffer, offset, staging, at(starts, i), bytes)
  })
}

const submit = (parts: Parts, { writes = [], indices = [] }: RunOptions, reads: readonly View[] | undefined): void => {
  const { gpu } = parts.device
  // Deno aborts on data of no elements.
  for (const { to, data } of writes)
    if (data.length > 0) gpu.queue.writeBuffer(to.buffer, to.offset, data, 0, data.length)
  const encoder = gpu.createCommandEncoder()
  encodeRecording(encoder)(parts.recording, indices)
  if (reads !== undefined) encodeReads(encoder, parts, reads)
  gpu.queue.submit([encoder.finish()])
}

const skipped = (device: Device, ran: number, sent: number): Failure => {
  const faults = device.health.takeFaults()
  const why = faults.length === 0 ? '' : ` (${faults.join('; ')})`
  return failure('Runtime', `the GPU ran ${ran} submits of ${sent}${why}`, 'release the program and compile it again', {
    ran,
    sent,
    faults,
  })
}

const readBack = async (
  { device, staging }: Parts,
  reads: readonly View[],
  sent: number,
): Promise<E.Either<Failure, readonly ArrayBuffer[]>> => {
  const starts = startsOf(reads)
  const mapped = await orLost(device.health)(staging.mapAsync(MAP_READ))
  if (E.isLeft(mapped)) return mapped
  try {
    const bytes = staging.getMappedRange()
    const ran = at(new Uint32Array(bytes, 0, 1), 0)
    if (ran !== sent >>> 0) return E.left(skipped(device, ran, sent))
    return E.right(reads.map((view, i) => bytes.slice(at(starts, i), at(starts, i) + view.bytes)))
  } catch (thrown) {
    return E.left(device.health.lost() ?? fromThrown('Runtime', 'run the program again')(thrown))
  } finally {
    staging.unmap()
  }
}

const runner = (parts: Parts): ((options: RunOptions) => Promise<E.Either<Failure, readonly ArrayBuffer[]>>) => {
  const { device } = parts
  let sent = 0
  let unread = 0
  return async (options) => {
    const reads = options.read === 'nothing' ? undefined : wantedOf(parts, options.read)
    const submitted = scoped(device)(() => {
      sent += 1
      submit(parts, options, reads)
    })()
    if (reads === undefined) {
      unread += 1
      const idle =
        unread % AHEAD === 0 ? await orLost(device.health)(device.gpu.queue.onSubmittedWorkDone()) : E.right(0)
      const result = await submitted
      return E.isLeft(result) ? result : E.isLeft(idle) ? idle : E.right([])
    }
    const result = await submitted
    return E.isLeft(result) ? result : readBack(parts, reads, sent)
  }
}

const RELEASED = failure('Runtime', 'the program was released', 'compile it again before running it')

/** Lets one run through at a time, in order, and none after release. */
const queued = (device: Device, parts: Parts): Replay => {
  const run = runner(parts)
  let last: Promise<unknown> = Promise.resolve()
  let released = false
  const release = (): void => {
    released = true
    releaseBuffers(device)([...parts.recording.owned, parts.epoch, parts.staging])
  }
  return {
    run:
      (options = {}) =>
      () => {
        const mine = last.then(() => (released ? E.left(RELEASED) : run(options)))
        last = mine
        return mine
      },
    release,
  }
}

/** Makes commands and readbacks ready to run. Everything is allocated and compiled here, nothing at a run. */
export const prepare =
  (device: Device) =>
  (commands: readonly Command[], reads: readonly View[]): TaskEither<Failure, Replay> =>
  async () => {
    const buffers = await allocateBuffers(device)([
      { label: 'epoch', bytes: 4, usage: TENSOR_USAGE },
      { label: 'staging', bytes: lastOf(startsOf(reads)), usage: USAGE.mapRead | USAGE.copyTarget },
    ])()
    if (E.isLeft(buffers)) return buffers
    const [epoch, staging] = buffers.right
    if (epoch === undefined || staging === undefined) return E.left(RELEASED)
    const count: Command = {
      kind: 'dispatch',
      shader: 'epoch',
      preludes: [],
      overrides: {},
      params: {},
      workgroups: 1,
      buffers: [wholeOf(epoch)],
    }
    const recording = await record(device)([...commands, count])()
    if (E.isRight(recording)) {
      return E.right(queued(device, { device, recording: recording.right, reads, epoch, staging }))
    }
    releaseBuffers(device)(buffers.right)
    return recording
  }
