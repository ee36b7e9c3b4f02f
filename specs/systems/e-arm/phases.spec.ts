/** The gradients of Eq. 6–9 and 12 by enumeration of a table of logits, against finite differences in f64. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import type { Scalar } from '../../../lib/expr.ts'
import { at } from '../../../lib/at.ts'
import { add, negate, scale, subtract } from '../../../lib/ops/pointwise.ts'
import { sum } from '../../../lib/ops/reduce.ts'
import { select } from '../../../lib/ops/slice.ts'
import { crossEntropyOf } from '../../../lib/systems/e-arm/cross-entropy.ts'
import { energyTerms, negativePhase, positivePhase } from '../../../lib/systems/e-arm/objective.ts'
import { type PerStep, stepMeans, type TokenTerms, tokenEnergies, tokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import { prefixWeights } from '../../../lib/systems/e-arm/weights.ts'
import { prefixLogProbability } from '../../../lib/systems/e-arm/window.ts'
import {
  dataOf,
  distance,
  enumerated,
  exactDivergence,
  exactLogJoint,
  exactLogPartition,
  gradientAt,
  mildTables,
  norm,
  numericGradient,
  scoredRows,
  stringProbabilities,
  stringsOf,
  type Table,
  tableOf,
  tables,
} from './table.ts'

const FULL = Number.POSITIVE_INFINITY
const windows = [0, 1, 2, FULL]
const few = { seed: 22, numRuns: 8 }

const atStep = (table: Table, phase: PerStep, k: number): Scalar => select(axis('time', table.steps), k)(phase)

const allSteps = (table: Table, phase: PerStep): Scalar => sum(axis('time', table.steps))(phase)

/** Rows under q: the negative phase of these is exact. */
const underModel = (table: Table): TokenTerms => enumerated(table, stringProbabilities(table))

/** Rows weighed at each step by `p_θ(x_k, x_<k)`, spread evenly over the strings that begin so. */
const underJoint = (table: Table): TokenTerms =>
  tokenTerms(
    scoredRows(
      table,
      stringsOf(table),
      (r, k) =>
        Math.exp(exactLogJoint(table, (stringsOf(table)[r] ?? []).slice(0, k + 1))) /
        table.symbols ** (table.steps - k - 1),
    ),
  )

const weighed = (window: number, rows: TokenTerms): PerStep => negativePhase(window)(rows, prefixWeights(rows))

/** K times the objective's mean over steps: Σ_k KL up to a constant, for data and samples that reach every step. */
const divergenceTerm = (table: Table, window: number, data: TokenTerms): Scalar =>
  scale(table.steps)(energyTerms({ window }, data, underModel(table)).energy)

describe('the negative phase', () => {
  it('its gradient is the numeric gradient of −log Z_θ to 1e-9, V = 3, K = 3, windows 0, 1, 2 and all', async () => {
    for (const seed of [1, 2, 3]) {
      const table = tableOf(3, 3, 1, seed)
      for (const m of windows)
        for (let k = 0; k < 3; k++) {
          const found = await gradientAt(table, atStep(table, weighed(m, underModel(table)), k))
          const wanted = numericGradient((t) => -exactLogPartition(t, k, m, table), table)
          expect(distance(found, wanted)).toBeLessThan(1e-9)
          expect(norm(wanted)).toBeGreaterThan(0.01)
        }
    }
  })

  test.prop([tables.filter((t) => t.symbols ** t.steps <= 27)], few)(
    'E8: Eq. 9 (expectations under q, weights w) is Eq. 8 (expectations under p_θ), for every window',
    async (table) => {
      for (const m of windows) {
        const nine = await gradientAt(table, allSteps(table, weighed(m, underModel(table))))
        const eight = await gradientAt(table, allSteps(table, positivePhase(m)(underJoint(table))))
        expect(distance(nine, eight)).toBeLessThan(1e-9)
      }
    },
  )
})

