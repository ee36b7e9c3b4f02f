/**
 * WebGPU devices: acquire one, ask what it can do, allocate, record and run commands. Together with `lib/device/` the
 * only part of the library that knows `GPUDevice`.
 */
/// <reference types="@webgpu/types" preserve="true" />
export { acquire, destroy, recover } from './device/acquire.ts'
export {
  allocateBuffers,
  liveBuffers,
  releaseBuffers,
  TENSOR_USAGE,
  type View,
  wholeOf,
} from './device/buffers.ts'
export { capabilities } from './device/capabilities.ts'
export { type Command, splitWorkgroups } from './device/record.ts'
export { prepare, type Replay, type Write } from './device/replay.ts'
export { selfTest } from './device/self_test.ts'
export { type AcquireOptions, BASELINE_LIMITS, type Device } from './device/types.ts'
