/** Rejection moments are unbiased under both designs, by enumeration; three ways to fill an empty batch are not (G11). */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { meanEstimate, trialsMean } from '../../lib/energy/index.ts'
import { at } from '../../lib/at.ts'
import { dot, mean } from '../../lib/math.ts'
import { left, right } from '../either.ts'

const Q = [0.5, 0.3, 0.2]
const RATIO = [0.1, 0.6, 0.9]
const PHI = [1, 0, 3]
const mass = dot(Q, RATIO)
const truth = dot(
  Q,
  RATIO.map((r, i) => (r * at(PHI, i)) / mass),
)

interface Trial {
  readonly value: number
  readonly accepted: boolean
  readonly probability: number
}

/** The six outcomes of one trial. */
const outcomes: readonly Trial[] = Q.flatMap((q, i) => [
  { value: at(PHI, i), accepted: true, probability: q * at(RATIO, i) },
  { value: at(PHI, i), accepted: false, probability: q * (1 - at(RATIO, i)) },
])

const batches = (n: number): readonly (readonly Trial[])[] =>
  n === 0 ? [[]] : batches(n - 1).flatMap((batch) => outcomes.map((o) => [...batch, o]))

const probability = (batch: readonly Trial[]): number => batch.reduce((acc, t) => acc * t.probability, 1)
const estimateOf = (batch: readonly Trial[]) =>
  trialsMean(
    batch.map((t) => t.value),
    batch.map((t) => t.accepted),
  )

describe('G11: rejection moments', () => {
  const all = batches(3)
  const usable = all.filter((batch) => batch.some((t) => t.accepted))

  it('G11: are exactly unbiased for 3 trials given at least one acceptance', () => {
    const weight = usable.reduce((acc, b) => acc + probability(b), 0)
    const value = usable.reduce((acc, b) => acc + probability(b) * right(estimateOf(b)).value, 0) / weight
    expect(Math.abs(value - truth)).toBeLessThan(1e-12)
    expect(left(estimateOf([{ value: 1, accepted: false, probability: 1 }])).tag).toBe('RejectionBudget')
  })

  it('G11: are exactly unbiased for 3 accepted samples', () => {
    const accepted = RATIO.map((r, i) => (at(Q, i) * r) / mass)
    let value = 0
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++)
        for (let k = 0; k < 3; k++) {
          const found = meanEstimate([at(PHI, i), at(PHI, j), at(PHI, k)])
          value += at(accepted, i) * at(accepted, j) * at(accepted, k) * found.value
        }
    expect(Math.abs(value - truth)).toBeLessThan(1e-12)
  })

  it('G11, planted: an all-rejected batch filled with 0, the last value, or a forced acceptance is biased', () => {
    const filled = (fill: (batch: readonly Trial[]) => number): number =>
      all.reduce((acc, b) => {
        const found = estimateOf(b)
        return acc + probability(b) * (E.isRight(found) ? found.right.value : fill(b))
      }, 0)
    const fills = [
      () => 0,
      (b: readonly Trial[]) => b.at(-1)?.value ?? 0,
      (b: readonly Trial[]) => mean(b.map((t) => t.value)),
    ]
    for (const fill of fills) expect(Math.abs(filled(fill) - truth)).toBeGreaterThan(0.05)
  })
})
