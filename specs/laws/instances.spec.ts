/** F11: laws of the semirings, of the optimisers' monoid, and of effects, with generated values. */
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import type { Eq } from 'fp-ts/lib/Eq.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Semiring } from 'fp-ts/lib/Semiring.js'
import { semiring } from 'fp-ts-laws/lib/laws.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { effect, fail } from '../../lib/effect.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import { type Expr, typeOf } from '../../lib/expr.ts'
import { input } from '../../lib/ops/layout.ts'
import {
  clipByGlobalNorm,
  descend,
  type Exprs,
  identity,
  momentum,
  monoidOptimiser,
  type Optimiser,
  scaleByAdam,
  constantRate,
  weightDecay,
} from '../../lib/optimise/index.ts'
import { boolean, log, maxPlus, minPlus, real } from '../../lib/semiring.ts'
import { valuesOf } from '../domains.ts'

const exact: Eq<number> = { equals: (x, y) => x === y }
const close: Eq<number> = { equals: (x, y) => x === y || Math.abs(x - y) <= 1e-11 * (1 + Math.abs(x) + Math.abs(y)) }
const whole = fc.integer({ min: -1000, max: 1000 })
const double = fc.double({ min: -50, max: 50, noNaN: true })

/** The eight laws of a semiring that fail for some generated values. */
const broken8 = <A>(s: Semiring<A>, eq: Eq<A>, values: fc.Arbitrary<A>): readonly string[] => {
  const one = ['addIdentity', 'mulIdentity', 'annihilation'] as const
  const two = ['commutativity'] as const
  const three = ['addAssociativity', 'mulAssociativity', 'leftDistributivity', 'rightDistributivity'] as const
  const parameters = { seed: 110, numRuns: 200 }
  const fails = (found: { readonly failed: boolean }): boolean => found.failed
  return [
    ...one.filter((law) => fails(fc.check(fc.property(values, semiring[law](s, eq)), parameters))),
    ...two.filter((law) => fails(fc.check(fc.property(values, values, semiring[law](s, eq)), parameters))),
    ...three.filter((law) => fails(fc.check(fc.property(values, values, values, semiring[law](s, eq)), parameters))),
  ]
}

const lowest = fc.constant(Number.NEGATIVE_INFINITY)
const highest = fc.constant(Number.POSITIVE_INFINITY)

describe('F11: semirings', () => {
  it('F11: real numbers, on whole numbers exactly', () => {
    expect(broken8(real, exact, whole)).toEqual([])
  })
  it('F11: log, within rounding, its zero included', () => {
    expect(broken8(log, close, fc.oneof(double, lowest))).toEqual([])
  })
  it('F11: max-plus and min-plus, exactly, their zeros included', () => {
    expect(broken8(maxPlus, exact, fc.oneof(whole, lowest))).toEqual([])
    expect(broken8(minPlus, exact, fc.oneof(whole, highest))).toEqual([])
  })
  it('F11: boolean, exactly', () => {
    expect(broken8(boolean, { equals: (x, y) => x === y }, fc.boolean())).toEqual([])
  })
  it('F11: the laws fail for what is no semiring', () => {
    expect(broken8({ ...real, add: (x, y) => x - y }, exact, whole)).toContain('commutativity')
    expect(broken8({ ...maxPlus, one: 1 }, exact, whole)).toContain('mulIdentity')
    expect(broken8({ ...maxPlus, zero: 0 }, exact, whole)).toEqual(['addIdentity', 'annihilation'])
  })
})

const n = axis('n', 2)
const parameters: Exprs = { w: input('w', n), b: input('b') }
const values = { w: Float64Array.of(0.5, -2), b: Float64Array.of(3) }

