/** What weights stored as halves are on every WebGPU: products whose error is that of the rounding, and every half as it is. */
import { at } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import { fromHalf, toHalf } from '../../lib/codec/half.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { contract } from '../../lib/ops/contract.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, literalIntegers } from '../../lib/ops/layout.ts'
import { program } from '../../lib/program.ts'
import { right } from '../either.ts'
import type { Comparison } from './operation-comparisons.ts'

/** Numbers between −size and size. */
export const halfNumbers = (n: number, seed: number, size = 2): Float32Array =>
  Float32Array.from(uniforms(fold(key(78), seed), n), (u) => size * (2 * u - 1))

/** Numbers as the halves that are nearest. */
export const rounded = (xs: Float32Array): Float32Array => xs.map((x) => fromHalf(toHalf(x)))

/** Rows of x, what is summed, columns of w. */
export type HalfShape = readonly [rows: number, inner: number, columns: number]

/** Sizes for every kernel of contractions, at whole tiles and beside. */
export const HALF_SHAPES: readonly HalfShape[] = [
  [1, 64, 64],
  [33, 32, 36],
  [5, 300, 12],
  [8, 1100, 4],
  [3, 34, 66],
  [17, 66, 38],
]

/** The products of one shape with weights on either side, straight and transposed, and the weights of each. */
const products = ([m, k, n]: HalfShape) => {
  const [row, inner, column] = [axis('row', m), axis('inner', k), axis('column', n)]
  const x = input('x', row, inner)
  const [straight, turned] = [input('straight', inner, column), input('turned', column, inner)]
  const [first, second] = [input('first', inner, column), input('second', column, inner)]
  const weights: Readonly<Record<string, Expr>> = { straight, turned, first, second }
  const results: Readonly<Record<string, Expr>> = {
    straight: contract(inner)(x, straight),
    turned: contract(inner)(x, turned),
    first: contract(inner)(first, x),
    second: contract(inner)(second, x),
  }
  return program<string, string>(weights, weights, results)
}

/** What is wrong with the products of one shape on an executor that stores weights as halves. */
export const farProducts = async (executor: Executor, shape: HalfShape): Promise<readonly string[]> => {
  const [m, k, n] = shape
  const own = products(shape)
  const prepared = right(await executor.prepare(own)())
  const values = Object.fromEntries(Object.keys(own.state).map((name, i) => [name, halfNumbers(k * n, i + 1)]))
  const x = halfNumbers(m * k, 9)
  right(await prepared.writeState(values)())
  const got = right(await prepared.run({ x })())
  const kept = right(await prepared.readState()())
  prepared.release()
  return Object.entries(values).flatMap(([name, weight]) => {
    const lies = rounded(weight)
    const isTurned = name === 'turned' || name === 'second'
    const isFirst = name === 'first' || name === 'second'
    const wrong: string[] = []
    if (!lies.every((w, i) => w === kept[name]?.data[i])) wrong.push(`${name} is not stored as halves`)
    for (let i = 0; i < m * n; i++) {
      const [r, c] = isFirst ? [i % m, Math.floor(i / m)] : [Math.floor(i / n), i % n]
      const term = (l: number, of: Float32Array): number => at(x, r * k + l) * at(of, isTurned ? c * k + l : l * n + c)
      let [exact, near, size] = [0, 0, 0]
      for (let l = 0; l < k; l++) {
        exact += term(l, weight)
        near += term(l, lies)
        size += Math.abs(term(l, weight))
      }
      const [found, summing] = [at(got[name]?.data ?? [], i), 2 ** -23 * 8 * (2 + Math.log2(k)) * size]
      if (!(Math.abs(found - exact) <= 2 ** -11 * size + summing)) wrong.push(`${name}: ${found} for ${exact}`)
      if (!(Math.abs(found - near) <= summing)) wrong.push(`${name}: ${found} for ${near} of rounded weights`)
    }
    return wrong.slice(0, 3)
  })
}

/** A table of all finite halves, looked up row by row. */
export const everyHalf: Comparison = {
  title: 'every finite half is read as what it is, or, below 2⁻¹⁴, as 0',
  complaints: async (executor) => {
    const words = Array.from({ length: 65_536 }, (_, word) => word).filter((word) => Number.isFinite(fromHalf(word)))
    const all = Float32Array.from(words, fromHalf)
    const [row, four, pick] = [axis('row', all.length / 4), axis('four', 4), axis('pick', all.length / 4)]
    const table = input('table', row, four)
    const index = literalIntegers(
      Int32Array.from({ length: row.size }, (_, i) => i),
      pick,
    )
    const own = program<string, string>({ table }, { table }, { y: gather(row)(table, index) })
    const prepared = right(await executor.prepare(own)())
    right(await prepared.writeState({ table: all })())
    const found = right(await prepared.run({})())['y']?.data ?? []
    prepared.release()
    const read = (value: number, y: number): boolean => y === value || (y === 0 && Math.abs(value) < 2 ** -14)
    return [...all]
      .flatMap((value, i) => (read(value, at(found, i)) ? [] : [`${value} is ${at(found, i)}`]))
      .slice(0, 3)
  },
}
