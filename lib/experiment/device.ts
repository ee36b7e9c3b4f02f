/**
 * What executes a system's plans, as an option: the same choices for every system.
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
