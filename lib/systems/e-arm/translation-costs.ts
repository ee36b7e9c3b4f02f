/**
 * What an update of a translation experiment costs, kind by kind: Table 11 of the paper on the pairs and sizes at hand.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Run, effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds } from '../../executor.ts'
import { type Key, fold, key } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { parameterCount } from '../../models/parameters.ts'
import { onExecutor } from '../executor.ts'
import { CHAINS, chainName, type MeasuredCosts, MIXING, STEP_SIZE, type TimedUpdate, timedKinds } from './cost.ts'
import type { EArmServices } from './experiment-results.ts'
import { childWords } from './feeds.ts'
import { translationChainTrainer } from './translation-langevin.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { validateTranslation } from './settings.ts'
import type { TranslationSettings, TranslationVariant } from './translation-programs.ts'
import { drawPairs } from './translation-rows.ts'
import { type TranslationTask, translationTask } from './translation-task.ts'
import { type TranslationTrainer, translationSettings, translationTrainer } from './translation-trainer.ts'
import type { TimedKinds } from './update-kinds.ts'

/** The costs of a translation experiment's updates. */
export interface TranslationCosts extends MeasuredCosts {
  readonly options: TranslationExperiment
}

/** The function behind `exptilt earm translate table 11`. */
export type MeasureTranslationCosts = (
  services: EArmServices,
) => (options: TranslationExperiment) => TaskEither<Failure, TranslationCosts>

/** The kinds by the names of Table 11. */
const kinds: readonly (readonly [name: string, variant: TranslationVariant])[] = [
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

const chainKind = async (
  run: Run,
  executor: Executor,
  { network }: TranslationTask,
  settings: TranslationSettings,
  { steps, feeds, parameters, key: from }: Timing & { readonly steps: number },
): Promise<TimedKinds> => {
  const trainer = await run(translationChainTrainer(executor, network, settings, { steps, stepSize: STEP_SIZE }))
  await run(trainer.prepared.writeState(parameters))
  const update: TimedUpdate['update'] = (step) => trainer.update(feeds, fold(from, step))
  return { kinds: [{ name: chainName(steps), update }], release: trainer.release }
}

/** The costs on a task that is at hand, on an executor that is open. */
export const translationCostsOn =
  (executor: Executor, services: EArmServices, task: TranslationTask) =>
  (options: TranslationExperiment): TaskEither<Failure, TranslationCosts> =>
    effect(async (run) => {
      const settings = translationSettings(options, task.end)
      const from = fold(key(options.seed), 0)
      const { source, lengths, target } = drawPairs(task.rows.training, from, options.batch)
      const feeds = { source, lengths, tokens: target }
      const timing = { feeds, parameters: task.network.initialise(from), key: from }
      const releases: (() => void)[] = []
      try {
        const trainer = await run(translationTrainer(executor, task.network, settings))
        releases.push(trainer.release)
        const updates = [...(await variantKinds(run, trainer, timing))]
        for (const steps of CHAINS) {
          const chain = await chainKind(run, executor, task, settings, { ...timing, steps })
          releases.push(chain.release)
          updates.push(...chain.kinds)
        }
        return {
          options,
          adapter: executor.description,
          title: task.title,
          parameters: parameterCount(task.network.parameters),
          dataTokens: options.batch * options.time,
          sampledTokens: settings.shape.negatives * settings.shape.length,
          costs: await run(timedKinds(services, updates)),
          absent: [],
        }
      } finally {
        for (const release of releases) release()
      }
    })

/** Seconds per 100 updates of each kind of Table 11, all in one run. Failures as in `runTranslation`. */
export const measureTranslationCosts: MeasureTranslationCosts = (services) => (options) =>
  onExecutor(
    validateTranslation(options),
    services,
  )(async ({ run, executor, options: valid }) => {
    const task = await run(translationTask(services.data, valid))
    return run(translationCostsOn(executor, services, task)(valid))
  })
