/**
 * Buffers: sizes are checked against the limits before, and out of memory is caught after, each allocation; a ledger
 * counts what is alive.
 */
/// <reference types="@webgpu/types" preserve="true" />
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../errors.ts'
import { scoped } from './health.ts'
import type { Device, LimitName } from './types.ts'

/** Usage flags by number: runtimes differ in whether the constants are globals. */
export const USAGE = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const

/** What every tensor's buffer needs. */
export const TENSOR_USAGE: number = USAGE.storage | USAGE.copySource | USAGE.copyTarget

/** A buffer to allocate. */
interface BufferRequest {
  readonly label: string
  readonly bytes: number
  readonly usage: number
}

/** A part of a buffer, in bytes. */
export interface View {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly bytes: number
}

/** A whole buffer as a view. */
export const wholeOf = (buffer: GPUBuffer): View => ({ buffer, offset: 0, bytes: buffer.size })

/** Bytes rounded up to a multiple of 4, at least 4: empty bindings and odd sizes are errors in WebGPU. */
export const paddedBytes = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4)

const limitOf = (request: BufferRequest): LimitName =>
  (request.usage & USAGE.storage) === 0 ? 'maxBufferSize' : 'maxStorageBufferBindingSize'

/** `Limit` if a buffer of this size would exceed what the device allows; decided before anything is created. */
export const checkSize =
  (device: Pick<Device, 'limits'>) =>
  (request: BufferRequest): E.Either<Failure, BufferRequest> => {
    const limit = limitOf(request)
    const allowed = Math.min(device.limits[limit], device.limits.maxBufferSize)
    if (paddedBytes(request.bytes) <= allowed) return E.right(request)
    const what = `buffer '${request.label}' needs ${request.bytes} bytes, and ${limit} is ${allowed}`
    return E.left(
      failure('Limit', what, 'use a smaller batch or split the tensor along an axis', {
        label: request.label,
        bytes: request.bytes,
        limit,
        allowed,
      }),
    )
  }

const firstTooLarge = (device: Device, requests: readonly BufferRequest[]): Failure | undefined => {
  for (const request of requests) {
    const checked = checkSize(device)(request)
    if (E.isLeft(checked)) return checked.left
  }
  return undefined
}

/** Destroys buffers and strikes them from the ledger; harmless for buffers that are gone already. */
export const releaseBuffers =
  (device: Pick<Device, 'ledger'>) =>
  (buffers: readonly GPUBuffer[]): void => {
    for (const buffer of buffers) if (device.ledger.live.delete(buffer)) buffer.destroy()
  }

/**
 * Allocates all buffers or none. `Limit` before anything is created; `OutOfMemory` or `DeviceLost` after, with every
 * buffer of the request destroyed and the ledger as it was.
 */
export const allocateBuffers =
  (device: Device) =>
  (requests: readonly BufferRequest[]): TaskEither<Failure, readonly GPUBuffer[]> =>
  async () => {
    const tooLarge = firstTooLarge(device, requests)
    if (tooLarge !== undefined) return E.left(tooLarge)
    const made: GPUBuffer[] = []
    const result = await scoped(device)(() => {
      for (const { label, bytes, usage } of requests) {
        const buffer = device.gpu.createBuffer({ label, size: paddedBytes(bytes), usage })
        device.ledger.live.set(buffer, paddedBytes(bytes))
        made.push(buffer)
      }
      return made
    })()
    if (E.isLeft(result)) releaseBuffers(device)(made)
    return result
  }

/** How many buffers of the library are alive on a device, and their bytes. */
export const liveBuffers = (device: Pick<Device, 'ledger'>): { readonly count: number; readonly bytes: number } => ({
  count: device.ledger.live.size,
  bytes: [...device.ledger.live.values()].reduce((sum, bytes) => sum + bytes, 0),
})
