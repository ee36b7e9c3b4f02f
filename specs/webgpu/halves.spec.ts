/** Weights stored as halves: which states are, what is read from them, and what is refused. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import { type Device, liveBuffers } from '../../lib/device.ts'
import type { Executor, Prepared } from '../../lib/executor.ts'
import type { Tensor } from '../../lib/expr.ts'
import { key } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input, rename } from '../../lib/ops/layout.ts'
import { add, scale } from '../../lib/ops/pointwise.ts'
import { select } from '../../lib/ops/slice.ts'
import { outputs, program, runAll } from '../../lib/program.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { left, right, run } from '../either.ts'
import { asHardware, portable } from './compare.ts'
import { everyHalf, farProducts, HALF_SHAPES, halfNumbers as numbers, type HalfShape, rounded } from './halves-suite.ts'

const [inner, column] = [axis('inner', 64), axis('column', 32)]
const [w, x] = [input('w', inner, column), input('x', inner)]
/** Holds the weight for programs beside it. */
const holder = () => program<string, string>({ w }, { w }, {})
const product = () => program<string, string>({ w }, { w }, { y: contract(inner)(x, w) })

const tables = (executor: Executor, device: Device): void => {
  const ways = {
    'as the device is': device,
    'without subgroups': portable(device),
    'as on hardware': asHardware(device),
  }
  for (const [way, on] of Object.entries(ways))
    it.each(HALF_SHAPES.map((s): [...HalfShape] => [...s]))(
      `F19: [%i, %i] · [·, %i] with halves on either side, ${way}`,
      { timeout: 180_000 },
      async (...shape) => expect(await farProducts(webGpuExecutor({ storage: 'f16' })(on), shape)).toEqual([]),
    )

  it(everyHalf.title, async () => expect(await everyHalf.complaints(executor)).toEqual([]))
}

const states = (executor: Executor, device: Device): void => {
  const values = numbers(64 * 32, 3)
  const feeds = { x: numbers(64, 4) }
  const exact = (of: Float32Array): readonly number[] =>
    Array.from({ length: 32 }, (_, c) => feeds.x.reduce((sum, a, l) => sum + a * at(of, l * 32 + c), 0))
  const near = (found: ArrayLike<number> | undefined, want: readonly number[]): boolean =>
    want.every((y, i) => Math.abs(y - at(found ?? [], i)) < 1e-4)

  it('weights take half the memory, and what is too small or read otherwise takes what it did', async () => {
    const bytesOf = async (storage: 'f32' | 'f16', of: () => ReturnType<typeof product>): Promise<number> => {
      const before = liveBuffers(device).bytes
      const prepared = right(await webGpuExecutor({ storage })(device).prepare(of())())
      const bytes = liveBuffers(device).bytes - before
      prepared.release()
      expect(liveBuffers(device).bytes).toBe(before)
      return bytes
    }
    const saved = async (of: () => ReturnType<typeof product>): Promise<number> =>
      (await bytesOf('f32', of)) - (await bytesOf('f16', of))
    const small = input('w', axis('inner', 8), column)
    expect(await saved(product)).toBe(2 * 64 * 32)
    expect(
      await saved(() =>
        program({ w: small }, { w: small }, { y: contract(axis('inner', 8))(input('x', axis('inner', 8)), small) }),
      ),
    ).toBe(0)
    expect(await saved(() => program({ w }, { w }, { y: contract(inner)(x, w), z: scale(2)(w) }))).toBe(0)
    expect(await saved(() => program({ w }, { w }, { y: contract(inner)(x, w), w }))).toBe(0)
    expect(await saved(() => program({ w }, { w: scale(0.5)(w) }, { y: contract(inner)(x, w) }))).toBe(0)
  })

  it('the first program that reads a state decides how it lies, and others read it so', async () => {
    const root = right(await executor.prepare(holder())())
    const read = async (prepared: Prepared, name: string) => right(await prepared.run(feeds)())[name]?.data
    expect(right(await root.readState()())['w']?.data).toEqual(new Float32Array(64 * 32))
    right(await root.writeState({ w: values })())
    expect(right(await root.readState()())['w']?.data).toEqual(values)
    const first = right(await executor.prepare(product(), root)())
    expect(near(await read(first, 'y'), exact(rounded(values)))).toBe(true)
    expect(right(await root.readState()())['w']?.data).toEqual(rounded(values))
    const other = right(
      await executor.prepare(program<string, string>({ w }, { w }, { z: add(w, w), same: w }), root)(),
    )
    expect(right(await other.run({})())['z']?.data).toEqual(rounded(values).map((v) => 2 * v))
    expect(right(await other.run({})())['same']?.data).toEqual(rounded(values))
    right(await other.writeState({ w: values.map((v) => v / 2) })())
    expect(near(await read(first, 'y'), exact(rounded(values.map((v) => v / 2))))).toBe(true)
    const training = program<string, string>({ w }, { w: scale(0.5)(w) }, {})
    expect(left(await executor.prepare(training, root)()).what).toBe(
      "state 'w' is stored as halves, and a program beside changes it",
    )
    for (const each of [other, first, root]) each.release()
  })

  it('a state that its first reader changes stays f32', async () => {
    const root = right(await executor.prepare(holder())())
    right(await root.writeState({ w: values })())
    const step = right(await executor.prepare(program<string, string>({ w }, { w: scale(0.5)(w) }, {}), root)())
    right(await step.run({}, [])())
    expect(right(await root.readState()())['w']?.data).toEqual(values.map((v) => v / 2))
    step.release()
    root.release()
  })

  it.each([70_000, 65_520, Number.NaN, Number.NEGATIVE_INFINITY])('refuses %d, and keeps what it had', async (bad) => {
    const wrong = values.slice()
    wrong[7] = bad
    const root = right(await executor.prepare(holder())())
    right(await root.writeState({ w: wrong })())
    const early = left(await executor.prepare(product(), root)())
    expect([early.tag, early.what]).toEqual(['Feed', `state 'w' is stored as halves and got ${bad} at index 7`])
    right(await root.writeState({ w: values })())
    const prepared = right(await executor.prepare(product(), root)())
    expect(left(await root.writeState({ w: wrong })()).what).toBe(early.what)
    expect(near(right(await prepared.run(feeds)())['y']?.data, exact(rounded(values)))).toBe(true)
    prepared.release()
    root.release()
  })

  it('slices and other axes of a state are read as halves too', async () => {
    const part = axis('part', 3)
    const all = input('all', part, inner, column)
    const other = axis('other', 32)
    const y: Tensor<'other' | '1'> = rename(column, other)(contract(inner)(x, select(part, 1)(all)))
    const prepared = right(await executor.prepare(program<string, string>({ all }, { all }, { y }))())
    const given = numbers(3 * 64 * 32, 5)
    right(await prepared.writeState({ all: given })())
    expect(right(await prepared.readState()())['all']?.data).toEqual(rounded(given))
    expect(near(right(await prepared.run(feeds)())['y']?.data, exact(rounded(given.slice(64 * 32, 2 * 64 * 32))))).toBe(
      true,
    )
    prepared.release()
  })

  it('feeds are not states: they stay f32', async () => {
    const prepared = right(await executor.prepare(outputs({ y: contract(inner)(x, w) }))())
    const y = right(await runAll(prepared)({ ...feeds, w: values })()).y.data
    expect(near(y, exact(values))).toBe(true)
    prepared.release()
  })
}

