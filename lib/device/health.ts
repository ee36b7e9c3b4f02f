/**
 * Device loss and error scopes. After a loss every WebGPU call seems to succeed, so each await here is raced against
 * the loss, and the loss is looked at again after it.
 */
/// <reference types="@webgpu/types" preserve="true" />
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { napping } from './nap.ts'
import type { Device, Health } from './types.ts'

const lossFailure = (info: GPUDeviceLostInfo, generation: number): Failure =>
  failure(
    'DeviceLost',
    `the GPU device was lost (${info.reason}: ${info.message || 'no message'})`,
    'call recover for a new device and continue from the last checkpoint',
    { reason: info.reason, message: info.message, generation },
  )

/** Watches a raw device for loss and for errors that no scope caught. */
export const watch = (gpu: GPUDevice, generation: number): Health => {
  let loss: Failure | undefined
  let faults: string[] = []
  const listeners = new Set<(f: Failure) => void>()
  void gpu.lost.then((info) => {
    loss = lossFailure(info, generation)
    for (const listener of listeners) listener(loss)
    listeners.clear()
  })
  gpu.addEventListener('uncapturederror', (event) => {
    event.preventDefault()
    faults.push(event.error.message)
  })
  return {
    lost: () => loss,
    onLoss: (listener) => {
      if (loss !== undefined) listener(loss)
      else listeners.add(listener)
      return () => listeners.delete(listener)
    },
    takeFaults: () => {
      const taken = faults
      faults = []
      return taken
    },
  }
}

/** The value of a promise, or `DeviceLost` as soon as the device is lost, or a `Runtime` failure if it rejects. */
export const orLost =
  (health: Health) =>
  <A>(promise: Promise<A>): Promise<E.Either<Failure, A>> =>
    new Promise((resolve) => {
      const stop = health.onLoss((f) => resolve(E.left(f)))
      const settle = (result: E.Either<Failure, A>): void => {
        stop()
        const loss = health.lost()
        resolve(loss === undefined ? result : E.left(loss))
      }
      napping(promise).then(
        (value) => settle(E.right(value)),
        (thrown: unknown) => settle(E.left(fromThrown('Runtime', 'see the message of the GPU driver')(thrown))),
      )
    })

const scopeFailure = (filter: GPUErrorFilter, error: GPUError): Failure =>
  filter === 'out-of-memory'
    ? failure('OutOfMemory', `the GPU is out of memory (${error.message})`, 'use smaller batches or release programs')
    : failure(
        'Runtime',
        `the GPU rejected a command (${error.message})`,
        'this is an error of the library: report it',
        {
          filter,
        },
      )

const FILTERS = ['validation', 'out-of-memory', 'internal'] as const

/**
 * Runs GPU calls inside error scopes. The scopes of a device are one stack, so they are pushed and popped without an
 * await between; only their results are awaited. A left is the first error of a scope, a throw, or the loss.
 */
export const scoped =
  (device: Pick<Device, 'gpu' | 'health'>) =>
  <A>(action: () => A): TaskEither<Failure, A> =>
  async () => {
    const loss = device.health.lost()
    if (loss !== undefined) return E.left(loss)
    for (const filter of FILTERS) device.gpu.pushErrorScope(filter)
    const result = E.tryCatch(action, fromThrown('Runtime', 'see the message of the GPU driver'))
    const pops = [...FILTERS].reverse().map((filter) => device.gpu.popErrorScope().then((error) => ({ filter, error })))
    const popped = await orLost(device.health)(Promise.all(pops))
    if (E.isLeft(popped)) return popped
    const caught = popped.right.find((p) => p.error !== null)
    if (caught?.error) return E.left(scopeFailure(caught.filter, caught.error))
    return result
  }
