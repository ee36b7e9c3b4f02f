/**
 * What a fitted conditional GAM is for: the moments of p_λ(·|C), and draws of it to train another model on (Training-2).
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { effect } from '../../effect.ts'
import { drawBank, linearEnergy, logEnvelope, type Moments, moments, rejection } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import type { ConditionalGam } from './conditional.ts'
import type { Pair } from './pairs.ts'

/**
 * The moments of p_λ(·|C) for each context, with their errors and log Z(C) (nats), from so many fresh draws of r(·|C).
 *
 * @example
 * import { energy, key, run } from 'exptilt'
 * import { conditionalMoments } from 'exptilt/systems'
 * import * as TE from 'fp-ts/lib/TaskEither.js'
 * const gam = {
 *   problem: {
 *     base: () => energy.enumerable({ points: ['yes', 'no'], probabilities: [1, 1] }),
 *     features: () => energy.indicators(['yes'], (x: string) => [x === 'yes' ? 1 : 0]),
 *     encode: (context: number) => [context],
 *   },
 *   lambda: (contexts: readonly number[]) => TE.right(contexts.map((context) => Float64Array.of(50 * context))),
 * }
 * const [polite, rude] = await run(conditionalMoments(key(1), 200)(gam)([1, -1]))
 * [polite?.moments[0], rude?.moments[0]].map(Number).map(Math.round) // => [1, 0]
 */
export const conditionalMoments =
  (key: Key, draws: number) =>
  <C, X>({ problem, lambda }: Pick<ConditionalGam<C, X>, 'problem' | 'lambda'>) =>
  (contexts: readonly C[]): TE.TaskEither<Failure, readonly Moments[]> =>
    effect(async (run) => {
      const lambdas = await run(lambda(contexts))
      const found: Moments[] = []
      for (const [i, context] of contexts.entries()) {
        const drawn = await run(problem.base(context).sample(fold(key, i), draws))
        found.push(moments(drawBank(problem.features(context))(drawn))(at(lambdas, i)))
      }
      return found
    })

/** How p_λ(·|C) is drawn: so many things for each context, of at most so many proposals, so many at a time. */
interface ConditionalDraws {
  readonly key: Key
  readonly each: number
  readonly budget: number
  readonly batch: number
}

/**
 * Training-2 for contexts: exact, independent things of p_λ(·|C) by rejection from r(·|C), each context under an envelope of its own.
 * Left `RejectionBudget` where a context's budget is spent.
 *
 * @example
 * import { energy, key, run } from 'exptilt'
 * import { distilConditional } from 'exptilt/systems'
 * import * as TE from 'fp-ts/lib/TaskEither.js'
 * const gam = {
 *   problem: {
 *     base: () => energy.enumerable({ points: ['yes', 'no'], probabilities: [1, 1] }),
 *     features: () => energy.indicators(['yes'], (x: string) => [x === 'yes' ? 1 : 0]),
 *     encode: (context: number) => [context],
 *   },
 *   lambda: (contexts: readonly number[]) => TE.right(contexts.map((context) => Float64Array.of(50 * context))),
 * }
 * const pairs = await run(distilConditional({ key: key(1), each: 3, budget: 1000, batch: 50 })(gam)([1, -1]))
 * pairs.filter(({ context, thing }) => (context === 1) === (thing === 'yes')).length // => 6
 */
export const distilConditional =
  ({ key, each, budget, batch }: ConditionalDraws) =>
  <C, X>({ problem, lambda }: Pick<ConditionalGam<C, X>, 'problem' | 'lambda'>) =>
  (contexts: readonly C[]): TE.TaskEither<Failure, readonly Pair<C, X>[]> =>
    effect(async (run) => {
      const lambdas = await run(lambda(contexts))
      const found: Pair<C, X>[] = []
      for (const [i, context] of contexts.entries()) {
        const [features, own] = [problem.features(context), at(lambdas, i)]
        const options = { target: each, budget, batch, logEnvelope: logEnvelope(features, own) }
        const tilt = { base: problem.base(context), energy: linearEnergy(features, own) }
        const { samples } = await run(rejection(fold(key, i), options)(tilt))
        found.push(...samples.map((thing) => ({ context, thing })))
      }
      return found
    })
