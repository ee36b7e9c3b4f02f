/** Dense linear algebra: factorisations reproduce their matrix, solves leave no residual, singular input is refused. */
import { fc, test } from '@fast-check/vitest'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { pseudoSolve, symmetricEigen } from '../lib/eigen.ts'
import { key } from '../lib/key.ts'
import {
  apply,
  cholesky,
  choleskySolve,
  columnMeans,
  entry,
  fromRows,
  identity,
  type Matrix,
  matrix,
  multiply,
  solve,
  transpose,
} from '../lib/linear.ts'
import { at } from '../lib/at.ts'
import { normals } from '../lib/laws/arbitraries/distributions.ts'
import { left, right } from './either.ts'

const square = fc.tuple(fc.nat(1e6), fc.integer({ min: 1, max: 8 })).map(([seed, n]): Matrix => {
  const z = normals(key(seed), n * n)
  return matrix(n, n, (i, j) => at(z, i * n + j))
})
const distance = (a: Matrix, b: Matrix): number =>
  a.values.reduce((acc, x, i) => Math.max(acc, Math.abs(x - at(b.values, i))), 0)

describe('factorisations', () => {
  test.prop([square], { seed: 141, numRuns: 200 })('Cholesky: L·Lᵀ = A·Aᵀ + I, and its solve', (a) => {
    const gram = multiply(a, transpose(a))
    const positive = matrix(a.rows, a.rows, (i, j) => entry(gram, i, j) + (i === j ? 1 : 0))
    const l = right(cholesky(positive))
    expect(distance(multiply(l, transpose(l)), positive)).toBeLessThan(1e-12)
    const b = normals(key(5), a.rows)
    apply(positive)(choleskySolve(l)(b)).forEach((x, i) => {
      expect(Math.abs(x - at(b, i))).toBeLessThan(1e-10)
    })
  })

  test.prop([square], { seed: 142, numRuns: 200 })('LU with pivoting solves', (a) => {
    const b = normals(key(6), a.rows)
    const x = right(solve(a)(b))
    const size = x.reduce((acc, v) => Math.max(acc, Math.abs(v)), 1)
    apply(a)(x).forEach((v, i) => {
      expect(Math.abs(v - at(b, i))).toBeLessThan(1e-12 * size * 10)
    })
  })

  it('refuses singular and indefinite matrices', () => {
    const singular = fromRows([
      [1, 2],
      [2, 4],
    ])
    expect(left(solve(singular)([1, 1])).tag).toBe('Domain')
    expect(
      isLeft(
        cholesky(
          fromRows([
            [1, 2],
            [2, 1],
          ]),
        ),
      ),
    ).toBe(true)
    expect(
      right(
        solve(
          fromRows([
            [0, 1],
            [1, 0],
          ]),
        )([3, 4]),
      ),
    ).toEqual(Float64Array.of(4, 3))
  })
})

describe('symmetric eigenvalues', () => {
  test.prop([square], { seed: 143, numRuns: 200 })('V is orthonormal and V·D·Vᵀ is the matrix', (a) => {
    const n = a.rows
    const symmetric = matrix(n, n, (i, j) => entry(a, i, j) + entry(a, j, i))
    const { values, vectors } = symmetricEigen(symmetric)
    expect(distance(multiply(transpose(vectors), vectors), identity(n))).toBeLessThan(1e-12)
    const diagonal = matrix(n, n, (i, j) => (i === j ? at(values, i) : 0))
    expect(distance(multiply(multiply(vectors, diagonal), transpose(vectors)), symmetric)).toBeLessThan(1e-11)
  })

  it('the pseudo-inverse gives the least solution of a dependent system', () => {
    const x = pseudoSolve(
      symmetricEigen(
        fromRows([
          [1, 1],
          [1, 1],
        ]),
      ),
    )([2, 2])
    expect(at(x, 0)).toBeCloseTo(1, 12)
    expect(at(x, 1)).toBeCloseTo(1, 12)
  })

  it('means of columns: those of shares are shares', () => {
    for (const n of [1, 3, 7, 10, 49, 100, 1000]) {
      const ones = columnMeans(matrix(n, 2, (i, j) => (j === 0 ? 1 : Number(i === 0))))
      expect(Array.from(ones)).toEqual([1, 1 / n])
    }
  })
})
