/**
 * GAMs solved exactly: a PFSA tilted by features of the whole string, `P_λ(x) = q(x)·e^{⟨λ, φ(x)⟩}` (GAM Eq. 2). Each
 * feature is a complete deterministic automaton with a value for its strings and one for the others, so in the product
 * with the base the features' values are known when the string stops: the pattern. The base's mass of each pattern,
 * found once, then gives log Z, moments and the Fisher matrix for every λ by finite sums.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { type Matrix, matrix } from '../linear.ts'
import { dot, logSumExp, softmax } from '../math.ts'
import { boolean, real } from '../semiring.ts'
import { type Automaton, entriesOf, type Language, mapWeights } from './automaton.ts'
import type { Certificate } from './certificate.ts'
import { complete, deterministic } from './language.ts'
import { expectedVisits } from './moments.ts'
import { type Normalised, normalise } from './normalise.ts'
import { numbering } from './numbering.ts'
import { type Pfsa, pfsa } from './pfsa.ts'
import { product, sameAlphabet } from './product.ts'

/** A feature of the string: `inside` for the strings of `language`, `outside` for the others. */
export interface Feature {
  readonly name: string
  readonly language: Language
  readonly inside: number
  readonly outside: number
}

/**
 * The paper's features count absence: 0 on the strings of the language (those with the motif), 1 on the others.
 *
 * @example
 * const none = absence('101', right(motifAutomaton('101')()))
 * none.outside // => 1
 */
export const absence = (name: string, language: Language): Feature => ({ name, language, inside: 0, outside: 1 })

/**
 * 1 on the strings of the language, 0 on the others.
 *
 * @example
 * presence('101', right(motifAutomaton('101')())).inside // => 1
 */
export const presence = (name: string, language: Language): Feature => ({ name, language, inside: 1, outside: 0 })

/** The base intersected with all feature automata; `patternOf[state]` is the index of the features' values there. */
export interface TiltFamily {
  readonly base: Automaton<number>
  readonly features: readonly Feature[]
  /** Feature vectors φ that some string has: axes [pattern][feature]. */
  readonly patterns: readonly (readonly number[])[]
  /** The base's probability of each pattern: axes [pattern]. */
  readonly masses: Float64Array
  readonly patternOf: Uint32Array
  readonly certificate: Certificate
}

interface Tracked {
  readonly automaton: Automaton<number>
  readonly values: readonly (readonly number[])[]
}

/** Intersects with one more feature, which accepts everything and only remembers its value. */
const track =
  (feature: Feature) =>
  (tracked: Tracked): E.Either<Failure, Tracked> =>
    pipe(
      sameAlphabet(tracked.automaton, feature.language),
      E.flatMap(() => deterministic(boolean)(feature.language)),
      E.map(complete),
      E.flatMap((language) => {
        const open: Language = { ...language, stop: Array.from(language.stop, () => true) }
        return pipe(
          tracked.automaton,
          product(real)(mapWeights((inside: boolean) => (inside ? 1 : 0))(open)),
          E.map(({ automaton, pairs }) => ({
            automaton,
            values: pairs.map(([p, q]) => [
              ...at(tracked.values, p),
              language.stop[q] === true ? feature.inside : feature.outside,
            ]),
          })),
        )
      }),
      E.mapLeft((f: Failure) => ({ ...f, what: `feature '${feature.name}': ${f.what}` })),
    )

/** Groups states by their feature values. */
const groupPatterns = (values: readonly (readonly number[])[]) => {
  const { found: patterns, of } = numbering((value: readonly number[]) => value.join(' '))
  return { patterns, patternOf: Uint32Array.from(values, of) }
}

const withMasses = (features: readonly Feature[], { automaton, values }: Tracked): E.Either<Failure, TiltFamily> =>
  pipe(
    pfsa(automaton),
    E.flatMap(expectedVisits),
    E.map(({ values: visits, certificate }) => {
      const { patterns, patternOf } = groupPatterns(values)
      const masses = new Float64Array(patterns.length)
      patternOf.forEach((pattern, p) => {
        masses[pattern] = at(masses, pattern) + at(visits, p) * at(automaton.stop, p)
      })
      return { base: automaton, features, patterns, masses, patternOf, certificate }
    }),
  )

/**
 * Prepares the exact tilt of a tight PFSA by features, for any λ. The product has at most |base|·Π|feature| states and
 * as many patterns as there are combinations of values that occur.
 * Failures: `Automaton` naming the feature (not deterministic, other alphabet), `NotTight`, `Diverges`.
 *
 * @example
 * const family = right(tiltExactly([presence('101', right(motifAutomaton('101')()))])(right(whiteNoise(4)())))
 * family.masses // => [0.75, 0.25]
 */
