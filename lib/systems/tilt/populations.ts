/**
 * The populations of a tilt, each with its target, key and look ahead, so that shares of them can be grown by other processes to the same
 * texts and weights.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../errors.ts'
import type { Key } from '../../key.ts'
import type { Progress } from '../../progress.ts'
import type { Constraint } from '../../tilt/constraint.ts'
import { fittedTwist } from '../../tilt/fitted.ts'
import type { TokenModel } from '../../tilt/model.ts'
import { type Moment, stratumOf } from '../../tilt/moments.ts'
import { matching } from '../../tilt/pattern.ts'
import type { Grown, Share } from '../../tilt/population.ts'
import { tempered } from '../../tilt/proposing.ts'
import {
  type Ahead,
  type Elsewhere,
  type PopulationSize,
  type Sampler,
  samplerFor,
  shareFor,
} from '../../tilt/samplers.ts'
import type { Target } from '../../tilt/target.ts'
import type { TiltOptions } from './options.ts'

/** What a population is of: the draws (of a combination of the moments), the texts of a fitted twist, masking's own. */
export type PopulationRole = 'draws' | 'twist' | 'masking'

/** A population of a tilt, so that others can grow shares of it: `growTiltShare`. */
export interface TiltPopulation extends PopulationSize {
  readonly role: PopulationRole
  readonly key: Key
  /** Which of the moments its texts have. */
  readonly has: readonly number[]
  /** Tokens of the texts that its look ahead is fitted to, where it is. */
  readonly fitted?: readonly (readonly number[])[] | undefined
}

/** Has shares of a population grown by others. */
export type DealTilt = (
  population: TiltPopulation,
  shares: readonly Share[],
) => TE.TaskEither<Failure, readonly Grown[]>

/** What tells of a tilt, and who grows its populations: this process unless given. */
export interface TiltServices {
  readonly progress: Progress
  readonly deal?: DealTilt | undefined
}

/** How populations of one role are made. */
export interface Populating extends TiltServices {
  readonly role: PopulationRole
  readonly fitted?: TiltPopulation['fitted']
}

const lookOf = ({ twist }: Pick<TiltOptions, 'twist'>, fitted: TiltPopulation['fitted']): Ahead =>
  fitted === undefined ? (twist === 'none' ? 'none' : 'surrogate') : fittedTwist(fitted)

/** A sampler of populations of a role. */
export const populationOf =
  (options: Pick<TiltOptions, 'twist'>, { role, fitted, deal, progress }: Populating) =>
  (size: PopulationSize) =>
  (key: Key, has: readonly number[] = []): Sampler => {
    const elsewhere: Elsewhere | undefined =
      deal === undefined
        ? undefined
        : (own, asked) => (shares) => deal({ ...asked, role, fitted, key: own, has }, shares)
    return samplerFor(size, lookOf(options, fitted), { progress, elsewhere })(key)
  }

/** Texts of the model itself, as many as there are particles, where the look ahead is fitted to them. */
export const fittedTo = (
  own: Key,
  options: TiltOptions,
  model: TokenModel,
  services: TiltServices,
): TE.TaskEither<Failure, TiltPopulation['fitted']> =>
  options.twist !== 'fitted'
    ? TE.right(undefined)
    : pipe(
        populationOf(options, { ...services, role: 'twist' })(maskingSize(options))(own)(twistTarget(options, model)),
        TE.map(({ tokens }) => tokens),
      )

/** A population of masking as large as that of the draws. */
export const maskingSize = ({ particles }: Pick<TiltOptions, 'particles'>): PopulationSize => ({
  sampler: 'masking',
  particles,
  islands: 1,
})

const twistTarget = ({ limit, power }: TiltOptions, model: TokenModel): Target => ({
  model,
  limit,
  power,
  ending: 'forced',
})

/** A regular expression of the options. */
export const expression = (regex: string): RegExp => new RegExp(regex, 'u')

/** The properties of the moments. */
export const propertiesOf = ({ moments }: TiltOptions): E.Either<Failure, readonly Moment[]> =>
  pipe(
    moments,
    E.traverseArray(({ regex, share }) =>
      pipe(
        matching(expression(regex), { match: 'part' }),
        E.map((of) => ({ of, share })),
      ),
    ),
  )

/** The target of draws: tokens are proposed at the temperature. */
export const targetOf = (
  { limit, least, tokenisation, power, temperature }: TiltOptions,
  constraint: Constraint,
  model: TokenModel,
): E.Either<Failure, Target> =>
  pipe(
    temperature === 1 ? E.right(model) : tempered(temperature)(model),
    E.map((proposing) => ({ model: proposing, constraint, limit, least, tokenisation, power })),
  )

/** The target of a population of a role. */
const targetFor = (
  options: TiltOptions,
  constraint: Constraint,
  model: TokenModel,
  { role, has }: Pick<TiltPopulation, 'role' | 'has'>,
): E.Either<Failure, Target> => {
  if (role === 'twist') return E.right(twistTarget(options, model))
  return pipe(
    targetOf(options, constraint, model),
    E.chain((target) => {
      if (role === 'masking') return E.right({ ...target, model })
      return has.length === 0
        ? E.right(target)
        : pipe(
            propertiesOf(options),
            E.map((wanted) => stratumOf(target, wanted, has)),
          )
    }),
  )
}

/** Grows a share of a population of `runTilt`, of the same options, constraint and model. */
export const growTiltShare =
  (services: { readonly progress: Progress; readonly signal: AbortSignal }) =>
  (options: TiltOptions, constraint: Constraint) =>
  (population: TiltPopulation, share: Share) =>
  (model: TokenModel): TE.TaskEither<Failure, Grown> =>
    pipe(
      TE.fromEither(targetFor(options, constraint, model, population)),
      TE.chain(shareFor(population, lookOf(options, population.fitted), services)(population.key, share)),
    )
