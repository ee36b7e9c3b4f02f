/** F15: the parts of optimisers against hand-worked steps, in any layout, and exact where nothing should move. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { type Expr, typeOf } from '../../lib/expr.ts'
import { input, reorder } from '../../lib/ops/layout.ts'
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  constantRate,
  cosineRate,
  descend,
  globalNorm,
  identity,
  inverseRate,
  inverseSquareRoot,
  momentum,
  type Optimiser,
  scaleByAdam,
  sgd,
  weightDecay,
} from '../../lib/optimise/index.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'
import { untyped } from '../untyped.ts'

/** Steps of an optimiser on one parameter: its values after each of the given gradients. */
const follow = (
  optimiser: Optimiser,
  parameter: Expr,
  start: Values,
  gradients: readonly Values[],
): readonly Values[] => {
  const axes = typeOf(parameter).axes
  const names = Object.entries(optimiser.state({ w: typeOf(parameter) })).map(
    ([name, type]): readonly [string, Expr] => [name, input(`optimiser ${name}`, ...type.axes)],
  )
  const gradient = input('gradient', ...axes)
  const { updates, state } = optimiser.update({
    gradients: { w: gradient },
    parameters: { w: parameter },
    state: Object.fromEntries(names),
  })
  let held: readonly Values[] = names.map(
    ([, node]) => new Float64Array(typeOf(node).axes.reduce((m, a) => m * a.size, 1)),
  )
  let value = start
  return gradients.map((g) => {
    const known = [
      { node: parameter, data: value },
      { node: gradient, data: g },
      ...names.map(([, node], i) => ({ node, data: held[i] ?? start })),
    ]
    const [update = start, ...next] = valuesOf(
      [reorder(axes.map((a) => a.name))(updates['w'] ?? gradient), ...names.flatMap(([name]) => state[name] ?? [])],
      known,
    )
    held = next
    value = Float64Array.from(value, (v, i) => v + (update[i] ?? Number.NaN))
    return value
  })
}

const one = axis('one', 1)
const single = input('w', one)
const numbers = (xs: readonly Values[]): readonly (number | undefined)[] => xs.map((x) => x[0])
const feed = (...gs: readonly number[]): readonly Values[] => gs.map((g) => Float64Array.of(g))

describe('Adam', () => {
  it('F15: two steps worked out by hand (Kingma & Ba 2014, Algorithm 1)', () => {
    const found = numbers(follow(adam(0.1), single, Float64Array.of(1), feed(0.5, -1)))
    // m₁ = 0.05, v₁ = 0.00025, m̂₁ = 0.5, v̂₁ = 0.25: θ₁ = 1 − 0.1·0.5/(0.5 + 1e-8)
    const first = 1 - (0.1 * 0.5) / (0.5 + 1e-8)
    // m₂ = −0.055, v₂ = 0.00124975, m̂₂ = −0.055/0.19, v̂₂ = 0.00124975/0.001999
    const second = first + (0.1 * (0.055 / 0.19)) / (Math.sqrt(0.00124975 / 0.001999) + 1e-8)
    expect(found[0]).toBeCloseTo(first, 14)
    expect(found[1]).toBeCloseTo(second, 13)
    expect(second).toBeCloseTo(0.9366104, 6)
  })

  it('F15: the first step has the size of the rate, whatever the size of the gradient', () => {
    for (const g of [1e-3, 1, 1e6])
      expect(numbers(follow(adam(0.01), single, Float64Array.of(0), feed(g)))[0]).toBeCloseTo(-0.01, 6)
  })

  it('F15: bias correction is exact for many steps: a constant gradient moves by the rate each time', () => {
    const found = numbers(
      follow(adam(0.001), single, Float64Array.of(0), feed(...Array.from({ length: 300 }, () => 2))),
    )
    expect(found[299]).toBeCloseTo(-0.3, 6)
  })

  it('F15: decoupled decay is added after the scaling, an L2 penalty before it', () => {
    const after = numbers(follow(adamW(0.1, 0.5), single, Float64Array.of(2), feed(0.5)))
    expect(after[0]).toBeCloseTo(2 - 0.1 * (0.5 / (0.5 + 1e-8) + 0.5 * 2), 12)
    const before = numbers(follow(chain(weightDecay(0.5), adam(0.1)), single, Float64Array.of(2), feed(0.5)))
    expect(before[0]).toBeCloseTo(2 - 0.1, 7)
  })
})

const optimisers: Readonly<Record<string, Optimiser>> = {
  adam: adam(0.1),
  'adamW without decay': adamW(0.1, 0),
  sgd: sgd(0.1),
  'sgd with momentum': sgd(0.1, 0.9),
  'clipped adam': chain(clipByGlobalNorm(1), adam(0.1)),
  identity,
}

