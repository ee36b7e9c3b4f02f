/**
 * Moments: tilts `e^{⟨λ, φ⟩}` with λ such that given shares of the texts have given properties, as in GAM. Properties that are
 * constraints divide all texts into strata (each property or its complement), each a target of its own that is sampled with its
 * own look ahead, so that a property which one text in a million has costs no more than another. λ is then solved on the strata's
 * masses, and whether shares can be met at all is known from the automata.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { effect, fail, need, type Run } from '../effect.ts'
import { type Bank, bankOf } from '../energy/bank.ts'
import { ratioEstimate } from '../energy/estimate.ts'
import { type Features, featureRows } from '../energy/features.ts'
import { type FitStatus, fitMoments, type MomentFit } from '../energy/newton.ts'
import { type Failure, failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { matrix } from '../linear.ts'
import { dot, logSumExp, maximum, softmax } from '../math.ts'
import { MOST_MOMENTS } from './budget.ts'
import { all, anyText, type Constraint, not } from './constraint.ts'
import { resultOf, type Tilted } from './result.ts'
import type { Sampler } from './samplers.ts'
import { type Prepared, prepare, type Target } from './target.ts'

/** A property of texts and the share of them that is to have it, above 0 and below 1. */
export interface Moment {
  readonly of: Constraint
  readonly share: number
}

/** A moment as it was matched. */
export interface MatchedMoment {
  readonly name: string
  readonly wanted: number
  /** Without the tilt, λ = 0. */
  readonly untilted: number
  readonly found: number
  /** Of `found` as an estimate of the share at this λ, from the spread over islands; infinite for one island. */
  readonly standardError: number
  /** Its λ, nats. */
  readonly lambda: number
}

/** A population of the matched tilt. */
export interface MomentTilt {
  /** Texts of all strata, weighted by `e^{⟨λ, φ⟩}`; an island has its part in each. */
  readonly found: Tilted
  readonly moments: readonly MatchedMoment[]
  /** Whether the shares are inside of what the strata allow, with its certificate. */
  readonly status: FitStatus
  /** At most so far from the exact match of the strata's masses, nats of KL. */
  readonly gap: number
}

/** Texts with a combination of the properties, `has` [moments] of 0 and 1. */
interface Stratum {
  readonly has: readonly number[]
  readonly prepared: Prepared
}

interface Sampled {
  readonly has: readonly number[]
  readonly found: Tilted
}

const wrongMoments = (wanted: readonly Moment[]): Failure | undefined => {
  const wrong = wanted.find(({ share }) => !(share > 0 && share < 1))
  if (wrong !== undefined)
    return failure(
      'Domain',
      `a share of ${wrong.share} of texts that have ${wrong.of.name}`,
      'give one above 0 and below 1; for all or none of the texts use a constraint',
      { share: wrong.share },
    )
  return wanted.length >= 1 && wanted.length <= MOST_MOMENTS
    ? undefined
    : failure('Domain', `${wanted.length} moments`, `give 1 to ${MOST_MOMENTS}`, { moments: wanted.length })
}

/** The part of a target whose texts have a combination of the properties: `has` [moments] of 0 and 1. */
export const stratumOf = (
  { constraint = anyText, ...target }: Target,
  wanted: readonly Pick<Moment, 'of'>[],
  has: readonly number[],
): Target => ({
  ...target,
  constraint: all([constraint, ...wanted.map(({ of }, j) => (at(has, j) === 1 ? of : not(of)))]),
})

/** The strata that hold texts within the limit; what cannot be made ready for another reason fails. */
const strataOf = async (run: Run, target: Target, wanted: readonly Moment[]): Promise<readonly Stratum[]> => {
  const { constraint = anyText } = target
  // What is wrong with the target itself is said of it, not of its parts.
  await run(prepare({ ...target, constraint }))
  const out: Stratum[] = []
  for (let bits = 0; bits < 2 ** wanted.length; bits++) {
    const has = wanted.map((_, j) => (bits >> j) & 1)
    const prepared = await prepare(stratumOf(target, wanted, has))()
    if (E.isRight(prepared)) out.push({ has, prepared: prepared.right })
    else if (prepared.left.tag !== 'Support') fail(prepared.left)
  }
  return out
}

