/**
 * How long the kernels take, and what share that is of what the adapter can do: of the rate at which it contracts where arithmetic
 * bounds a kernel, of the rate at which it copies where memory does, and there of that of the simplest shader too.
 */
import { type Device, TENSOR_USAGE } from '../../lib/device.ts'
import { program } from '../../lib/program.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { finished } from '../kernels/harness.ts'
import { must } from '../open.ts'
import { filled, type Work } from './works.ts'

/** Milliseconds of one run: by the clock, and of the processor. */
export interface Times {
  readonly wall: number
  readonly processor: number
}

/** What an adapter reaches: FLOP/s of its contraction, bytes/s of its copies (read and written) and of its simplest shader. */
export interface Limits {
  readonly flops: number
  readonly bytes: number
  readonly shader: number
}

/** Batches of runs, of which the fastest counts, and their least length. */
const BATCHES = 5
const BATCH_MS = 60
const MOST_RUNS = 200

/** Least milliseconds of a run: `work(n)` makes n runs and waits for them once. */
const least = async (work: (runs: number) => Promise<unknown>, seconds: number): Promise<Times> => {
  await work(1)
  const begun = performance.now()
  await work(1)
  const runs = Math.min(MOST_RUNS, Math.ceil(BATCH_MS / Math.max(0.01, performance.now() - begun)))
  let best: Times = { wall: Number.POSITIVE_INFINITY, processor: Number.POSITIVE_INFINITY }
  for (let i = 0; i < BATCHES && (i === 0 || performance.now() - begun < seconds * 1000); i++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    await work(runs)
    const { user, system } = process.cpuUsage(used)
    best = {
      wall: Math.min(best.wall, (performance.now() - start) / runs),
      processor: Math.min(best.processor, (user + system) / 1000 / runs),
    }
  }
  return best
}

/** The times of a work on a device, within about so many seconds. Operands and results stay there. */
export const timeOf = async (device: Device, { operands, results }: Work, seconds: number): Promise<Times> => {
  const prepared = await must(webGpuExecutor()(device).prepare(program(operands, operands, results)))
  await must(
    prepared.writeState(Object.fromEntries(Object.entries(operands).map(([name, x], i) => [name, filled(x, i)]))),
  )
  const found = await least(async (runs) => {
    for (let i = 0; i < runs; i++) await must(prepared.run({}, []))
    await finished(device.gpu)
  }, seconds)
  prepared.release()
  return found
}

/** The time of copying so many bytes from one buffer to another. */
export const copyTime = async ({ gpu }: Device, bytes: number, seconds: number): Promise<Times> => {
  const usage = TENSOR_USAGE
  const [from, to] = [gpu.createBuffer({ size: bytes, usage }), gpu.createBuffer({ size: bytes, usage })]
  const found = await least(async (runs) => {
    const encoder = gpu.createCommandEncoder()
    for (let i = 0; i < runs; i++) encoder.copyBufferToBuffer(from, 0, to, 0, bytes)
    gpu.queue.submit([encoder.finish()])
    await finished(gpu)
  }, seconds)
  from.destroy()
  to.destroy()
  return found
}

/** Lanes of a workgroup of the simplest shader, and turns of each. */
const [LANES, TURNS] = [64, 64]

/** The least that a shader can do with memory: vec4s of two arrays added up, 64 turns a lane, as starting a workgroup is dear on processors. */
const SIMPLEST = `
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sum: array<vec4f>;
@compute @workgroup_size(${LANES})
fn simplest(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * ${LANES * TURNS}u + lane;
  for (var i = first; i < min(first + ${LANES * TURNS}u, arrayLength(&sum)); i += ${LANES}u) { sum[i] = a[i] + b[i]; }
}`

/** The time of that shader on arrays of so many bytes, of which it reads two and writes one. */
export const simplestTime = async ({ gpu }: Device, bytes: number, seconds: number): Promise<Times> => {
  const module = gpu.createShaderModule({ code: SIMPLEST })
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'simplest' } })
  const buffers = [0, 1, 2].map(() => gpu.createBuffer({ size: bytes, usage: TENSOR_USAGE }))
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
  const found = await least(async (runs) => {
    const encoder = gpu.createCommandEncoder()
    for (let i = 0; i < runs; i++) {
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(Math.ceil(bytes / 16 / LANES / TURNS))
      pass.end()
    }
    gpu.queue.submit([encoder.finish()])
    await finished(gpu)
  }, seconds)
  for (const buffer of buffers) buffer.destroy()
  return found
}

/** The least seconds that a work can take: of its arithmetic or of its memory, whichever is longer. */
const boundOf = ({ flops, bytes }: Work, limits: Limits): { readonly seconds: number; readonly by: string } => {
  const [computing, moving] = [flops / limits.flops, bytes / limits.bytes]
  return computing > moving ? { seconds: computing, by: 'arithmetic' } : { seconds: moving, by: 'memory' }
}

/** A line of the table of rooflines, of a work that took so many milliseconds. */
export const roofline = (work: Work, ms: number, limits: Limits): readonly string[] => {
  const { seconds, by } = boundOf(work, limits)
  const rate =
    by === 'arithmetic' ? `${(work.flops / ms / 1e6).toFixed(1)} GFLOP/s` : `${(work.bytes / ms / 1e6).toFixed(1)} GB/s`
  const ofSimplest = by === 'memory' ? ((1000 * work.bytes) / ms / limits.shader).toFixed(2) : ''
  return [work.name, work.sizes, `${ms.toPrecision(3)} ms`, rate, by, ((1000 * seconds) / ms).toFixed(2), ofSimplest]
}

/** The columns of the table of rooflines. */
export const ROOFLINE_HEAD: readonly string[] = [
  'kernel',
  'operands',
  'time',
  'rate',
  'bound by',
  'share',
  'of the simplest shader',
]
