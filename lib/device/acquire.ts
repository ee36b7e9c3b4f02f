/**
 * Acquiring a device, recovering one that was lost, and giving it back.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { chooseAdapter, gpuRoot, limitsToRequest, reportAdapter } from './adapter.ts'
import { watch } from './health.ts'
import { selfTest } from './self_test.ts'
import type { AcquireOptions, Device } from './types.ts'

const REMEDY = 'close other programs that use the GPU, or choose another adapter'

const deviceOf = (
  root: GPU,
  raw: GPUDevice,
  adapter: GPUAdapter,
  options: AcquireOptions,
  generation: number,
): Device => {
  const gpu = options.instrument?.(raw) ?? raw
  const report = reportAdapter(adapter, options.features)
  return {
    generation,
    adapter: report,
    limits: limitsToRequest(report.limits, options.limits),
    features: new Set(report.features),
    gpu,
    root,
    options,
    health: watch(gpu, generation),
    ledger: { live: new Map() },
    cache: { kernels: new Map(), layouts: new Map() },
  }
}

const open = async (options: AcquireOptions, generation: number): Promise<E.Either<Failure, Device>> => {
  const choice = options.adapter ?? 'auto'
  const root = await gpuRoot(choice)
  if (E.isLeft(root)) return root
  const adapter = await chooseAdapter(root.right, choice)
  if (E.isLeft(adapter)) return adapter
  const report = reportAdapter(adapter.right, options.features)
  const requiredLimits = { ...limitsToRequest(report.limits, options.limits) }
  try {
    const raw = await adapter.right.requestDevice({ requiredFeatures: [...report.features], requiredLimits })
    return E.right(deviceOf(root.right, raw, adapter.right, options, generation))
  } catch (thrown) {
    const { what } = fromThrown('NoAdapter', REMEDY)(thrown)
    return E.left(failure('NoAdapter', `${report.name} gives no device (${what})`, REMEDY, { adapter: report.name }))
  }
}

/** Gives a device back: destroys it and everything on it. Node can exit afterwards. Idempotent. */
export const destroy = (device: Device): void => {
  device.ledger.live.clear()
  device.gpu.destroy()
}

const openTested = async (options: AcquireOptions, generation: number): Promise<E.Either<Failure, Device>> => {
  const device = await open(options, generation)
  if (E.isLeft(device) || options.selfTest === 'skip') return device
  const tested = await selfTest(device.right)()
  if (E.isRight(tested)) return device
  destroy(device.right)
  return tested
}

/**
 * A device on an adapter of the runtime, tested: `NoAdapter` where there is none, `SelfTest` where its arithmetic is
 * wrong. `auto` prefers hardware; `device.adapter` says what was taken.
 */
export const acquire =
  (options: AcquireOptions = {}): TaskEither<Failure, Device> =>
  () =>
    openTested(options, 0)

/** A new device with the options of a lost one, one generation on. Programs must be compiled again. */
export const recover =
  (device: Device): TaskEither<Failure, Device> =>
  () =>
    openTested(device.options, device.generation + 1)
