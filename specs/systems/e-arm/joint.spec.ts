/** The joint distribution that the energy defines, by enumeration of a table of logits in f64. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { logSumExp, sum } from '../../../lib/math.ts'
import { jointEnergies, jointLogProbability } from '../../../lib/systems/e-arm/objective.ts'
import { logNormaliser, prefixWeights } from '../../../lib/systems/e-arm/weights.ts'
import { prefixLogProbability } from '../../../lib/systems/e-arm/window.ts'
import { tokenEnergies } from '../../../lib/systems/e-arm/rows.ts'
import { close } from '../../energy/support.ts'
import {
  dataOf,
  distance,
  enumerated,
  exactLogJoint,
  exactLogPartition,
  logConditional,
  logitsAt,
  logPrefix,
  marginal,
  prefixesOf,
  stringProbabilities,
  stringsOf,
  type Table,
  tableOf,
  tables,
  valuesAt,
} from './table.ts'

const runs = { seed: 20, numRuns: 25 }

/** Values [batch, time] as a function of string and step. */
const grid = (table: Table, values: ArrayLike<number>) => (row: number, step: number) =>
  at(values, row * table.steps + step)

/** The first string with each prefix of `length` symbols: where a value of that prefix stands. */
const firstRows = (table: Table, length: number): readonly number[] =>
  prefixesOf(table, length).map((_, i) => i * table.symbols ** (table.steps - length))

describe('the joint of a prefix and the next token', () => {
  test.prop([tables], runs)('E1: p_θ sums to 1 at every step, with Z = E_q[Σ_x e^{−φ}] (Eq. 4)', async (table) => {
    const terms = enumerated(table, stringProbabilities(table))
    const logPartition = logNormaliser(terms)
    const joint = jointLogProbability(2, logPartition)(terms)
    const value = await valuesAt(table, { logPartition, joint })
    for (let k = 0; k < table.steps; k++) {
      const exact = exactLogPartition(table, k)
      expect(close(at(value('logPartition'), k), exact, Math.abs(exact))).toBe(true)
      const rows = firstRows(table, k + 1)
      const total = sum(rows.map((r) => Math.exp(grid(table, value('joint'))(r, k))))
      expect(Math.abs(total - 1)).toBeLessThan(1e-9)
      prefixesOf(table, k + 1).forEach((s, i) => {
        const wanted = exactLogJoint(table, s)
        expect(close(grid(table, value('joint'))(at(rows, i), k), wanted, 10 * (1 + Math.abs(wanted)))).toBe(true)
      })
    }
  })

  test.prop([tables], runs)('E3: log q(x|c) = −φ(x, c) − LSE(−φ(·, c)), with φ the negative logit', async (table) => {
    const terms = enumerated(table, stringProbabilities(table))
    const value = await valuesAt(table, { energy: tokenEnergies(terms), q: terms.logProbability })
    const strings = stringsOf(table)
    const alive = stringProbabilities(table)
    strings.forEach((s, r) => {
      for (let k = 0; k < table.steps && at(alive, r) > 0; k++) {
        const [energy, q] = [grid(table, value('energy'))(r, k), grid(table, value('q'))(r, k)]
        expect(energy).toBe(-at(logitsAt(table, s.slice(0, k)), s[k] ?? 0))
        expect(close(q, -energy - logSumExp(logitsAt(table, s.slice(0, k))), Math.abs(energy))).toBe(true)
      }
    })
  })

  test.prop([tables, fc.nat(1000)], runs)(
    'E5: p_θ(x_k|x_<k) = q(x_k|x_<k) exactly, so KL splits: energy re-ranking of the next token changes nothing',
    async (table, seed) => {
      const data = dataOf(table, seed)
      const k = table.steps - 1
      const joint = (s: readonly number[]) => exactLogJoint(table, s)
      const prefixJoint = prefixesOf(table, k).map((c) =>
        logSumExp(Array.from({ length: table.symbols }, (_, x) => joint([...c, x]))),
      )
      prefixesOf(table, k).forEach((c, i) => {
        for (let x = 0; x < table.symbols; x++) {
          const conditional = joint([...c, x]) - at(prefixJoint, i)
          expect(close(conditional, logConditional(table, c, x), 10 + Math.abs(joint([...c, x])))).toBe(true)
        }
      })
      const [whole, before] = [marginal(table, data, k + 1), marginal(table, data, k)]
      const divergence = (p: Float64Array, logs: readonly number[]) =>
        sum(Array.from(p, (v, i) => (v > 0 ? v * (Math.log(v) - at(logs, i)) : 0)))
      const conditionals = sum(
        prefixesOf(table, k + 1).map((s, i) => {
          const share = at(whole, i) / at(before, Math.floor(i / table.symbols))
          return at(whole, i) > 0
            ? at(whole, i) * (Math.log(share) - logConditional(table, s.slice(0, -1), s[k] ?? 0))
            : 0
        }),
      )
      const total = divergence(whole, prefixesOf(table, k + 1).map(joint))
      expect(close(total, divergence(before, prefixJoint) + conditionals, 100 + Math.abs(total))).toBe(true)
    },
  )
})

