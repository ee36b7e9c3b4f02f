/** Reductions on the GPU: also long ones, which go through partial results, and tangled axes. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { input } from '../../lib/ops/layout.ts'
import { argmax, argmin, logSumExp, max, min, reduceOps, sumOver } from '../../lib/ops/reduce.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { describeOperations } from '../webgpu/compare.ts'

const numbers = (n: number): Float64Array =>
  Float64Array.from(uniforms(fold(key(78), n), n), (u) => Math.fround(4 * u - 2))

/** Rows and columns of a matrix, and everything. */
const long = async (executor: Executor, rows: number, columns: number) => {
  const [r, c] = [axis('r', rows), axis('c', columns)]
  const x = input('x', r, c)
  const named = {
    rows: sumOver(c)(x),
    columns: sumOver(r)(x),
    all: sumOver(r, c)(x),
    most: max(c)(x),
    least: min(r)(x),
    lse: logSumExp(c)(x),
    lseDown: logSumExp(r)(x),
    first: argmax(c)(x),
    last: argmin(r)(x),
  }
  const prepared = right(await executor.prepare(outputs(named))())
  const got = right(await prepared.run({ x: numbers(rows * columns) })())
  prepared.release()
  return got
}

const tangled = async (executor: Executor) => {
  const axes = [axis('a', 3), axis('b', 70), axis('c', 5), axis('d', 3), axis('e', 66)] as const
  const x = input('x', ...axes)
  const [a, b, c, d, e] = axes
  const named = { two: sumOver(b, d)(x), three: sumOver(a, c, e)(x), apart: sumOver(a, e)(x), inner: sumOver(b, e)(x) }
  return right(await right(await executor.prepare(outputs(named))()).run({ x: numbers(3 * 70 * 5 * 3 * 66) })())
}

type Values = Awaited<ReturnType<typeof long>> | Awaited<ReturnType<typeof tangled>>

/** Terms are at most 2 in modulus. */
const agree = (got: Values, exact: Values, terms: number): void => {
  const allowed = 2 ** -23 * 8 * (2 + Math.log2(terms)) * 2 * Math.sqrt(terms)
  for (const [name, value] of Object.entries(exact)) {
    const own = Object.entries(got).find(([other]) => other === name)?.[1].data ?? []
    const far = Float64Array.from(value.data).findIndex((x, i) => !(Math.abs(x - at(own, i)) <= allowed))
    expect(far, name).toBe(-1)
  }
}

await describeOperations(
  'reductions',
  reduceOps.map((op) => op.name),
  { cases: 6 },
  (executor) => {
    it.each([
      [1, 100_000],
      [100_000, 1],
      [3, 9001],
      [9001, 3],
      [2500, 65],
      [64, 64],
    ])('T32: a matrix of %i by %i along either axis', async (rows, columns) => {
      agree(await long(executor, rows, columns), await long(reference, rows, columns), rows * columns)
    })

    it('T32: kept and reduced axes in turns', async () => {
      agree(await tangled(executor), await tangled(reference), 3 * 70 * 5 * 3 * 66)
    })

    it('log-sum-exp of ±3e38 neither overflows nor loses its largest term', async () => {
      const n = axis('n', 130)
      const data = Float64Array.from({ length: 130 }, (_, i) => (i === 7 ? 3e38 : -3e38))
      const prepared = right(await executor.prepare(outputs({ y: logSumExp(n)(input('x', n)) }))())
      expect(right(await prepared.run({ x: data })()).y?.data).toEqual(Float32Array.of(3e38))
      prepared.release()
    })
  },
)
