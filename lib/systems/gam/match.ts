/**
 * Whether p_λ has the moments of the data: the one thing that a tilt is for. What is not met, and why, is said before
 * anything else of a run.
 */
import { at } from '../../at.ts'
import * as t from 'io-ts'
import { optional, record } from '../../codec/record.ts'
import { exactNumber } from '../../codec/scalars.ts'

/** A moment that is not met: the mean of a feature in the data and under p_λ, and the gap that chance and prior explain. */
export interface UnmetMoment {
  readonly feature: string
  readonly data: number
  readonly tilt: number
  readonly allowed: number
}

/** Features whose property holds in no string, or in each, of the data and of the samples of r. */
interface Constant {
  readonly data: readonly string[]
  readonly bank: readonly string[]
}

/** How the moments of p_λ stand to those of the data. */
export interface MomentMatch {
  readonly met: boolean
  /** No finite λ meets the moments of the data on the samples of r. */
  readonly boundary: boolean
  /** The bound of every |λⱼ|, where the fit has one, and the features that stand at it. */
  readonly cap?: number
  readonly atCap: readonly string[]
  readonly unmet: readonly UnmetMoment[]
  /** φ = 1 everywhere, since features count absence. */
  readonly never: Constant
  readonly always: Constant
}

/** Means of every feature: in the `strings` strings of the data, under r and under p_λ, both on the samples of r. */
export interface MatchFacts {
  readonly names: readonly string[]
  readonly strings: number
  readonly data: ArrayLike<number>
  readonly base: ArrayLike<number>
  readonly tilt: ArrayLike<number>
  readonly tiltErrors: ArrayLike<number>
  readonly lambda: ArrayLike<number>
  readonly boundary: boolean
  /** The precision of the prior on λ, per string, and the bound of |λⱼ|: of a fit that has them. */
  readonly precision: number
  readonly cap?: number
}

const isConstant = (mean: number): boolean => mean === 0 || mean === 1

/** Three standard errors of both means (that of the data with one string of either kind added), and the pull of the prior. */
const allowedGap = (facts: MatchFacts, j: number): number => {
  const { data, strings, tiltErrors, lambda, precision } = facts
  if (isConstant(at(facts.base, j))) return 0
  const mean = (at(data, j) * strings + 1) / (strings + 2)
  const error = Math.hypot(Math.sqrt((mean * (1 - mean)) / strings), at(tiltErrors, j))
  return 3 * error + 1.01 * precision * Math.abs(at(lambda, j))
}

const unmetOf = (facts: MatchFacts): readonly UnmetMoment[] =>
  facts.names.flatMap((feature, j) => {
    const [data, tilt, allowed] = [at(facts.data, j), at(facts.tilt, j), allowedGap(facts, j)]
    return Math.abs(data - tilt) <= allowed + 1e-9 ? [] : [{ feature, data, tilt, allowed }]
  })

/** Compares the moments. A gap is unmet beyond three standard errors and what the prior explains, or where r cannot vary. */
export const momentMatch = (facts: MatchFacts): MomentMatch => {
  const { names, data, base, lambda, cap } = facts
  const where = (means: ArrayLike<number>, mean: number): readonly string[] =>
    names.filter((_, j) => at(means, j) === mean)
  const unmet = unmetOf(facts)
  const unreachable = names.some((_, j) => isConstant(at(data, j)) !== isConstant(at(base, j)))
  const opposite = names.some((_, j) => isConstant(at(base, j)) && at(base, j) !== at(data, j))
  return {
    met: unmet.length === 0,
    boundary: facts.boundary || unreachable || opposite,
    ...(cap === undefined ? {} : { cap }),
    atCap: cap === undefined ? [] : names.filter((_, j) => Math.abs(at(lambda, j)) >= cap * (1 - 1e-9)),
    unmet,
    never: { data: where(data, 1), bank: where(base, 1) },
    always: { data: where(data, 0), bank: where(base, 0) },
  }
}

const strings = t.readonlyArray(t.string)
const constant = record<Constant>({ data: strings, bank: strings })
const unmet = record<UnmetMoment>({ feature: t.string, data: exactNumber, tilt: exactNumber, allowed: exactNumber })

/** Codec of the comparison. */
export const momentMatchCodec: t.Type<MomentMatch, unknown> = record({
  met: t.boolean,
  boundary: t.boolean,
  atCap: strings,
  unmet: t.readonlyArray(unmet),
  never: constant,
  always: constant,
  cap: optional(exactNumber),
})
