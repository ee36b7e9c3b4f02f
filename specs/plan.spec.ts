/** Plans: running one slot by slot gives what the expressions mean; fusion and limits change nothing; `check` sees errors. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import type { Values } from '../lib/dtype.ts'
import { feedsOf, rootsOf } from '../lib/executor.ts'
import { type Expr, type Tensor, topological } from '../lib/expr.ts'
import { gradient } from '../lib/grad.ts'
import { key } from '../lib/key.ts'
import { contract } from '../lib/ops/contract.ts'
import { input, reshape } from '../lib/ops/layout.ts'
import { add, constant, exp, multiply, tanh } from '../lib/ops/pointwise.ts'
import { max, sum } from '../lib/ops/reduce.ts'
import { scan } from '../lib/ops/scan.ts'
import { part } from '../lib/ops/scan-op.ts'
import { check, defaultLimits, type Place, type Plan, placeKey, placeOf, type PlanLimits, plan } from '../lib/plan.ts'
import { outputs } from '../lib/program.ts'
import { evaluate } from '../lib/reference.ts'
import { randomProgram } from './arbitraries/graphs.ts'
import type { Placed } from './domains.ts'

const resultOf = ({ node, part: index }: Place): Expr => part(index)(node)

/** Runs a plan on slots alone: a step sees what its reads hold at that time, and nothing else. */
const runPlan = (p: Plan, placed: readonly Placed[]): ((root: Expr) => Values | undefined) => {
  const slots = new Map<number, Values>()
  const slot = (place: Place): number => p.slots.get(placeKey(place)) ?? -1
  for (const { node, data } of placed) slots.set(slot({ node, part: 0 }), data)
  for (const step of p.steps) {
    const known = new Map(step.reads.map((r) => [resultOf(r), slots.get(slot(r)) ?? new Float64Array(0)]))
    const own = new Set([...step.run, ...step.writes.map(resultOf)])
    const foreign = topological(step.writes.map(resultOf), known).filter(
      (x) => !known.has(x) && !own.has(x) && x.op.name !== 'constant' && x.op.kind !== 'alias',
    )
    expect(foreign.map((x) => x.op.name)).toEqual([])
    if (step.root.op.kind !== 'pointwise')
      expect(
        step.root.args.filter((a) => placeOf(a).node.op.name === 'constant' && !known.has(resultOf(placeOf(a)))),
      ).toEqual([])
    evaluate(step.writes.map(resultOf), known).forEach((value, i) => {
      const to = step.writes[i]
      if (to !== undefined) slots.set(slot(to), value.data)
    })
  }
  return (root) => slots.get(slot(placeOf(root)))
}

const limits: fc.Arbitrary<PlanLimits> = fc.record({
  maxReads: fc.integer({ min: 2, max: 8 }),
  maxRun: fc.constantFrom(1, 2, 5, 64),
})

describe('plans', () => {
  test.prop([fc.nat(1e6), fc.integer({ min: 1, max: 40 }), limits], { seed: 61, numRuns: 120 })(
    'F6: every plan of a program gives exactly what the program means',
    (seed, nodes, bounds) => {
      const random = randomProgram(key(seed), nodes)
      const p = plan(random.program, bounds)
      expect(check(p)).toEqual([])
      const roots = rootsOf(random.program)
      const placed = [...random.feeds, ...random.state]
      const found = runPlan(p, placed)
      const expected = evaluate(roots, new Map(placed.map(({ node, data }) => [node, data])))
      roots.forEach((root, i) => {
        expect(Array.from(found(root) ?? [])).toEqual(Array.from(expected[i]?.data ?? [Number.NaN]))
      })
    },
  )

  test.prop([fc.nat(1e6), fc.integer({ min: 5, max: 40 }), limits], { seed: 62, numRuns: 120 })(
    'F6: no plan exceeds its limits, and every stored value has a slot that holds it',
    (seed, nodes, bounds) => {
      const p = plan(randomProgram(key(seed), nodes).program, bounds)
      for (const step of p.steps) {
        expect(step.run.length).toBeLessThanOrEqual(bounds.maxRun)
        if (step.run.length > 1) expect(step.reads.length).toBeLessThanOrEqual(bounds.maxReads)
        expect(step.run[step.run.length - 1]).toBe(step.root)
        for (const place of [...step.reads, ...step.writes]) expect(p.slots.has(placeKey(place))).toBe(true)
      }
      expect(new Set(p.steps.flatMap((s) => s.run)).size).toBe(p.steps.flatMap((s) => s.run).length)
    },
  )

  test.prop([fc.nat(1e6)], { seed: 63, numRuns: 40 })('is the same each time', (seed) => {
    const { program } = randomProgram(key(seed), 30)
    const show = (p: Plan) => ({
      steps: p.steps.map((s) => [s.root.id, s.run.map((x) => x.id), s.reads.map(placeKey), s.writes.map(placeKey)]),
      slots: [...p.slots],
      sizes: p.sizes,
    })
    expect(show(plan(program))).toEqual(show(plan(program)))
  })
})

const [n, m] = [axis('n', 4), axis('m', 3)]
const x = input('x', n)

