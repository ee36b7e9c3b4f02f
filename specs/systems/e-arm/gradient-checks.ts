/**
 * E2, E6 to E8 and E11 to E14 on any executor: the gradients of both phases.
 */
import { axis } from '../../../lib/axis.ts'
import type { Scalar } from '../../../lib/expr.ts'
import { gradient } from '../../../lib/grad.ts'
import { at } from '../../../lib/at.ts'
import { input } from '../../../lib/ops/layout.ts'
import { add, negate, scale } from '../../../lib/ops/pointwise.ts'
import { sum, sumOver } from '../../../lib/ops/reduce.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { crossEntropyOf } from '../../../lib/systems/e-arm/cross-entropy.ts'
import { energyTerms, negativePhase, positivePhase } from '../../../lib/systems/e-arm/objective.ts'
import { type PerStep, stepMeans, type TokenTerms, tokenEnergies } from '../../../lib/systems/e-arm/rows.ts'
import { prefixWeights } from '../../../lib/systems/e-arm/weights.ts'
import { before, prefixLogProbability } from '../../../lib/systems/e-arm/window.ts'
import { run } from '../../either.ts'
import { type Check, data, FULL, K, model, most, rounded, shown, table, underJoint, unless, windows } from './checks.ts'
import {
  dataOf,
  distance,
  enumerated,
  exactDivergence,
  gradientAt,
  norm,
  numericGradient,
  scoredRows,
  stringProbabilities,
  stringsOf,
  tableOf,
  valuesAt,
} from './table.ts'

const everyStep = (phase: PerStep): Scalar => sum(axis('time', K))(phase)
const divergence = (window: number, rows: TokenTerms): Scalar => scale(K)(energyTerms({ window }, rows, model).energy)

/** The gradients. */
export const gradientChecks: readonly Check[] = [
  {
    title: 'E6: ∇ Σ_k KL(p_d ‖ p_θ) is the numeric gradient of the exact divergence (Eq. 6, 12)',
    deviation: async (executor) =>
      distance(
        await gradientAt(table, divergence(FULL, shown), executor),
        numericGradient((t) => exactDivergence(t, data), table),
      ),
  },
  {
    title: 'E7: each phase is −E ∂log q̃ + E ∂φ (Eq. 7, 8)',
    deviation: async (executor) => {
      const parts = (rows: TokenTerms): PerStep =>
        add(
          negate(stepMeans(rows.mask, prefixLogProbability(2)(rows.logProbability))),
          stepMeans(rows.mask, tokenEnergies(rows)),
        )
      const gap = async (rows: TokenTerms): Promise<number> =>
        distance(
          await gradientAt(table, everyStep(positivePhase(2)(rows)), executor),
          await gradientAt(table, everyStep(parts(rows))),
        )
      return most([await gap(shown), await gap(underJoint)])
    },
  },
  {
    title: 'E8: Eq. 9 (expectations under q, weights w) is Eq. 8 (expectations under p_θ), for every window',
    deviation: async (executor) => {
      const gaps: number[] = []
      for (const m of windows) {
        const nine = await gradientAt(table, everyStep(negativePhase(m)(model, prefixWeights(model))), executor)
        const eight = await gradientAt(table, everyStep(positivePhase(m)(underJoint)))
        gaps.push(distance(nine, eight), unless(norm(eight) > 0.01))
      }
      return most(gaps)
    },
  },
  {
    title: 'E11: token l counts in K − l prefixes without a window, in at most m with one',
    deviation: async (executor) => {
      const [rows, steps] = [2, 9]
      const x = input('x', axis('batch', rows), axis('time', steps))
      const gaps: number[] = []
      for (const m of [2, 5, FULL]) {
        const { slope } = gradient(sumOver(axis('batch', rows), axis('time', steps))(prefixLogProbability(m)(x)), {
          slope: x,
        })
        const feeds = { x: Float64Array.from({ length: rows * steps }, (_, i) => -i / 8) }
        const out = await run(evaluateOn(executor)({ slope, x }, feeds))
        const wanted = Array.from({ length: rows * steps }, (_, i) => Math.min(m, steps - 1 - (i % steps)))
        gaps.push(distance(out['slope']?.data ?? [], wanted))
      }
      return most(gaps)
    },
  },
  {
    title: 'E2: log q̃ has the value of log q to the last bit, for every window',
    deviation: async (executor) => {
      const gaps = windows.map(async (m) => {
        const value = await valuesAt(
          table,
          { windowed: prefixLogProbability(m)(model.logProbability), plain: before(model.logProbability) },
          executor,
        )
        return unless(distance(value('windowed'), value('plain')) === 0)
      })
      return most(await Promise.all(gaps))
    },
  },
  {
    title: 'E12: a step down the gradient lowers the divergence',
    deviation: async (executor) => {
      const slope = await gradientAt(table, divergence(FULL, shown), executor)
      const moved = { ...table, logits: table.logits.map((l, i) => l - 1e-4 * at(slope, i)) }
      return unless(norm(slope) > 0.01 && exactDivergence(moved, data) < exactDivergence(table, data))
    },
  },
  {
    title: 'E13: where the data follow p_θ the gradient is 0',
    deviation: async (executor) => {
      const found = await Promise.all(windows.map((m) => gradientAt(table, divergence(m, underJoint), executor)))
      return most(found.map(norm))
    },
  },
  {
    title: 'E14: at the first step the gradient is that of the cross-entropy',
    deviation: async (executor) => {
      const short = rounded(tableOf(4, 1, 1, 5))
      const own = dataOf(short, 7)
      const energy = energyTerms({ window: 2 }, enumerated(short, own), enumerated(short, stringProbabilities(short)))
      const rows = scoredRows(short, stringsOf(short), (r) => at(own, r))
      return distance(
        await gradientAt(short, energy.energy, executor),
        await gradientAt(short, crossEntropyOf(0)(rows)),
      )
    },
  },
]
