import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { whiteNoise } from '../../lib/automata/build.ts'
import { languageMass } from '../../lib/automata/condition.ts'
import { crossEntropy, relativeEntropy } from '../../lib/automata/divergence.ts'
import { entropy } from '../../lib/automata/entropy.ts'
import { accepts } from '../../lib/automata/language.ts'
import { meanLength } from '../../lib/automata/moments.ts'
import { motifAutomaton, prefixAutomaton } from '../../lib/automata/motif.ts'
import type { Pfsa } from '../../lib/automata/pfsa.ts'
import { logProbability } from '../../lib/automata/probability.ts'
import { regexAutomaton } from '../../lib/automata/regex.ts'
import {
  absence,
  exactTilt,
  type Feature,
  presence,
  type TiltFamily,
  tiltedPfsa,
  tiltExactly,
} from '../../lib/automata/tilt.ts'
import { wordsOfLength } from '../../lib/automata/word.ts'
import { entry } from '../../lib/linear.ts'
import { motif, shortPfsa } from '../../lib/laws/arbitraries/automata.ts'
import { left, right } from '../either.ts'

/** The paper's features of a motif: the motif, the motif and '0', its first half, and d0. */
const featuresOf = (m: string): readonly Feature[] => [
  absence('motif', right(motifAutomaton(m)())),
  absence('supermotif', right(motifAutomaton(`${m}0`)())),
  absence('submotif', right(motifAutomaton(m.slice(0, Math.max(1, Math.floor(m.length / 2))))())),
  absence('d0', right(prefixAutomaton('0')())),
]

interface Enumerated {
  readonly logPartition: number
  readonly moments: readonly number[]
  readonly probabilities: readonly number[]
}

/** P_λ by enumeration over the strings of one length. */
const enumerate = (
  base: Pfsa,
  features: readonly Feature[],
  lambda: readonly number[],
  words: readonly (readonly number[])[],
): Enumerated => {
  const phis = words.map((x) => features.map((f) => (accepts(f.language)(x) ? f.inside : f.outside)))
  const logs = words.map((x, i) => logProbability(base)(x) + lambda.reduce((s, l, j) => s + l * (phis[i]?.[j] ?? 0), 0))
  const high = Math.max(...logs)
  const logPartition = high + Math.log(logs.reduce((s, l) => s + Math.exp(l - high), 0))
  const probabilities = logs.map((l) => Math.exp(l - logPartition))
  return {
    logPartition,
    probabilities,
    moments: features.map((_, j) => probabilities.reduce((s, p, i) => s + p * (phis[i]?.[j] ?? 0), 0)),
  }
}

const anyLambda = fc.array(fc.constantFrom(0, 1e-3, -1e-3, 1, -1, 10, -10, 100, -100, 1e4, -1e4), {
  minLength: 4,
  maxLength: 4,
})

const family = (base: Pfsa, features: readonly Feature[]): TiltFamily => right(tiltExactly(features)(base))

