/** The generated code of fused pointwise runs: snapshots, literals, merging of axes. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Expr } from '../../lib/expr.ts'
import { input, inputOf, reorder, reshape } from '../../lib/ops/layout.ts'
import { add, cast, constant, exp, greater, multiply, scale, tanh, where } from '../../lib/ops/pointwise.ts'
import { spreadTo } from '../../lib/ops/rules.ts'
import { outputs } from '../../lib/program.ts'
import { defaultLimits, plan } from '../../lib/plan.ts'
import { anyTensor } from '../../lib/typed.ts'
import { type FusedRun, fuse, literalText } from '../../lib/webgpu/fuse.ts'

const [a, b, c] = [axis('a', 6), axis('b', 8), axis('c', 5)]

/** The last fused run of a program with this output. */
const fusedOf = (x: Expr, maxRun = 64, software = true): FusedRun => {
  const step = plan(outputs({ x }), { ...defaultLimits, maxRun }).steps.at(-1)
  if (step === undefined) throw new Error('the program has no step')
  return fuse(step, { software })
}

const wide = anyTensor('f32')

const bitsOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0] ?? 0
const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0

/** What a WGSL compiler makes of a literal: the nearest f32. */
const parsed = (text: string): number => {
  const pattern = /^bitcast<f32>\((\d+)u\)$/.exec(text)
  if (pattern !== null) return Number(pattern[1])
  const [, sign = '', digits = ''] = /^\(?(-?)([\d.e+-]+)f\)?$/.exec(text) ?? []
  return bitsOf(sign === '-' ? -Number(digits) : Number(digits))
}

describe('fused runs', () => {
  it('one axis: four elements an invocation, the size in Params', () => {
    const [x, y] = [input('x', a, b), input('y', a, b)]
    expect(fusedOf(add(tanh(x), scale(-0.5)(multiply(x, y)))).source.text).toMatchSnapshot()
  })

  it('broadcast along the last axis and the first', () => {
    const [x, row, column] = [input('x', a, b), input('row', b), input('column', a)]
    const run = fusedOf(add(add(x, row), column))
    expect(run.source.text).toMatchSnapshot()
    expect(run.params).toEqual({ count: 12 })
  })

  it('another storage order is read element by element', () => {
    expect(fusedOf(reorder(['c', 'a'])(exp(input('x', a, c)))).source.text).toMatchSnapshot()
  })

  it('integers and conditions', () => {
    const n = inputOf('i32')('n', a)
    const real = cast('f32')(n)
    expect(fusedOf(where(greater(real, constant(0)), real, constant(-1e-40))).source.text).toMatchSnapshot()
  })

  it('one value under two shapes is bound once and read twice', () => {
    const x = wide(input('x', a, b))
    const turned = reorder(['a', 'b'])(reshape([b, a])(x))
    const run = fusedOf(add(x, turned))
    expect(run.reads.length).toBe(1)
    expect(run.source.text).toMatchSnapshot()
  })

  it('sizes do not change the code of a run over one axis', () => {
    const text = (n: number) => fusedOf(tanh(input('x', axis('n', n)))).source.text
    expect(text(5)).toBe(text(4096))
  })

  it('on a software adapter a workgroup stands for up to 64, at least 32 where there is work for them', () => {
    const groups = (n: number, software: boolean) => fusedOf(tanh(input('x', axis('n', n))), 64, software).workgroups
    expect([256, 25_600, 256_000, 1_024_000].map((n) => groups(n, true))).toEqual([1, 32, 32, 63])
    expect([256, 25_600, 256_000, 1_024_000].map((n) => groups(n, false))).toEqual([1, 100, 1000, 4000])
  })

  it('a scalar repeated everywhere reads one element', () => {
    const scalar: Expr = input('s')
    expect(fusedOf(spreadTo([a, b])(scalar)).source.text).toContain('a0[0u]')
  })

  it.each([
    [Number.POSITIVE_INFINITY, 0x7f800000],
    [Number.NEGATIVE_INFINITY, 0xff800000],
    [Number.NaN, 0x7fc00000],
    [1e39, 0x7f800000],
  ])('F15: hides the pattern of %s, which no compiler accepts as a constant', (value, pattern) => {
    expect(fusedOf(add(input('x', a), constant(value))).source.text).toContain(`bitcast<f32>(${pattern}u ^ nought)`)
  })
})

describe('literals', () => {
  test.prop([fc.integer({ min: 0, max: 0xffffffff })], { seed: 7, numRuns: 3000 })(
    'every finite f32 comes back bit by bit',
    (bits) => {
      const x = floatOf(bits)
      fc.pre(Number.isFinite(x))
      expect(parsed(literalText('f32', x))).toBe(bitsOf(x))
    },
  )

  it.each([
    ['f32', -0.5, '(-0.5f)'],
    ['f32', 3.4028234663852886e38, '3.4028234663852886e+38f'],
    ['f32', 1, '1.0f'],
    ['f32', -0, '(-0.0f)'],
    ['i32', -(2 ** 31), 'i32(-2147483647 - 1)'],
    ['i32', -7, 'i32(-7)'],
    ['u32', 2 ** 32 - 1, '4294967295u'],
    ['bool', 1, '1u'],
  ] as const)('%s %s is %s', (dtype, value, text) => expect(literalText(dtype, value)).toBe(text))
})
