/** The executor over ONNX Runtime: state, order of runs, repeatability, random bits, failures, memory. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Failure } from '../../lib/errors.ts'
import type { Prepared } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { fold, key, uniforms, words } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { initialiseLstm, lstmInputs, lstmLoss } from '../../lib/models/lstm.ts'
import { openOnnx, openOnnxFrom } from '../../lib/onnx.ts'
import { installed } from '../../lib/onnx/installed.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input, rename } from '../../lib/ops/layout.ts'
import { add, constant, less, tanh } from '../../lib/ops/pointwise.ts'
import { bernoulli, foldKey, inputKey, normal, randomBits, uniform } from '../../lib/ops/random.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { adam, trainingProgram } from '../../lib/optimise/index.ts'
import { evaluateOn, outputs, program } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { growingState } from '../appended.ts'
import { right } from '../either.ts'
import { exactDraws } from '../ops/exact-draws.ts'
import { impossibleDraws } from '../ops/impossible-draws.ts'
import { resident } from '../memory.ts'

const executor = right(await openOnnx()())
const n = axis('n', 3)
const x = input('x', n)
const total = input('total', n)

const prepare = async (make: () => ReturnType<typeof program>): Promise<Prepared> =>
  right(await executor.prepare(make())())
const counter = () => program<string, string>({ total }, { total: add(total, x) }, { sum: sum(n)(add(total, x)) })

describe('the executor', () => {
  it('describes itself by version and threads', async () => {
    expect(executor.description).toMatch(/^ONNX Runtime 1\.\d+\.\d+ \(CPU, \d+ threads?\)$/)
    expect(right(await openOnnx({ threads: 1 })()).description).toContain('1 thread)')
  })

  it('carries state from run to run and reads only what is asked for', async () => {
    const prepared = await prepare(counter)
    const feeds = { x: Float32Array.of(1, 2, 3) }
    expect(Object.keys(right(await prepared.run(feeds, [])()))).toEqual([])
    expect(right(await prepared.run(feeds)())['sum']?.data).toEqual(Float32Array.of(12))
    expect(right(await prepared.readState()())['total']?.data).toEqual(Float32Array.of(2, 4, 6))
    right(await prepared.writeState({ total: Float64Array.of(1, 1, 1) })())
    expect(right(await prepared.run(feeds)())['sum']?.data).toEqual(Float32Array.of(9))
    prepared.release()
  })

  it('runs asked for together come one after the other', async () => {
    const prepared = await prepare(counter)
    const feeds = { x: Float32Array.of(1, 1, 1) }
    const runs = await Promise.all(Array.from({ length: 5 }, () => prepared.run(feeds)()))
    expect(runs.map((r) => right(r)['sum']?.data[0])).toEqual([3, 6, 9, 12, 15])
    prepared.release()
  })

  it('an output may be an input, a constant, or another output', async () => {
    const got = right(
      await evaluateOn(executor)(
        { x, same: x, one: constant(1), wide: add(x, constant(0)), again: add(x, constant(0)) },
        { x: Float32Array.of(1, 2, 3) },
      )(),
    )
    expect(got.x?.data).toEqual(Float32Array.of(1, 2, 3))
    expect(got.same?.data).toEqual(got.x?.data)
    expect(got.again?.data).toEqual(got.wide?.data)
    expect(got.one?.data).toEqual(Float32Array.of(1))
  })
})

describe('random values', () => {
  const [a, b] = [axis('a', 37), axis('b', 101)]
  const k = inputKey('key')
  it('F13: the same bits as key.ts, whichever operation asks', async () => {
    const expressions: Readonly<Record<string, Expr>> = {
      bits: randomBits(foldKey(3)(k))(a, b),
      uniform: uniform(foldKey(3)(k))(a, b),
      mask: bernoulli(foldKey(3)(k), 0.3)(a, b),
      less: less(uniform(foldKey(3)(k))(a, b), uniform(foldKey(3)(k))(a, b)),
      child: foldKey(3)(k),
      normal: normal(foldKey(3)(k))(a, b),
    }
    const got = right(await evaluateOn(executor)(expressions, { key: Uint32Array.of(5, 6) })())
    const child = fold([5, 6], 3)
    expect(got['bits']?.data).toEqual(words(child, 37 * 101))
    expect(got['uniform']?.data).toEqual(Float32Array.from(uniforms(child, 37 * 101)))
    expect(got['mask']?.data).toEqual(Float32Array.from(uniforms(child, 37 * 101), (u) => Number(u < Math.fround(0.3))))
    expect(got['child']?.data).toEqual(Uint32Array.from(child))
  })

  it('a key may be a part of the state', async () => {
    const prepared = await prepare(() =>
      program<string, string>({ key: k }, { key: foldKey(0)(k) }, { bits: randomBits(k)(a) }),
    )
    right(await prepared.writeState({ key: Uint32Array.of(1, 2) })())
    expect(right(await prepared.run({})())['bits']?.data).toEqual(words([1, 2], 37))
    expect(right(await prepared.run({})())['bits']?.data).toEqual(words(fold([1, 2], 0), 37))
    prepared.release()
  })
})

const failed = async (result: Promise<{ readonly _tag: string; readonly left?: Failure }>): Promise<string> => {
  const { left } = await result
  return left === undefined ? 'no failure' : `${left.tag}: ${left.what}`
}

describe('failures', () => {
  it('wrong feeds, unknown outputs, wrong state and released programs are failures with a sentence', async () => {
    const prepared = await prepare(counter)
    expect(await failed(prepared.run({})())).toBe("Feed: input 'x' (n=3) was not fed")
    expect(await failed(prepared.run({ x: new Float32Array(2) })())).toBe("Feed: input 'x' (n=3) got 2 values")
    expect(await failed(prepared.run({ x: new Float32Array(3), y: new Float32Array(1) })())).toBe(
      "Feed: 'y' is not an input of the program",
    )
    expect(await failed(prepared.run({ x: new Float32Array(3) }, ['other'])())).toBe(
      "Feed: 'other' is not an output of the program",
    )
    expect(await failed(prepared.writeState({ total: new Float32Array(4) })())).toBe(
      "Feed: state 'total' holds 3 values",
    )
    prepared.release()
    prepared.release()
    expect(await failed(prepared.run({ x: new Float32Array(3) })())).toBe('Runtime: the program was released')
    expect(await failed(prepared.readState()())).toBe('Runtime: the program was released')
  })

  it('a missing or broken library is one sentence', async () => {
    const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    const missing = openOnnxFrom({ ...installed, runtime: () => Promise.reject(absent) })()
    expect(await failed(missing())).toBe('NoAdapter: the package onnxruntime-node is not installed')
    const broken = openOnnxFrom({
      ...installed,
      protobuf: () => Promise.reject(new Error('libonnxruntime.so.1: cannot open\nmore')),
    })()
    expect(await failed(broken())).toBe(
      'NoAdapter: the package protobufjs cannot be loaded (libonnxruntime.so.1: cannot open)',
    )
  })
})

describe('training', () => {
  const size = { symbols: 3, hidden: 8, layers: 2 }
  const options = { batch: 6, time: 7, dropout: 0.2 }
  const parameters = lstmInputs(size)
  const training = trainingProgram({ parameters, loss: lstmLoss(size, parameters, options), optimiser: adam(0.01) })
  const initial = Object.fromEntries(Object.entries(initialiseLstm(size)(key(1))))
  const feeds = (step: number) => ({
    tokens: Int32Array.from(words(key(step), 42), (w, i) => (i % 7 === 6 ? 2 : w % 2)),
    rowWeight: new Float32Array(6).fill(1),
    key: Uint32Array.from(key(step + 1000)),
  })
  const losses = async (on: typeof executor, steps: number): Promise<readonly number[]> => {
    const prepared = right(await on.prepare(training)())
    right(await prepared.writeState(initial)())
    const seen: number[] = []
    for (let step = 0; step < steps; step++)
      seen.push(at(right(await prepared.run(feeds(step), ['loss'])())['loss']?.data ?? [], 0))
    prepared.release()
    return seen
  }

  it('50 steps agree with the reference, and two runs bit by bit', async () => {
    const [exact, once, twice] = [await losses(reference, 50), await losses(executor, 50), await losses(executor, 50)]
    expect(twice).toEqual(once)
    exact.forEach((loss, step) => {
      expect(Math.abs(loss - at(once, step)), `step ${step}`).toBeLessThan(2e-5 * (1 + step))
    })
    expect(at(once, 49)).not.toBe(at(once, 48))
  }, 60_000)

  it('memory is flat over a few hundred steps', async () => {
    const prepared = right(await executor.prepare(training)())
    right(await prepared.writeState(initial)())
    const after = async (steps: number): Promise<number> => {
      for (let step = 0; step < steps; step++) right(await prepared.run(feeds(step), step % 10 === 0 ? ['loss'] : [])())
      return resident()
    }
    const before = await after(150)
    expect((await after(300)) - before).toBeLessThan(30)
    prepared.release()
  }, 60_000)
})

describe('layout', () => {
  it('transposed operands need no copies: a product with both orders of an operand', async () => {
    const [r, c, m] = [axis('r', 4), axis('c', 5), axis('m', 4)]
    const w = input('w', r, c)
    const again = rename(r, m)(w)
    const data = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i))
    const named = { left: contract(c)(w, again), right: contract(r)(w, tanh(w)) }
    const [got, want] = [
      right(await evaluateOn(executor)(named, { w: data })()),
      right(await evaluateOn(reference)(named, { w: data })()),
    ]
    for (const name of ['left', 'right'] as const)
      want[name]?.data.forEach((v, i) => {
        expect(got[name]?.data[i]).toBeCloseTo(v, 5)
      })
    expect(outputs(named).state).toEqual({})
  })
})

describe('growing state', () => growingState(() => executor))

describe('draws', () => {
  it.each([...impossibleDraws, ...exactDraws])('$title', { timeout: 60_000 }, async ({ complaints }) =>
    expect(await complaints(executor)).toEqual([]),
  )
})