describe('exact tilt', () => {
  it('G19: Z, moments, Fisher matrix, entropy, cross-entropy, mean length and motif frequency = brute force', () => {
    fc.assert(
      fc.property(motif(4), fc.integer({ min: 1, max: 8 }), anyLambda, (m, n, lambda) => {
        const base = right(whiteNoise(n)())
        const features = featuresOf(m)
        const words = wordsOfLength(2, n)
        const brute = enumerate(base, features, lambda, words)
        const tilt = exactTilt(lambda)(family(base, features))
        const scale = 1 + Math.max(...lambda.map(Math.abs))
        expect(Math.abs(tilt.logPartition - brute.logPartition)).toBeLessThan(1e-12 * scale)
        brute.moments.forEach((x, j) => expect(Math.abs(x - (tilt.moments[j] ?? 0))).toBeLessThan(1e-12 * scale))
        const { pfsa, logPartition } = right(tiltedPfsa(lambda)(family(base, features)))
        expect(Math.abs(logPartition - brute.logPartition)).toBeLessThan(1e-12 * scale)
        words.forEach((x, i) =>
          expect(Math.abs(Math.exp(logProbability(pfsa)(x)) - (brute.probabilities[i] ?? 0))).toBeLessThan(
            1e-11 * scale,
          ),
        )
        const h = brute.probabilities.reduce((s, p) => s - (p > 0 ? p * Math.log(p) : 0), 0)
        expect(Math.abs(right(entropy(pfsa)).value - h)).toBeLessThan(1e-10 * scale)
        expect(Math.abs(right(crossEntropy(base)(pfsa)).value - n * Math.LN2)).toBeLessThan(1e-12 * (1 + n))
        expect(right(meanLength(pfsa)).value).toBeCloseTo(n, 11)
        const frequency = right(languageMass(right(motifAutomaton(m)()))(pfsa))
        expect(Math.abs(frequency - (1 - (brute.moments[0] ?? 0)))).toBeLessThan(1e-11 * scale)
      }),
      { seed: 401, numRuns: 60 },
    )
  })

  it('G19: all strings of length 12 with the motif 0110 and a regular expression', () => {
    const base = right(whiteNoise(12)())
    const features = [...featuresOf('0110'), presence('ends in 11', right(regexAutomaton(/11$/)()))]
    const lambda = [-2.5, 0.3, -0.7, 1.1, 0.4]
    const brute = enumerate(base, features, lambda, wordsOfLength(2, 12))
    const tilt = exactTilt(lambda)(family(base, features))
    expect(tilt.logPartition).toBeCloseTo(brute.logPartition, 13)
    brute.moments.forEach((x, j) => expect(tilt.moments[j]).toBeCloseTo(x, 13))
  })

  it('G3: the Fisher matrix is the derivative of the moments, and they the gradient of log Z', () => {
    const tilts = family(right(whiteNoise(10)()), featuresOf('0101'))
    const lambda = [0.5, -1, 0.25, 2]
    const here = exactTilt(lambda)(tilts)
    const step = 1e-5
    lambda.forEach((_, j) => {
      const moved = (by: number) => exactTilt(lambda.map((x, k) => (k === j ? x + by : x)))(tilts)
      const [up, down] = [moved(step), moved(-step)]
      expect((up.logPartition - down.logPartition) / (2 * step)).toBeCloseTo(here.moments[j] ?? 0, 8)
      lambda.forEach((_l, i) =>
        expect(((up.moments[i] ?? 0) - (down.moments[i] ?? 0)) / (2 * step)).toBeCloseTo(
          entry(here.covariance, i, j),
          8,
        ),
      )
    })
  })

  it('G1: λ = 0 is the base, and KL(p_λ ‖ r) = ⟨λ, E φ⟩ − log Z for a base of any length', () => {
    fc.assert(
      fc.property(
        shortPfsa,
        motif(3),
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (base, m, lambda) => {
          const tilts = family(base, featuresOf(m))
          expect(exactTilt([0, 0, 0, 0])(tilts).logPartition).toBeCloseTo(0, 12)
          expect(right(relativeEntropy(base)(right(tiltedPfsa([0, 0, 0, 0])(tilts)).pfsa)).value).toBeCloseTo(0, 10)
          const tilt = exactTilt(lambda)(tilts)
          const exact = lambda.reduce((s, l, j) => s + l * (tilt.moments[j] ?? 0), -tilt.logPartition)
          expect(right(relativeEntropy(base)(right(tiltedPfsa(lambda)(tilts)).pfsa)).value).toBeCloseTo(exact, 9)
        },
      ),
      { seed: 402, numRuns: 40 },
    )
  })

  it('the paper’s setting: λ → −∞ on the motif is the motif distribution, H = 13.923144487457433', () => {
    const tilts = family(right(whiteNoise(30)()), [absence('motif', right(motifAutomaton('10001011111000')()))])
    expect(exactTilt([0])(tilts).moments[0]).toBeCloseTo(1 - 0.0010371580719947815, 14)
    const { pfsa, logPartition } = right(tiltedPfsa([-1e4])(tilts))
    expect(right(entropy(pfsa)).value).toBeCloseTo(13.923144487457433, 10)
    expect(Math.exp(logPartition)).toBeCloseTo(0.0010371580719947815, 15)
  })

  it('a wrong λ and a strange feature are typed failures that name the feature', () => {
    const noise = right(whiteNoise(4)())
    const tilts = family(noise, featuresOf('01'))
    expect(left(tiltedPfsa([1])(tilts)).tag).toBe('Domain')
    expect(left(tiltedPfsa([1, 2, 3, Number.NaN])(tilts)).tag).toBe('Domain')
    expect(left(tiltedPfsa([1e308, 1e308, 1e308, 1e308])(tilts)).tag).toBe('NonFinite')
    const strange = absence('letters', right(motifAutomaton('ab')(['a', 'b'])))
    expect(left(tiltExactly([strange])(noise)).what).toContain("feature 'letters'")
  })
})
