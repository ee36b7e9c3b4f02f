/** The reference executor: state, partial reads, failures, and values that stay what they were. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import { inputName } from '../lib/executor.ts'
import { apply, type Op } from '../lib/expr.ts'
import { input, inputOf } from '../lib/ops/layout.ts'
import { add, constant, multiply, tanh } from '../lib/ops/pointwise.ts'
import { max, sum } from '../lib/ops/reduce.ts'
import { outputs, program } from '../lib/program.ts'
import { evaluate, reference } from '../lib/reference.ts'
import { key } from '../lib/key.ts'
import { randomProgram } from './arbitraries/graphs.ts'
import { right } from './either.ts'
import { declared } from '../lib/phantom.ts'

const n = axis('n', 2)
const [x, s] = [input('x', n), input('s', n)]
const counting = program({ s }, { s: add(s, x) }, { before: s, total: sum(n)(s) })

describe('state', () => {
  it('is zero at first, is carried on, and can be written and read', async () => {
    const p = right(await reference.prepare(counting)())
    expect(right(await p.readState()()).s.data).toEqual(Float64Array.of(0, 0))
    expect(right(await p.run({ x: Float32Array.of(1, 2) })()).before?.data).toEqual(Float64Array.of(0, 0))
    expect(right(await p.run({ x: Float32Array.of(1, 2) })()).total?.data).toEqual(Float64Array.of(3))
    expect(right(await p.readState()()).s).toEqual({ axes: [n], dtype: 'f32', data: Float64Array.of(2, 4) })
    right(await p.writeState({ s: Float32Array.of(10, 20) })())
    expect(right(await p.run({ x: Float32Array.of(0, 0) })()).total?.data).toEqual(Float64Array.of(30))
  })

  it('advances when nothing is read, and only what is asked for is given', async () => {
    const p = right(await reference.prepare(counting)())
    expect(right(await p.run({ x: Float32Array.of(1, 1) }, [])())).toEqual({})
    expect(Object.keys(right(await p.run({ x: Float32Array.of(1, 1) }, ['total'])()))).toEqual(['total'])
    expect(right(await p.readState()()).s.data).toEqual(Float64Array.of(2, 2))
  })

  it('does not share memory with what goes in or comes out', async () => {
    const p = right(await reference.prepare(counting)())
    const given = Float64Array.of(5, 6)
    right(await p.writeState({ s: given })())
    given[0] = 99
    const read = right(await p.readState()()).s.data
    read[1] = 99
    expect(right(await p.readState()()).s.data).toEqual(Float64Array.of(5, 6))
  })

  it('a failed run leaves the state as it was', async () => {
    const p = right(await reference.prepare(counting)())
    right(await p.writeState({ s: Float32Array.of(1, 2) })())
    const failed = await p.run({})()
    expect(E.isLeft(failed) && failed.left.tag).toBe('Feed')
    expect(right(await p.readState()()).s.data).toEqual(Float64Array.of(1, 2))
  })

  it('state that swaps takes all its next values from the same step', async () => {
    const [a, b] = [input('a'), input('b')]
    const p = right(await reference.prepare(program({ a, b }, { a: b, b: a }, {}))())
    right(await p.writeState({ a: Float32Array.of(1), b: Float32Array.of(2) })())
    right(await p.run({})())
    const state = right(await p.readState()())
    expect([state.a.data[0], state.b.data[0]]).toEqual([2, 1])
  })
})

describe('evaluation', () => {
  it('an operation that throws becomes a failure', async () => {
    const broken: Op = {
      name: 'broken',
      kind: 'kernel',
      types: () => [{ axes: [], dtype: 'f32' }],
      reference: () => {
        throw new RangeError('too long')
      },
    }
    const p = right(await reference.prepare(outputs({ y: apply(broken, {}) }))())
    expect(await p.run({})()).toMatchObject({ left: { tag: 'Runtime', what: 'too long' } })
    expect(() => evaluate([input('unfed')], new Map())).toThrow("input 'unfed' has no value")
  })

  it('frees intermediate values, keeps roots that are used by others, and computes shared parts once', () => {
    let runs = 0
    const counted: Op = {
      name: 'counted',
      kind: 'kernel',
      types: (_a, [t]) => (t === undefined ? [] : [t]),
      reference: (_a, _o, [v]) => {
        runs += 1
        return v === undefined ? [] : [v.data]
      },
    }
    const shared: typeof x = declared(apply(counted, {}, x))
    const y = add(multiply(shared, shared), shared)
    const found = evaluate([shared, y, tanh(y), shared], new Map([[x, Float64Array.of(2, 3)]]))
    expect(found.map((v) => v.data[0])).toEqual([2, 6, Math.tanh(6), 2])
    expect(runs).toBe(1)
  })

  it('feeds are converted to the type in which the reference computes', async () => {
    const i = inputOf('i32')('i', n)
    const p = right(await reference.prepare(outputs({ i, top: max(n)(i) }))())
    const found = right(await p.run({ i: Float64Array.of(3, -4) })())
    expect([found.i?.data, found.top?.data]).toEqual([Int32Array.of(3, -4), Int32Array.of(3)])
  })

  it('F9: the same program with the same feeds gives the same bits, 20 times', async () => {
    const random = randomProgram(key(8), 40)
    const p = right(await reference.prepare(random.program)())
    const feeds = Object.fromEntries(random.feeds.map(({ node, data }) => [inputName(node), data]))
    const results: unknown[] = []
    for (let i = 0; i < 20; i++) {
      right(await p.writeState({ s: random.state[0]?.data ?? new Float64Array(0) })())
      results.push(right(await p.run(feeds)()))
    }
    for (const r of results) expect(r).toEqual(results[0])
    expect(constant(1).types[0]?.dtype).toBe('f32')
  })
})
