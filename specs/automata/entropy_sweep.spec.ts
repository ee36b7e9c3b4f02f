import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Arc, automaton } from '../../lib/automata/automaton.ts'
import { entropy } from '../../lib/automata/entropy.ts'
import { type Pfsa, pfsa } from '../../lib/automata/pfsa.ts'
import { sparseTransitions, type SparseTransitions, sweepOnce } from '../../lib/automata/sparse.ts'
import type { Device } from '../../lib/device.ts'
import { TENSOR_USAGE, USAGE } from '../../lib/device/buffers.ts'
import { key, uniforms } from '../../lib/key.ts'
import { real } from '../../lib/semiring.ts'
import { describeOnDevice } from '../adapter.ts'
import { LABELS } from '../../lib/laws/arbitraries/automata.ts'
import { right } from '../either.ts'

const CODE = readFileSync(new URL('../../shaders/entropy_sweep.wgsl', import.meta.url), 'utf8')

/** A deterministic PFSA with random targets and stop probabilities around 0.3. */
const randomPfsa = (states: number): Pfsa => {
  const u = uniforms(key(602), 4 * states)
  const draw = (i: number): number => u[i] ?? 0
  const stop = Array.from({ length: states }, (_, p) => [p, 0.2 + 0.2 * draw(4 * p)] as const)
  const arcs = stop.flatMap(([from, s]): readonly Arc<number>[] => [
    { from, symbol: 0, to: Math.floor(draw(4 * from + 1) * states), weight: (1 - s) * draw(4 * from + 3) },
    { from, symbol: 1, to: Math.floor(draw(4 * from + 2) * states), weight: (1 - s) * (1 - draw(4 * from + 3)) },
  ])
  return right(pfsa(automaton(real)({ alphabet: LABELS, states, start: [[0, 1]], stop, arcs })))
}

const upload = (gpu: GPUDevice, data: Uint32Array | Float32Array, usage: number): GPUBuffer => {
  const buffer = gpu.createBuffer({ size: Math.max(16, data.byteLength), usage: usage | USAGE.copyTarget })
  gpu.queue.writeBuffer(buffer, 0, new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice())
  return buffer
}

/** Sweeps from H = 0 on the device, `grid` workgroups a sweep. */
const sweepOnDevice = async (
  { gpu }: Device,
  t: SparseTransitions,
  sweeps: number,
  grid: readonly [number, number],
): Promise<Float32Array> => {
  const storage = TENSOR_USAGE
  const fixed = [t.rowPointers, t.targets, t.weights, t.localEntropy].map((data) => upload(gpu, data, storage))
  const values = [0, 1].map(() => upload(gpu, new Float32Array(t.states), storage))
  const params = upload(gpu, Uint32Array.of(t.states), USAGE.uniform)
  const module = gpu.createShaderModule({ code: CODE })
  const pipeline = gpu.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'entropy_sweep' } })
  const bind = (turn: number): GPUBindGroup =>
    gpu.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [...fixed, ...(turn === 0 ? values : [...values].reverse()), params].flatMap((buffer, binding) => ({
        binding,
        resource: { buffer },
      })),
    })
  const groups = [bind(0), bind(1)]
  const encoder = gpu.createCommandEncoder()
  for (let i = 0; i < sweeps; i++) {
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, groups[i % 2])
    pass.dispatchWorkgroups(grid[0], grid[1])
    pass.end()
  }
  const size = 4 * t.states
  const staging = gpu.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTarget })
  const last = values[sweeps % 2]
  if (last !== undefined) encoder.copyBufferToBuffer(last, 0, staging, 0, size)
  gpu.queue.submit([encoder.finish()])
  await staging.mapAsync(USAGE.mapRead)
  const out = new Float32Array(staging.getMappedRange().slice(0))
  for (const buffer of [...fixed, ...values, params, staging]) buffer.destroy()
  return out
}

await describeOnDevice('entropy_sweep', (device) => {
  const a = randomPfsa(1000)
  const t = sparseTransitions(a)

  it('W3: 80 sweeps on the device reach the entropy of every state, to f32', async () => {
    const found = await sweepOnDevice(device, t, 80, [16, 1])
    let expected: Float64Array = new Float64Array(t.states)
    for (let i = 0; i < 80; i++) expected = sweepOnce(t)(expected)
    // Each value is a sum of at most three terms below 8 nats: 2⁻²³·8 a sweep, and errors shrink by 0.8 a sweep.
    found.forEach((x, p) => expect(Math.abs(x - (expected[p] ?? 0))).toBeLessThan((2 ** -23 * 8 * 4) / 0.2))
    expect(found[0]).toBeCloseTo(right(entropy(a)).value, 4)
  })

  it('a grid of any shape gives the same bits', async () => {
    const flat = await sweepOnDevice(device, t, 7, [16, 1])
    expect(await sweepOnDevice(device, t, 7, [4, 4])).toEqual(flat)
    expect(await sweepOnDevice(device, t, 7, [5, 9])).toEqual(flat)
  })
})
