/** The WebGPU executor: state, feeds, what is read, repeatability, failures, memory. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { acquire, type Device, destroy, liveBuffers } from '../../lib/device.ts'
import type { Failure } from '../../lib/errors.ts'
import type { Executor, Prepared } from '../../lib/executor.ts'
import type { Tensor } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input, inputOf, literal } from '../../lib/ops/layout.ts'
import { slice } from '../../lib/ops/slice.ts'
import { add, constant, exp, multiply, scale, tanh } from '../../lib/ops/pointwise.ts'
import { cumulativeSum, logSumExp, softmax, sum } from '../../lib/ops/reduce.ts'
import { scan } from '../../lib/ops/scan.ts'
import { evaluateOn, outputs, program } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { openWebGpu, webGpuExecutor } from '../../lib/webgpu.ts'
import { randomProgram } from '../arbitraries/graphs.ts'
import { acquireOrThrow, describeOnDevice } from '../adapter.ts'
import { growingState } from '../appended.ts'
import { feedsFor } from '../domains.ts'
import { right } from '../either.ts'

const n = axis('n', 3)
const [x, total] = [input('x', n), input('total', n)]
const counter = () =>
  program<string, string>({ total }, { total: add(total, x) }, { sum: sum(n)(add(total, x)), old: total })
const ones = { x: Float32Array.of(1, 1, 1) }

const failureOf = (result: { readonly _tag: string; readonly left?: Failure }): Failure => {
  if (result.left === undefined) throw new Error('it succeeded')
  return result.left
}

const numbers = (count: number, seed: number): Float64Array =>
  Float64Array.from(uniforms(fold(key(5), seed), count), (u) => Math.fround(2 * u - 1))

const runs = (executor: Executor, device: Device): void => {
  const prepare = async (make: () => ReturnType<typeof counter>): Promise<Prepared> =>
    right(await executor.prepare(make())())

  it('says what it runs on', () => expect(executor.description).toContain(device.adapter.name))

  it('carries state from run to run and reads only what is asked for', async () => {
    const prepared = await prepare(counter)
    const feeds = { x: Float32Array.of(1, 2, 3) }
    expect(Object.keys(right(await prepared.run(feeds, [])()))).toEqual([])
    expect(right(await prepared.run(feeds, ['sum'])())).toEqual({
      sum: { axes: [], dtype: 'f32', data: Float32Array.of(12) },
    })
    expect(right(await prepared.readState()())['total']?.data).toEqual(Float32Array.of(2, 4, 6))
    right(await prepared.writeState({ total: Float64Array.of(1, 1, 1) })())
    const both = right(await prepared.run(feeds)())
    expect([both['sum']?.data, both['old']?.data]).toEqual([Float32Array.of(9), Float32Array.of(1, 1, 1)])
    prepared.release()
  })

  it('runs asked for together come one after the other, also unread ones', async () => {
    const prepared = await prepare(counter)
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => prepared.run(ones, i % 10 === 9 ? ['sum'] : [])()),
    )
    expect(all.flatMap((r) => [...(right(r)['sum']?.data ?? [])])).toEqual([30, 60, 90, 120, 150])
    prepared.release()
  })

  it('states may exchange their values, and an output may be an input, a constant or a state', async () => {
    const [p, q] = [input('p', n), input('q', n)]
    const prepared = right(
      await executor.prepare(program<string, string>({ p, q }, { p: q, q: p }, { p, x, same: x, one: constant(1) }))(),
    )
    right(await prepared.writeState({ p: Float32Array.of(1, 2, 3), q: Float32Array.of(4, 5, 6) })())
    const got = right(await prepared.run(ones)())
    expect(['p', 'x', 'same', 'one'].map((name) => [...(got[name]?.data ?? [])])).toEqual([
      [1, 2, 3],
      [1, 1, 1],
      [1, 1, 1],
      [1],
    ])
    const state = right(await prepared.readState()())
    expect([state['p']?.data, state['q']?.data]).toEqual([Float32Array.of(4, 5, 6), Float32Array.of(1, 2, 3)])
    prepared.release()
  })

  it('feeds of every element type, given as f64 where need be', async () => {
    const got = right(
      await evaluateOn(executor)(
        { i: inputOf('i32')('i', n), u: inputOf('u32')('u', n), b: inputOf('bool')('b', n) },
        { i: Float64Array.of(-1, 2, 3), u: Uint32Array.of(0, 1, 2 ** 32 - 1), b: Float64Array.of(0, 1, 7) },
      )(),
    )
    expect([got.i?.data, got.u?.data, got.b?.data]).toEqual([
      Int32Array.of(-1, 2, 3),
      Uint32Array.of(0, 1, 2 ** 32 - 1),
      Uint32Array.of(0, 1, 1),
    ])
  })

  it('empty axes give empty results and empty sums', async () => {
    const none = axis('none', 0)
    const e = input('e', none, n)
    const got = right(
      await evaluateOn(executor)(
        { total: sum(none)(e), same: tanh(e), product: contract(none)(e, input('f', none)) },
        { e: new Float32Array(0), f: new Float32Array(0) },
      )(),
    )
    expect([got.total?.data, got.same?.data.length, got.product?.data]).toEqual([
      new Float32Array(3),
      0,
      new Float32Array(3),
    ])
  })

  it('random programs agree with the reference', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const { program: made, feeds, state } = randomProgram(key(seed), 20)
      const [own, oracle] = [right(await executor.prepare(made)()), right(await reference.prepare(made)())]
      const initial = Object.fromEntries(state.map(({ data }) => ['s', data]))
      const fed = feedsFor(feeds)
      for (const each of [own, oracle]) right(await each.writeState(initial)())
      for (let step = 0; step < 2; step++) {
        const [a, b] = [right(await own.run(fed)()), right(await oracle.run(fed)())]
        for (const name of Object.keys(made.outputs))
          b[name]?.data.forEach((want, i) =>
            expect(Math.abs((a[name]?.data[i] ?? Number.NaN) - want), `seed ${seed} ${name}`).toBeLessThanOrEqual(
              2e-4 * (1 + Math.abs(want)),
            ),
          )
      }
      own.release()
      oracle.release()
    }
  })

  it('F4: rows of a batch have the bits of the rows alone, at every batch size', async () => {
    const [k, m] = [axis('k', 70), axis('m', 12)]
    const results = async (rows: number, data: Float64Array) => {
      const xs = input('xs', axis('batch', rows), k)
      const y: Tensor<'batch' | 'm' | '1'> = contract(k)(softmax(k)(xs), literal(weights, k, m))
      const z = add(logSumExp(m)(tanh(y)), sum(k)(cumulativeSum(k)(xs)))
      return right(await evaluateOn(executor)({ z, y }, { xs: data })())
    }
    const weights = numbers(70 * 12, 1)
    const data = numbers(130 * 70, 2)
    const whole = await results(130, data)
    for (const rows of [1, 2, 3, 4, 5, 31, 32, 33, 64, 65]) {
      const some = await results(rows, data.subarray(0, rows * 70))
      expect(some.z?.data).toEqual(whole.z?.data.subarray(0, rows))
      expect(some.y?.data).toEqual(whole.y?.data.subarray(0, rows * 12))
    }
  })

  it('F6: fused and unfused plans agree, and so do other limits', async () => {
    for (let seed = 20; seed < 26; seed++) {
      const { program: made, feeds } = randomProgram(key(seed), 20)
      const values = async (e: Executor) => right(await right(await e.prepare(made)()).run(feedsFor(feeds))())
      const [fused, single] = [await values(executor), await values(webGpuExecutor({ maxRun: 1 })(device))]
      for (const name of Object.keys(made.outputs))
        fused[name]?.data.forEach((want, i) =>
          expect(Math.abs((single[name]?.data[i] ?? Number.NaN) - want)).toBeLessThanOrEqual(
            1e-5 * (1 + Math.abs(want)),
          ),
        )
    }
  })

  it('F9: twenty runs have the same bits', async () => {
    const [a, b] = [axis('a', 67), axis('b', 300)]
    const y = sum(b)(exp(multiply(input('y', a, b), input('r', b))))
    const all = sum(a)(y)
    const prepared = right(await executor.prepare(outputs({ y, all, lse: logSumExp(b)(input('y', a, b)) }))())
    const feeds = { y: numbers(67 * 300, 3), r: numbers(300, 4) }
    const first = right(await prepared.run(feeds)())
    for (let i = 0; i < 20; i++) expect(right(await prepared.run(feeds)())).toEqual(first)
    prepared.release()
  })

  it('F10: inputs keep their bits, and two programs do not disturb each other', async () => {
    const prepared = [await prepare(counter), await prepare(counter)] as const
    const got = await Promise.all([0, 1, 0, 1, 1].map((i) => (prepared[i] ?? prepared[0]).run(ones, ['sum'])()))
    expect(got.map((r) => right(r)['sum']?.data[0])).toEqual([3, 3, 6, 6, 9])
    const echoed = right(await evaluateOn(executor)({ x, y: tanh(x) }, { x: Float32Array.of(1e-40, -0, 3e38) })())
    expect(new Uint32Array(echoed.x?.data.buffer ?? new ArrayBuffer(0))).toEqual(
      new Uint32Array(Float32Array.of(1e-40, -0, 3e38).buffer),
    )
    for (const p of prepared) p.release()
  })

  it('loops with outputs in reverse order, without steps, and with exchanged carries', async () => {
    const [time, none] = [axis('time', 4), axis('time', 0)]
    const loop = (over: typeof time) =>
      scan(over)({ a: input('a'), b: input('b') }, {}, (c) => ({
        carry: { a: c.b, b: add(c.a, c.b) },
        out: { a: c.a },
      }))
    const got = right(
      await evaluateOn(executor)(
        { ...loop(time).carry, out: loop(time).out.a },
        { a: Float32Array.of(0), b: Float32Array.of(1) },
      )(),
    )
    expect([got.a?.data[0], got.b?.data[0], [...(got.out?.data ?? [])]]).toEqual([3, 5, [0, 1, 1, 2]])
    const still = right(
      await evaluateOn(executor)(loop(none).carry, { a: Float32Array.of(0), b: Float32Array.of(1) })(),
    )
    expect([still.a?.data[0], still.b?.data[0]]).toEqual([0, 1])
  })

  it('F12: buffers are given back after success, failure and release', async () => {
    const before = liveBuffers(device)
    const prepared = await prepare(counter)
    expect(liveBuffers(device).count).toBeGreaterThan(before.count)
    right(await prepared.run(ones)())
    expect(failureOf(await prepared.run({})()).tag).toBe('Feed')
    prepared.release()
    prepared.release()
    expect(liveBuffers(device)).toEqual(before)
    expect(failureOf(await prepared.run(ones)()).what).toContain('released')
    expect(failureOf(await prepared.readState()()).what).toContain('released')
    const vast = add(input('vast', axis('vast', 2 ** 31)), x)
    expect(failureOf(await executor.prepare(outputs({ y: vast }))()).tag).toBe('Limit')
    expect(liveBuffers(device)).toEqual(before)
  })

  it('names what is wrong with feeds, outputs and states', async () => {
    const prepared = await prepare(counter)
    expect(failureOf(await prepared.run({ ...ones, y: ones.x })()).what).toContain("'y'")
    expect(failureOf(await prepared.run(ones, ['nothing'])()).what).toContain("'nothing'")
    expect(failureOf(await prepared.writeState({ total: Float32Array.of(1) })()).what).toContain("'total'")
    prepared.release()
  })
}

const failures = (): void => {
  it('a tensor larger than the device allows is named, and nothing is left behind', async () => {
    const device = await acquireOrThrow({ limits: { maxStorageBufferBindingSize: 4096 } })
    const big = input('big', axis('rows', 1025))
    const failed = failureOf(await webGpuExecutor()(device).prepare(outputs({ y: scale(2)(big) }))())
    expect([failed.tag, failed.what.includes("input 'big' (rows=1025)")]).toEqual(['Limit', true])
    expect(liveBuffers(device).count).toBe(0)
    destroy(device)
  })

  it('more workgroups than a dimension holds are spread over two', async () => {
    const device = await acquireOrThrow({ limits: { maxComputeWorkgroupsPerDimension: 4 } })
    const rows = axis('rows', 3501)
    const y = input('y', rows)
    const data = numbers(3501, 9)
    const got = right(
      await evaluateOn(webGpuExecutor()(device))({ y: scale(2)(y), tail: slice(rows, 1, 3500)(y) }, { y: data })(),
    )
    expect(got.y?.data).toEqual(Float32Array.from(data, (v) => 2 * v))
    expect(got.tail?.data).toEqual(Float32Array.from(data.subarray(1)))
    destroy(device)
  })

  it('F12: a lost device fails runs and states, and hangs nothing', async () => {
    const device = await acquireOrThrow()
    const prepared = right(await webGpuExecutor()(device).prepare(counter())())
    const pending = prepared.run(ones)()
    destroy(device)
    await pending
    expect(failureOf(await prepared.run(ones)()).tag).toBe('DeviceLost')
    expect(failureOf(await prepared.readState()()).tag).toBe('DeviceLost')
    prepared.release()
  })

  it('an adapter that does not exist is a failure with a remedy', async () => {
    const failed = failureOf(await openWebGpu({ adapter: 'hardware' })())
    const found = await acquire({ adapter: 'hardware', selfTest: 'skip' })()
    if (found._tag === 'Right') {
      destroy(found.right)
      return
    }
    expect([failed.tag, failed.remedy.length > 10]).toEqual(['NoAdapter', true])
  })
}

await describeOnDevice('the WebGPU executor', (device) => {
  describe('runs', () => runs(webGpuExecutor()(device), device))
  describe('growing state', () => growingState(() => webGpuExecutor()(device)))
  describe('failures', failures)
})
