/** Loops: against loops written out, in both directions and nested; gradients of any order; what bodies may not do. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { failure, raise } from '../../lib/errors.ts'
import { axesOf, type Expr, type Tensor, topological, typeOf } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { key } from '../../lib/key.ts'
import { input } from '../../lib/ops/layout.ts'
import { reverse, select } from '../../lib/ops/slice.ts'
import { add, constant, exp, multiply, scale, tanh } from '../../lib/ops/pointwise.ts'
import { cumulativeSum, sum } from '../../lib/ops/reduce.ts'
import { scan, scanReverse } from '../../lib/ops/scan.ts'
import { part, scanShape } from '../../lib/ops/scan-op.ts'
import { operations } from '../../lib/ops/table.ts'
import { realInputs, realResults, sample, valuesOf } from '../domains.ts'
import { relativeGap } from '../../lib/laws/derivatives.ts'
import { thrown } from '../thrown.ts'
import { declared } from '../../lib/phantom.ts'

const time = axis('time', 5)
const x = input('x', time)
const data = Float64Array.of(1, -2, 3, 0.5, 4)
const on = (...roots: readonly Expr[]): readonly (readonly number[])[] =>
  valuesOf(roots, [{ node: x, data }]).map((v) => Array.from(v))

const running = (loop: typeof scan, sequence: Tensor<'time' | '1'>) =>
  loop(time)({ total: constant(0) }, { sequence }, ({ total }, at) => {
    const next = add(total, at.sequence)
    return { carry: { total: next }, out: { next, before: total } }
  })

describe('loops', () => {
  it('carry forward and backward, and stack in the order of the axis', () => {
    const forward = running(scan, x)
    expect(on(forward.out.next, forward.out.before, forward.carry.total)).toEqual([
      [1, -1, 2, 2.5, 6.5],
      [0, 1, -1, 2, 2.5],
      [6.5],
    ])
    const backward = running(scanReverse, x)
    expect(on(backward.out.next, backward.carry.total)).toEqual([[6.5, 5.5, 7.5, 4.5, 4], [6.5]])
    expect(on(forward.out.next)).toEqual(on(cumulativeSum(time)(x)))
    expect(on(backward.out.next)).toEqual(on(reverse(time)(running(scan, reverse(time)(x)).out.next)))
  })

  test.prop([fc.nat(1e6)], { seed: 91, numRuns: 15 })('mean the loop written out, forward and backward', (seed) => {
    const s = sample('scan', key(seed))
    const written = operations.get('scan')?.definition?.(s.node.attrs, s.node.args) ?? []
    expect(written.map((y) => typeOf(y))).toEqual(s.node.types)
    const [found, expected] = [valuesOf(s.results, s.inputs), valuesOf(written, s.inputs)]
    expect(relativeGap(found, expected)).toBeLessThanOrEqual(1e-14)
    const nodes = realInputs(s).map((p) => p.node)
    const ones = (ys: readonly Expr[]) => ys.map(() => constant(1))
    const own = vjpOf(realResults(s), ones(s.results), nodes).map((g) => g ?? constant(0))
    const unrolled = vjpOf(written, ones(written), nodes).map((g) => g ?? constant(0))
    expect(relativeGap(valuesOf(own, s.inputs), valuesOf(unrolled, s.inputs))).toBeLessThanOrEqual(1e-12)
  })

  it('capture tensors from outside, compute them once, and pass gradients to them', () => {
    const w = input('w')
    const costly = exp(w)
    const { carry } = scan(time)({ h: constant(0) }, { x }, ({ h }, at) => ({
      carry: { h: add(h, multiply(at.x, costly)) },
      out: {},
    }))
    const [node] = carry.h.args
    expect(node?.args).toContain(costly)
    expect(topological(scanShape(node?.attrs ?? {}).body).map((y) => y.op.name)).not.toContain('exp')
    const g = gradient(carry.h, { w, x })
    const [dw, dx] = valuesOf(
      [g.w, g.x],
      [
        { node: x, data },
        { node: w, data: Float64Array.of(0.7) },
      ],
    )
    expect(dw?.[0]).toBeCloseTo(6.5 * Math.exp(0.7), 12)
    expect(Array.from(dx ?? [])).toEqual(Array.from({ length: 5 }, () => Math.exp(0.7)))
  })

  it('run over an empty axis: the carry stays, nothing is stacked', () => {
    const none = axis('none', 0)
    const y = input('y', none)
    const start = input('start')
    const { carry, out } = scan(none)({ start }, { y }, (c, at) => ({
      carry: { start: add(c.start, at.y) },
      out: { y: at.y },
    }))
    const g = gradient(carry.start, { start }).start
    expect(
      valuesOf(
        [carry.start, out.y, g],
        [
          { node: y, data: new Float64Array(0) },
          { node: start, data: Float64Array.of(3) },
        ],
      ).map((v) => Array.from(v)),
    ).toEqual([[3], [], [1]])
  })

  it('repeat a next carry that lacks an axis, and lay it out like the first', () => {
    const [a, b] = [axis('a', 2), axis('b', 2)]
    const start = input('start', a, b)
    const { carry } = scan(time)({ start }, { x }, (_c, at) => {
      const start: Tensor<'a' | 'b' | '1'> = declared(at.x)
      return { carry: { start }, out: {} }
    })
    expect(axesOf(carry.start)).toEqual([a, b])
    expect(
      valuesOf(
        [carry.start],
        [
          { node: x, data },
          { node: start, data: new Float64Array(4) },
        ],
      )[0],
    ).toEqual(Float64Array.of(4, 4, 4, 4))
  })

  it('two loops side by side and one in the other do not take each other’s values', () => {
    const inner = axis('inner', 2)
    const left = running(scan, x).carry.total
    const { carry } = scan(time)({ h: constant(1) }, { x }, ({ h }, at) => {
      const { carry: deep } = scan(inner)({ g: h }, { z: input('z', inner) }, ({ g }, c) => ({
        carry: { g: add(multiply(g, c.z), multiply(at.x, left)) },
        out: {},
      }))
      return { carry: { h: scale(0.1)(deep.g) }, out: {} }
    })
    const z = Float64Array.of(0.5, -1)
    let h = 1
    for (const v of data) {
      let g = h
      for (const c of z) g = g * c + v * 6.5
      h = 0.1 * g
    }
    expect(
      valuesOf(
        [carry.h],
        [
          { node: x, data },
          { node: input('z', inner), data: z },
        ],
      )[0]?.[0],
    ).toBeCloseTo(h, 12)
  })

  it('stay one node under differentiation of any order', () => {
    const long = axis('long', 1000)
    const y = input('y', long)
    const { carry } = scan(long)({ h: constant(0.1) }, { y }, ({ h }, at) => ({
      carry: { h: tanh(add(h, at.y)) },
      out: {},
    }))
    const first = gradient(carry.h, { y }).y
    const second = gradient(sum(long)(multiply(first, first)), { y }).y
    expect(topological([first]).length).toBeLessThan(60)
    expect(topological([second]).filter((n) => n.op.name === 'scan').length).toBeLessThanOrEqual(6)
  })
})

describe('failures', () => {
  it('name the carry and what changed about it', () => {
    const wrong: Tensor<'1'> = declared(x)
    expect(thrown(() => scan(time)({ h: constant(0) }, { x }, () => ({ carry: { h: wrong }, out: {} })))).toMatchObject(
      {
        tag: 'Shape',
        what: "scan: carry 'h' has a scalar before the step and time=5 after it",
        facts: { carry: 'h' },
      },
    )
  })

  it('name the sequence and the axis', () => {
    expect(
      thrown(() => running(scan, select(axis('k', 2), 0)(input('y', axis('k', 2), axis('time', 4))))),
    ).toMatchObject({ tag: 'Shape', what: "scan: 'sequence' has another size than 5 along 'time'" })
  })

  it('a body that throws leaves the next loop as it was', () => {
    const before = running(scan, x).carry.total
    expect(() => scan(time)({ h: constant(0) }, { x }, () => raise(failure('Usage', 'stop', 'go on')))).toThrow('stop')
    expect(running(scan, x).carry.total).toBe(before)
    expect(part(0)(x)).toBe(x)
  })
})
