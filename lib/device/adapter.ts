/**
 * The GPU object of the runtime and the choice of an adapter: Node through the package `webgpu` (Dawn), Deno and
 * browsers through `navigator.gpu`.
 */
/// <reference types="@webgpu/types" preserve="true" />
import * as E from 'fp-ts/lib/Either.js'
import { codeOf, type Failure, failure, messageOf } from '../errors.ts'
import {
  type AcquireOptions,
  type AdapterChoice,
  type AdapterReport,
  type DeviceLimits,
  FEATURES,
  type FeatureName,
  LIMITS,
} from './types.ts'

const ambientGPU = (): GPU | undefined => ('navigator' in globalThis ? globalThis.navigator.gpu : undefined)

interface Dawn {
  readonly create: (options: readonly string[]) => GPU
}

const isDawn = (module: unknown): module is Dawn =>
  typeof module === 'object' && module !== null && 'create' in module && typeof module.create === 'function'

const REMEDY =
  'install a Vulkan driver (Mesa 25 has llvmpipe in software), start Chromium with --enable-unsafe-webgpu, or run the program on the CPU'

const noAdapter = (what: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('NoAdapter', what, REMEDY, facts)

const IN_BROWSER = failure(
  'NoAdapter',
  'this browser has no WebGPU here',
  'use a recent Chromium, Firefox or Safari through https or localhost, or compute with WebAssembly',
)

const isClass = (choice: AdapterChoice): boolean => ['auto', 'hardware', 'software'].includes(choice)

// The name is kept from bundlers, which must not pack Node's addon for browsers.
const DAWN_PACKAGE: string = 'webgpu'

/** Through which of these files Linux reaches a GPU: direct rendering, NVIDIA's driver and that of its boards, Windows below, telephones. */
const DEVICE_FILES = [
  '/dev/dri',
  '/dev/nvidiactl',
  '/dev/nvhost-gpu',
  '/dev/nvmap',
  '/dev/dxg',
  '/dev/kgsl-3d0',
  '/dev/mali0',
]

/** Whether a machine may have a GPU: on Linux one of its files is there; elsewhere that cannot be known so. */
export const mayHaveGpu = (platform: string, exists: (path: string) => boolean): boolean =>
  platform !== 'linux' || DEVICE_FILES.some(exists)

const thisMachineMayHaveGpu = (): boolean => {
  if (typeof process === 'undefined' || !('getBuiltinModule' in process)) return true
  return mayHaveGpu(process.platform, process.getBuiltinModule('node:fs').existsSync)
}

/**
 * The runtime's GPU object; `NoAdapter` where there is none. The caller keeps it referenced. Dawn is not loaded to look for
 * hardware that cannot be there: it would write warnings about what it finds instead.
 */
export const gpuRoot = async (choice: AdapterChoice): Promise<E.Either<Failure, GPU>> => {
  const ambient = ambientGPU()
  if (ambient !== undefined) return E.right(ambient)
  if (typeof process === 'undefined') return E.left(IN_BROWSER)
  if (choice === 'hardware' && !thisMachineMayHaveGpu()) return E.left(noAdapter('this machine has no GPU'))
  try {
    const module: unknown = await import(/* @vite-ignore */ DAWN_PACKAGE)
    if (!isDawn(module)) return E.left(noAdapter("the package 'webgpu' exports no create()"))
    return E.right(module.create(isClass(choice) ? [] : [`adapter=${choice}`]))
  } catch (thrown) {
    if (codeOf(thrown) === 'ERR_MODULE_NOT_FOUND')
      return E.left(
        failure(
          'NoAdapter',
          `this runtime has no WebGPU, and the package ${DAWN_PACKAGE}, which brings it to Node, is not installed`,
          `run npm install ${DAWN_PACKAGE}, or choose another device`,
        ),
      )
    return E.left(noAdapter(`this runtime has no WebGPU (${messageOf(thrown)})`))
  }
}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render|\bwarp\b/i

/** Whether an adapter computes on the CPU. */
const isSoftwareAdapter = (info: GPUAdapterInfo): boolean =>
  info.isFallbackAdapter || SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(' '))

const limitsOf = (limits: GPUSupportedLimits): DeviceLimits => ({
  maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
  maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
  maxBufferSize: limits.maxBufferSize,
  maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
  maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
  maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
  maxComputeWorkgroupSizeY: limits.maxComputeWorkgroupSizeY,
  maxComputeWorkgroupSizeZ: limits.maxComputeWorkgroupSizeZ,
  maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
  minStorageBufferOffsetAlignment: limits.minStorageBufferOffsetAlignment,
  minUniformBufferOffsetAlignment: limits.minUniformBufferOffsetAlignment,
})

/** What an adapter is and can do, with no more features than are allowed. */
export const reportAdapter = (adapter: GPUAdapter, allowed: readonly FeatureName[] = FEATURES): AdapterReport => {
  const { info } = adapter
  const features = allowed.filter((name) => adapter.features.has(name))
  return {
    name: info.description || info.device || info.vendor || 'unnamed adapter',
    vendor: info.vendor,
    isSoftware: isSoftwareAdapter(info),
    subgroupSize: features.includes('subgroups') ? (info.subgroupMinSize ?? 1) : 1,
    features,
    limits: limitsOf(adapter.limits),
  }
}

const requests = (choice: AdapterChoice): readonly GPURequestAdapterOptions[] =>
  choice === 'software'
    ? [{ forceFallbackAdapter: true }, {}]
    : [{ powerPreference: 'high-performance' }, {}, { forceFallbackAdapter: true }]

const suits = (choice: AdapterChoice, adapter: GPUAdapter): boolean =>
  (choice !== 'hardware' || !isSoftwareAdapter(adapter.info)) &&
  (choice !== 'software' || isSoftwareAdapter(adapter.info))

/** The adapter of this choice; `auto` takes hardware where there is some. `NoAdapter` where none suits. */
export const chooseAdapter = async (root: GPU, choice: AdapterChoice): Promise<E.Either<Failure, GPUAdapter>> => {
  let found: GPUAdapter | undefined
  const seen: string[] = []
  for (const options of requests(choice)) {
    const adapter = await root.requestAdapter(options).catch(() => null)
    if (adapter === null) continue
    seen.push(reportAdapter(adapter).name)
    if (!suits(choice, adapter)) continue
    found ??= adapter
    if (choice !== 'auto' || !isSoftwareAdapter(adapter.info)) return E.right(adapter)
  }
  if (found !== undefined) return E.right(found)
  const names = seen.length === 0 ? 'the runtime offers none' : `the runtime offers ${[...new Set(seen)].join(', ')}`
  return E.left(noAdapter(`there is no GPU adapter for '${choice}' (${names})`, { choice, seen }))
}

const smaller = (name: string): boolean => name.startsWith('min')

/** The limits to request: the adapter's, lowered (or, for alignments, raised) to what the options ask for. */
export const limitsToRequest = (offered: DeviceLimits, asked: AcquireOptions['limits'] = {}): DeviceLimits =>
  LIMITS.reduce<DeviceLimits>((limits, name) => {
    const wish = asked[name]
    if (wish === undefined) return limits
    return { ...limits, [name]: smaller(name) ? Math.max(wish, limits[name]) : Math.min(wish, limits[name]) }
  }, offered)
