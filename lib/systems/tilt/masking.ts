/**
 * What masking alone would have given: a population of it, whose weights say how far its law is from the target, and how the
 * means of a few quantities differ.
 */
import { at, orElse } from '../../at.ts'
import { meanEstimate } from '../../energy/estimate.ts'
import { sum } from '../../math.ts'
import type { Tilted } from '../../tilt/result.ts'
import type { ContrastRecord, MaskingRecord } from './results.ts'

/** A quantity of a text. */
export interface Quantity {
  readonly name: string
  readonly of: (text: string, tokens: number) => number
}

/** Most first words that are compared. */
const MOST_WORDS = 5

/** A mean with its standard error, particles of one ancestor taken together (Chan and Lai 2013; Lee and Whiteley 2018). */
const meanOf = (
  { of }: Quantity,
  { texts, tokens, origins }: Tilted,
  weights: Float64Array,
): { readonly mean: number; readonly error: number } => {
  const values = texts.map((text, i) => (at(weights, i) > 0 ? of(text, at(tokens, i).length) : 0))
  const mean = sum(values.map((value, i) => value * at(weights, i)))
  const families = new Map<number, number>()
  for (const [i, value] of values.entries()) {
    const origin = at(origins, i)
    families.set(origin, (families.get(origin) ?? 0) + at(weights, i) * (value - mean))
  }
  return { mean, error: Math.sqrt(sum([...families.values()].map((x) => x * x))) }
}

const firstWord = (text: string): string => orElse(/^\s*\S+/u.exec(text)?.[0], '')

/** Masses of first words. */
const wordsOf = ({ texts }: Tilted, weights: Float64Array): ReadonlyMap<string, number> => {
  const masses = new Map<string, number>()
  for (const [i, text] of texts.entries()) {
    const word = firstWord(text)
    masses.set(word, (masses.get(word) ?? 0) + at(weights, i))
  }
  return masses
}

/** The first words whose shares differ most. */
const telling = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): readonly Quantity[] => {
  const gap = (word: string): number => Math.abs((a.get(word) ?? 0) - (b.get(word) ?? 0))
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((word) => gap(word) > 0)
    .sort((x, y) => gap(y) - gap(x))
    .slice(0, MOST_WORDS)
    .map((word) => ({
      name: word === '' ? 'says nothing' : `begins with ${JSON.stringify(word)}`,
      of: (text) => Number(firstWord(text) === word),
    }))
}

/** Masking's texts as they would be taken without their weights: the living alike. */
const unweighted = ({ logWeights }: Tilted): Float64Array => {
  const alive = logWeights.filter((log) => log > Number.NEGATIVE_INFINITY).length
  return logWeights.map((log) => (log > Number.NEGATIVE_INFINITY ? 1 / alive : 0))
}

/** How much more than an interval's end masking must find. */
const TOO_MUCH = Math.log(20)

/**
 * Whether masking contradicts a population: its Ẑ has mean Z and is never below 0, so that it is 20 times Z in one run of 20 at most
 * (Markov's inequality). More than 20 times the end of the interval of Z says that the population missed texts which weigh more than all of its own.
 */
export const contradicts = (masked: Tilted, { logPartition: { interval } }: Tilted): boolean =>
  masked.logPartition.value > interval[1] + TOO_MUCH

/**
 * Compares a population of masking with one of the target. The total variation is `E_g max(0, 1 − w/Z)` over masking's law g, dead
 * texts with w = 0: bounded, so that a few draws tell it.
 */
export const maskingAgainst = (masked: Tilted, exact: Tilted, quantities: readonly Quantity[]): MaskingRecord => {
  const own = unweighted(masked)
  const { value, standardError } = exact.logPartition
  const n = masked.texts.length
  const lacks = masked.logWeights.map((log) => Math.max(0, 1 - Math.exp(log + Math.log(n) - value)))
  const distance = meanEstimate(lacks)
  const contrasts = [...quantities, ...telling(wordsOf(masked, own), wordsOf(exact, exact.weights))].map(
    (quantity): ContrastRecord => {
      const [before, after] = [meanOf(quantity, masked, own), meanOf(quantity, exact, exact.weights)]
      return {
        name: quantity.name,
        masking: before.mean,
        maskingError: before.error,
        exact: after.mean,
        exactError: after.error,
      }
    },
  )
  return {
    particles: n,
    dead: own.filter((weight) => weight === 0).length / n,
    distance: distance.value,
    distanceError: Math.hypot(distance.standardError, (1 - distance.value) * standardError),
    contrasts,
  }
}
