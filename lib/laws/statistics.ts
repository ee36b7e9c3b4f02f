/**
 * Statistical tests by design. A test declares its false-alarm rate α, the smallest discrepancy that it must see and
 * the power at which it must see it; the sample size follows from these, and a test declared without them throws.
 * A fixed seed adds no power: a failure at α = 1e-9 is to be investigated, never reseeded.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { entry, type Matrix } from '../linear.ts'
import { sum } from '../math.ts'
import { binomialUpper } from '../energy/quantile.ts'
import { bisect, chiSquareTail, nonCentralTail } from './special.ts'

/** False-alarm rate, smallest discrepancy that must be seen, and probability of seeing it. */
export interface Contract {
  readonly alpha: number
  readonly minDiscrepancy: number
  readonly power: number
}

/**
 * The contract of most tests: α = 1e-9, a shift of 0.01 seen with probability 1 − 1e-6.
 *
 * @example
 * standard // => { alpha: 1e-9, minDiscrepancy: 0.01, power: 0.999999 }
 */
export const standard: Contract = { alpha: 1e-9, minDiscrepancy: 0.01, power: 1 - 1e-6 }

const fraction = (x: unknown): x is number => typeof x === 'number' && x > 0 && x < 1

/** Checks a declaration; throws a `Domain` failure when α, the discrepancy or the power is missing or not in (0, 1). */
export const declared = (contract: Partial<Contract>): Contract => {
  const { alpha, minDiscrepancy, power } = contract
  if (!fraction(alpha) || !fraction(minDiscrepancy) || !fraction(power))
    return raise(
      failure(
        'Domain',
        `a statistical test was declared as ${JSON.stringify(contract)}`,
        'it must declare alpha, minDiscrepancy and power, each in (0, 1)',
      ),
    )
  return { alpha, minDiscrepancy, power }
}

/**
 * The outcome of a test: `passed` is `pValue ≥ α`. The complaint of one that fails says what was tested, the statistic, α and
 * what the design sees; there is none where it passes.
 */
export interface Verdict {
  readonly passed: boolean
  readonly complaints: readonly string[]
  readonly pValue: number
  readonly statistic: number
  readonly n: number
}

/** A designed test of counts: draw `n`, then `check`. */
export interface CountDesign {
  readonly n: number
  readonly check: (counts: ArrayLike<number>, probabilities: ArrayLike<number>) => Verdict
}

interface Found extends Pick<Verdict, 'pValue' | 'statistic' | 'n'> {
  /** Where the discrepancy lies. */
  readonly where?: string
}

/** The verdict on what a test of this kind found; `distance` is what the smallest discrepancy is measured in. */
const judged =
  (what: string, distance: string, { alpha, minDiscrepancy, power }: Contract) =>
  ({ pValue, statistic, n, where = '' }: Found): Verdict => {
    const passed = pValue >= alpha
    const sees = `the design sees ${distance} of ${minDiscrepancy} with probability ${power}, and smaller ones may pass`
    const found = `${what}: ${statistic.toPrecision(6)} from n = ${n}, p = ${pValue.toPrecision(3)} < α = ${alpha}`
    return { passed, complaints: passed ? [] : [`${found}${where}; ${sees}`], pValue, statistic, n }
  }

const enough = (n: number, needed: number): void => {
  if (n < needed)
    raise(
      failure('Domain', `the contract needs ${needed} draws, and the test made ${n}`, 'draw as many as its `n` says'),
    )
}

