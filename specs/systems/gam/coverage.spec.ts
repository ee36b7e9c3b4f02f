/**
 * M7, coverage on enumerable targets: an error that is printed holds every estimated part. CE(p_λ) with the error of log Z,
 * the perplexity of a joint model, log Z and SNIS: 95 % intervals must hold the truth at least 93 % of the time.
 */
import { at } from '../../../lib/at.ts'
import { describe, expect, it } from 'vitest'
import { categorical } from '../../../lib/energy/uniform.ts'
import { logPartition, snis, studentQuantile, weigh } from '../../../lib/energy/index.ts'
import { fold, key } from '../../../lib/key.ts'
import { dot } from '../../../lib/math.ts'
import { tiltedPerSymbol } from '../../../lib/systems/gam/evaluation.ts'
import { jointPerplexity } from '../../../lib/systems/residual/perplexity.ts'
import { right } from '../../either.ts'
import { binomialDesign } from '../../../lib/laws/statistics.ts'

/** Sees an interval that covers 73 % instead of 93 % with probability 1 − 1e-6; false alarms 1e-9. */
const design = binomialDesign({ alpha: 1e-9, minDiscrepancy: 0.2, power: 1 - 1e-6 })
const covered = (trial: (r: number) => { value: number; error: number; truth: number }): number => {
  let hits = 0
  for (let r = 0; r < design.n; r++) {
    const { value, error, truth } = trial(r)
    hits += Number(Math.abs(value - truth) <= 1.96 * error)
  }
  return hits
}
const atLeast93 = (hits: number): boolean => design.atLeast(hits, design.n, 0.93).passed

const TEXTS = ['', 'a', 'ab', 'bba', 'abab']
const Q = [0.1, 0.2, 0.3, 0.25, 0.15]
const LOGS = [0.4, -0.8, 1.1, 0, -0.3]
const DATA = [0.05, 0.1, 0.5, 0.2, 0.15]
const Z = dot(Q, LOGS.map(Math.exp))
const potentials = Q.map((q, i) => Math.log(q) + at(LOGS, i))
const texts = (drawn: Int32Array): readonly string[] => Array.from(drawn).flatMap((i) => TEXTS.slice(i, i + 1))
const logZOf = (k: ReturnType<typeof key>, n: number) =>
  logPartition(right(weigh(Float64Array.from(categorical(k, Q, n), (i) => at(LOGS, i)))))

describe(`M7: coverage of 95 % intervals, ${design.n} replications`, () => {
  it('M7: CE(p_λ) per symbol, from 300 test strings and log Z of 60 samples; without the error of log Z it fails', () => {
    const truth =
      dot(
        DATA,
        potentials.map((l) => Math.log(Z) - l),
      ) /
      dot(
        DATA,
        TEXTS.map((text) => text.length + 1),
      )
    const trial = (included: boolean) => (r: number) => {
      const own = fold(key(31), r)
      const drawn = categorical(fold(own, 0), DATA, 300)
      const { jackknife, standardError } = logZOf(fold(own, 1), 60)
      const logZ = { jackknife, standardError: included ? standardError : 0 }
      const found = tiltedPerSymbol(
        Float64Array.from(drawn, (i) => at(potentials, i)),
        texts(drawn),
        logZ,
      )
      return { value: found.value, error: found.standardError, truth }
    }
    expect(atLeast93(covered(trial(true)))).toBe(true)
    expect(atLeast93(covered(trial(false)))).toBe(false)
  })

  it('M7: the perplexity of a joint model, each of 40 rows with log Z of 25 samples of its own', () => {
    const truth = Math.exp(
      dot(
        DATA,
        potentials.map((l) => Math.log(Z) - l),
      ) / 5,
    )
    const trial = (r: number) => {
      const own = fold(key(32), r)
      const drawn = categorical(fold(own, 0), DATA, 40)
      const partitions = Array.from(drawn, (_, i) => logZOf(fold(fold(own, 1), i), 25))
      const logBase = Float64Array.from(drawn, (i) => Math.log(at(Q, i)))
      const energies = Float64Array.from(drawn, (i) => -at(LOGS, i))
      const { value, testError } = jointPerplexity({ logBase, energies, partitions }, 200)
      return { value, error: testError, truth }
    }
    expect(atLeast93(covered(trial))).toBe(true)
  }, 60_000)

  it('M7: log Z and SNIS from 100 samples', () => {
    const phi = [1, 0, 2, 0, 1]
    const mean = dot(
      Q,
      LOGS.map((l, i) => (Math.exp(l) * at(phi, i)) / Z),
    )
    const drawnAt = (r: number) => {
      const drawn = categorical(fold(key(33), r), Q, 100)
      return { drawn, weights: right(weigh(Float64Array.from(drawn, (i) => at(LOGS, i)))) }
    }
    const scaled = (error: number, size: number): number => (error * studentQuantile(size - 1)) / 1.96
    const logZ = covered((r) => {
      const { jackknife, standardError, effectiveSampleSize } = logPartition(drawnAt(r).weights)
      return { value: jackknife, error: scaled(standardError, effectiveSampleSize), truth: Math.log(Z) }
    })
    const means = covered((r) => {
      const { drawn, weights } = drawnAt(r)
      const found = snis(Float64Array.from(drawn, (i) => at(phi, i)))(weights)
      return { value: found.value, error: scaled(found.standardError, found.effectiveSampleSize), truth: mean }
    })
    expect(atLeast93(logZ)).toBe(true)
    expect(atLeast93(means)).toBe(true)
  })
})
