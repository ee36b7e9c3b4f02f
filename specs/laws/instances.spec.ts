/** F11: laws of the semirings, of the optimisers' monoid, and of effects, with generated values. */
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect } from 'vitest'
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
import { isClose } from '../../lib/laws/law.ts'
import { semiringLaws } from '../../lib/laws/semiring.ts'
import { keepsLaws } from './kept.ts'

const close = (x: number, y: number): boolean => isClose(x, y, 1e-11)
const whole = fc.integer({ min: -1000, max: 1000 })
const double = fc.double({ min: -50, max: 50, noNaN: true })

const lowest = fc.constant(Number.NEGATIVE_INFINITY)
const highest = fc.constant(Number.POSITIVE_INFINITY)

describe('F11: semirings', () => {
  keepsLaws(semiringLaws({ semiring: real, values: whole }), 'F11: real numbers, on whole numbers exactly: ')
  keepsLaws(
    semiringLaws({ semiring: log, values: fc.oneof(double, lowest), equals: close }),
    'F11: log, within rounding, its zero included: ',
  )
  keepsLaws(semiringLaws({ semiring: maxPlus, values: fc.oneof(whole, lowest) }), 'F11: max-plus, exactly: ')
  keepsLaws(semiringLaws({ semiring: minPlus, values: fc.oneof(whole, highest) }), 'F11: min-plus, exactly: ')
  keepsLaws(semiringLaws({ semiring: boolean, values: fc.boolean() }), 'F11: boolean, exactly: ')
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
