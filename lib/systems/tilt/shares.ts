/** Shares of the populations of a tilt as text: what is asked of whoever grows one, and what comes back. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { withNames } from '../../codec/exact-json.ts'
import { decodeJson } from '../../codec/json.ts'
import { nameCodec } from '../../codec/names.ts'
import { record } from '../../codec/record.ts'
import { exactNumber as real, keyCodec, natural } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import type { Death } from '../../tilt/death.ts'
import type { Grown, Leaf, Share, WeighedStep } from '../../tilt/population.ts'
import type { TiltPopulation } from './populations.ts'

const tokens = t.readonlyArray(natural)

const population: t.Type<Omit<TiltPopulation, 'fitted'>, unknown> = record({
  sampler: nameCodec<TiltPopulation['sampler']>(['smc', 'masking', 'adaptive rejection', 'sir']),
  particles: natural,
  islands: natural,
  role: nameCodec<TiltPopulation['role']>(['draws', 'twist', 'masking']),
  key: keyCodec,
  has: t.readonlyArray(natural),
})

/** A share as it is asked for; the texts that a look ahead is fitted to come beside it. */
export interface AskedShare {
  readonly population: Omit<TiltPopulation, 'fitted'>
  readonly share: Share
}

/** Codec of what is asked for. */
export const askedShareCodec: t.Type<AskedShare, unknown> = record({
  population,
  share: record<Share>({ first: natural, count: natural }),
})

/** Codec of the tokens that a look ahead is fitted to. */
export const fittedCodec: t.Type<readonly (readonly number[])[], unknown> = t.readonlyArray(tokens)

/** What came of a share, as it is sent. */
type SentGrown = Omit<Grown, 'steps'> & {
  readonly steps: readonly (Omit<WeighedStep, 'ancestors'> & { readonly ancestors: readonly number[] | null })[]
}

const grownCodec: t.Type<SentGrown, unknown> = record({
  leaves: t.readonlyArray(
    record<Leaf>({ status: nameCodec<Leaf['status']>(['ended', 'dead']), tokens, logWeight: real, origin: natural }),
  ),
  logMeans: t.readonlyArray(real),
  steps: t.readonlyArray(
    record<SentGrown['steps'][number]>({
      step: natural,
      island: natural,
      effectiveSampleSize: real,
      logSum: real,
      ancestors: t.union([tokens, t.null]),
    }),
  ),
  deaths: t.readonlyArray(
    record<Death>({ island: natural, particle: natural, step: natural, text: t.string, cause: t.string }),
  ),
})

/** What came of a share, as text. */
export const grownText = ({ steps, ...grown }: Grown): string => {
  const sent = steps.map(({ ancestors, ...step }) => ({
    ...step,
    ancestors: ancestors === undefined ? null : Array.from(ancestors),
  }))
  return JSON.stringify(withNames(grownCodec.encode({ ...grown, steps: sent })))
}

/** What came of a share, of the text. */
export const grownOf = (text: string): E.Either<Failure, Grown> =>
  pipe(
    decodeJson(grownCodec, 'what came of a share')(text),
    E.map(({ steps, ...grown }) => ({
      ...grown,
      steps: steps.map(({ ancestors, ...step }) => ({
        ...step,
        ancestors: ancestors === null ? undefined : Int32Array.from(ancestors),
      })),
    })),
  )
