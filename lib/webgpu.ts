/**
 * The executor over WebGPU: programs run as WGSL kernels, with their state on the device from run to run.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { checked } from './checked.ts'
import { type AcquireOptions, type Device, acquire, destroy } from './device.ts'
import type { Failure } from './errors.ts'
import type { Executor } from './executor.ts'
import { namedBy } from './names.ts'
import { type PlanLimits, defaultLimits } from './plan.ts'
import { prepareOn } from './webgpu/prepare.ts'
import type { StateStorage } from './webgpu/states.ts'

/**
 * Options of `openWebGpu`: those of `acquire`, the most nodes that one fused run may have (1: nothing is fused), and how weights
 * are stored.
 *
 * With `storage: 'f16'` states of f32 that no run changes, of 1 024 elements or more, that programs read only as operands of
 * contractions and as rows to gather, lie on the device as halves (binary16): half the memory, each number to 2⁻¹¹ of itself (to 2⁻²⁵ below 2⁻¹⁴).
 * Arithmetic and sums stay f32. A number that is not finite or too large (65 520) is refused with `Feed`, where it is written or where a
 * program that reads it is prepared. Training needs `f32`, the default: `Runtime` for a program that changes such a state.
 */
export interface WebGpuOptions extends AcquireOptions {
  readonly maxRun?: number
  readonly storage?: StateStorage
}

const limitsOf = (device: Device, maxRun: number): PlanLimits => ({
  maxReads: Math.min(16, device.limits.maxStorageBuffersPerShaderStage) - 1,
  maxRun,
})

/** The executor over a device that was acquired before; releasing it destroys the device. */
export const webGpuExecutor =
  ({ maxRun = defaultLimits.maxRun, storage = 'f32' }: Pick<WebGpuOptions, 'maxRun' | 'storage'> = {}) =>
  (device: Device): Executor =>
    checked(
      {
        name: 'webgpu',
        description: `WebGPU on ${device.adapter.name}${device.adapter.isSoftware ? ' (software)' : ''}${storage === 'f16' ? ', weights as halves' : ''}`,
        software: device.adapter.isSoftware,
        prepare: prepareOn(device, limitsOf(device, maxRun), storage),
        release: () => destroy(device),
      },
      { on: device },
    )

/**
 * Opens the executor: `NoAdapter` where there is no adapter of the kind asked for, `SelfTest` where its arithmetic is wrong.
 *
 * @example
 * import { openWebGpu } from 'exptilt'
 * const executor = await openWebGpu({ adapter: 'software' })()
 */
export const openWebGpu = (options: WebGpuOptions = {}): TE.TaskEither<Failure, Executor> =>
  pipe(
    TE.fromEither(
      namedBy({
        'storage of weights': [options.storage ?? 'f32', ['f32', 'f16']],
        'way with the self test': [options.selfTest ?? 'run', ['run', 'skip']],
      }),
    ),
    TE.flatMap(() => acquire(options)),
    TE.map(webGpuExecutor(options)),
  )
