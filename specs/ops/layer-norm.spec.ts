/** Layer normalisation: the moments of its results, what it does not depend on, and rows worked out by hand. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { vjpOf, vjpWithin } from '../../lib/ops/pull-back.ts'
import { key, uniforms } from '../../lib/key.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import { input } from '../../lib/ops/layout.ts'
import { operations } from '../../lib/ops/table.ts'
import { evaluateOn } from '../../lib/program.ts'
import { type Placed, sample, valuesOf } from '../domains.ts'
import { linearise, relativeGap, valuesAt } from '../../lib/laws/derivatives.ts'
import { right } from '../either.ts'
import { thrown } from '../thrown.ts'

const [row, model] = [axis('row', 3), axis('model', 16)]
const [x, gain, bias] = [input('x', row, model), input('gain', model), input('bias', model)]
const ones = new Float64Array(16).fill(1)
const zeros = new Float64Array(16)

const known = (data: Values, scale: Values = ones, shift: Values = zeros): readonly Placed[] => [
  { node: x, data },
  { node: gain, data: scale },
  { node: bias, data: shift },
]
const noise = (seed: number, n: number): Float64Array => uniforms(key(seed), n).map((u) => 6 * u - 3)
const valueOf = (root: Expr, inputs: readonly Placed[]): Float64Array =>
  Float64Array.from(valuesOf([root], inputs)[0] ?? [])
const rowsOf = (data: Float64Array): readonly Float64Array[] => [0, 1, 2].map((r) => data.subarray(16 * r, 16 * r + 16))
const average = (xs: Float64Array): number => xs.reduce((s, v) => s + v, 0) / xs.length

describe('layer normalisation', () => {
  test.prop([fc.nat(1e6)], { seed: 81, numRuns: 40 })('gives rows of mean 0 and variance v/(v + ε)', (seed) => {
    const data = noise(seed, 48)
    const y = rowsOf(valueOf(layerNorm(model)(x, gain, bias, 0.1), known(data)))
    rowsOf(data).forEach((own, r) => {
      const variance = average(own.map((v) => (v - average(own)) ** 2))
      const out = y[r] ?? ones
      expect(Math.abs(average(out))).toBeLessThanOrEqual(1e-14)
      expect(average(out.map((v) => v * v))).toBeCloseTo(variance / (variance + 0.1), 12)
    })
  })

  test.prop(
    [fc.nat(1e6), fc.double({ min: 0.1, max: 100, noNaN: true }), fc.double({ min: -100, max: 100, noNaN: true })],
    {
      seed: 82,
      numRuns: 40,
    },
  )('does not see an affine map of a row, without ε', (seed, factor, offset) => {
    const data = noise(seed, 48)
    const y = layerNorm(model)(x, gain, bias, 0)
    const moved = valueOf(y, known(data.map((v) => factor * v + offset)))
    expect(relativeGap([moved], [valueOf(y, known(data))])).toBeLessThanOrEqual(1e-9)
  })

  it('scales by the gain and shifts by the bias; a constant row gives the bias', () => {
    const [scale, shift] = [noise(1, 16), noise(2, 16)]
    const y = layerNorm(model)(x, gain, bias)
    const plain = valueOf(y, known(noise(3, 48)))
    const full = valueOf(y, known(noise(3, 48), scale, shift))
    full.forEach((v, i) => expect(v).toBeCloseTo((plain[i] ?? 0) * (scale[i % 16] ?? 0) + (shift[i % 16] ?? 0), 12))
    const flat = valueOf(y, known(new Float64Array(48).fill(1e4), scale, shift))
    flat.forEach((v, i) => expect(v).toBe(shift[i % 16]))
  })

  it('by hand: 1, 3 with ε = 3 is ∓½', () => {
    const two = axis('two', 2)
    const of = (name: string) => input(name, two)
    const y = layerNorm(two)(of('a'), of('g'), of('b'), 3)
    const inputs = [
      { node: of('a'), data: Float64Array.of(1, 3) },
      { node: of('g'), data: Float64Array.of(1, 1) },
      { node: of('b'), data: Float64Array.of(0, 0) },
    ]
    expect(Array.from(valueOf(y, inputs))).toEqual([-0.5, 0.5])
  })

  it('normalises along any axis, which becomes the last; names an axis that is missing or empty', () => {
    const turned: Tensor<'model' | 'row' | '1'> = input('turned', model, row)
    expect(axesOf(layerNorm(model)(turned, gain, bias)).map((a) => a.name)).toEqual(['row', 'model'])
    const none = axis('none', 0)
    expect(thrown(() => layerNorm(none)(input('e', none), input('g', none), input('b', none)))).toMatchObject({
      tag: 'Shape',
      what: "layer_norm: axis 'none' is empty",
    })
  })

  test.prop([fc.nat(1e6), fc.integer({ min: 1, max: 7 })], { seed: 83, numRuns: 12 })(
    'F3: the kernel of the gradient is the gradient of the definition, whichever results are used',
    (seed, some) => {
      const s = sample('layer_norm', key(seed))
      const l = linearise(s, key(seed + 1))
      const nodes = l.xs.map((p) => p.node)
      const us = l.us.map((u, i) => (((some >> i) & 1) === 1 ? u.node : undefined))
      const meaning = operations.get('layer_norm')?.definition?.(s.node.attrs, s.node.args) ?? []
      const [own, defined] = [vjpOf(l.ys, us, nodes), vjpWithin(meaning, us, nodes)]
      nodes.forEach((_n, i) => {
        const [a, b] = [own[i], defined[i]]
        expect(a === undefined).toBe(b === undefined)
        if (a !== undefined && b !== undefined)
          expect(relativeGap(valuesAt(l, [a]), valuesAt(l, [b]))).toBeLessThanOrEqual(1e-11)
      })
    },
  )

  it('T32: keeps its accuracy on ONNX Runtime where the mean is a hundred deviations', async () => {
    const executor = right(await openOnnx({ threads: 1 })())
    const data = Float64Array.from(noise(5, 48), (v) => Math.fround(v + 300))
    const got = right(
      await evaluateOn(executor)({ y: layerNorm(model)(x, gain, bias) }, { x: data, gain: ones, bias: zeros })(),
    )
    expect(
      relativeGap([got.y?.data ?? zeros], [valueOf(layerNorm(model)(x, gain, bias), known(data))]),
    ).toBeLessThanOrEqual(2e-4)
  })
})
