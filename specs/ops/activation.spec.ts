/** The activations of transformers: values against integrals, tails that stay exact, slopes against differences. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { key } from '../../lib/key.ts'
import { input } from '../../lib/ops/layout.ts'
import { complementaryErrorFunction, errorFunction } from '../../lib/ops/numeric.ts'
import { erf, gelu, geluTanh } from '../../lib/ops/pointwise.ts'
import { gradient } from '../../lib/grad.ts'
import { sum } from '../../lib/ops/reduce.ts'
import type { Tensor } from '../../lib/expr.ts'
import { valuesOf } from '../domains.ts'
import { linearise, relativeGap, valuesAt } from '../../lib/laws/derivatives.ts'
import { sampleOf } from '../domains/draws.ts'

/** ∫_a^b e^(−t²) dt by Simpson's rule on 4 000 intervals. */
const integral = (a: number, b: number): number => {
  const h = (b - a) / 4000
  const weight = (i: number): number => (i === 0 || i === 4000 ? 1 : i % 2 === 1 ? 4 : 2)
  return (
    (Array.from({ length: 4001 }, (_, i) => weight(i) * Math.exp(-((a + i * h) ** 2))).reduce((s, x) => s + x, 0) * h) /
    3
  )
}

type Curve = (x: Tensor<'n' | '1'>) => Tensor<'n' | '1'>
const at = (f: Curve, xs: readonly number[]): readonly number[] => {
  const n = axis('n', xs.length)
  const x = input('x', n)
  return Array.from(valuesOf([f(x)], [{ node: x, data: Float64Array.from(xs) }])[0] ?? [])
}

describe('the error function', () => {
  test.prop([fc.double({ min: -6, max: 6, noNaN: true })], { seed: 71, numRuns: 60 })('is its integral', (x) => {
    expect(Math.abs(errorFunction(x) - (2 / Math.sqrt(Math.PI)) * integral(0, x))).toBeLessThanOrEqual(1e-13)
  })

  test.prop([fc.double({ min: 0, max: 9, noNaN: true })], { seed: 72, numRuns: 60 })(
    'has a complement that is exact relative to itself (Simpson’s rule is, to 3e-11)',
    (x) => {
      const want = (2 / Math.sqrt(Math.PI)) * integral(x, x + 7 / (1 + x / 2))
      expect(Math.abs(complementaryErrorFunction(x) / want - 1)).toBeLessThanOrEqual(1e-10)
    },
  )

  it('is odd, 0 at 0 and ±1 far away', () => {
    expect(at(erf, [0, 30, -30, 1e300, -1e300])).toEqual([0, 1, -1, 1, -1])
    expect(at(erf, [-0.7, -2.5])).toEqual(at(erf, [0.7, 2.5]).map((y) => -y))
  })
})

describe('gelu', () => {
  it('is x·Φ(x), with an exact left tail', () => {
    const normal = (x: number) => integral(-Math.SQRT1_2 * x, 9) / Math.sqrt(Math.PI)
    at(gelu, [-8, -3, -1, 0, 0.5, 2, 6]).forEach((y, i) => {
      const x = [-8, -3, -1, 0, 0.5, 2, 6][i] ?? 0
      expect(Math.abs(y - x * normal(x))).toBeLessThanOrEqual(1e-9 * Math.abs(y) + 1e-15)
    })
  })

  it('is approximated by its tanh form to 5e-4, which is the formula of GPT-2', () => {
    const xs = Array.from({ length: 161 }, (_, i) => i / 10 - 8)
    const [exact, close] = [at(gelu, xs), at(geluTanh, xs)]
    xs.forEach((x, i) => {
      expect(Math.abs((exact[i] ?? 0) - (close[i] ?? 0))).toBeLessThanOrEqual(5e-4)
      const formula = 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      expect(close[i]).toBeCloseTo(formula, 13)
    })
  })

  it.each([
    ['gelu', gelu],
    ['geluTanh', geluTanh],
  ] as const)(
    'R8: %s and its slope are finite for every finite operand: 0 on the left, x and 1 on the right',
    (_n, f) => {
      const far = [-3e38, -1e4, -60, 60, 1e4, 3e38]
      expect(at(f, far).map((y) => y + 0)).toEqual([0, 0, 0, 60, 1e4, 3e38])
      const n = axis('n', far.length)
      const x = input('x', n)
      const { x: slope } = gradient(sum(n)(f(x)), { x })
      expect(Array.from(valuesOf([slope], [{ node: x, data: Float64Array.from(far) }])[0] ?? [])).toEqual([
        0, 0, 0, 1, 1, 1,
      ])
    },
  )

  test.prop([fc.double({ min: -6, max: 6, noNaN: true })], { seed: 73, numRuns: 60 })(
    'F3: slopes are central differences of the values',
    (v) => {
      const n = axis('n', 1)
      const x = input('x', n)
      for (const f of [gelu, geluTanh, erf]) {
        const l = linearise(sampleOf(f(x), [{ node: x, data: Float64Array.of(v) }]), key(1))
        const [up, down] = at(f, [v + 1e-5, v - 1e-5])
        const slope = valuesAt(l, l.pushed, [Float64Array.of(1)])
        expect(relativeGap(slope, [Float64Array.of(((up ?? 0) - (down ?? 0)) / 2e-5)])).toBeLessThanOrEqual(1e-8)
      }
    },
  )
})