describe('fusion', () => {
  const steps = (root: Expr) => plan(outputs({ root })).steps

  it('a chain of pointwise operations is one step', () => {
    expect(steps(tanh(add(multiply(x, x), constant(1)))).map((s) => s.run.length)).toEqual([3])
  })

  it('a value that is read by a kernel too, or is an output, is stored', () => {
    const y = exp(x)
    expect(plan(outputs({ y, z: tanh(y) })).steps.map((s) => s.run.length)).toEqual([1, 1])
    expect(steps(multiply(y, sum(n)(y))).map((s) => s.root.op.name)).toEqual(['exp', 'sum', 'multiply'])
  })

  it('a value over fewer axes is computed once, not once for each element of the larger domain', () => {
    const small = exp(x)
    expect(steps(multiply(small, input('big', n, m))).map((s) => s.run.length)).toEqual([1, 1])
  })

  it('aliases own no storage, and parts of a loop that nobody reads are not written', () => {
    const { out, carry } = scan(n)({ total: constant(0) }, { x }, ({ total }, at) => ({
      carry: { total: add(total, at.x) },
      out: { total, other: at.x },
    }))
    const p = plan(outputs({ a: reshape([axis('k', 4)])(out.total), b: carry.total }))
    expect(p.steps.filter((s) => s.root.op.kind === 'scan').map((s) => s.writes.map((w) => w.part))).toEqual([[0, 1]])
    expect(check(p)).toEqual([])
  })

  it('F6: constants that a kernel reads stay in their slots until it has run', () => {
    const many = Array.from({ length: 4 }, (_, i) => sum(n)(exp(multiply(x, constant(i + 2)))))
    const first = many.reduce((a, b) => add(a, b))
    const { carry } = scan(n)({ total: constant(0.25) }, { y: add(x, first) }, ({ total }, at) => ({
      carry: { total: add(total, at.y) },
      out: {},
    }))
    const p = plan(outputs({ total: carry.total }))
    const loop = p.steps.find((s) => s.root.op.kind === 'scan')
    expect(loop?.reads.filter((r) => r.node.op.name === 'constant').map(placeKey)).toHaveLength(1)
    expect(check(p)).toEqual([])
    const data = Float64Array.of(1, 2, 3, 4)
    expect(runPlan(p, [{ node: x, data }])(carry.total)).toEqual(evaluate([carry.total], new Map([[x, data]]))[0]?.data)
  })
})

describe('check', () => {
  const p = plan(outputs({ y: contract(n)(exp(x), tanh(input('w', n, m))), z: max(n)(exp(x)) }))
  const rewritten = (change: (slots: Map<string, number>) => void): Plan => {
    const slots = new Map(p.slots)
    change(slots)
    return { ...p, slots }
  }

  it('accepts a plan, and rejects one whose values share a slot while both are needed', () => {
    expect(check(p)).toEqual([])
    const [first, second] = p.steps.map((s) => s.writes.map(placeKey)[0] ?? '')
    const clash = rewritten((slots) => slots.set(second ?? '', slots.get(first ?? '') ?? 0))
    expect(check(clash).map((f) => f.tag)).toContain('Runtime')
  })

  it('rejects a step that writes what it reads, and one that reads too early', () => {
    const last = p.steps[p.steps.length - 1]
    const [read, write] = [last?.reads.map(placeKey)[0] ?? '', last?.writes.map(placeKey)[0] ?? '']
    expect(
      check(rewritten((slots) => slots.set(write, slots.get(read) ?? 0))).some((f) =>
        f.what.includes('writes a slot that it reads'),
      ),
    ).toBe(true)
    expect(check({ ...p, steps: [...p.steps].reverse() }).some((f) => f.what.includes('not in its slot'))).toBe(true)
    expect(check({ ...p, sizes: p.sizes.map(() => 0) }).some((f) => f.what.includes('too small'))).toBe(true)
  })
})

describe('memory', () => {
  it('slots are used again: the gradient of a long recurrence needs few more than its history', () => {
    const time = axis('time', 50)
    const { carry } = scan(time)({ h: constant(0) }, { y: input('y', time) }, ({ h }, at) => ({
      carry: { h: tanh(add(multiply(h, constant(0.5)), at.y)) },
      out: {},
    }))
    const p = plan(outputs({ g: gradient(carry.h, { y: input('y', time) }).y }))
    expect(p.steps.length).toBeLessThan(12)
    const chain = Array.from({ length: 100 }).reduce(
      (y: Expr) => sum(m)(multiply(part(0)<'n' | '1', 'f32'>(y), input('big', n, m))),
      x,
    )
    const q = plan(outputs({ chain }))
    expect(q.sizes.length).toBeLessThan(8)
  })

  it('a chain of 100 000 nodes is planned without recursion', () => {
    let y: Tensor<'n' | '1'> = x
    for (let i = 0; i < 100_000; i++) y = add(y, constant(1))
    const p = plan(outputs({ y }))
    expect(p.steps.length).toBe(Math.ceil(100_000 / defaultLimits.maxRun))
    expect(p.sizes.length).toBe(3)
  })

  it('state inputs and feeds have slots of their own', () => {
    const { program } = randomProgram(key(3), 20)
    const p = plan(program)
    const own = p.feeds.map((f) => p.slots.get(placeKey({ node: f, part: 0 })))
    expect(new Set(own).size).toBe(p.feeds.length)
    expect(feedsOf(program).length).toBeLessThan(p.feeds.length + 1)
    const written = p.steps.flatMap((s) => s.writes.map((w) => p.slots.get(placeKey(w))))
    expect(written.filter((s) => own.includes(s))).toEqual([])
    expect(defaultLimits.maxReads).toBeLessThanOrEqual(7)
  })
})