describe('the weights', () => {
  test.prop([tables], runs)('E9, E10: w > 0, E_q[w] = 1, and w = μ/E μ with μ = p_θ(x_<k)/q(x_<k)', async (table) => {
    const probabilities = stringProbabilities(table)
    const weights = prefixWeights(enumerated(table, probabilities))
    const w = grid(table, (await valuesAt(table, { weights }))('weights'))
    for (let k = 0; k < table.steps; k++) {
      const rows = firstRows(table, k)
      const mean = sum(stringsOf(table).map((_, r) => at(probabilities, r) * w(r, k)))
      expect(Math.abs(mean - 1)).toBeLessThan(1e-9)
      prefixesOf(table, k).forEach((c, i) => {
        if (at(probabilities, at(rows, i)) === 0) return
        const theta = logSumExp(Array.from({ length: table.symbols }, (_, x) => exactLogJoint(table, [...c, x])))
        const ratio = Math.exp(theta - logPrefix(table, c))
        expect(w(at(rows, i), k)).toBeGreaterThan(0)
        expect(Math.abs(w(at(rows, i), k) - ratio)).toBeLessThanOrEqual(1e-9 * (1 + ratio))
      })
    }
  })

  it('E15: a(c) added to the logits of a prefix c changes w by e^{a(c)} up to the mean, and q not at all', async () => {
    const table = tableOf(3, 3, 1, 5)
    const offset = (prefix: number): number => (prefix === 0 ? 0.7 : 0.3 * prefix - 1)
    const shifted = { ...table, logits: table.logits.map((l, i) => l + offset(Math.floor(i / 3))) }
    const level = { ...table, logits: table.logits.map((l) => l + 2.5) }
    const probabilities = stringProbabilities(table)
    expect(distance(stringProbabilities(shifted), probabilities)).toBeLessThan(1e-14)
    const read = async (t: Table) => {
      const terms = enumerated(t, probabilities)
      const value = await valuesAt(t, { w: prefixWeights(terms), q: terms.logProbability })
      return { w: value('w'), q: value('q') }
    }
    const [plain, moved, raised] = [await read(table), await read(shifted), await read(level)]
    expect(distance(moved.q, plain.q)).toBeLessThan(1e-12)
    expect(distance(raised.w, plain.w)).toBeLessThan(1e-12)
    expect(distance(moved.w, plain.w)).toBeGreaterThan(0.1)
    const k = 2
    const factors = stringsOf(table).map((s) => Math.exp(offset(1 + 3 + 3 * (s[0] ?? 0) + (s[1] ?? 0))))
    const unnormalised = stringsOf(table).map((_, r) => at(plain.w, r * 3 + k) * at(factors, r))
    const mean = sum(unnormalised.map((u, r) => u * at(probabilities, r)))
    unnormalised.forEach((u, r) => expect(Math.abs(at(moved.w, r * 3 + k) - u / mean)).toBeLessThan(1e-11))
  })

  it('E16: on raw logits w ≢ 1; on log-softmaxed logits w ≡ 1, Z = 1 and the second objective is the joint NLL', async () => {
    const table = tableOf(3, 3, 1, 8)
    const normalised = {
      ...table,
      logits: table.logits.map((l, i) => l - logSumExp(table.logits.subarray(i - (i % 3), i - (i % 3) + 3))),
    }
    const probabilities = stringProbabilities(table)
    const read = async (t: Table) => {
      const terms = enumerated(t, probabilities)
      const energy = jointEnergies(2)(terms)
      const nll = prefixLogProbability(2)(terms.logProbability)
      const value = await valuesAt(t, {
        w: prefixWeights(terms),
        z: logNormaliser(terms),
        energy,
        nll,
        q: terms.logProbability,
      })
      return value
    }
    const [raw, soft] = [await read(table), await read(normalised)]
    expect(distance(raw('w'), new Float64Array(81).fill(1))).toBeGreaterThan(0.3)
    expect(distance(soft('w'), new Float64Array(81).fill(1))).toBeLessThan(1e-12)
    expect(distance(soft('z'), [0, 0, 0])).toBeLessThan(1e-12)
    const jointNll = Array.from(soft('nll'), (before, i) => -before - at(soft('q'), i))
    expect(distance(soft('energy'), jointNll)).toBeLessThan(1e-12)
  })
})
