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

/** How many worker threads, or as many as are fastest. */
export type Workers = number | 'auto'

/** What computes a run. */
export interface Computing {
  readonly device: DeviceChoice
  /** Worker threads over which batches are spread, each with an executor of one thread; none unless given. `auto` measures. */
  readonly workers?: Workers
  /** The Redis whose workers do what is spread, with its password; none unless given. */
  readonly on?: string
}

/** Options but for where a run is kept and who shares its work: by these, results of one kind of device are the same. */
export const withoutPlace = ({
  out: _out,
  workers: _workers,
  on: _on,
  ...options
}: Computing & { readonly out?: string }): object => options

/** What computes a run, of its options. */
export const computingOf = ({ device, workers, on }: Computing): Computing => ({
  device,
  ...(workers === undefined ? {} : { workers }),
  ...(on === undefined ? {} : { on }),
})
