/**
 * Kernels: joined shader modules compiled to pipelines, cached by structure, with errors told by file and line.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, lastOf } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { joinParts, locate, type Part, partsOf, pipelineKey, type ShaderBody, shaderBody } from '../shader.ts'
import { orLost, scoped } from './health.ts'
import type { Device, Kernel } from './types.ts'

/** Which code to compile: a file of `shaders/` by name, or a generated body in `source`. */
export interface KernelRequest {
  readonly shader: string
  readonly preludes: readonly string[]
  readonly overrides: Readonly<Record<string, number>>
  readonly source?: ShaderBody
}

/** How many kernels a device keeps; programs hold on to their own. */
export const KERNEL_BOUND = 512

const COMPUTE_STAGE = 0x4

/** The body that a request names. */
export const bodyOf = (request: KernelRequest): E.Either<Failure, ShaderBody> =>
  request.source === undefined ? shaderBody(request.shader) : E.right(request.source)

const layoutEntries = (body: ShaderBody): readonly GPUBindGroupLayoutEntry[] => {
  const storage = body.bindings.map(
    ({ access }, binding): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: COMPUTE_STAGE,
      buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
    }),
  )
  const uniform: GPUBindGroupLayoutEntry = {
    binding: storage.length,
    visibility: COMPUTE_STAGE,
    buffer: { type: 'uniform', hasDynamicOffset: true },
  }
  return body.paramsBytes === 0 ? storage : [...storage, uniform]
}

const layoutOf = (device: Device, body: ShaderBody): GPUBindGroupLayout => {
  const signature = `${body.bindings.map((b) => b.access).join(' ')} ${body.paramsBytes}`
  const known = device.cache.layouts.get(signature)
  if (known !== undefined) return known
  const layout = device.gpu.createBindGroupLayout({ label: signature, entries: [...layoutEntries(body)] })
  device.cache.layouts.set(signature, layout)
  return layout
}

const compilationFailure = (parts: readonly Part[], message: GPUCompilationMessage): Failure => {
  const place = locate(parts, message.lineNum)
  const what = `${place.file}:${place.line}:${message.linePos}: ${message.message.trim()}\n    ${place.text.trim()}\n`
  return failure('ShaderCompilation', what, `repair ${place.file}`, { ...place, column: message.linePos })
}

/** Why a module does not compile: file, line, column and the offending text where the compiler tells them. */
const explain = async (
  device: Device,
  parts: readonly Part[],
  module: GPUShaderModule | undefined,
  caught: Failure,
): Promise<Failure> => {
  if (module === undefined || caught.tag !== 'Runtime') return caught
  const info = await orLost(device.health)(module.getCompilationInfo())
  if (E.isLeft(info)) return info.left
  const message = info.right.messages.find((m) => m.type === 'error')
  if (message !== undefined) return compilationFailure(parts, message)
  const files = parts.map((p) => p.name).join(' + ')
  return failure('ShaderCompilation', `${files}: ${caught.what}`, 'repair the shader', { files })
}

const moduleOf = async (device: Device, parts: readonly Part[]): Promise<E.Either<Failure, GPUShaderModule>> => {
  let module: GPUShaderModule | undefined
  const made = await scoped(device)(() => {
    module = device.gpu.createShaderModule({ label: lastOf(parts).name, code: joinParts(parts) })
    return module
  })()
  return E.isRight(made) ? made : E.left(await explain(device, parts, module, made.left))
}

const pipelineFailure = (request: KernelRequest, caught: Failure): Failure =>
  caught.tag === 'DeviceLost'
    ? caught
    : failure('ShaderCompilation', `shader '${request.shader}': ${caught.what}`, 'check its overrides and bindings', {
        shader: request.shader,
        overrides: request.overrides,
      })

const checkBindings = (device: Device, body: ShaderBody): Failure | undefined => {
  const allowed = device.limits.maxStorageBuffersPerShaderStage
  if (body.bindings.length <= allowed) return undefined
  const what = `shader '${body.entryPoint}' binds ${body.bindings.length} buffers, and the device allows ${allowed}`
  return failure('Limit', what, 'split the kernel', { shader: body.entryPoint, allowed })
}

const build = async (device: Device, request: KernelRequest, body: ShaderBody): Promise<E.Either<Failure, Kernel>> => {
  const parts = partsOf(request.preludes, body)
  if (E.isLeft(parts)) return parts
  const tooMany = checkBindings(device, body)
  if (tooMany !== undefined) return E.left(tooMany)
  const module = await moduleOf(device, parts.right)
  if (E.isLeft(module)) return module
  const layout = layoutOf(device, body)
  const pipeline = await orLost(device.health)(
    device.gpu.createComputePipelineAsync({
      label: request.shader,
      layout: device.gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: module.right, entryPoint: body.entryPoint, constants: { ...request.overrides } },
    }),
  )
  if (E.isLeft(pipeline)) return E.left(pipelineFailure(request, pipeline.left))
  const kernel = { pipeline: pipeline.right, layout, storageBindings: body.bindings.length }
  return E.right({ ...kernel, hasParams: body.paramsBytes > 0 })
}

const remember = (kernels: Map<string, Kernel>, key: string, kernel: Kernel): void => {
  kernels.delete(key)
  kernels.set(key, kernel)
  if (kernels.size <= KERNEL_BOUND) return
  for (const oldest of kernels.keys()) {
    kernels.delete(oldest)
    return
  }
}

/** The compiled kernel of a request. `ShaderCompilation`, `Limit` or `DeviceLost` say why there is none. */
export const compileKernel =
  (device: Device) =>
  (request: KernelRequest): TaskEither<Failure, Kernel> =>
  async () => {
    const body = bodyOf(request)
    if (E.isLeft(body)) return body
    const key = pipelineKey(body.right, request.preludes, request.overrides)
    const known = device.cache.kernels.get(key)
    if (known !== undefined) {
      remember(device.cache.kernels, key, known)
      return E.right(known)
    }
    const built = await build(device, request, body.right)
    if (E.isRight(built)) remember(device.cache.kernels, key, built.right)
    return built
  }

const requestKey = (request: KernelRequest): string =>
  `${request.shader}|${request.preludes.join('+')}|${JSON.stringify(request.overrides)}|${request.source?.text ?? ''}`

/** The kernels of many requests, in their order, each distinct one compiled once; the first failure if there is one. */
export const compileKernels =
  (device: Device) =>
  (wanted: readonly KernelRequest[]): TaskEither<Failure, readonly Kernel[]> =>
  async () => {
    const keys = wanted.map(requestKey)
    const distinct = new Map(wanted.map((request, i) => [at(keys, i), request]))
    const built = await Promise.all(
      [...distinct].map(async ([key, request]) => [key, await compileKernel(device)(request)()] as const),
    )
    const byKey = new Map(built)
    const kernels: Kernel[] = []
    for (const key of keys) {
      const kernel = byKey.get(key)
      if (kernel === undefined) continue
      if (E.isLeft(kernel)) return kernel
      kernels.push(kernel.right)
    }
    return E.right(kernels)
  }