const fitOf = (
  strata: readonly { readonly has: readonly number[] }[],
  logs: ArrayLike<number>,
  wanted: readonly Moment[],
): MomentFit =>
  fitMoments()(
    bankOf(
      matrix(strata.length, wanted.length, (c, j) => at(at(strata, c).has, j)),
      logs,
    ),
  )(wanted.map(({ share }) => share))

const namesOf = (wanted: readonly Moment[]): string =>
  wanted.map(({ of, share }) => `${of.name} in a share of ${share}`).join(', ')

/** Shares outside of what the strata allow, whatever their masses are. */
const impossible = (strata: readonly Stratum[], { limit }: Target, wanted: readonly Moment[]): Failure | undefined => {
  const { status } = fitOf(strata, new Float64Array(strata.length), wanted)
  if (status.kind === 'interior') return undefined
  const never = wanted.findIndex((_, j) => strata.every(({ has }) => at(has, j) === 0))
  const always = wanted.findIndex((_, j) => strata.every(({ has }) => at(has, j) === 1))
  const name = (j: number): string => at(wanted, j).of.name
  const what =
    never >= 0
      ? `no text of the constraint within ${limit} tokens has ${name(never)}`
      : always >= 0
        ? `every text of the constraint within ${limit} tokens has ${name(always)}`
        : `of the ${2 ** wanted.length} combinations of properties only ${strata.length} occur, and none of their mixtures has ${namesOf(wanted)}`
  return failure('Support', `the moments cannot be met: ${what}`, 'leave that moment out, or loosen the constraint', {
    shares: wanted.map(({ share }) => share),
  })
}

/** Standard error of a share beyond which it is a doubt. */
const MOST_ERROR = 0.1

/** How many populations of particles a sampler made, whose steps are reported one by one. */
const populationsOf = ({ steps }: Tilted): number => steps.reduce((most, { island }) => Math.max(most, island + 1), 1)

/** The strata as one population of the tilt. */
const joined = (
  strata: readonly Sampled[],
  lambda: Float64Array,
  doubts: readonly ('moments not met' | 'dead strata' | 'moments uncertain')[],
): E.Either<Failure, Tilted> => {
  const { found: first } = at(strata, 0)
  const before = (count: (found: Tilted) => number, c: number): number =>
    strata.slice(0, c).reduce((n, { found }) => n + count(found), 0)
  const islandsBefore = strata.map((_, c) => before(populationsOf, c))
  const textsBefore = strata.map((_, c) => before(({ texts }) => texts.length, c))
  return resultOf({
    sampler: first.sampler,
    texts: strata.flatMap(({ found }) => found.texts),
    tokens: strata.flatMap(({ found }) => found.tokens),
    logWeights: Float64Array.from(
      strata.flatMap(({ has, found }) => Array.from(found.logWeights, (log) => log + dot(has, lambda))),
    ),
    origins: Int32Array.from(
      strata.flatMap(({ found }, c) => Array.from(found.origins, (o) => o + at(textsBefore, c))),
    ),
    islands: Int32Array.from(strata.flatMap(({ found }) => Array.from(found.islands))),
    steps: strata.flatMap(({ found }, c) =>
      found.steps.map((step) => ({ ...step, island: step.island + at(islandsBefore, c) })),
    ),
    deaths: strata.flatMap(({ found }, c) =>
      found.deaths.map((death) => ({ ...death, island: death.island + at(islandsBefore, c) })),
    ),
    independent: first.sampler !== 'smc',
    partitions: islandMasses(strata, lambda),
    doubts,
  })
}

/** log of each island's mass, over all strata that `counts` picks. */
const islandMasses = (
  strata: readonly Sampled[],
  lambda: Float64Array,
  counts: (has: readonly number[]) => boolean = () => true,
): Float64Array =>
  at(strata, 0).found.logPartition.islands.map((_, i) =>
    logSumExp(
      strata
        .filter(({ has }) => counts(has))
        .map(({ has, found }) => at(found.logPartition.islands, i) + dot(has, lambda)),
    ),
  )

