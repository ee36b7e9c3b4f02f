/**
 * The executor over WebGPU: programs run as WGSL kernels, with their state on the device from run to run.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { checked } from './checked.ts'
import { type AcquireOptions, type Device, acquire, destroy } from './device.ts'
import type { Failure } from './errors.ts'
import type { Executor } from './executor.ts'
import { type PlanLimits, defaultLimits } from './plan.ts'
import { prepareOn } from './webgpu/prepare.ts'

/** Options of `openWebGpu`: those of `acquire`, and the most nodes that one fused run may have (1: nothing is fused). */
export interface WebGpuOptions extends AcquireOptions {
  readonly maxRun?: number
}

const limitsOf = (device: Device, maxRun: number): PlanLimits => ({
  maxReads: Math.min(16, device.limits.maxStorageBuffersPerShaderStage) - 1,
  maxRun,
})

/** The executor over a device that was acquired before; releasing it destroys the device. */
export const webGpuExecutor =
  ({ maxRun = defaultLimits.maxRun }: Pick<WebGpuOptions, 'maxRun'> = {}) =>
  (device: Device): Executor =>
    checked(
      {
        name: 'webgpu',
        description: `WebGPU on ${device.adapter.name}${device.adapter.isSoftware ? ' (software)' : ''}`,
        software: device.adapter.isSoftware,
        prepare: prepareOn(device, limitsOf(device, maxRun)),
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
  pipe(acquire(options), TE.map(webGpuExecutor(options)))
