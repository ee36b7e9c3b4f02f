/** Chains of optimisers: order, names of their state, and the neutral one. The monoid's laws are in specs/laws. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { type ArrayType } from '../../lib/expr.ts'
import { input } from '../../lib/ops/layout.ts'
import { scale } from '../../lib/ops/pointwise.ts'
import {
  adam,
  chain,
  clipByGlobalNorm,
  identity,
  momentum,
  monoidOptimiser,
  sgd,
  stateless,
} from '../../lib/optimise/index.ts'
import { mapValues } from '../../lib/optimise/optimiser.ts'
import { anyTensor } from '../../lib/typed.ts'

const type: ArrayType = { axes: [axis('n', 2)], dtype: 'f32' }

describe('chains', () => {
  it('apply from left to right', () => {
    const g = input('g', axis('n', 2))
    const times = (c: number) =>
      stateless(({ gradients }) => mapValues(gradients, (x) => scale(c)(anyTensor('f32')(x))))
    const { updates } = chain(times(2), times(3)).update({ gradients: { g }, parameters: {}, state: {} })
    expect(updates['g']).toBe(scale(3)(scale(2)(g)))
  })

  it('give every part state of its own, in the shape of the parameters', () => {
    const state = chain(momentum(0.9), momentum(0.5), clipByGlobalNorm(1)).state({ w: type })
    expect(state).toEqual({ 'a.a.w': type, 'a.b.w': type })
    const names = Object.keys(adam(0.1).state({ w: type, b: { axes: [], dtype: 'f32' } }))
    expect(names.sort()).toEqual(['a.b.m', 'a.b.v', 'a.step', 'a.w.m', 'a.w.v', 'b.step'])
  })

  it('of nothing change nothing', () => {
    const g = input('g')
    expect(chain()).toBe(identity)
    expect(monoidOptimiser.empty.update({ gradients: { g }, parameters: {}, state: {} })).toEqual({
      updates: { g },
      state: {},
    })
    expect(chain(sgd(0.1)).state({ w: type })).toEqual({ step: { axes: [], dtype: 'f32' } })
  })
})
