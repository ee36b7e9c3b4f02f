/**
 * Sampling from `p ∝ q·e^{−E}` by rejection, and log Z with its record: an estimate, two asymptotic bounds, its error,
 * and every reason to doubt it. The base is a fair die rolled three times, the energy rewards a large sum.
 */
import { energy, key, right, run } from 'exptilt'

const { energyOf, enumerable, importance, logPartition, rejection, weigh } = energy

const faces = [1, 2, 3, 4, 5, 6]
const rolls = faces.flatMap((a) => faces.flatMap((b) => faces.map((c) => [a, b, c])))
const sum = (roll: readonly number[]): number => roll.reduce((a, b) => a + b, 0)

const tilt = {
  base: enumerable({ points: rolls, probabilities: rolls.map(() => 1), name: (roll) => roll.join() }),
  energy: energyOf((roll: readonly number[]) => -0.5 * sum(roll)),
}

/** P/q = e^{½·sum} ≤ e^9: the envelope. */
const accepted = await run(rejection(key(1), { target: 5000, budget: 1e6, batch: 4096, logEnvelope: 9 })(tilt))
const { logWeights } = await run(importance(key(2), 20_000)(tilt))
const record = logPartition(right(weigh(logWeights)))

/** Exactly: Z = (Σ_f e^{f/2} / 6)³. */
const exact = 3 * Math.log(faces.reduce((total, f) => total + Math.exp(f / 2), 0) / 6)
const mean = accepted.samples.reduce((total, roll) => total + sum(roll), 0) / accepted.samples.length

export const answer = { exact, estimate: record.jackknife, error: record.standardError, mean, doubts: record.doubts }
console.log('log Z exactly', exact, 'estimated', record.jackknife, '±', record.standardError, 'doubts', record.doubts)
console.log('acceptance', accepted.acceptance.value, 'mean sum', mean, 'instead of 10.5')