export const tiltExactly =
  (features: readonly Feature[]) =>
  (base: Pfsa): E.Either<Failure, TiltFamily> => {
    const initial: E.Either<Failure, Tracked> = E.right({
      automaton: base,
      values: Array.from({ length: base.states }, () => []),
    })
    return pipe(
      features.reduce((so, feature) => pipe(so, E.flatMap(track(feature))), initial),
      E.flatMap((tracked) => withMasses(features, tracked)),
    )
  }

/** What is known of `p_λ` in closed form: log Z_λ, `p_λ(pattern)`, `E φ` and `Cov φ` (the Fisher matrix). */
export interface ExactTilt {
  readonly lambda: readonly number[]
  readonly logPartition: number
  readonly probabilities: Float64Array
  readonly moments: Float64Array
  readonly covariance: Matrix
}

const covarianceOf = (patterns: readonly (readonly number[])[], p: Float64Array, moments: Float64Array): Matrix =>
  matrix(moments.length, moments.length, (i, j) =>
    patterns.reduce(
      (total, phi, s) => total + at(p, s) * (at(phi, i) - at(moments, i)) * (at(phi, j) - at(moments, j)),
      0,
    ),
  )

const wrongLength = (lambda: readonly number[], features: readonly Feature[]): Failure =>
  failure(
    'Domain',
    `λ has ${lambda.length} entries for ${features.length} features`,
    'give one finite number a feature',
    {
      lambda,
      features: features.map((f) => f.name),
    },
  )

const overflow = (logPartition: number, lambda: readonly number[]): Failure =>
  failure('NonFinite', `log Z is ${logPartition} at this λ`, 'use smaller λ or features', { lambda })

/**
 * `log Z_λ = log Σ_φ q(φ)·e^{⟨λ,φ⟩}`, its gradient `E_{p_λ} φ` and Hessian `Cov_{p_λ} φ` (nats). λ has one finite entry a
 * feature, in order: throws `Domain` otherwise, and `NonFinite` where `⟨λ, φ⟩` is beyond the numbers of f64.
 *
 * @example
 * const family = right(tiltExactly([presence('101', right(motifAutomaton('101')()))])(right(whiteNoise(4)())))
 * exactTilt([0])(family).moments // => [0.25]
 * exactTilt([Math.log(3)])(family).moments // => [0.5]
 */
export const exactTilt =
  (lambda: readonly number[]) =>
  ({ patterns, masses, features }: TiltFamily): ExactTilt => {
    if (lambda.length !== features.length || !lambda.every(Number.isFinite)) raise(wrongLength(lambda, features))
    const logs = patterns.map((phi, s) => Math.log(at(masses, s)) + dot(phi, lambda))
    const logPartition = logSumExp(logs)
    if (!Number.isFinite(logPartition)) raise(overflow(logPartition, lambda))
    const probabilities = softmax(logs)
    const moments = Float64Array.from(features, (_, j) =>
      patterns.reduce((total, phi, s) => total + at(probabilities, s) * at(phi, j), 0),
    )
    const covariance = covarianceOf(patterns, probabilities, moments)
    return { lambda, logPartition, probabilities, moments, covariance }
  }

/**
 * `p_λ` itself as a PFSA: stop weights times `e^{⟨λ,φ⟩}`, pushed. `logPartition` is `log Z_λ`. Deterministic when the
 * base is. Failures: `Domain` for a λ of the wrong length or not finite, `NonFinite` where `⟨λ, φ⟩` is beyond the numbers of
 * f64, and those of `normalise`.
 *
 * @example
 * const family = right(tiltExactly([presence('101', right(motifAutomaton('101')()))])(right(whiteNoise(4)())))
 * const { pfsa } = right(tiltedPfsa([Math.log(3)])(family))
 * Math.exp(logProbability(pfsa)([0, 1, 0, 1])) // => 0.125
 */
export const tiltedPfsa =
  (lambda: readonly number[]) =>
  (family: TiltFamily): E.Either<Failure, Normalised> => {
    const { base, patterns, patternOf, masses, features } = family
    if (lambda.length !== features.length || !lambda.every(Number.isFinite))
      return E.left(wrongLength(lambda, features))
    const scores = patterns.map((phi) => dot(phi, lambda))
    // The scale of the largest term: a pattern e^{−700} below it weighs nothing in f64.
    const top = scores.reduce((high, s, i) => (at(masses, i) > 0 ? Math.max(high, s) : high), Number.NEGATIVE_INFINITY)
    if (!Number.isFinite(top)) return E.left(overflow(top, lambda))
    const stop = new Float64Array(base.states)
    for (const [p, f] of entriesOf(base.stop)) stop[p] = f === 0 ? 0 : f * Math.exp(at(scores, at(patternOf, p)) - top)
    return pipe(
      normalise({ ...base, stop }),
      E.map((n) => ({ ...n, logPartition: n.logPartition + top })),
    )
  }
