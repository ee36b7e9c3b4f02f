/**
 * What an update costs (E-ARM paper, Table 11): seconds for 100 updates by plain training, scheduled sampling, E-ARM,
 * both, and E-ARM whose negatives come from 20 or 50 steps of Langevin dynamics, all measured in one run.
 *
 * The paper's estimates in units of one forward pass τ: 3τ plain, 15.5τ with E-ARM since it samples without a cache,
 * (3k + 6)τ with k Langevin steps. Over a cache sampling n tokens costs about one pass, which leaves some 7τ.
 */
import { at } from '../../at.ts'
import { effect, stopIfAborted } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import { median } from '../../math.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { EArmServices } from './results.ts'

/** One way of training, as an effect that makes one update. */
export interface TimedUpdate {
  readonly name: string
  readonly update: (step: number) => TaskEither<Failure, unknown>
}

/** Seconds for 100 updates of one kind, and how often a plain update fits into one. */
interface UpdateCost {
  readonly name: string
  readonly seconds: number
  readonly ratio: number
}

/** How to measure: updates before the clock starts, rounds, and updates of each kind in a round. */
interface TimingOptions {
  readonly warmUp?: number
  readonly rounds?: number
  readonly updates?: number
  /** Milliseconds; `performance.now` unless given. */
  readonly clock?: () => number
}

/**
 * Seconds per 100 updates of each kind: the median over rounds, in each of which all kinds take their turn, so that a
 * machine that grows slow or fast does so for all. `ratio` is to the first kind.
 */
export const secondsPer100Iterations = (
  kinds: readonly TimedUpdate[],
  { warmUp = 1, rounds = 3, updates = 5, clock = () => performance.now() }: TimingOptions = {},
): TaskEither<Failure, readonly UpdateCost[]> =>
  effect(async (run) => {
    for (const { update } of kinds) for (let i = 0; i < warmUp; i++) await run(update(i))
    const times = kinds.map((): number[] => [])
    for (let round = 0; round < rounds; round++)
      for (const [k, { update }] of kinds.entries()) {
        const begun = clock()
        for (let i = 0; i < updates; i++) await run(update(warmUp + round * updates + i))
        times[k]?.push((clock() - begun) / updates / 10)
      }
    const seconds = times.map(median)
    return kinds.map(({ name }, k) => ({
      name,
      seconds: at(seconds, k),
      ratio: at(seconds, k) / at(seconds, 0),
    }))
  })

/** A kind of update that this model does not have, and why. */
interface AbsentKind {
  readonly name: string
  readonly why: string
}

/** What the updates of a model cost, on what. */
export interface MeasuredCosts {
  readonly adapter: string
  readonly title: string
  readonly parameters: number
  /** Tokens of an update's data, and of its sampled rows. */
  readonly dataTokens: number
  readonly sampledTokens: number
  readonly costs: readonly UpdateCost[]
  readonly absent: readonly AbsentKind[]
}

/** Lengths of the Langevin chains of Table 11. */
export const CHAINS: readonly number[] = [20, 50]

/** The share of predicted tokens, which does not change what an update costs. */
export const MIXING = 0.25

/** The size of Langevin steps, which does not change what an update costs. */
export const STEP_SIZE = 0.1

/** What the updates with such a chain are called. */
export const chainName = (steps: number): string => `SGLD ${steps}`

/** One update before the clock starts, then three rounds of three of each kind. */
const TIMING = { warmUp: 1, rounds: 3, updates: 3 } as const

/** A kind of update that says when it is done, and stops when asked to. */
const told =
  ({ progress, signal }: Told) =>
  ({ name, update }: TimedUpdate): TimedUpdate => ({
    name,
    update: (step) =>
      effect(async (run) => {
        stopIfAborted(signal)
        await run(update(step))
        progress.advance(1, { kind: name })
      }),
  })

type Told = Pick<EArmServices, 'progress' | 'signal'>

/** `secondsPer100Iterations` of a few rounds, told as they go. Left `Interrupted` when the signal was aborted. */
export const timedKinds = (services: Told, kinds: readonly TimedUpdate[]): TaskEither<Failure, readonly UpdateCost[]> =>
  effect(async (run) => {
    services.progress.start('updates', kinds.length * (TIMING.warmUp + TIMING.rounds * TIMING.updates))
    const costs = await run(secondsPer100Iterations(kinds.map(told(services)), TIMING))
    services.progress.end()
    return costs
  })
