/**
 * The statistical test harness. A test declares its false-alarm rate α, the smallest discrepancy that it must see and
 * the power at which it must see it; the harness computes the sample size from these, and a test declared without them
 * throws. A fixed seed adds no power: a failure at α = 1e-9 is to be investigated, never reseeded.
 */
import { onTestFailed, TestRunner } from 'vitest'
import { at } from '../lib/at.ts'
import { binomialUpper, bisect, chiSquareTail, nonCentralTail } from './special.ts'

/** False-alarm rate, smallest discrepancy that must be seen, and probability of seeing it. */
export interface Contract {
  readonly alpha: number
  readonly minDiscrepancy: number
  readonly power: number
}

/** The contract of most tests: α = 1e-9, a shift of 0.01 seen with probability 1 − 1e-6. */
export const standard: Contract = { alpha: 1e-9, minDiscrepancy: 0.01, power: 1 - 1e-6 }

const fraction = (x: unknown): x is number => typeof x === 'number' && x > 0 && x < 1

/** Checks a declaration; throws when α, the discrepancy or the power is missing or not in (0, 1). */
export const declared = (contract: Partial<Contract>): Contract => {
  const { alpha, minDiscrepancy, power } = contract
  if (!fraction(alpha) || !fraction(minDiscrepancy) || !fraction(power))
    throw new Error(
      `a statistical test must declare alpha, minDiscrepancy and power in (0, 1); got ${JSON.stringify(contract)}`,
    )
  return { alpha, minDiscrepancy, power }
}

/** Lets a test that fails say what its design sees; nothing outside of tests. */
const stated = (what: string, { alpha, minDiscrepancy, power }: Contract, n: number): void => {
  if (TestRunner.getCurrentTest() === undefined) return
  const sees = `sees a total variation of ${minDiscrepancy} with probability ${power} at α = ${alpha}; smaller ones may pass`
  onTestFailed(() => console.error(`${what}, n = ${n}: ${sees}`))
}

/** The outcome of a test: `passed` is `pValue ≥ α`. */
export interface Verdict {
  readonly passed: boolean
  readonly pValue: number
  readonly statistic: number
  readonly n: number
}

/** A designed test of counts: draw `n`, then `check`. */
export interface CountDesign {
  readonly n: number
  readonly check: (counts: ArrayLike<number>, probabilities: ArrayLike<number>) => Verdict
}

const total = (xs: ArrayLike<number>): number => Array.from(xs).reduce((acc, x) => acc + x, 0)

const enough = (n: number, needed: number): void => {
  if (n < needed) throw new Error(`the contract needs ${needed} draws, the test made ${n}`)
}

/** The non-centrality at which χ² with df degrees of freedom keeps the contract. */
export const nonCentrality = (df: number, alpha: number, power: number): number => {
  const critical = bisect((x) => chiSquareTail(df, x), alpha, 0, 1e5)
  return bisect((lambda) => 1 - nonCentralTail(df, lambda, critical), 1 - power, 0, 1e5)
}

/** Pearson's statistic; cells with expectation below 5 are merged; a count where the probability is 0 is infinite. */
const pearson = (
  counts: ArrayLike<number>,
  expected: readonly number[],
): { readonly value: number; readonly cells: number } => {
  let value = 0
  let cells = 0
  let merged = { count: 0, expectation: 0 }
  expected.forEach((e, i) => {
    if (e < 5) merged = { count: merged.count + at(counts, i), expectation: merged.expectation + e }
    else {
      value += (at(counts, i) - e) ** 2 / e
      cells++
    }
    if (e === 0 && at(counts, i) > 0) value = Number.POSITIVE_INFINITY
  })
  if (merged.expectation === 0) return { value, cells }
  return { value: value + (merged.count - merged.expectation) ** 2 / merged.expectation, cells: cells + 1 }
}

/** Pearson's χ² over k cells. `minDiscrepancy` is a total variation distance: `n = λ/(4·TV²)`. */
export const chiSquareDesign = (contract: Partial<Contract>, cells: number): CountDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const n = Math.ceil(nonCentrality(Math.max(cells - 1, 1), alpha, power) / (4 * minDiscrepancy ** 2))
  stated(`χ² of ${cells} cells`, { alpha, minDiscrepancy, power }, n)
  return {
    n,
    check: (counts, probabilities) => {
      const drawn = total(counts)
      enough(drawn, n)
      const mass = total(probabilities)
      const found = pearson(
        counts,
        Array.from(probabilities, (p) => (drawn * p) / mass),
      )
      const pValue = found.value === 0 ? 1 : chiSquareTail(Math.max(found.cells - 1, 1), found.value)
      return { passed: pValue >= alpha, pValue, statistic: found.value, n: drawn }
    },
  }
}

