/** GELU of few elements: fewer nodes than of many, to values as near, and none of them in a file. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Tensor } from '../../lib/expr.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { exportProgram } from '../../lib/onnx/export.ts'
import { formOfFew } from '../../lib/onnx/few.ts'
import { lower } from '../../lib/onnx/lower.ts'
import { gradient } from '../../lib/grad.ts'
import { input } from '../../lib/ops/layout.ts'
import { gelu } from '../../lib/ops/pointwise.ts'
import { sumAll } from '../../lib/ops/reduce.ts'
import { evaluateOne, outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { elementary } from '../accuracy-bounds.ts'
import { right } from '../either.ts'

const executor = right(await openOnnx({ threads: 1 })())

/** GELU and its slope of so many elements. */
const program = (size: number): Readonly<Record<'y' | 'slope', Tensor<'n' | '1'>>> => {
  const x = input('x', axis('n', size))
  return { y: gelu(x), slope: gradient(sumAll(gelu(x)), { x }).x }
}

const valuesOn = async (on: Executor, x: Float64Array): Promise<Readonly<Record<'y' | 'slope', readonly number[]>>> => {
  const { y, slope } = program(x.length)
  const of = async (root: Tensor<'n' | '1'>): Promise<readonly number[]> => [
    ...right(await evaluateOne(on)(root, { x })()).data,
  ]
  return { y: await of(y), slope: await of(slope) }
}

const nodes = (size: number): readonly string[] =>
  lower(outputs(program(size)), formOfFew).graph.nodes.map((n) => n.type)

describe('GELU', () => {
  it('of at most 65 536 elements takes its tails in few nodes, which its slope shares, and of some millions lists all places', () => {
    expect(nodes(65_536)).not.toContain('NonZero')
    expect(nodes(65_536).filter((type) => type === 'Compress')).toHaveLength(1)
    expect(nodes(65_537).filter((type) => type === 'Compress')).toHaveLength(1)
    expect(nodes(2 ** 22 + 1)).toContain('NonZero')
    expect(nodes(65_537).length - nodes(65_536).length).toBeGreaterThanOrEqual(20)
  })

  it('in a file has one form for every size', async () => {
    const file = await exportProgram({
      dynamic: ['n'],
      program: ({ n }) => outputs(program(n)),
    })()
    expect(E.isRight(file)).toBe(true)
  })

  it.each([
    ['all low', (i: number) => -2 - i * 0.012],
    ['none low', (i: number) => -2 + i * 0.012],
    ['some low', (i: number) => Math.sin(i) * 14],
    ['one low', (i: number) => (i === 998 ? -3 : i)],
    ['low among many', (i: number) => Math.sin(i) * 14, 70_000],
  ])('with elements that are %s is within its bounds', async (_name, of, length = 999) => {
    const data = Float64Array.from({ length }, (_, i) => Math.fround(of(i)))
    const [found, exact] = [await valuesOn(executor, data), await valuesOn(reference, data)]
    const ulp = (name: 'y' | 'slope'): number =>
      data.reduce((worst, x, i) => {
        const [a, b] = [at(found[name], i), at(exact[name], i)]
        const terms = name === 'y' ? Math.abs(b) : (elementary['gelu_slope']?.scale?.(x) ?? 0)
        const error = Math.abs(b) < 2 ** -126 ? Math.abs(a - b) * 2 ** 120 : Math.abs(a - b) / terms / 2 ** -23
        return Math.max(worst, error)
      }, 0)
    expect(ulp('y')).toBeLessThan(elementary['gelu']?.bounds.onnx ?? 0)
    expect(ulp('slope')).toBeLessThan(elementary['gelu_slope']?.bounds.onnx ?? 0)
  })

  it('hands on what is no number', async () => {
    const x = Float64Array.of(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1e30, -3)
    const { y } = await valuesOn(executor, x)
    expect(y.slice(0, 4)).toEqual([Number.NaN, -0, Number.POSITIVE_INFINITY, -0])
    expect(y[4]).toBeCloseTo(-0.00404969, 7)
  })
})
