/** Schedules as data: what is dispatched and copied, without a device. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Capabilities } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { key } from '../../lib/key.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input, literal, reorder } from '../../lib/ops/layout.ts'
import { add, constant, multiply, tanh } from '../../lib/ops/pointwise.ts'
import { logSumExp, sum } from '../../lib/ops/reduce.ts'
import { scan } from '../../lib/ops/scan.ts'
import { defaultLimits } from '../../lib/plan.ts'
import { outputs, program } from '../../lib/program.ts'
import { type Schedule, scheduleOf } from '../../lib/webgpu/schedule.ts'
import { randomProgram } from '../arbitraries/graphs.ts'

const on: Capabilities = {
  subgroups: false,
  subgroupSize: 1,
  software: false,
  maxWorkgroupStorage: 16_384,
  maxInvocations: 256,
}
const [m, k, n] = [axis('m', 12), axis('k', 8), axis('n', 4)]
const shaders = (s: Schedule): readonly string[] => s.tasks.map((t) => (t.kind === 'dispatch' ? t.call.shader : 'copy'))

describe('schedules', () => {
  it('a contraction reads a transposed operand as it lies', () => {
    const [x, w] = [input('x', k, m), input('w', n, k)]
    const { tasks } = scheduleOf(outputs({ y: contract(k)(x, w) }), on, defaultLimits)
    expect(tasks.map((t) => (t.kind === 'dispatch' ? t.call.overrides : t.kind))).toEqual([
      { LEFT_TRANSPOSED: 1, RIGHT_TRANSPOSED: 1, LONG: 0 },
    ])
  })

  it('sums of more than 256 products are compensated', () => {
    const product = (over: number) => {
      const long = axis('k', over)
      return scheduleOf(outputs({ y: contract(long)(input('x', m, long), input('w', long, n)) }), on, defaultLimits)
    }
    const told = [256, 257].map((over) =>
      product(over).tasks.map((t) => t.kind === 'dispatch' && t.call.overrides['LONG']),
    )
    expect(told).toEqual([[0], [1]])
  })

  it('another order than a transposition is laid out first', () => {
    const [p, q] = [axis('p', 2), axis('q', 3)]
    const x = input('x', p, k, q)
    expect(shaders(scheduleOf(outputs({ y: contract(k)(x, input('w', k, n)) }), on, defaultLimits))).toEqual([
      'pointwise_run',
      'contract_tiled',
    ])
  })

  it('a software adapter with subgroups has its own products, for whole quads and for any sizes', () => {
    const soft: Capabilities = { ...on, software: true, subgroups: true, subgroupSize: 8 }
    const product = (size: number) =>
      scheduleOf(outputs({ y: contract(k)(input('x', m, k), input('w', k, axis('n', size))) }), soft, defaultLimits)
    expect([4, 5].map((size) => shaders(product(size))[0])).toEqual(['contract_subgroup', 'contract_subgroup_any'])
  })

  it('literals are uploaded once, also from inside a loop', () => {
    const data = Float64Array.of(1, 2, 3, 4)
    const time = axis('time', 3)
    const { out } = scan(time)({ h: input('h', n) }, {}, (c) => ({
      carry: { h: tanh(multiply(c.h, literal(data, n))) },
      out: { h: c.h },
    }))
    const s = scheduleOf(outputs({ y: add(out.h, literal(data, n)) }), on, defaultLimits)
    expect(s.uploads.map((u) => u.data)).toEqual([data])
  })

  it('F6: no dispatch binds more buffers than the device allows', () => {
    for (const reads of [3, 7, 9])
      for (let seed = 0; seed < 40; seed++) {
        const s = scheduleOf(randomProgram(key(seed), 25).program, on, { maxReads: reads, maxRun: 64 })
        for (const task of s.tasks)
          if (task.kind === 'dispatch' && task.source !== undefined)
            expect(task.buffers.length).toBeLessThanOrEqual(reads + 1)
      }
  })

  it('no dispatch reads and writes one buffer, and no copy stays in one (L9)', () => {
    for (let seed = 0; seed < 60; seed++) {
      const s = scheduleOf(randomProgram(key(seed), 25).program, on, defaultLimits)
      for (const task of s.tasks) {
        if (task.kind === 'copy') expect(task.from.buffer).not.toBe(task.to.buffer)
        else if (task.kind === 'dispatch' && task.source !== undefined)
          expect(task.buffers.slice(0, -1)).not.toContain(task.buffers.at(-1))
      }
    }
  })

  it('states that exchange their values are saved first', () => {
    const [x, y] = [input('x', n), input('y', n)]
    const s = scheduleOf(program<string, string>({ x, y }, { x: y, y: x }, {}), on, defaultLimits)
    const values = new Map<number, string>([
      [s.state['x'] ?? -1, 'x'],
      [s.state['y'] ?? -1, 'y'],
    ])
    for (const t of s.tasks) if (t.kind === 'copy') values.set(t.to.buffer, values.get(t.from.buffer) ?? '')
    expect([values.get(s.state['x'] ?? -1), values.get(s.state['y'] ?? -1)]).toEqual(['y', 'x'])
  })

  it('empty results need no dispatch', () => {
    const none = axis('none', 0)
    expect(scheduleOf(outputs({ y: tanh(input('x', none, n)) }), on, defaultLimits).tasks).toEqual([])
    expect(shaders(scheduleOf(outputs({ y: sum(none)(input('x', none, n)) }), on, defaultLimits))).toEqual(['fill'])
  })

  it('a small program from end to end', () => {
    const loss = sum(m)(logSumExp(n)(contract(k)(input('x', m, k), input('w', k, n))))
    const g = gradient(loss, { w: input('w', k, n) })
    const s = scheduleOf(
      program({ w: input('w', k, n) }, { w: add(input('w', k, n), multiply(constant(-0.1), g.w)) }, { loss }),
      on,
      defaultLimits,
    )
    expect(shaders(s)).toMatchSnapshot()
    expect(s.buffers.map((b) => b.label)).toMatchSnapshot()
    expect(reorder(['k', 'n'])(g.w)).toBe(g.w)
  })
})
