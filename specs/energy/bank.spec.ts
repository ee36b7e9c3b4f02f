/** Banks: merging equal rows changes nothing, reweighting never resamples, standard errors are SNIS's (G12, G13). */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { joinBanks } from '../../lib/energy/bank.ts'
import { bankOf, effectiveSampleSize, moments, snis, weigh } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { entry, fromRows, matrix, row } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { dot } from '../../lib/math.ts'
import { featureMatrices, keys, normals } from '../../lib/laws/arbitraries/distributions.ts'
import { right } from '../either.ts'
import { close } from './support.ts'

const DRAWS = 40
const lambdas = (k: Parameters<typeof fold>[0], d: number, scale: number) =>
  normals(fold(k, 1), d).map((z) => scale * z)

describe('banks', () => {
  test.prop([featureMatrices(DRAWS), keys, fc.constantFrom(0, 1e-3, 1, 10, 1e4)], { seed: 101, numRuns: 200 })(
    'G12: moments, errors and covariance equal SNIS on the draws, for λ up to 1e4',
    (rows, k, scale) => {
      const lambda = lambdas(k, rows.columns, scale)
      const found = moments(bankOf(rows))(lambda)
      const weights = right(weigh(Array.from({ length: DRAWS }, (_, i) => dot(lambda, row(rows, i)))))
      for (let j = 0; j < rows.columns; j++) {
        const column = Array.from({ length: DRAWS }, (_, i) => entry(rows, i, j))
        const direct = snis(column)(weights)
        // Sums of products of size 1e4 round to 1e-12 in the exponent, hence the wider scale.
        expect(close(at(found.moments, j), direct.value, 10 + scale)).toBe(true)
        expect(Math.abs(at(found.standardErrors, j) - direct.standardError)).toBeLessThan(1e-7)
        expect(entry(found.covariance, j, j)).toBeGreaterThanOrEqual(0)
      }
      expect(close(found.effectiveSampleSize, effectiveSampleSize(weights), 40 + scale)).toBe(true)
    },
  )

  it('G13: the same bank and λ give the same bits; λ changes nothing in the bank', () => {
    const bank = bankOf(matrix(1000, 3, (i, j) => (i * (j + 3)) % 7))
    const before = moments(bank)([0.1, -0.2, 0.3])
    moments(bank)([5, 5, 5])
    expect(moments(bank)([0.1, -0.2, 0.3])).toEqual(before)
  })

  it('equal rows are stored once with their number', () => {
    const bank = bankOf(
      fromRows([
        [0, 1],
        [1, 1],
        [0, 1],
        [0, 1],
      ]),
    )
    expect(bank.rows.rows).toBe(2)
    expect(Array.from(bank.counts)).toEqual([3, 1])
    expect(bank.n).toBe(4)
  })

  it('offsets are importance weights: draws of another proposal give the moments of the base', () => {
    // q = (½, ½), π = (¾, ¼): four draws of π in proportion, reweighted.
    const rows = fromRows([[0], [0], [0], [1]])
    const offsets = [0, 0, 0, 1].map((x) => Math.log(0.5 / (x === 0 ? 0.75 : 0.25)))
    const found = moments(bankOf(rows, offsets))([0])
    expect(at(found.moments, 0)).toBeCloseTo(0.5, 14)
    expect(found.logPartition).toBeCloseTo(0, 14)
  })

  it('joined banks are the bank of all draws', () => {
    const rows = matrix(60, 2, (i, j) => (i * (j + 2)) % 3)
    const halves = [0, 30].map((from) => bankOf(matrix(30, 2, (i, j) => entry(rows, from + i, j))))
    const [joined, whole] = [moments(joinBanks(2)(halves))([0.5, -1]), moments(bankOf(rows))([0.5, -1])]
    expect(joined.n).toBe(60)
    whole.moments.forEach((m, j) => {
      expect(close(m, at(joined.moments, j))).toBe(true)
    })
    expect(close(joined.effectiveSampleSize, whole.effectiveSampleSize, 60)).toBe(true)
  })

  it('moments with an error that is no number are doubted', () => {
    const of = (unit: number) => moments(bankOf(matrix(200, 1, (i) => unit * (i % 7))))([0]).doubts
    expect(of(1)).toEqual([])
    expect(of(1e200)).toEqual(['not finite'])
  })

  it('stores 5·10⁴ draws of seven bits as at most 128 rows; refuses a λ of the wrong length', () => {
    const reals = normals(key(1), 350_000)
    const bits = bankOf(matrix(50_000, 7, (i, j) => Number(at(reals, i * 7 + j) > 1)))
    expect(bits.rows.rows).toBeLessThanOrEqual(128)
    const found = moments(bits)([1, 0, 0, 0, 0, 0, 0])
    expect(found.n).toBe(50_000)
    expect(() => moments(bits)([1])).toThrow('1 parameters were given for a bank of 7 features')
  })
})
