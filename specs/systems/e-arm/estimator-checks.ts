/**
 * E17, E18 and E22 on any executor: weights as an estimator, by enumeration of all batches, and energy re-sampling.
 */
import { axis } from '../../../lib/axis.ts'
import { expectation, forEachComposition, logMultinomial } from '../../../lib/energy/compositions.ts'
import type { Executor } from '../../../lib/executor.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { sum as total } from '../../../lib/math.ts'
import { literal } from '../../../lib/ops/layout.ts'
import { multiply } from '../../../lib/ops/pointwise.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { candidateScores, resampleCandidates } from '../../../lib/systems/e-arm/resample.ts'
import { type PerToken, stepMeans, type TokenTerms, tokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import { prefixWeights, type Sharing } from '../../../lib/systems/e-arm/weights.ts'
import { right, run } from '../../either.ts'
import { away, type Check, most, strings, table, unless, V } from './checks.ts'
import { distance, logitsAt, scoredRows, valuesAt } from './table.ts'

/** Three prefixes with probabilities, logsumexps, and a function of them. */
const q = Float64Array.of(0.5, 0.3, 0.2)
const lse = Float64Array.of(0.25, 1.5, -0.875)
const f = Float64Array.of(1, -2, 3)
const w = lse.map((l) => Math.exp(l) / total(q.map((p, i) => p * Math.exp(at(lse, i)))))

const grid = (rows: number, steps: number, value: (row: number, step: number) => number): PerToken =>
  literal(
    Float64Array.from({ length: rows * steps }, (_, i) => value(Math.floor(i / steps), i % steps)),
    axis('batch', rows),
    axis('time', steps),
  )

const termsOf = (logSumExps: PerToken, mask: PerToken): TokenTerms => ({
  logit: logSumExps,
  logProbability: logSumExps,
  logSumExp: logSumExps,
  mask,
})

/** `E[ĝ]` over batches of n prefixes, each composition one step of rows weighed by their multiplicity. */
const expected = async (executor: Executor, n: number, sharing?: Sharing): Promise<number> => {
  const all: Int32Array[] = []
  forEachComposition(n, 3, (counts) => all.push(counts.slice()))
  const mask = grid(3, all.length, (row, step) => at(all[step] ?? [], row))
  const terms = termsOf(
    grid(3, all.length, (row) => at(lse, row)),
    mask,
  )
  const estimates = stepMeans(
    mask,
    multiply(
      prefixWeights(terms, sharing),
      grid(3, all.length, (row) => at(f, row)),
    ),
  )
  const found = (await run(evaluateOn(executor)({ estimates })))['estimates']?.data ?? []
  return total(all.map((counts, i) => Math.exp(logMultinomial(counts, q)) * at(found, i)))
}

const exact = total(q.map((p, i) => p * at(w, i) * at(f, i)))
const weigh = (counts: ArrayLike<number>, of: (i: number) => number): number =>
  total([0, 1, 2].map((i) => at(counts, i) * at(w, i) * of(i)))

/** The estimators. */
export const estimatorChecks: readonly Check[] = [
  {
    title: 'E17: with w of the same batch E[ĝ] is that of self-normalised weights, which is biased; n = 1 has w = 1',
    deviation: async (executor) => {
      const wanted = expectation(q, 4, (counts) => weigh(counts, (i) => at(f, i)) / weigh(counts, () => 1))
      const lone = await run(
        evaluateOn(executor)({
          w: prefixWeights(
            termsOf(
              grid(1, 4, (_r, k) => 50 * k - 70),
              grid(1, 4, () => 1),
            ),
          ),
        }),
      )
      return most([
        away(await expected(executor, 4), wanted),
        unless(away(wanted, exact) > 0.05),
        distance(lone['w']?.data ?? [], [1, 1, 1, 1]),
      ])
    },
  },
  {
    title: 'E18: with the exact Z, E[ĝ] = g at every batch size',
    deviation: async (executor) => {
      const found = await Promise.all(
        [1, 2, 5].map((n) => {
          const steps = ((n + 1) * (n + 2)) / 2
          const rows = (of: Float64Array): PerToken => grid(3, steps, (row) => at(of, row))
          return expected(executor, n, { kind: 'independent', terms: termsOf(rows(lse), rows(q)) })
        }),
      )
      return most(found.map((each) => away(each, exact)))
    },
  },
  {
    title:
      'E22: candidates are scored by their last logit; the choice is one of them, K = 1 the first, the best the best',
    deviation: async (executor) => {
      const scored = tokenTerms(scoredRows(table, strings))
      const value = await valuesAt(table, { score: candidateScores('logit')(scored) }, executor)
      const scores = Float64Array.from(value('score'))
      const wanted = strings.map((s) => at(logitsAt(table, s.slice(0, -1)), s.at(-1) ?? 0))
      const taken = (candidates: number, choice: 'draw' | 'best') =>
        Array.from(right(resampleCandidates(key(4), { candidates, choice })(scores, V)))
      const best = taken(V, 'best').every((i, g) => at(scores, i) === Math.max(...scores.slice(g * V, (g + 1) * V)))
      return most([
        distance(scores, wanted),
        unless(best && taken(V, 'draw').every((i, g) => Math.floor(i / V) === g)),
        unless(taken(1, 'draw').every((i, g) => i === g * V)),
      ])
    },
  },
]