describe('both phases', () => {
  test.prop([mildTables, fc.nat(1e4)], few)(
    'E6: with the whole prefix in the window, ∇ Σ_k KL(p_d ‖ p_θ) = E_{p_d}∂E − E_{p_θ}∂E (Eq. 6, 12)',
    async (table, seed) => {
      const data = dataOf(table, seed)
      const found = await gradientAt(table, divergenceTerm(table, FULL, enumerated(table, data)))
      expect(
        distance(
          found,
          numericGradient((t) => exactDivergence(t, data), table),
        ),
      ).toBeLessThan(1e-9)
    },
  )

  it('E6: with a window, that of the divergence whose older tokens are held fixed', async () => {
    const table = tableOf(3, 3, 1, 9)
    const data = dataOf(table, 3)
    for (const m of [0, 1]) {
      const found = await gradientAt(table, divergenceTerm(table, m, enumerated(table, data)))
      const wanted = numericGradient((t) => exactDivergence(t, data, m, table), table)
      expect(distance(found, wanted)).toBeLessThan(1e-9)
    }
  })

  test.prop([tables.filter((t) => t.symbols ** t.steps <= 27), fc.nat(1e4)], few)(
    'E7: each phase is −E ∂log q̃ + E ∂φ (Eq. 7, 8)',
    async (table, seed) => {
      for (const rows of [enumerated(table, dataOf(table, seed)), underJoint(table)]) {
        const whole = await gradientAt(table, allSteps(table, positivePhase(2)(rows)))
        const first = stepMeans(rows.mask, prefixLogProbability(2)(rows.logProbability))
        const second = stepMeans(rows.mask, tokenEnergies(rows))
        const parts = await gradientAt(table, allSteps(table, add(negate(first), second)))
        expect(distance(whole, parts)).toBeLessThan(1e-11)
      }
    },
  )

  test.prop([mildTables, fc.nat(1e4)], { seed: 23, numRuns: 12 })(
    'E12: a step down the gradient lowers the divergence; with the negative phase’s sign turned it need not',
    async (table, seed) => {
      const data = dataOf(table, seed)
      const slope = await gradientAt(table, divergenceTerm(table, FULL, enumerated(table, data)))
      if (norm(slope) < 1e-6) return
      const moved = { ...table, logits: table.logits.map((l, i) => l - 1e-4 * at(slope, i)) }
      expect(exactDivergence(moved, data)).toBeLessThan(exactDivergence(table, data))
    },
  )

  it('E12: the signs are pinned: each of the three other choices of sign fails to be the gradient', async () => {
    const table = tableOf(3, 3, 1, 12)
    const data = dataOf(table, 5)
    const wanted = numericGradient((t) => exactDivergence(t, data), table)
    const rows = enumerated(table, data)
    const [positive, negative] = [positivePhase(FULL)(rows), weighed(FULL, underModel(table))]
    const gap = async (phase: PerStep) => distance(await gradientAt(table, allSteps(table, phase)), wanted)
    expect(await gap(subtract(positive, negative))).toBeLessThan(1e-9)
    for (const wrong of [add(positive, negative), subtract(negative, positive), negate(add(positive, negative))])
      expect(await gap(wrong)).toBeGreaterThan(0.1)
  })

  test.prop([tables.filter((t) => t.symbols ** t.steps <= 27)], few)(
    'E13: where the data follow p_θ the gradient is 0',
    async (table) => {
      for (const m of windows)
        expect(norm(await gradientAt(table, divergenceTerm(table, m, underJoint(table))))).toBeLessThan(1e-10)
    },
  )

  it('E14: at the first step w = 1 and the gradient is that of the cross-entropy', async () => {
    for (const symbols of [2, 3, 4]) {
      const table = tableOf(symbols, 1, 1, symbols)
      const data = dataOf(table, 7)
      const energy = await gradientAt(table, divergenceTerm(table, 2, enumerated(table, data)))
      const rows = scoredRows(table, stringsOf(table), (r) => at(data, r))
      const plain = await gradientAt(table, crossEntropyOf(0)(rows))
      expect(distance(energy, plain)).toBeLessThan(1e-13)
      expect(norm(plain)).toBeGreaterThan(0.1)
    }
  })
})
