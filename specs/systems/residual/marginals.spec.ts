/** Step-by-step probabilities of a residual model against enumeration: R16, R17, R18. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../../lib/energy/exact.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { logSumExp } from '../../../lib/math.ts'
import { exactLogPartitions } from '../../../lib/systems/residual/enumeration.ts'
import {
  type LogMarginal,
  logMarginals,
  nextTokens,
  rowsOfSteps,
  stepPerplexities,
  stepProbability,
} from '../../../lib/systems/residual/marginals.ts'
import {
  firstTokens,
  repeatedRows,
  rowAt,
  rowScores,
  rowsOf,
  type SequenceTilt,
} from '../../../lib/systems/residual/sequence.ts'
import { run } from '../../either.ts'
import { close } from '../../energy/support.ts'
import { everyRow, finiteTilt, tokensOf } from './finite.ts'

const size = { symbols: 3, length: 4 }
const all = everyRow(3, 4)

/** P_joint of every row by enumeration. */
const jointOf = async (tilt: ReturnType<typeof finiteTilt>) =>
  exactTilt(await run(rowScores(tilt.base, all, 0)), tilt.energies)

/** `log P_joint(prefix)`, the sum over its rows. */
const marginalOf = (logs: Float64Array, prefix: Int32Array): number =>
  logSumExp(logs.filter((_, i) => prefix.every((x, t) => tokensOf(3, 4, i)[t] === x)))

const options = { key: key(1), samples: 100, batch: 1000 }

const exact = (value: number): LogMarginal => ({ lower: value, value, upper: value, exact: true, reliable: true })

describe('exact marginals', () => {
  it('R16: the steps are those of P_joint: they sum to one and their product is P_joint(x)', async () => {
    for (const seed of [1, 2, 3]) {
      const tilt = finiteTilt(seed, { ...size, energies: 2 })
      const { logProbabilities } = await jointOf(tilt)
      const scores = await run(tilt.base.tokenScores(all))
      const tables = await Promise.all([0, 1, 2, 3, 4].map((t) => run(exactLogPartitions(tilt)(firstTokens(all, t)))))
      for (let i = 0; i < all.count; i++) {
        let total = 0
        for (let t = 0; t < 4; t++) {
          const [above, below] = [at(tables[t + 1] ?? [], i), at(tables[t] ?? [], i)]
          const step = stepProbability(at(scores, 4 * i + t), exact(above), exact(below)).value
          const conditional =
            marginalOf(logProbabilities, rowAt(all, i).slice(0, t + 1)) -
            marginalOf(logProbabilities, rowAt(all, i).slice(0, t))
          expect(close(step, conditional, 10)).toBe(true)
          total += step
        }
        expect(close(total, at(logProbabilities, i), 10)).toBe(true)
      }
    }
  })

  it('R17: the last step is exact over the vocabulary: ∝ q(x_T | x_<T)·e^{−E}', async () => {
    const tilt = finiteTilt(4, { ...size, energies: 3 })
    const { logProbabilities } = await jointOf(tilt)
    for (const code of [0, 5, 26]) {
      const prefix = tokensOf(3, 3, code)
      const found = await run(nextTokens(tilt, 3, options)(prefix))
      expect(found).toHaveLength(3)
      expect(found.every(({ joint }) => joint.exact && joint.lower === joint.upper)).toBe(true)
      expect(close(logSumExp(found.map(({ joint }) => joint.value)), 0, 10)).toBe(true)
      for (const { token, joint } of found) {
        const row = Int32Array.of(...prefix, token)
        const wanted = marginalOf(logProbabilities, row) - marginalOf(logProbabilities, prefix)
        expect(close(joint.value, wanted, 10)).toBe(true)
      }
      expect([...found].sort((a, b) => b.joint.value - a.joint.value)).toEqual(found)
    }
  })
})

/** A base under which all completions are equally likely, whose "samples" are all of them, in turn. */
const uniform = (seed: number): SequenceTilt => {
  const tilt = finiteTilt(seed, { ...size, energies: 2 })
  return {
    energy: tilt.energy,
    base: {
      ...tilt.base,
      next: (rows) => TE.right(new Float64Array(3 * rows.count).fill(-Math.log(3))),
      tokenScores: (rows) => TE.right(new Float64Array(rows.count * rows.time).fill(-Math.log(3))),
      complete: (_, rows) => {
        const missing = 4 - rows.time
        return TE.right(
          rowsOf(
            Array.from({ length: rows.count }, (_x, i) =>
              Int32Array.of(...rowAt(rows, i), ...tokensOf(3, missing, i % 3 ** missing)),
            ),
            4,
          ),
        )
      },
    },
  }
}