await describeOnDevice('weights as halves', (device) => {
  const executor = webGpuExecutor({ storage: 'f16' })(device)
  describe('products', () => tables(executor, device))
  describe('states', () => states(executor, device))

  it('F19: a transformer computes with its large weights rounded, whole rows and samples alike', async () => {
    const model = transformer({
      symbols: 40,
      model: 32,
      heads: 2,
      layers: 2,
      feedForward: 64,
      context: 12,
      begin: 40,
      tied: true,
      positions: 'learned',
      norm: 'pre',
      activation: 'gelu',
    })
    const parameters = model.initialise(key(3))
    const large = Object.fromEntries(
      Object.entries(parameters).map(([name, own]) => {
        const values = Float32Array.from(own)
        return [name, values.length >= 1024 ? rounded(values) : values]
      }),
    )
    const rows = { tokens: Int32Array.from({ length: 36 }, (_, i) => (7 * i) % 40), count: 3, time: 12 }
    const on = async (storage: 'f32' | 'f16', of: typeof parameters) => {
      const runtime = languageRuntime(webGpuExecutor({ storage })(device), model, { batch: 4 })
      const scores = await run(runtime.tokenScores(of, rows))
      const drawn = await run(runtime.sample(of, { key: key(4), count: 4, length: 12 }))
      runtime.release()
      return { scores, tokens: drawn.tokens }
    }
    const [halves, whole, unrounded] = [
      await on('f16', parameters),
      await on('f32', large),
      await on('f32', parameters),
    ]
    const apart = (scores: ArrayLike<number>): number =>
      Math.max(...halves.scores.map((s, i) => Math.abs(s - at(scores, i))))
    expect(apart(whole.scores)).toBeLessThan(1e-5)
    expect(apart(unrounded.scores)).toBeGreaterThan(1e-6)
    expect(halves.tokens).toEqual(whole.tokens)
  })
})
