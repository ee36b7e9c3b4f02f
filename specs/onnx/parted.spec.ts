/** Products of a few rows with all parts of a weight at once, and where they stay products of their own. */
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import { feedsOf } from '../../lib/executor.ts'
import { type Tensor, axesOf } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { lower } from '../../lib/onnx/lower.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input } from '../../lib/ops/layout.ts'
import { add } from '../../lib/ops/pointwise.ts'
import { select } from '../../lib/ops/slice.ts'
import { outputs } from '../../lib/program.ts'
import { disagreements } from './agreement.ts'
import { right } from '../either.ts'

const executor = right(await openOnnx({ threads: 1 })())

/** x·W + b of the listed parts of W and b, of as many parts as `count`; other rows for those in `others`. */
const products = (
  rows: number,
  parts: readonly number[],
  { count = 3, inner = 5, others = [] }: { count?: number; inner?: number; others?: readonly number[] } = {},
) => {
  const [row, part, k, n] = [axis('row', rows), axis('part', count), axis('inner', inner), axis('outer', 40)]
  const [x, z] = [input('x', row, k), input('z', row, k)]
  const [weight, bias] = [input('weight', part, k, n), input('bias', part, n)]
  const of = (i: number): Tensor<'row' | 'outer' | '1'> =>
    add(contract(k)(others.includes(i) ? z : x, select(part, i)(weight)), select(part, i)(bias))
  return parts.map(of)
}

type Products = ReturnType<typeof products>

const graphOf = (all: Products) => lower(outputs(Object.fromEntries(all.map((y, i) => [`y${i}`, y])))).graph

const kinds = (all: Products): string =>
  graphOf(all)
    .nodes.map((n) => n.type)
    .filter((type) => type === 'Gemm' || type === 'MatMul')
    .join()

/** What is wrong with the values on ONNX Runtime, from small numbers. */
const wrong = (all: Products) => {
  const inputs = feedsOf(outputs(Object.fromEntries(all.map((y, i) => [`y${i}`, y])))).map((node, i) => ({
    node,
    data: Float64Array.from(uniforms(fold(key(7), i), sizeOf(axesOf(node))), (u) => Math.fround(u - 0.5)),
  }))
  return disagreements(executor, all, inputs)
}

describe('products with parts of a weight', () => {
  it.each([1, 7, 128])('are one product for %i rows, to the values of the reference', async (rows) => {
    const program = products(rows, [2, 0, 1])
    expect(kinds(program)).toBe('MatMul')
    expect(await wrong(program)).toEqual([])
  })

  it('stay products of their own for many rows, for some of the parts, and where one has other rows', () => {
    expect(kinds(products(129, [0, 1, 2]))).toBe('Gemm,Gemm,Gemm')
    expect(kinds(products(7, [0, 1]))).toBe('Gemm,Gemm')
    expect(kinds(products(7, [0, 1, 2], { others: [0] }))).toBe('Gemm,Gemm,Gemm')
  })

  it('keep sums in blocks where the inner axis is long', async () => {
    const program = products(1, [0, 1], { count: 2, inner: 1500 })
    expect(kinds(program)).toBe('MatMul,MatMul')
    expect(await wrong(program)).toEqual([])
  })
})
