/**
 * What a lowering may ask of a device: the few facts on which the choice of a kernel depends.
 */
import type { Capabilities } from '../expr.ts'
import type { Device } from './types.ts'

/** The capabilities of a device, for `Op.lower`. */
export const capabilities = (device: Device): Capabilities => ({
  subgroups: device.features.has('subgroups'),
  subgroupSize: device.adapter.subgroupSize,
  software: device.adapter.isSoftware,
  maxWorkgroupStorage: device.limits.maxComputeWorkgroupStorageSize,
  maxInvocations: device.limits.maxComputeInvocationsPerWorkgroup,
})
