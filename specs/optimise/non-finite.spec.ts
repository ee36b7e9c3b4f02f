/**
 * A training step whose loss, gradient or new parameter is not finite is a failure at that step, on every executor, and
 * leaves parameters and optimiser as they were.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Executor, Prepared } from '../../lib/executor.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input } from '../../lib/ops/layout.ts'
import { multiply, scale, square, subtract } from '../../lib/ops/pointwise.ts'
import { mean, sum } from '../../lib/ops/reduce.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { adam, chain, clipByGlobalNorm, type Optimiser, sgd, trainingProgram } from '../../lib/optimise/index.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { left, run } from '../either.ts'

const [row, from] = [axis('row', 4), axis('from', 3)]
const [x, y, w, b] = [input('x', row, from), input('y', row), input('w', from), input('b')]
const loss = mean(row)(square(subtract(subtract(contract(from)(x, w), b), y)))

const batch = (more: number = 1) => ({
  x: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + 1)),
  y: Float32Array.of(1, 2, more, 4),
})

const plain = async (prepared: Prepared): Promise<Readonly<Record<string, readonly number[]>>> =>
  Object.fromEntries(Object.entries(await run(prepared.readState())).map(([name, v]) => [name, Array.from(v.data)]))

const linear = (executor: Executor, optimiser: Optimiser): Promise<Prepared> =>
  run(executor.prepare(trainingProgram({ parameters: { w, b }, loss, optimiser })))

const careful = chain(clipByGlobalNorm(1), adam(0.1))

const failsAsItShould = (executorOf: () => Promise<Executor>): void => {
  it.for([
    ['NaN', Number.NaN, 'the loss is NaN'],
    ['an infinity', Number.POSITIVE_INFINITY, 'the loss is Infinity'],
    ['a value whose square overflows', 3e38, 'the loss is Infinity'],
  ] as const)('%s in a batch, with clipByGlobalNorm and Adam', async ([, bad, what]) => {
    const executor = await executorOf()
    // The reference computes in f64, where 3e38² is finite.
    const value = executor.name === 'reference' && bad === 3e38 ? 1e200 : bad
    const prepared = await linear(executor, careful)
    for (let i = 0; i < 3; i++) await run(prepared.run(batch(i)))
    const before = await plain(prepared)
    const found = left(await prepared.run({ ...batch(), y: Float64Array.of(1, value, 2, 3) })())
    expect([found.tag, found.what]).toEqual([
      'NonFinite',
      `training step 4: ${what}; parameters and optimiser are as they were after step 3`,
    ])
    expect(found.remedy).toMatch(/^lower the learning rate, clip the gradient/)
    expect(found.facts).toEqual({ step: 4, lastGood: 3, what })
    expect({ ...(await plain(prepared)), 'training/loss': before['training/loss'] }).toEqual(before)
    // Told once: training goes on from there, and as if nothing had been.
    const next = await run(prepared.run(batch(7)))
    const other = await linear(executor, careful)
    for (let i = 0; i < 3; i++) await run(other.run(batch(i)))
    expect(next['loss']?.data).toEqual((await run(other.run(batch(7))))['loss']?.data)
    expect(await plain(prepared)).toEqual(await plain(other))
    for (const p of [prepared, other]) p.release()
  })

  it('unread steps after a bad one are not done, and the next reading says which it was', async () => {
    const prepared = await linear(await executorOf(), careful)
    for (let i = 0; i < 9; i++) expect((await prepared.run(batch(i === 4 ? Number.NaN : i), [])())._tag).toBe('Right')
    const state = await plain(prepared)
    expect([state['training/steps'], state['training/fault']]).toEqual([[4], [1]])
    expect(left(await prepared.run(batch(), ['gradientNorm'])()).facts['step']).toBe(5)
    const other = await linear(await executorOf(), careful)
    for (let i = 0; i < 4; i++) await run(other.run(batch(i)))
    const [one, two] = [await plain(prepared), await plain(other)]
    expect({ ...one, 'training/loss': 0 }).toEqual({ ...two, 'training/loss': 0 })
    for (const p of [prepared, other]) p.release()
  })

  it('NaN in a parameter', async () => {
    const prepared = await linear(await executorOf(), careful)
    await run(prepared.writeState({ w: Float32Array.of(1, Number.NaN, 2) }))
    expect(left(await prepared.run(batch())()).what).toContain('training step 1: the loss is NaN;')
    prepared.release()
  })

  it('NaN in a parameter that the loss does not feel', async () => {
    const idle = input('idle', from)
    const some = trainingProgram({ parameters: { idle, w }, loss: sum(from)(square(w)), optimiser: sgd(0.1) })
    const prepared = await run((await executorOf()).prepare(some))
    await run(prepared.writeState({ idle: Float32Array.of(0, Number.NaN, 0), w: Float32Array.of(1, 2, 3) }))
    expect(left(await prepared.run({})()).what).toContain("training step 1: the new 'idle' is not finite;")
    prepared.release()
  })

  it('a finite loss whose gradient is not', async () => {
    const far = trainingProgram({
      parameters: { w, b },
      loss: multiply(b, sum(from)(w)),
      optimiser: sgd(0.1),
    })
    const executor = await executorOf()
    const prepared = await run(executor.prepare(far))
    const [small, large] = [Float32Array.of(0), executor.name === 'reference' ? 1e200 : 1e25]
    await run(prepared.writeState({ w: Float64Array.of(large, 0, 0), b: small }))
    const found = left(await prepared.run({})())
    expect(found.what).toContain("training step 1: the gradient of 'b' is not finite;")
    expect((await plain(prepared))['b']).toEqual([0])
    prepared.release()
  })

  it('a learning rate that explodes: the step at which the parameter overflows', async () => {
    const executor = await executorOf()
    const steep = trainingProgram({
      parameters: { b },
      loss: b,
      optimiser: sgd((step) => multiply(step, scale(executor.name === 'reference' ? 1e308 : 2e38)(step))),
    })
    const prepared = await run(executor.prepare(steep))
    await run(prepared.run({}))
    await run(prepared.run({}))
    const before = await plain(prepared)
    const found = left(await prepared.run({})())
    expect(found.what).toContain("training step 3: the new 'b' is not finite;")
    expect((await plain(prepared))['b']).toEqual(before['b'])
    prepared.release()
  })
}

describe('steps that are not finite on the reference', () => failsAsItShould(() => Promise.resolve(reference)))

describe('steps that are not finite on ONNX Runtime', () => {
  const executor = run(openOnnx({ threads: 1 }))
  afterAll(async () => (await executor).release())
  failsAsItShould(() => executor)
})

await describeOnDevice('steps that are not finite on WebGPU', (device) =>
  failsAsItShould(() => Promise.resolve(webGpuExecutor()(device))),
)

describe('names of training state', () => {
  it('are the user’s, and known to the compiler', () => {
    const { state } = trainingProgram({ parameters: { w, b }, loss, optimiser: sgd(0.1) })
    expect([state.w.input, state.b.input]).toEqual([w, b])
  })

  it('those of the training are refused', () => {
    expect(() => trainingProgram({ parameters: { 'optimiser/w': w }, loss, optimiser: sgd(0.1) })).toThrow(
      "a parameter is called 'optimiser/w'",
    )
  })
})