describe('estimated marginals', () => {
  it('R18: with all completions as the sample the estimate’s lower bound is the exact one', async () => {
    const tilt = uniform(7)
    for (const time of [0, 1, 2]) {
      const prefixes = everyRow(3, time)
      const samples = 3 ** (4 - time)
      const found = await run(logMarginals(tilt, { key: key(1), samples, batch: samples * 2 })(prefixes))
      const wanted = await run(exactLogPartitions(tilt)(prefixes))
      found.forEach((record, i) => {
        expect(close(record.lower, at(wanted, i), 5)).toBe(true)
        expect(record.lower).toBeLessThanOrEqual(record.value)
        expect(record.value).toBeLessThanOrEqual(record.upper)
        expect(record.exact).toBe(false)
      })
    }
  })

  it('R18: with random completions it is consistent: the error falls like 1/√n, lower ≤ value ≤ upper, and lower is not above', async () => {
    // 64 prefix-independent repetitions, σ = 1: the standard error of log A at n = 2000 is about 0.03; allow 6 of them.
    const tilt = finiteTilt(8, size)
    const prefixes = repeatedRows(everyRow(3, 1), 4, 0, 12)
    const wanted = await run(exactLogPartitions(tilt)(prefixes))
    const errors = await Promise.all(
      [50, 2000].map(async (samples) => {
        const found = await run(logMarginals(tilt, { key: key(3), samples, batch: 5000 })(prefixes))
        expect(found.every(({ lower, value, upper }) => lower <= value && value <= upper)).toBe(true)
        const lowerMean = found.reduce((acc, { lower }, i) => acc + lower - at(wanted, i), 0) / found.length
        expect(lowerMean).toBeLessThan(6 / Math.sqrt(samples * found.length))
        return Math.sqrt(found.reduce((acc, { value }, i) => acc + (value - at(wanted, i)) ** 2, 0) / found.length)
      }),
    )
    expect(errors[1]).toBeLessThan(0.2)
    expect(errors[1]).toBeLessThan((errors[0] ?? 0) / 2)
  })

  it('per-step perplexities: ordered bounds, the exact last step, and the base beside them', async () => {
    const tilt = finiteTilt(9, size)
    const rows = repeatedRows(all, 1, 10, 30)
    let weighed = 0
    const settings = { key: key(4), samples: 400, batch: 3000, onRows: (n: number) => (weighed += n) }
    const found = await run(stepPerplexities(tilt, [1, 2, 3], settings)(rows))
    expect(weighed).toBe(rows.count * rowsOfSteps(tilt.base, [1, 2, 3], 400))
    expect(weighed).toBe(20 * (400 + 400 + 3 + 1))
    expect(found.map(({ position, exact: is }) => [position, is])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    for (const { lower, joint, upper, base } of found) {
      expect(lower).toBeLessThanOrEqual(joint)
      expect(joint).toBeLessThanOrEqual(upper)
      expect(base).toBeGreaterThan(1)
    }
    const { logProbabilities } = await jointOf(tilt)
    const steps = Array.from({ length: rows.count }, (_, i) => {
      const row = rowAt(rows, i)
      return marginalOf(logProbabilities, row) - marginalOf(logProbabilities, row.slice(0, 3))
    })
    const wanted = Math.exp(-steps.reduce((a, b) => a + b, 0) / steps.length)
    expect(close(found[2]?.joint ?? 0, wanted, 10)).toBe(true)
    expect(found[2]?.lower).toBe(found[2]?.upper)
    const scores = await run(tilt.base.tokenScores(rows))
    const gains = steps.map((step, i) => step - at(scores, 4 * i + 3))
    const mean = gains.reduce((a, b) => a + b, 0) / gains.length
    const deviation = Math.sqrt(gains.reduce((a, g) => a + (g - mean) ** 2, 0) / (gains.length - 1))
    expect(close(found[2]?.gain?.value ?? 0, mean, 10)).toBe(true)
    expect(close(found[2]?.gain?.standardError ?? 0, deviation / Math.sqrt(gains.length), 10)).toBe(true)
  })

  it('a step’s bounds take the lower over the upper, and conversely', () => {
    const above: LogMarginal = { lower: 1, value: 2, upper: 4, exact: false, reliable: true }
    const below: LogMarginal = { lower: 0, value: 0.5, upper: 0.75, exact: false, reliable: false }
    expect(stepProbability(-3, above, below)).toEqual({
      lower: -2.75,
      value: -1.5,
      upper: 1,
      exact: false,
      reliable: false,
    })
  })
})
