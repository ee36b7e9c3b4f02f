/**
 * E1, E3, E5, E9, E10, E15 and E16 on any executor: the joint of a prefix and the next token, and the weights.
 */
import type { Executor } from '../../../lib/executor.ts'
import type { Expr } from '../../../lib/expr.ts'
import { at } from '../../../lib/at.ts'
import { logSumExp, sum as total } from '../../../lib/math.ts'
import { jointLogProbability } from '../../../lib/systems/e-arm/objective.ts'
import { tokenEnergies } from '../../../lib/systems/e-arm/rows.ts'
import { logNormaliser, prefixWeights } from '../../../lib/systems/e-arm/weights.ts'
import { away, type Check, K, model, most, probabilities, strings, table, unless, V } from './checks.ts'
import { enumerated, exactLogJoint, logConditional, logitsAt, logPrefix, valuesAt } from './table.ts'

/** A value of each string and step. */
const tokensOf = async (executor: Executor, named: Readonly<Record<string, Expr>>) => {
  const value = await valuesAt(table, named, executor)
  return (name: string) => (row: number, step: number) => at(value(name), row * K + step)
}

const eachToken = (deviation: (string: readonly number[], row: number, step: number) => number): number =>
  most(strings.flatMap((s, r) => Array.from({ length: K }, (_, k) => deviation(s, r, k))))

const joint = async (executor: Executor) =>
  (await tokensOf(executor, { joint: jointLogProbability(2, logNormaliser(model))(model) }))('joint')

/** The joint and the weights. */
export const jointChecks: readonly Check[] = [
  {
    title: 'E1: p_θ sums to 1 at every step, and is the exact joint',
    deviation: async (executor) => {
      const found = await joint(executor)
      const sums = Array.from({ length: K }, (_, k) =>
        total(strings.map((_s, r) => Math.exp(found(r, k)) / V ** (K - k - 1))),
      )
      return most([
        ...sums.map((s) => away(s, 1)),
        eachToken((s, r, k) => away(found(r, k), exactLogJoint(table, s.slice(0, k + 1)))),
      ])
    },
  },
  {
    title: 'E3: log q(x|c) = −φ(x, c) − LSE(−φ(·, c)), with φ the negative logit',
    deviation: async (executor) => {
      const found = await tokensOf(executor, { energy: tokenEnergies(model), q: model.logProbability })
      return eachToken((s, r, k) => {
        const logits = logitsAt(table, s.slice(0, k))
        return most([
          away(found('energy')(r, k), -at(logits, s[k] ?? 0)),
          away(found('q')(r, k), -found('energy')(r, k) - logSumExp(logits)),
        ])
      })
    },
  },
  {
    title: 'E5: p_θ(x_k|x_<k) = q(x_k|x_<k)',
    deviation: async (executor) => {
      const found = await joint(executor)
      const last = K - 1
      return most(
        strings.map((s, r) => {
          const siblings = Array.from({ length: V }, (_, x) => found(r - (s[last] ?? 0) + x, last))
          return away(found(r, last) - logSumExp(siblings), logConditional(table, s.slice(0, last), s[last] ?? 0))
        }),
      )
    },
  },
  {
    title: 'E9, E10: w > 0, E_q[w] = 1, and w = μ/E μ with μ = p_θ(x_<k)/q(x_<k)',
    deviation: async (executor) => {
      const w = (await tokensOf(executor, { w: prefixWeights(model) }))('w')
      const means = Array.from({ length: K }, (_, k) => total(strings.map((_s, r) => at(probabilities, r) * w(r, k))))
      const ratio = (c: readonly number[]): number =>
        Math.exp(logSumExp(Array.from({ length: V }, (_, x) => exactLogJoint(table, [...c, x]))) - logPrefix(table, c))
      return most([
        ...means.map((mean) => away(mean, 1)),
        eachToken((s, r, k) => most([unless(w(r, k) > 0), away(w(r, k), ratio(s.slice(0, k)))])),
      ])
    },
  },
  {
    title: 'E16: on raw logits w ≢ 1; on log-softmaxed logits w ≡ 1',
    deviation: async (executor) => {
      const soft = {
        ...table,
        logits: table.logits.map((l, i) => l - logSumExp(table.logits.subarray(i - (i % V), i - (i % V) + V))),
      }
      const value = await valuesAt(soft, { w: prefixWeights(enumerated(soft, probabilities)) }, executor)
      const raw = (await tokensOf(executor, { w: prefixWeights(model) }))('w')
      return most([
        eachToken((_s, r, k) => away(at(value('w'), r * K + k), 1)),
        unless(eachToken((_s, r, k) => away(raw(r, k), 1)) > 0.3),
      ])
    },
  },
  {
    title: 'E15: a(c) added to the logits of a prefix changes w by e^{a(c)} up to the mean, and q not at all',
    deviation: async (executor) => {
      const offset = (prefix: number): number => (prefix === 0 ? 0.5 : 0.25 * prefix - 1)
      const moved = { ...table, logits: table.logits.map((l, i) => l + offset(Math.floor(i / V))) }
      const rows = enumerated(moved, probabilities)
      const value = await valuesAt(moved, { w: prefixWeights(rows), q: rows.logProbability }, executor)
      const plain = await tokensOf(executor, { w: prefixWeights(model), q: model.logProbability })
      const tilted = strings.map((s, r) => plain('w')(r, 2) * Math.exp(offset(1 + V + V * (s[0] ?? 0) + (s[1] ?? 0))))
      const mean = total(tilted.map((t, r) => t * at(probabilities, r)))
      return most([
        ...tilted.map((t, r) => away(at(value('w'), r * K + 2), t / mean)),
        eachToken((_s, r, k) => away(at(value('q'), r * K + k), plain('q')(r, k))),
        unless(eachToken((_s, r, k) => away(at(value('w'), r * K + k), plain('w')(r, k))) > 0.1),
      ])
    },
  },
]
