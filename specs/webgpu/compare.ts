/** The comparisons of operations with the f64 reference as suites on the GPU. */
import { describe, expect, it } from 'vitest'
import type { Device } from '../../lib/device.ts'
import type { Executor } from '../../lib/executor.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { type Comparison, operationComparisons, type Suite, type Trials as Tried } from './operation-comparisons.ts'

/** The device as one without subgroups, so that the portable kernels are taken. */
export const portable = (device: Device): Device => ({ ...device, adapter: { ...device.adapter, subgroupSize: 4 } })

/** The device as hardware without subgroups: kernels choose other tiles there, which software computes as well. */
export const asHardware = (device: Device): Device => ({
  ...device,
  adapter: { ...device.adapter, isSoftware: false, subgroupSize: 4 },
})

/** The device as one on which a dimension of a dispatch holds so few workgroups: more are spread over two dimensions. */
export const narrow =
  (most: number) =>
  (device: Device): Device => ({ ...device, limits: { ...device.limits, maxComputeWorkgroupsPerDimension: most } })

/** A driver may compile a kernel only at its first dispatch, which takes seconds for the largest ones on a processor. */
const TIMEOUT = 120_000

/** How much to try. */
export interface Trials extends Tried {
  /** Also without subgroups. */
  readonly portably?: boolean
}

/** Tests that an executor agrees with the reference. */
export const agreesOn = (executor: () => Executor, comparisons: readonly Comparison[]): void => {
  for (const { title, complaints } of comparisons)
    it(title, { timeout: TIMEOUT }, async () => expect(await complaints(executor())).toEqual([]))
}

/** A suite of F1 for some operations, and whatever else the device is wanted for. */
export const describeOperations = (
  title: string,
  names: readonly string[],
  trials: Trials = {},
  more: (executor: Executor, device: Device) => void = () => undefined,
): Promise<void> =>
  describeOnDevice(title, (device) => {
    const executor = webGpuExecutor()(device)
    describe.each(names)('%s', (name) => agreesOn(() => executor, operationComparisons(name, trials)))
    if (trials.portably === true)
      describe.each(names)('%s without subgroups', (name) =>
        agreesOn(() => webGpuExecutor()(portable(device)), operationComparisons(name, trials)),
      )
    if (trials.hardware === true)
      describe.each(names)('%s as on hardware', (name) =>
        agreesOn(() => webGpuExecutor()(asHardware(device)), operationComparisons(name, trials)),
      )
    more(executor, device)
  })

/** A suite that every WebGPU runs, on this one, and whatever else the device is wanted for. */
export const describeSuite = (suite: Suite, more: (executor: Executor) => void = () => undefined): Promise<void> =>
  describeOperations(suite.title, suite.names, suite.trials, (executor) => {
    agreesOn(() => executor, suite.more)
    more(executor)
  })