describe('exactness', () => {
  it.each(Object.entries(optimisers))(
    'F15: %s: zero gradients leave parameters exactly as they are',
    (_name, optimiser) => {
      const start = Float64Array.of(1, -0, 0.1, 3e38, -1e-30)
      const found = follow(
        optimiser,
        input('w', axis('n', 5)),
        start,
        [1, 2, 3].map(() => new Float64Array(5)),
      )
      for (const value of found) expect(Array.from(value, (v) => v + 0)).toEqual(Array.from(start, (v) => v + 0))
    },
  )

  const [n, m] = [axis('n', 2), axis('m', 3)]
  const turned = (xs: Values): Values => Float64Array.from([0, 3, 1, 4, 2, 5], (i) => xs[i] ?? Number.NaN)
  const six = fc
    .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 6, maxLength: 6 })
    .map((xs) => Float64Array.from(xs))

  test.prop([fc.constantFrom(...Object.values(optimisers), momentum(0.5), scaleByAdam()), six, six, six], {
    seed: 151,
    numRuns: 60,
  })('F15: a step does not depend on the storage order', (optimiser, start, g, h) => {
    const straight = follow(optimiser, input('w', n, m), start, [g, h])
    const other = follow(optimiser, input('w', m, n), turned(start), [turned(g), turned(h)])
    // A norm is summed in storage order; all else is elementwise.
    straight.forEach((value, t) => {
      turned(value).forEach((v, i) => {
        expect(v).toBeCloseTo(other[t]?.[i] ?? Number.NaN, 12)
      })
    })
  })
})

describe('parts', () => {
  it('momentum accumulates: v ← μ·v + g', () => {
    expect(numbers(follow(sgd(1, 0.5), single, Float64Array.of(0), feed(1, 1, 1)))).toEqual([-1, -2.5, -4.25])
  })

  it('descent multiplies by minus the rate of its step', () => {
    expect(numbers(follow(descend(constantRate(0.5)), single, Float64Array.of(1), feed(1, 2)))).toEqual([0.5, -0.5])
  })

  test.prop(
    [
      fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 }),
      fc.double({ min: 0.1, max: 5, noNaN: true }),
    ],
    { seed: 152 },
  )('clipping bounds the norm, keeps the direction, and leaves short gradients almost alone', (g, limit) => {
    const w = input('w', axis('n', 3))
    const [moved] = follow(clipByGlobalNorm(limit), w, new Float64Array(3), [Float64Array.from(g)])
    const [norm, clipped] = [Math.hypot(...g), Math.hypot(...(moved ?? []))]
    expect(clipped).toBeLessThanOrEqual(limit * (1 + 1e-12))
    expect(clipped).toBeCloseTo(Math.min(norm, limit), 4)
    g.forEach((v, i) => {
      expect((moved?.[i] ?? 0) * norm).toBeCloseTo(v * clipped, 8)
    })
  })

  it('the norm is over all tensors together', () => {
    const [a, b] = [input('a', axis('n', 2)), input('b')]
    expect(
      valuesOf(
        [globalNorm({ a, b })],
        [
          { node: a, data: Float64Array.of(2, 3) },
          { node: b, data: Float64Array.of(6) },
        ],
      )[0],
    ).toEqual(Float64Array.of(7))
    expect(valuesOf([globalNorm({})], [])[0]).toEqual(Float64Array.of(0))
  })
})

describe('numbers that mean nothing', () => {
  const wrong = [Number.NaN, Number.POSITIVE_INFINITY, -1, untyped('0.1')]
  it.each<readonly [string, (x: number) => unknown]>([
    ['a norm to clip at', clipByGlobalNorm],
    ['a weight decay', weightDecay],
    ['a momentum', momentum],
    ['a learning rate', constantRate],
    ['that of Adam', (x) => adam(x)],
    ['of descent', (x) => sgd(x)],
    ['its momentum', (x) => sgd(0.1, x)],
    ['a decay beside Adam', (x) => adamW(0.1, x)],
    ['β₁', (x) => scaleByAdam({ beta1: x })],
    ['β₂', (x) => scaleByAdam({ beta2: x })],
    ['ε', (x) => scaleByAdam({ epsilon: x })],
    ['a rate that falls', inverseRate],
    ['a rate that rises', (x) => inverseSquareRoot(x, 4)],
    ['its warm-up', (x) => inverseSquareRoot(1, x)],
    ['a cosine', (x) => cosineRate(x, 10)],
    ['its steps', (x) => cosineRate(1, x)],
    ['its end', (x) => cosineRate(1, 10, x)],
  ])('are refused: %s', (_name, make) => {
    for (const x of wrong) expect(thrown(() => make(x))?.tag).toBe('Domain')
  })

  it('of no size at all, where that leaves nothing', () => {
    for (const make of [clipByGlobalNorm, (x: number) => cosineRate(1, x), (x: number) => inverseSquareRoot(1, x)])
      expect(thrown(() => make(0))?.tag).toBe('Domain')
    for (const make of [momentum, (x: number) => scaleByAdam({ beta2: x })])
      expect(thrown(() => make(1))?.tag).toBe('Domain')
    expect(thrown(() => [weightDecay(0), momentum(0), constantRate(0), cosineRate(0, 1), adamW(0, 0)])).toBeUndefined()
  })
})