/** The cell whose share of the statistic is largest, in words. */
const worstCell = (counts: ArrayLike<number>, expected: ArrayLike<number>): string => {
  const parts = Array.from(counts, (c, i) => (c - at(expected, i)) ** 2 / Math.max(at(expected, i), 1e-300))
  const i = parts.indexOf(parts.reduce((a, b) => Math.max(a, b), 0))
  return i < 0 ? '' : ` (cell ${i}: ${at(counts, i)}, expected ${at(expected, i).toPrecision(6)})`
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

/**
 * Pearson's χ² over k cells. `minDiscrepancy` is a total variation distance: `n = λ/(4·TV²)`.
 *
 * @example
 * const { n, check } = chiSquareDesign({ ...standard, minDiscrepancy: 0.1 }, 2)
 * n // => 2951
 * check([0.5 * n, 0.5 * n], [0.5, 0.5]).passed // => true
 * check([0.7 * n, 0.3 * n], [0.5, 0.5]).passed // => false
 */
export const chiSquareDesign = (contract: Partial<Contract>, cells: number): CountDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const n = Math.ceil(nonCentrality(Math.max(cells - 1, 1), alpha, power) / (4 * minDiscrepancy ** 2))
  const verdict = judged(`χ² of ${cells} cells`, 'a total variation', { alpha, minDiscrepancy, power })
  return {
    n,
    check: (counts, probabilities) => {
      const drawn = sum(counts)
      enough(drawn, n)
      const mass = sum(probabilities)
      const expected = Array.from(probabilities, (p) => (drawn * p) / mass)
      const { value, cells: used } = pearson(counts, expected)
      const pValue = value === 0 ? 1 : chiSquareTail(Math.max(used - 1, 1), value)
      return verdict({ pValue, statistic: value, n: drawn, where: worstCell(counts, expected) })
    },
  }
}

/**
 * Two-sample χ² on the same cells, samples of n each: `n = λ/(2·TV²)`; the second counts are the "probabilities".
 *
 * @example
 * const { n, check } = twoSampleDesign({ ...standard, minDiscrepancy: 0.1 }, 2)
 * n // => 5901
 * check([0.5 * n, 0.5 * n], [0.7 * n, 0.3 * n]).passed // => false
 */
export const twoSampleDesign = (contract: Partial<Contract>, cells: number): CountDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const n = Math.ceil(nonCentrality(Math.max(cells - 1, 1), alpha, power) / (2 * minDiscrepancy ** 2))
  const verdict = judged(`χ² of two samples in ${cells} cells`, 'a total variation', { alpha, minDiscrepancy, power })
  return {
    n,
    check: (first, second) => {
      const [a, b] = [sum(first), sum(second)]
      enough(Math.min(a, b), n)
      const used = Array.from(first, (x, i) => [x, at(second, i)] as const).filter(([x, y]) => x + y > 0)
      const statistic = used.reduce((acc, [x, y]) => {
        const gap = x * Math.sqrt(b / a) - y * Math.sqrt(a / b)
        return acc + gap ** 2 / (x + y)
      }, 0)
      const pValue = statistic === 0 ? 1 : chiSquareTail(Math.max(used.length - 1, 1), statistic)
      return verdict({ pValue, statistic, n: a })
    },
  }
}

/** A designed test of the symmetry of pairs: draw `n` pairs, then `check` their counts [first, second]. */
export interface SymmetryDesign {
  readonly n: number
  readonly check: (counts: Matrix) => Verdict
}

/**
 * Bowker's test that a pair (x, y) is as likely as (y, x), as of two successive states of a reversible chain at rest.
 * `minDiscrepancy` is the net flow `Σ_{i<j} |p_ij − p_ji|`: `n = λ/flow²` at worst.
 *
 * @example
 * const { n, check } = symmetryDesign({ ...standard, minDiscrepancy: 0.1 }, 2)
 * check({ rows: 2, columns: 2, values: Float64Array.of(0.4 * n, 0.1 * n, 0.1 * n, 0.4 * n) }).passed // => true
 * check({ rows: 2, columns: 2, values: Float64Array.of(0.4 * n, 0.2 * n, 0, 0.4 * n) }).passed // => false
 */
