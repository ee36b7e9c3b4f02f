/**
 * The two ways in which the GAM paper estimates `E_{p_λ} φ` during Training-1: ten accepted rejection samples a step,
 * or SNIS on a buffer of the last 5·10⁴ draws of the base.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { fromThrown } from '../errors.ts'
import { columnMeans } from '../linear.ts'
import { type Bank, bankOf, joinBanks, moments } from './bank.ts'
import type { Base } from './base.ts'
import { type Features, featureRows, linearEnergy, logEnvelope } from './features.ts'
import { rejection } from './rejection.ts'
import type { MomentSource } from './schedule.ts'

/** Samples accepted per step (the paper: 10), trials per batch, and trials per step at most. */
export interface RejectionSourceOptions {
  readonly accepted: number
  readonly batch: number
  readonly budget: number
}

/**
 * Unbiased moments from accepted samples of p_λ, the envelope from the features' bounds (G9).
 *
 * @example
 * const coin = enumerable({ points: [0, 1], probabilities: [0.5, 0.5] })
 * const source = rejectionSource(coin, indicators<number>(['heads'], (x) => [x]), { accepted: 200, batch: 500, budget: 5000 })
 * const { moments } = await run(source.step(key(1), Float64Array.of(Math.log(3)), source.start))
 * moments // => [0.715]
 */
export const rejectionSource = <X>(
  base: Base<X>,
  features: Features<X>,
  options: RejectionSourceOptions,
): MomentSource<null> => ({
  start: null,
  step: (key, lambda) =>
    pipe(
      { base, energy: linearEnergy(features, lambda) },
      rejection(key, {
        target: options.accepted,
        batch: options.batch,
        budget: options.budget,
        logEnvelope: logEnvelope(features, lambda),
      }),
      TE.map(({ samples }) => ({ moments: columnMeans(featureRows(features)(samples)), state: null })),
    ),
})

/** Draws per step and the number of past draws kept (the paper: 5·10⁴). */
export interface BufferSourceOptions {
  readonly batch: number
  readonly capacity: number
}

/** The last draws, a bank per batch, oldest first. */
export type Buffer = readonly Bank[]

const size = (buffer: Buffer): number => buffer.reduce((acc, bank) => acc + bank.n, 0)

/** Adds a batch and forgets the oldest ones beyond the capacity. */
export const pushBank = (capacity: number, buffer: Buffer, bank: Bank): Buffer => {
  const grown = [...buffer, bank]
  const surplus = grown.findIndex((_, i) => size(grown.slice(i)) <= capacity)
  return surplus < 0 ? [bank] : grown.slice(surplus)
}

/** All draws of a buffer as one bank of `columns` features. */
export const bufferBank = (columns: number, buffer: Buffer): Bank => {
  return joinBanks(columns)(buffer)
}

/**
 * SNIS moments on the last draws of the base: biased of order 1/n; changing λ never resamples (G13). Fails as `bankOf` and
 * `moments` do.
 *
 * @example
 * const coin = enumerable({ points: [0, 1], probabilities: [0.5, 0.5] })
 * const source = bufferSource(coin, indicators<number>(['heads'], (x) => [x]), { batch: 500, capacity: 4 })
 * const { moments } = await run(source.step(key(1), Float64Array.of(Math.log(3)), source.start))
 * moments // => [0.755952]
 */
export const bufferSource = <X>(
  base: Base<X>,
  features: Features<X>,
  options: BufferSourceOptions,
): MomentSource<Buffer> => ({
  start: [],
  step: (key, lambda, buffer) =>
    pipe(
      base.sample(key, options.batch),
      TE.chainEitherK((samples) =>
        E.tryCatch(
          (): { readonly moments: Float64Array; readonly state: Buffer } => {
            const state = pushBank(options.capacity, buffer, bankOf(featureRows(features)(samples)))
            return { moments: moments(bufferBank(features.names.length, state))(lambda).moments, state }
          },
          fromThrown('Runtime', 'check the features'),
        ),
      ),
    ),
})

/**
 * The bank of these draws of a base: what `fitMoments` takes.
 *
 * @example
 * const loud = indicators<string>(['loud'], (x) => [x.endsWith('!') ? 1 : 0])
 * drawBank(loud)(['no', 'no!', 'yes!']).counts // => [1, 2]
 */
export const drawBank =
  <X>(features: Features<X>) =>
  (samples: readonly X[]): Bank =>
    bankOf(featureRows(features)(samples))