/** Two-sample χ² on the same cells, samples of n each: `n = λ/(2·TV²)`; the second counts are the "probabilities". */
export const twoSampleDesign = (contract: Partial<Contract>, cells: number): CountDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const n = Math.ceil(nonCentrality(Math.max(cells - 1, 1), alpha, power) / (2 * minDiscrepancy ** 2))
  stated(`χ² of two samples in ${cells} cells`, { alpha, minDiscrepancy, power }, n)
  return {
    n,
    check: (first, second) => {
      const [a, b] = [total(first), total(second)]
      enough(Math.min(a, b), n)
      const used = Array.from(first, (x, i) => [x, at(second, i)] as const).filter(([x, y]) => x + y > 0)
      const statistic = used.reduce((acc, [x, y]) => {
        const gap = x * Math.sqrt(b / a) - y * Math.sqrt(a / b)
        return acc + gap ** 2 / (x + y)
      }, 0)
      const pValue = statistic === 0 ? 1 : chiSquareTail(Math.max(used.length - 1, 1), statistic)
      return { passed: pValue >= alpha, pValue, statistic, n: a }
    },
  }
}

/** A designed test of a continuous (or lattice) distribution function. */
export interface DistributionDesign {
  readonly n: number
  readonly check: (draws: ArrayLike<number>, distribution: (x: number) => number) => Verdict
}

/**
 * Dvoretzky–Kiefer–Wolfowitz. `minDiscrepancy` is a sup-distance ε; n makes the band ε/2 at level α, and ε/2 is then
 * also left for the power: `n = 2·ln(2/min(α, 1−power))/ε²`. For lattice laws give `P(X ≤ x)`.
 */
export const dkwDesign = (contract: Partial<Contract>): DistributionDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const n = Math.ceil((2 * Math.log(2 / Math.min(alpha, 1 - power))) / minDiscrepancy ** 2)
  return {
    n,
    check: (draws, distribution) => {
      enough(draws.length, n)
      const sorted = Float64Array.from(draws).sort()
      let gap = 0
      for (let i = 0; i < sorted.length; i++) {
        const x = at(sorted, i)
        if (i + 1 < sorted.length && at(sorted, i + 1) === x) continue
        gap = Math.max(gap, Math.abs((i + 1) / sorted.length - distribution(x)))
      }
      const pValue = Math.min(1, 2 * Math.exp(-2 * sorted.length * gap ** 2))
      return { passed: pValue >= alpha, pValue, statistic: gap, n: sorted.length }
    },
  }
}

/** A designed test of a proportion. */
export interface ProportionDesign {
  readonly n: number
  /** Two-sided: is the success probability p? */
  readonly check: (successes: number, trials: number, p: number) => Verdict
  /** One-sided: is it at least p? */
  readonly atLeast: (successes: number, trials: number, p: number) => Verdict
}

/** Exact binomial test near probability p; `minDiscrepancy` is a change of p; n from Hoeffding for both errors. */
export const binomialDesign = (contract: Partial<Contract>): ProportionDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const half = Math.sqrt(Math.log(2 / alpha) / 2) + Math.sqrt(Math.log(1 / (1 - power)) / 2)
  const n = Math.ceil((half / minDiscrepancy) ** 2)
  const verdict = (pValue: number, successes: number, trials: number): Verdict => {
    enough(trials, n)
    return { passed: pValue >= alpha, pValue, statistic: successes / trials, n: trials }
  }
  const below = (successes: number, trials: number, p: number): number => 1 - binomialUpper(trials, p, successes + 1)
  return {
    n,
    check: (successes, trials, p) =>
      verdict(
        Math.min(1, 2 * Math.min(below(successes, trials, p), binomialUpper(trials, p, successes))),
        successes,
        trials,
      ),
    atLeast: (successes, trials, p) => verdict(below(successes, trials, p), successes, trials),
  }
}

/** A designed test of the mean of a bounded variable. */
export interface MeanDesign {
  readonly n: number
  readonly check: (draws: ArrayLike<number>, mean: number) => Verdict
}

/**
 * Empirical Bernstein (Maurer and Pontil 2009) for draws in [low, high]: the mean lies within
 * `√(2V ln(4/α)/n) + 7R ln(4/α)/(3(n−1))`. `minDiscrepancy` is a share of the range R; n for the worst variance R²/4.
 */
export const bernsteinDesign = (contract: Partial<Contract>, low: number, high: number): MeanDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const range = high - low
  const radius = (n: number, variance: number, level: number): number =>
    Math.sqrt((2 * variance * Math.log(4 / level)) / n) + (7 * range * Math.log(4 / level)) / (3 * (n - 1))
  const needed = (n: number): number =>
    (radius(n, range ** 2 / 4, alpha) + radius(n, range ** 2 / 4, 1 - power)) / range
  const n = Math.ceil(bisect(needed, minDiscrepancy, 2, 1e9))
  return {
    n,
    check: (draws, mean) => {
      enough(draws.length, n)
      const average = total(draws) / draws.length
      const variance = Array.from(draws).reduce((acc, x) => acc + (x - average) ** 2, 0) / (draws.length - 1)
      const gap = Math.abs(average - mean)
      const passed = gap <= radius(draws.length, variance, alpha)
      return { passed, pValue: passed ? 1 : 0, statistic: gap, n: draws.length }
    },
  }
}
