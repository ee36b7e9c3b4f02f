/** Cross-entropy with label smoothing: what it is, what it does not depend on, and its form with the projection inside. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Expr, Tensor } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { key, uniforms } from '../../lib/key.ts'
import { contract } from '../../lib/ops/contract.ts'
import { softmaxCrossEntropy } from '../../lib/ops/cross-entropy.ts'
import { gather, oneHot } from '../../lib/ops/gather.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { add, multiply, negate, scale, shift } from '../../lib/ops/pointwise.ts'
import { logSoftmax, mean, sum, sumOver } from '../../lib/ops/reduce.ts'
import { tokenCrossEntropy } from '../../lib/ops/token-cross-entropy.ts'
import { type Placed, valuesOf } from '../domains.ts'
import { relativeGap } from '../../lib/laws/derivatives.ts'
import { thrown } from '../thrown.ts'

const [row, symbol, model] = [axis('row', 4), axis('symbol', 5), axis('model', 3)]
const z = input('z', row, symbol)
const targets = inputOf('i32')('targets', row)
const noise = (seed: number, n: number, size = 3): Float64Array => uniforms(key(seed), n).map((u) => size * (2 * u - 1))
const chosen = (seed: number): Int32Array => Int32Array.from(uniforms(key(seed + 99), 4), (u) => Math.floor(5 * u))

const known = (logits: Values, at: Values): readonly Placed[] => [
  { node: z, data: logits },
  { node: targets, data: at },
]
const valueOf = (root: Expr, inputs: readonly Placed[]): Float64Array =>
  Float64Array.from(valuesOf([root], inputs)[0] ?? [])

describe('cross-entropy', () => {
  test.prop([fc.nat(1e6), fc.constantFrom(0, 0.1, 0.7)], { seed: 91, numRuns: 40 })(
    'is the cross-entropy of the smoothed target: −Σ ((1 − ε)·[target] + ε/n)·log softmax',
    (seed, smoothing) => {
      const smoothed = shift(smoothing / 5)(scale(1 - smoothing)(oneHot(symbol)(targets)))
      const meaning = negate(sum(symbol)(multiply(smoothed, logSoftmax(symbol)(z))))
      const inputs = known(noise(seed, 20), chosen(seed))
      const own = valueOf(softmaxCrossEntropy(symbol, { smoothing })(z, targets), inputs)
      expect(relativeGap([own], [valueOf(meaning, inputs)])).toBeLessThanOrEqual(1e-13)
    },
  )

  test.prop([fc.nat(1e6), fc.double({ min: -1e4, max: 1e4, noNaN: true })], { seed: 92, numRuns: 40 })(
    'E19: does not see a shift of a row, and has a gradient that sums to 0',
    (seed, offset) => {
      const loss = softmaxCrossEntropy(symbol, { smoothing: 0.1 })(z, targets)
      const logits = noise(seed, 20)
      const moved = logits.map((v) => v + offset)
      expect(
        relativeGap([valueOf(loss, known(moved, chosen(seed)))], [valueOf(loss, known(logits, chosen(seed)))]),
      ).toBeLessThanOrEqual(1e-10)
      const { z: slope } = gradient(sum(row)(loss), { z })
      const total = valueOf(sum(symbol)(slope), known(logits, chosen(seed)))
      total.forEach((g) => expect(Math.abs(g)).toBeLessThanOrEqual(1e-14))
    },
  )

  it('R8: is finite for logits of ±1e4, 0 for a sure hit and the gap for a sure miss', () => {
    const logits = Float64Array.of(1e4, -1e4, 0, 0, 0, 1e4, -1e4, 0, 0, 0, 0, 0, 0, 0, 0, -1e4, 0, 0, 0, 0)
    const loss = valueOf(softmaxCrossEntropy(symbol)(z, targets), known(logits, Int32Array.of(0, 1, 2, 0)))
    expect(Array.from(loss.subarray(0, 2), (x) => x + 0)).toEqual([0, 2e4])
    expect(loss[2]).toBeCloseTo(Math.log(5), 14)
    expect(loss[3]).toBeCloseTo(1e4 + Math.log(4), 9)
    const { z: slope } = gradient(sum(row)(softmaxCrossEntropy(symbol)(z, targets)), { z })
    const slopes = Array.from(valueOf(slope, known(logits, Int32Array.of(0, 1, 2, 0))))
    expect(slopes.every((g) => g >= -1 && g <= 1)).toBe(true)
  })

  it('clamps targets to the axis, as `gather` does, and names rows that do not fit', () => {
    const loss = softmaxCrossEntropy(symbol, { smoothing: 0.2 })(z, targets)
    const inside = valueOf(loss, known(noise(3, 20), Int32Array.of(0, 4, 4, 0)))
    expect(valueOf(loss, known(noise(3, 20), Int32Array.of(-3, 9, 5, -1)))).toEqual(inside)
    const wrong: Tensor<'row' | '1', 'i32'> = inputOf('i32')('wrong', axis('row', 3))
    expect(thrown(() => softmaxCrossEntropy(symbol)(z, wrong))).toMatchObject({ tag: 'Shape' })
  })
})

describe('cross-entropy of tokens', () => {
  const [hidden, table, bias, weights] = [
    input('hidden', row, model),
    input('table', symbol, model),
    input('bias', symbol),
    input('weights', row),
  ]
  const inputs = (seed: number): readonly Placed[] => [
    { node: hidden, data: noise(seed, 12) },
    { node: table, data: noise(seed + 1, 15) },
    { node: bias, data: noise(seed + 2, 5) },
    { node: weights, data: Float64Array.of(1, 0.5, 0, 2) },
    { node: targets, data: chosen(seed) },
  ]

  test.prop([fc.nat(1e6)], { seed: 93, numRuns: 20 })(
    'is the composition of projection, log-softmax and look-up, with its gradients',
    (seed) => {
      const logits = add(contract(model)(hidden, table), bias)
      const logs = logSoftmax(symbol)(logits)
      const even = scale(-0.1)(mean(symbol)(logs))
      const composed = multiply(add(scale(-0.9)(gather(symbol)(logs, targets)), even), weights)
      const fused = tokenCrossEntropy({ symbol, model, smoothing: 0.1 })({ hidden, table, bias, targets, weights })
      const both = [composed, fused].map((loss) => {
        const total: Tensor<'row' | '1'> = loss
        const slopes = gradient(sumOver(row)(total), { hidden, table, bias, weights })
        return valuesOf([loss, ...Object.values(slopes)], inputs(seed))
      })
      expect(relativeGap(both[0] ?? [], both[1] ?? [])).toBeLessThanOrEqual(1e-12)
    },
  )

  it('E20: a token of weight 0 has no loss and no gradient', () => {
    const loss = tokenCrossEntropy({ symbol, model })({ hidden, table, targets, weights })
    const { hidden: slope } = gradient(sum(row)(loss), { hidden })
    expect(valueOf(loss, inputs(5))[2]).toBe(0)
    expect(Array.from(valueOf(slope, inputs(5)).subarray(6, 9)).map(Math.abs)).toEqual([0, 0, 0])
  })
})