export const symmetryDesign = (contract: Partial<Contract>, points: number): SymmetryDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const freedom = Math.max((points * (points - 1)) / 2, 1)
  const n = Math.ceil(nonCentrality(freedom, alpha, power) / minDiscrepancy ** 2)
  const verdict = judged(`χ² of symmetry over ${points} points`, 'a net flow', { alpha, minDiscrepancy, power })
  return {
    n,
    check: (counts) => {
      enough(sum(counts.values), n)
      let [statistic, pairs, most, where] = [0, 0, 0, '']
      for (let i = 0; i < points; i++)
        for (let j = i + 1; j < points; j++) {
          const [there, back] = [entry(counts, i, j), entry(counts, j, i)]
          if (there + back === 0) continue
          const part = (there - back) ** 2 / (there + back)
          statistic += part
          pairs++
          if (part > most) [most, where] = [part, ` (from ${i} to ${j}: ${there}, back: ${back})`]
        }
      const pValue = statistic === 0 ? 1 : chiSquareTail(pairs, statistic)
      return verdict({ pValue, statistic, n: sum(counts.values), where })
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
 *
 * @example
 * const { n, check } = dkwDesign({ ...standard, minDiscrepancy: 0.1 })
 * check(uniforms(key(1), n), (x) => Math.min(1, Math.max(0, x))).passed // => true
 */
export const dkwDesign = (contract: Partial<Contract>): DistributionDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const n = Math.ceil((2 * Math.log(2 / Math.min(alpha, 1 - power))) / minDiscrepancy ** 2)
  const verdict = judged('the largest gap of the distribution functions', 'a gap', { alpha, minDiscrepancy, power })
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
      return verdict({ pValue, statistic: gap, n: sorted.length })
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

/**
 * Exact binomial test near probability p; `minDiscrepancy` is a change of p; n from Hoeffding for both errors.
 *
 * @example
 * const { n, check } = binomialDesign({ ...standard, minDiscrepancy: 0.1 })
 * n // => 3482
 * check(0.7 * n, n, 0.5).passed // => false
 */
export const binomialDesign = (contract: Partial<Contract>): ProportionDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const half = Math.sqrt(Math.log(2 / alpha) / 2) + Math.sqrt(Math.log(1 / (1 - power)) / 2)
  const n = Math.ceil((half / minDiscrepancy) ** 2)
  const judge = judged('the share of successes', 'a change', { alpha, minDiscrepancy, power })
  const verdict = (pValue: number, successes: number, trials: number): Verdict => {
    enough(trials, n)
    return judge({ pValue, statistic: successes / trials, n: trials })
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
 *
 * @example
 * const { n, check } = bernsteinDesign({ ...standard, minDiscrepancy: 0.1 }, 0, 1)
 * check(uniforms(key(1), n), 0.5).passed // => true
 * check(uniforms(key(1), n), 0.8).passed // => false
 */
export const bernsteinDesign = (contract: Partial<Contract>, low: number, high: number): MeanDesign => {
  const { alpha, minDiscrepancy, power } = declared(contract)
  const range = high - low
  const radius = (n: number, variance: number, level: number): number =>
    Math.sqrt((2 * variance * Math.log(4 / level)) / n) + (7 * range * Math.log(4 / level)) / (3 * (n - 1))
  const needed = (n: number): number =>
    (radius(n, range ** 2 / 4, alpha) + radius(n, range ** 2 / 4, 1 - power)) / range
  const n = Math.ceil(bisect(needed, minDiscrepancy, 2, 1e9))
  const verdict = judged('the gap of the mean', 'a share of the range', { alpha, minDiscrepancy, power })
  return {
    n,
    check: (draws, mean) => {
      enough(draws.length, n)
      const average = sum(draws) / draws.length
      const variance = Array.from(draws).reduce((acc, x) => acc + (x - average) ** 2, 0) / (draws.length - 1)
      const gap = Math.abs(average - mean)
      const passed = gap <= radius(draws.length, variance, alpha)
      return verdict({ pValue: passed ? 1 : 0, statistic: gap, n: draws.length })
    },
  }
}
