/**
 * The device as a value: what was acquired, what it can do, and the few counters that belong to it.
 */
/// <reference types="@webgpu/types" preserve="true" />
import type { Failure } from '../errors.ts'

/** The limits that the library looks at; those of the adapter are requested where they exceed the defaults. */
export const LIMITS = [
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'minStorageBufferOffsetAlignment',
  'minUniformBufferOffsetAlignment',
] as const

/** The name of a limit that the library looks at. */
export type LimitName = (typeof LIMITS)[number]
/** The limits of a device, by name. */
export type DeviceLimits = Readonly<Record<LimitName, number>>

/** The limits that every WebGPU device has (WebGPU, 3.6.2): those of a browser's smallest device. */
export const BASELINE_LIMITS: DeviceLimits = {
  maxStorageBuffersPerShaderStage: 8,
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupStorageSize: 2 ** 14,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65_535,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
}

/** The features that are requested where the adapter has them. */
export const FEATURES = ['subgroups', 'shader-f16', 'timestamp-query'] as const

/** The name of a feature that is requested where it exists. */
export type FeatureName = (typeof FEATURES)[number]

/** Which adapter was chosen, in words and numbers. `isSoftware`: llvmpipe, SwiftShader, WARP or a fallback adapter. */
export interface AdapterReport {
  readonly name: string
  readonly vendor: string
  readonly isSoftware: boolean
  /** Lanes of a subgroup; 1 where the adapter has no subgroups. */
  readonly subgroupSize: number
  readonly features: readonly FeatureName[]
  readonly limits: DeviceLimits
}

/** Which adapter to take: `auto` prefers hardware; any other text is a part of the adapter's name (Node only). */
export type AdapterChoice = 'auto' | 'hardware' | 'software' | (string & {})

/** Options of `acquire`. */
export interface AcquireOptions {
  readonly adapter?: AdapterChoice
  /** Lower limits than the adapter's, to see how a program behaves on a smaller device. */
  readonly limits?: Partial<DeviceLimits>
  /** Of the adapter's features only these; all by default. */
  readonly features?: readonly FeatureName[]
  /** `skip` leaves out the start-up self test (50 ms). */
  readonly selfTest?: 'run' | 'skip'
  /** Wraps the raw device, to count or to break calls in tests. */
  readonly instrument?: (gpu: GPUDevice) => GPUDevice
}

/** Loss of a device, as the only signal there is: after it every call seems to succeed. */
export interface Health {
  /** The failure once the device is lost, else undefined. */
  readonly lost: () => Failure | undefined
  /** Calls the listener at loss (at once if lost already); returns how to stop listening. */
  readonly onLoss: (listener: (f: Failure) => void) => () => void
  /** Takes the errors that no scope caught since the last call. */
  readonly takeFaults: () => readonly string[]
}

/** Live buffers of a device. */
interface Ledger {
  readonly live: Map<GPUBuffer, number>
}

/** A compiled kernel and its bind group layout. `hasParams`: the last binding is the uniform with a dynamic offset. */
export interface Kernel {
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
  readonly storageBindings: number
  readonly hasParams: boolean
}

/** Compiled kernels and layouts by structural key; least recently used kernels are dropped past a bound. */
interface KernelCache {
  readonly kernels: Map<string, Kernel>
  readonly layouts: Map<string, GPUBindGroupLayout>
}

/** A WebGPU device. `generation` grows by one at each `recover`; `root` keeps the GPU object alive. */
export interface Device {
  readonly generation: number
  readonly adapter: AdapterReport
  readonly limits: DeviceLimits
  readonly features: ReadonlySet<string>
  readonly gpu: GPUDevice
  readonly root: GPU
  readonly options: AcquireOptions
  readonly health: Health
  readonly ledger: Ledger
  readonly cache: KernelCache
}
