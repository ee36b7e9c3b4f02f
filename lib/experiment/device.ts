/**
 * What executes a system's plans, as options: the same choices for every system.
 */
import type { ExecutorChoice } from '../choose.ts'

/** What executes the plans; `auto` takes a hardware adapter, else the fastest that is there. */
export type DeviceChoice = ExecutorChoice

/** The device choices, in the order shown in help texts. */
export const deviceNames: readonly [DeviceChoice, DeviceChoice, DeviceChoice, DeviceChoice, DeviceChoice] = [
  'auto',
  'gpu',
  'cpu',
  'onnx',
  'reference',
]

/** What computes a run. */
export interface Computing {
  readonly device: DeviceChoice
  /** Worker threads over which batches are spread, each with an executor of one thread; none unless given. */
  readonly workers?: number
}

/** What computes a run, of its options. */
export const computingOf = ({ device, workers }: Computing): Computing => ({
  device,
  ...(workers === undefined ? {} : { workers }),
})
