/**
 * The smallest way to run one kernel by hand: join WGSL files, compile, bind buffers, dispatch, read back, time.
 *
 * Used by the benchmarks of single kernels in this folder; the library's own executor is lib/device.ts.
 */
import { readFileSync } from 'node:fs'

/** A buffer to bind: initial values, or a number of floats (zeros). */
export type Binding = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | number

/** One dispatch: files to join, the entry point, overrides, bindings in order, sizes and workgroups. */
export interface Dispatch {
  readonly files: readonly string[]
  readonly entry: string
  readonly constants?: Readonly<Record<string, number>>
  readonly bindings: readonly Binding[]
  readonly params: readonly number[]
  readonly workgroups: readonly number[]
}

/** A device with the way to release it. */
export interface Opened {
  readonly device: GPUDevice
  readonly description: string
  readonly subgroups: boolean
}

const shaderText = (file: string): string =>
  readFileSync(new URL(`../../shaders/${file}.wgsl`, import.meta.url), 'utf8')

const findGPU = async (): Promise<GPU> => {
  const own = 'Deno' in globalThis && typeof navigator !== 'undefined' ? navigator.gpu : undefined
  if (own !== undefined) return own
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  return create([])
}

/** Opens the default adapter with its subgroups and larger limits, where it has them. */
export const openDevice = async (): Promise<Opened> => {
  const gpu = await findGPU()
  const adapter = await gpu.requestAdapter()
  if (adapter === null) throw new Error('no adapter')
  const wanted: readonly GPUFeatureName[] = ['subgroups', 'timestamp-query']
  const features = wanted.filter((name) => adapter.features.has(name))
  const device = await adapter.requestDevice({ requiredFeatures: [...features] })
  device.addEventListener('uncapturederror', (event) => console.error(String(event.error.message)))
  // The GPU object must outlive the device (Dawn frees the instance otherwise).
  Object.assign(device, { owner: gpu })
  return { device, description: adapter.info.description, subgroups: features.includes('subgroups') }
}

/**
 * Waits for the queue without burning a core: dawn.node polls by `setImmediate` as fast as it can while a promise is
 * pending, which takes one of llvmpipe's cores, so each turn of the event loop sleeps half a millisecond.
 */
export const finished = async (device: GPUDevice): Promise<void> => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let waiting = true
  const nap = (): void => {
    if (!waiting) return
    Atomics.wait(cell, 0, 0, 0.5)
    setImmediate(nap)
  }
  setImmediate(nap)
  await device.queue.onSubmittedWorkDone()
  waiting = false
}

/** Compiles a dispatch; the returned function runs it `times` times and resolves to milliseconds. */
export const prepare = async (device: GPUDevice, dispatch: Dispatch) => {
  const code = dispatch.files.map(shaderText).join('\n')
  const module = device.createShaderModule({ code })
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module, entryPoint: dispatch.entry, constants: { ...dispatch.constants } },
  })
  const buffers = dispatch.bindings.map((binding) => {
    const bytes = typeof binding === 'number' ? binding * 4 : binding.byteLength
    const buffer = device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    })
    if (typeof binding !== 'number') device.queue.writeBuffer(buffer, 0, binding)
    return buffer
  })
  const params = device.createBuffer({ size: 32, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
  device.queue.writeBuffer(params, 0, new Uint32Array(dispatch.params))
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [...buffers, params].map((buffer, binding) => ({ binding, resource: { buffer } })),
  })
  const read = async (which: number): Promise<Float32Array> => {
    const source = buffers[which]
    if (source === undefined) throw new Error(`no binding ${which}`)
    const staging = device.createBuffer({ size: source.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(source, 0, staging, 0, source.size)
    device.queue.submit([encoder.finish()])
    await staging.mapAsync(GPUMapMode.READ)
    const values = new Float32Array(staging.getMappedRange().slice(0))
    staging.destroy()
    return values
  }
  const run = async (times = 1): Promise<number> => {
    const start = performance.now()
    const encoder = device.createCommandEncoder()
    for (let i = 0; i < times; i++) {
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(dispatch.workgroups[0] ?? 1, dispatch.workgroups[1] ?? 1, dispatch.workgroups[2] ?? 1)
      pass.end()
    }
    device.queue.submit([encoder.finish()])
    await finished(device)
    return performance.now() - start
  }
  const release = (): void => {
    for (const buffer of [...buffers, params]) buffer.destroy()
  }
  return { run, read, release }
}

/** The least milliseconds of `repeats` runs after one warm-up. */
export const fastest = async (run: () => Promise<number>, repeats = 5): Promise<number> => {
  await run()
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < repeats; i++) least = Math.min(least, await run())
  return least
}

/** Deterministic values in (-scale, scale): a Weyl sequence, enough for benchmarks. */
export const values = (length: number, seed: number, scale = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    { length },
    (_, i) => scale * (2 * ((((i + 1) * 0.6180339887498949 + seed * 0.7548776662466927) * ((i % 97) + 1)) % 1) - 1),
  )

/** Largest absolute error, and largest error relative to the largest reference value. */
export const errors = (
  got: ArrayLike<number>,
  want: ArrayLike<number>,
): { readonly absolute: number; readonly relative: number } => {
  let absolute = 0
  let scale = 0
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs((got[i] ?? Number.NaN) - (want[i] ?? 0))
    absolute = difference > absolute || Number.isNaN(difference) ? difference : absolute
    scale = Math.max(scale, Math.abs(want[i] ?? 0))
  }
  return { absolute, relative: absolute / Math.max(scale, 1e-30) }
}
