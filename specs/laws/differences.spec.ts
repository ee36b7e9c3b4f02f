/** F3: derivatives against central differences (h = 1e-5, f64), first and second order, for every operation. */
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { apply, type Expr, type Op, type Tensor } from '../../lib/expr.ts'
import { key } from '../../lib/key.ts'
import { annihilate, scale } from '../../lib/ops/pointwise.ts'
import { input } from '../../lib/ops/layout.ts'
import { pointwise } from '../../lib/ops/rules.ts'
import { operations } from '../../lib/ops/table.ts'
import { realInputs, realResults, type Sample, sample, small, withoutGradient } from '../domains.ts'
import { sampleOf } from '../domains/draws.ts'
import { centralDifference, directions, linearise, relativeGap, valuesAt } from '../../lib/laws/derivatives.ts'
import { declared } from '../../lib/phantom.ts'

const slow = new Set(['scan', 'part', 'lstm', 'lstm_backward', 'lstm_score'])
const names = [...operations.keys()].filter((name) => !withoutGradient.includes(name))

/** The worst relative errors of first and second derivatives of a sample. */
const errors = (s: Sample, seed: number): { readonly first: number; readonly second: number } => {
  const l = linearise(s, key(seed))
  const along = directions(l, key(seed + 1))
  const worst = (gaps: readonly number[]): number => gaps.reduce((m, g) => Math.max(m, g), 0)
  return {
    first: worst(along.map((v) => relativeGap(valuesAt(l, l.pushed, v), centralDifference(l, l.ys, v)))),
    second: worst(
      along.slice(0, 3).map((v) => relativeGap(valuesAt(l, l.curved, v), centralDifference(l, l.pulled, v))),
    ),
  }
}

const real = (x: Expr): Tensor<'1'> => declared(x)

/** The same node with a gradient rule that is slightly wrong. */
const withWrongRule = (s: Sample): Sample => {
  const { op, attrs, args } = s.node
  const vjp: Op['vjp'] = (node, gs) =>
    (op.vjp?.(node, gs) ?? []).map((c) => (c === undefined ? c : scale(1.0001)(real(c))))
  return sampleOf(apply({ ...op, name: `planted_${op.name}`, vjp }, attrs, ...args), s.inputs)
}

describe('F3: central differences', () => {
  it.each(names)('F3: %s: Jv to 1e-6 along three random directions and every unit vector, Hv to 1e-4', (name) => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const s = sample(name, key(seed), slow.has(name) ? { ...small, sizes: [1, 2] } : small)
        if (realResults(s).length === 0 || realInputs(s).length === 0) return
        const { first, second } = errors(s, seed)
        expect(first).toBeLessThanOrEqual(1e-6)
        expect(second).toBeLessThanOrEqual(1e-4)
      }),
      { seed: 3, numRuns: slow.has(name) ? 3 : 12 },
    )
  })

  const ruled = [...operations.values()].filter((op) => op.vjp !== undefined && names.includes(op.name))

  it.each(ruled.map((op) => op.name))(
    'F3: %s: sees cotangents that are too large by one part in ten thousand',
    (name) => {
      const seen = [1, 2, 3, 4, 5, 6, 7, 8].some((seed) => {
        const s = sample(name, key(seed), { ...small, sizes: [2] })
        if (realResults(s).length === 0 || realInputs(s).length === 0) return false
        return errors(withWrongRule(s), seed).first > 1e-6
      })
      expect(seen).toBe(true)
    },
  )

  it('F3: sees a right slope whose own derivative is missing', () => {
    const slope = pointwise({ name: 'planted_slope', dtype: () => 'f32', compute: () => (x) => 3 * x * x })
    const cube = pointwise({
      name: 'planted_cube',
      dtype: () => 'f32',
      compute: () => (x) => x ** 3,
      vjp: (node, g) => node.args.map((x) => annihilate(real(g), real(apply(slope, {}, x)))),
    })
    const x = input('x', axis('a', 3))
    const { first, second } = errors(sampleOf(apply(cube, {}, x), [{ node: x, data: Float64Array.of(0.5, 1, -2) }]), 1)
    expect(first).toBeLessThanOrEqual(1e-6)
    expect(second).toBeGreaterThan(0.1)
  })
})
