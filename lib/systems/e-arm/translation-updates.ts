/**
 * The updates of translation that Table 11 compares, ready to be timed: plain, scheduled sampling, E-ARM, both, and E-ARM with
 * Langevin dynamics, on the same network and batch.
 */
import { effect, type Run } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { CHAINS, chainName, MIXING, STEP_SIZE, type TimedUpdate } from './cost.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { childWords } from './feeds.ts'
import type { Task, TaskUpdates } from './task.ts'
import { translationChainTrainer } from './translation-langevin.ts'
import { drawPairs } from './translation-rows.ts'
import type { TranslationTask } from './translation-task.ts'
import { type TranslationTrainer, translationSettings, translationTrainer } from './translation-trainer.ts'
import type { Variant } from './variants.ts'

/** The kinds by the names of Table 11. */
const kinds: readonly (readonly [name: string, variant: Variant])[] = [
  ['plain', 'plain'],
  ['scheduled sampling', 'scheduled'],
  ['E-ARM', 'e-arm'],
  ['both', 'both'],
]

interface Timing {
  readonly feeds: Feeds
  readonly parameters: Parameters
  readonly key: Key
}

/** Updates of one trainer: all kinds have the same state. */
const variantKinds = async (run: Run, trainer: TranslationTrainer, timing: Timing): Promise<readonly TimedUpdate[]> => {
  const found: TimedUpdate[] = []
  const feeds = { ...timing.feeds, mixing: Float32Array.of(MIXING) }
  for (const [name, variant] of kinds) {
    const prepared = await run(trainer.prepared(variant))
    if (variant === 'plain') await run(prepared.writeState(timing.parameters))
    found.push({
      name,
      update: (step) => prepared.run({ ...feeds, key: childWords(timing.key, step) }, ['loss']),
    })
  }
  return found
}

/** All kinds of Table 11 on pairs that are at hand. */
export const translationUpdates =
  (options: TranslationExperiment, { network, end, rows }: TranslationTask): Task['updates'] =>
  (executor: Executor, start: Key): TaskEither<Failure, TaskUpdates> =>
    effect(async (run) => {
      const settings = translationSettings(options, end)
      const { source, lengths, target } = drawPairs(rows.training, start, options.batch)
      const feeds = { source, lengths, tokens: target }
      const parameters = network.initialise(start)
      const trainer = await run(translationTrainer(executor, network, settings))
      const updates = [...(await variantKinds(run, trainer, { feeds, parameters, key: start }))]
      const releases = [trainer.release]
      for (const steps of CHAINS) {
        const chain = await run(translationChainTrainer(executor, network, settings, { steps, stepSize: STEP_SIZE }))
        releases.push(chain.release)
        await run(chain.prepared.writeState(parameters))
        updates.push({ name: chainName(steps), update: (step) => chain.update(feeds, fold(start, step)) })
      }
      const { shape } = settings
      return {
        kinds: updates,
        release: () => releases.forEach((release) => release()),
        dataTokens: options.batch * options.time,
        sampledTokens: shape.negatives * shape.length,
      }
    })