const matched = (
  strata: readonly Sampled[],
  lambda: Float64Array,
  wanted: readonly Moment[],
): readonly MatchedMoment[] => {
  const logs = strata.map(({ found }) => found.logPartition.value)
  const shareOf = (masses: Float64Array, j: number): number =>
    masses.reduce((sum, mass, c) => sum + mass * at(at(strata, c).has, j), 0)
  const [before, after] = [softmax(logs), softmax(logs.map((log, c) => log + dot(at(strata, c).has, lambda)))]
  const whole = islandMasses(strata, lambda)
  const high = maximum(whole)
  const relative = (masses: Float64Array): Float64Array => masses.map((log) => Math.exp(log - high))
  return wanted.map(({ of, share }, j) => ({
    name: of.name,
    wanted: share,
    untilted: shareOf(before, j),
    found: shareOf(after, j),
    standardError: ratioEstimate(relative(islandMasses(strata, lambda, (has) => at(has, j) === 1)), relative(whole))
      .standardError,
    lambda: at(lambda, j),
  }))
}

/**
 * A tilt of the target in which shares of the texts have properties: `p ∝ P·e^{⟨λ, φ⟩}` with `E_p φ` as wanted, of all laws
 * with these shares the one nearest to `p` (least KL). `sampler` makes a population from a key (`smc`, `masking` or another with
 * its options), once a stratum. Texts are UTF-8 here even where the target has no constraint.
 *
 * Failures as those of `prepare`; `Domain` for shares that are none, `Support` for shares that no texts of the constraint can
 * have. A stratum whose particles all died has mass 0 and is a doubt, as are moments that are then not met.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const wanted = [{ of: right(containingAll(['aa'])), share: 0.7 }]
 * const { moments } = await run(matchMoments(key(1), (own) => smc(own, { particles: 500 }))(wanted)({ model, limit: 8 }))
 * moments.map(({ found }) => Math.round(10 * found) / 10) // => [0.7]
 */
export const matchMoments =
  (key: Key, sampler: (key: Key, has: readonly number[]) => Sampler) =>
  (wanted: readonly Moment[]) =>
  (target: Target): TE.TaskEither<Failure, MomentTilt> =>
    effect(async (run): Promise<MomentTilt> => {
      const wrong = wrongMoments(wanted)
      if (wrong !== undefined) fail(wrong)
      const strata = await strataOf(run, target, wanted)
      const out = impossible(strata, target, wanted)
      if (out !== undefined) fail(out)
      const alive: Sampled[] = []
      let died: Failure | undefined
      for (const [c, { has, prepared }] of strata.entries()) {
        const found = await sampler(fold(key, c), has)(prepared)()
        if (E.isRight(found)) alive.push({ has, found: found.right })
        else if (found.left.tag === 'Support') died = found.left
        else fail(found.left)
      }
      if (alive.length === 0 && died !== undefined) fail(died)
      const fit = fitOf(
        alive,
        alive.map(({ found }) => found.logPartition.value),
        wanted,
      )
      const moments = matched(alive, fit.lambda, wanted)
      const doubts = [
        ...(fit.status.kind === 'interior' ? [] : (['moments not met'] as const)),
        ...(died === undefined ? [] : (['dead strata'] as const)),
        ...(moments.some(({ standardError: error }) => error > MOST_ERROR && Number.isFinite(error))
          ? (['moments uncertain'] as const)
          : []),
      ]
      return {
        found: need(joined(alive, fit.lambda, doubts)),
        moments,
        status: fit.status,
        gap: fit.gap,
      }
    })

/**
 * A weighted population as a bank of features of its texts, for `fitMoments`: any bounded function of a text can be a moment so,
 * as far as the population shows it. The energy of the λ that is found is `linearEnergy(features, λ)`.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const found = await run(smc(key(1), { particles: 40 })({ model, limit: 8 }))
 * bankOfTexts(energy.indicators<string>(['long'], (text) => [text.length > 2 ? 1 : 0]))(found).n // => 40
 */
export const bankOfTexts =
  (features: Features<string>) =>
  ({ texts, logWeights }: Tilted): Bank => {
    const share = Math.log(texts.length)
    return bankOf(
      featureRows(features)(texts),
      logWeights.map((log) => log + share),
    )
  }
