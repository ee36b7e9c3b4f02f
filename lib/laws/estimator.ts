/** Laws of estimators: the bias is of the order that the label says, and intervals cover. */
import type { Bias } from '../energy/estimate.ts'
import { expectation } from '../energy/compositions.ts'
import { at } from '../at.ts'
import { categorical } from '../energy/uniform.ts'
import { fold, type Key, key } from '../key.ts'
import { requireNames } from '../names.ts'
import { type Law, law, statisticalLaw } from './law.ts'
import { lawOf, type Space } from './space.ts'
import { binomialDesign, type Contract } from './statistics.ts'

/** Orders of bias that more draws lessen, and those of jackknives beside them: the power of 1/n. */
const ORDERS: Readonly<Record<string, number>> = { 'O(1/√n)': 0.5, 'O(1/n)': 1, 'O(1/n²)': 2, 'O(1/n³)': 3 }

/** The labels by name. */
const biases = ['unbiased', 'O(1/steps)', 'O(1)', ...Object.keys(ORDERS)]

/** What is estimated: its label, the exact mean of the estimate from n draws, and the truth. */
export interface BiasSubject {
  readonly bias: Bias | 'O(1/n²)' | 'O(1/n³)'
  readonly mean: (n: number) => number
  readonly truth: number
}

/**
 * The label of an estimator's bias, by exact means: without bias at 1, 2, 7 and 20 draws (to 1e-12), or of the nearest order
 * to the one fitted between 32 and 64 draws. Labels that no number of draws lessens say nothing that could be checked here.
 *
 * @example
 * complaintsOf([biasLaw({ bias: 'O(1/n)', mean: (n) => 1 + 2 / n, truth: 1 })]) // => []
 */
export const biasLaw = ({ bias, mean, truth }: BiasSubject): Law => {
  requireNames({ bias: [bias, biases] })
  return law(`the bias is ${bias}`, () => {
    if (bias === 'unbiased')
      return [1, 2, 7, 20].flatMap((n) => {
        const gap = mean(n) - truth
        return Math.abs(gap) < 1e-12 ? [] : [`the mean over ${n} draws misses ${truth} by ${gap} (tolerance 1e-12)`]
      })
    const order = ORDERS[bias]
    if (order === undefined) return []
    const [early, late] = [mean(32) - truth, mean(64) - truth]
    if (!(Math.abs(late) > 1e-9)) return [`there is none: the mean over 64 draws misses ${truth} by ${late}`]
    const fitted = Math.log2(early / late)
    return Math.abs(fitted - order) < 0.25
      ? []
      : [`from 32 to 64 draws it goes from ${early} to ${late}: like n^−${fitted.toPrecision(4)}`]
  })
}

/** What an estimator says of the truth, as the `Estimate`s of `exptilt/energy` do. */
export interface Stated {
  readonly value: number
  readonly bias: BiasSubject['bias']
  /** 95 %. */
  readonly interval: readonly [number, number]
  /** False where it doubts itself. */
  readonly reliable: boolean
}

/** An estimator of independent draws from a small space, which does not look at their order, and the truth. */
export interface EstimatorSubject<X> extends Pick<Space<X>, 'points' | 'logWeights'> {
  readonly estimate: (draws: readonly X[]) => Stated
  readonly truth: number
  /** Draws for each interval: 200 by default. */
  readonly draws?: number
  /** α, the drop of coverage below 93 % that must be seen, and with what probability. */
  readonly contract?: Contract
  readonly seed?: number
}

const COVERAGE: Contract = { alpha: 1e-9, minDiscrepancy: 0.25, power: 1 - 1e-6 }

/**
 * A designed test of coverage: of as many replications as the contract asks for, at least 93 % give intervals that hold the
 * truth, or say that they are not to be relied upon.
 *
 * @example
 * import { energy } from 'exptilt'
 * const replicate = (k: Key) => {
 *   const found = energy.shareEstimate(uniforms(k, 200).filter((u) => u < 0.3).length, 200)
 *   return { interval: found.interval, reliable: found.reliable }
 * }
 * const contract = { alpha: 1e-9, minDiscrepancy: 0.1, power: 0.99 }
 * complaintsOf([coverageLaw(replicate, 0.3, { contract })]) // => []
 */
export const coverageLaw = (
  replicate: (key: Key) => Pick<Stated, 'interval' | 'reliable'>,
  truth: number,
  { contract = COVERAGE, seed = 1 }: { readonly contract?: Contract; readonly seed?: number } = {},
): Law =>
  statisticalLaw('intervals cover the truth, or say that they may not', async () => {
    const design = binomialDesign(contract)
    let good = 0
    for (let r = 0; r < design.n; r++) {
      const { interval, reliable } = replicate(fold(key(seed), r))
      good += Number(!reliable || (interval[0] <= truth && truth <= interval[1]))
    }
    return design.atLeast(good, design.n, 0.93)
  })

/**
 * The laws of an estimator: its bias is what its label says, by enumeration of all samples of up to 64 draws (so the space
 * should have two or three points), and its 95 % intervals cover or are doubted.
 *
 * @example
 * import { energy } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const found = laws.estimator({
 *   points: [0, 1, 3],
 *   logWeights: [0.2, 0.3, 0.5].map(Math.log),
 *   estimate: (draws) => energy.meanEstimate(draws),
 *   truth: 1.8,
 * })
 * laws.complaintsOf(found) // => []
 */
export const estimatorLaws = <X>(subject: EstimatorSubject<X>): readonly Law[] => {
  const { points, estimate, truth, draws = 200 } = subject
  const probabilities = lawOf(subject)
  const sampleOf = (counts: ArrayLike<number>): readonly X[] =>
    points.flatMap((x, i) => Array.from({ length: at(counts, i) }, () => x))
  const mean = (n: number): number => expectation(probabilities, n, (counts) => estimate(sampleOf(counts)).value)
  const { bias } = estimate(points)
  const replicate = (k: Key): Stated => estimate(Array.from(categorical(k, probabilities, draws), (i) => at(points, i)))
  return [biasLaw({ bias, mean, truth }), coverageLaw(replicate, truth, subject)]
}