/** Updates of three steps with fixed gradients. */
const observe = (optimiser: Optimiser): readonly (readonly number[])[] => {
  const types = optimiser.state(Object.fromEntries(Object.entries(parameters).map(([name, x]) => [name, typeOf(x)])))
  const variables = Object.entries(types).map(([name, type]): readonly [string, Expr] => [
    name,
    input(`state ${name}`, ...type.axes),
  ])
  const gradients = { w: input('gw', n), b: input('gb') }
  const result = optimiser.update({ gradients, parameters, state: Object.fromEntries(variables) })
  expect(Object.keys(result.state).sort()).toEqual(Object.keys(types).sort())
  let held = variables.map(([, x]) => new Float64Array((x.types[0]?.axes ?? []).reduce((m, a) => m * a.size, 1)))
  const updates = [result.updates['w'], result.updates['b']].flatMap((x) => x ?? [])
  return [1, -2, 0.5].map((g) => {
    const known = [
      ...Object.entries(parameters).map(([name, node]) => ({ node, data: name === 'w' ? values.w : values.b })),
      { node: gradients.w, data: Float64Array.of(g, 2 * g) },
      { node: gradients.b, data: Float64Array.of(-g) },
      ...variables.map(([, node], i) => ({ node, data: held[i] ?? new Float64Array(0) })),
    ]
    const out = valuesOf([...updates, ...variables.flatMap(([name]) => result.state[name] ?? [])], known)
    held = out.slice(updates.length).map((v) => Float64Array.from(v))
    return out.slice(0, updates.length).flatMap((v) => Array.from(v))
  })
}

const optimisers: fc.Arbitrary<Optimiser> = fc.constantFrom(
  identity,
  momentum(0.9),
  scaleByAdam(),
  clipByGlobalNorm(0.5),
  weightDecay(0.1),
  descend(constantRate(0.01)),
)
const nested = fc.oneof(
  optimisers,
  fc.tuple(optimisers, optimisers).map(([a, b]) => monoidOptimiser.concat(a, b)),
)

describe('F11: optimisers', () => {
  const { concat, empty } = monoidOptimiser
  test.prop([nested, nested, nested], { seed: 111, numRuns: 60 })('F11: form a monoid', (a, b, c) => {
    expect(observe(concat(concat(a, b), c))).toEqual(observe(concat(a, concat(b, c))))
    expect(observe(concat(empty, a))).toEqual(observe(a))
    expect(observe(concat(a, empty))).toEqual(observe(a))
  })
})

const broken: Failure = failure('Runtime', 'it broke', 'mend it')
const steps = fc
  .func(fc.oneof(fc.integer(), fc.constant<'fail'>('fail')))
  .map((f) => (x: number): TE.TaskEither<Failure, number> => {
    const y = f(x)
    return y === 'fail' ? TE.left(broken) : TE.right(y)
  })
const tasks = fc.oneof(
  fc.integer().map((x): TE.TaskEither<Failure, number> => TE.right(x)),
  fc.constant(TE.left<Failure, number>(broken)),
)

describe('F11: effects', () => {
  const bind = (
    m: TE.TaskEither<Failure, number>,
    f: (x: number) => TE.TaskEither<Failure, number>,
  ): TE.TaskEither<Failure, number> => effect(async (run) => run(f(await run(m))))

  test.prop([fc.integer(), tasks, steps, steps], { seed: 112, numRuns: 100 })(
    'F11: sequential code obeys the laws of a monad, failures included',
    async (x, m, f, g) => {
      expect(await bind(TE.right(x), f)()).toEqual(await f(x)())
      expect(await bind(m, TE.right)()).toEqual(await m())
      expect(await bind(bind(m, f), g)()).toEqual(await bind(m, (y) => bind(f(y), g))())
      expect(await bind(m, f)()).toEqual(await TE.chain(f)(m)())
    },
  )

  test.prop([steps], { seed: 113, numRuns: 30 })('F11: failure is a left zero', async (f) => {
    let ran = 0
    const counted = (x: number): TE.TaskEither<Failure, number> => {
      ran += 1
      return f(x)
    }
    expect(await bind(TE.left(broken), counted)()).toEqual(E.left(broken))
    expect(await effect(async (run) => run(counted(fail(broken))))()).toEqual(E.left(broken))
    expect(ran).toBe(0)
  })
})
