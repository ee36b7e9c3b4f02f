/**
 * The ways of training that Table 11 compares, ready to be timed: plain, scheduled sampling, E-ARM, both, and E-ARM with
 * 20 and 50 steps of Langevin dynamics, on the same model and batch.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'
import type { Autoregressive, Parameters } from '../../models/autoregressive.ts'
import type { EmbeddedModel } from '../../models/embedded.ts'
import { CHAINS, chainName, MIXING, STEP_SIZE, type TimedUpdate } from './cost.ts'
import { childWords } from './feeds.ts'
import { langevinTrainer } from './langevin-trainer.ts'
import { type TrainerSettings, eArmTrainer } from './trainer.ts'

/** What is timed: the settings of the trainer, the tokens of a batch [batch, time], the start. */
export interface KindSettings extends Omit<TrainerSettings, 'scheduled' | 'counted'> {
  readonly tokens: Int32Array
  readonly parameters: Parameters
  readonly key: Key
  /** Lengths of the Langevin chains (20 and 50). */
  readonly chains?: readonly number[]
}

/** Updates to be timed, the plain one first. */
export interface TimedKinds {
  readonly kinds: readonly TimedUpdate[]
  readonly release: () => void
}

/** Plain and energy updates of one trainer, under two names. */
const pairOf = (
  executor: Executor,
  model: Autoregressive,
  settings: KindSettings,
  scheduled: boolean,
): TaskEither<Failure, TimedKinds> =>
  effect(async (run) => {
    const own: TrainerSettings = { ...settings, counted: 'all', ...(scheduled ? { scheduled: 'argmax' } : {}) }
    const trainer = await run(eArmTrainer(executor, model, own))
    await run(trainer.prepared.writeState(settings.parameters))
    const kind = (name: string, active: number): TimedUpdate => ({
      name,
      update: (step) =>
        trainer.prepared.run(
          {
            tokens: settings.tokens,
            key: childWords(settings.key, step),
            active: Int32Array.of(active),
            mixing: Float32Array.of(MIXING),
          },
          ['loss'],
        ),
    })
    const names = scheduled ? ['scheduled sampling', 'both'] : ['plain', 'E-ARM']
    return { kinds: names.map((name, active) => kind(name, active)), release: trainer.release }
  })

const chainOf = (
  executor: Executor,
  model: EmbeddedModel,
  settings: KindSettings,
  steps: number,
): TaskEither<Failure, TimedKinds> =>
  effect(async (run) => {
    const { batch, time, optimiser, options, tokens, key } = settings
    const { lambda, window } = options
    const chain = { steps, stepSize: STEP_SIZE }
    const trainer = await run(langevinTrainer(executor, model, { batch, time, lambda, window, optimiser, ...chain }))
    await run(trainer.prepared.writeState(settings.parameters))
    const update: TimedUpdate['update'] = (step) => trainer.update(tokens, fold(key, step))
    return { kinds: [{ name: chainName(steps), update }], release: trainer.release }
  })

/** Whether a model can be read from embeddings, as Langevin dynamics needs. */
export const isEmbedded = (model: Autoregressive): model is EmbeddedModel =>
  'embed' in model && 'fromEmbeddings' in model

/**
 * All kinds of Table 11: plain, scheduled sampling, E-ARM, both, and SGLD where the model can be read from embeddings. To be
 * given to `secondsPer100Iterations`.
 */
export const updateKinds = (
  executor: Executor,
  model: Autoregressive,
  settings: KindSettings,
): TaskEither<Failure, TimedKinds> =>
  effect(async (run) => {
    const [plain, mixed] = [
      await run(pairOf(executor, model, settings, false)),
      await run(pairOf(executor, model, settings, true)),
    ]
    const chains: TimedKinds[] = []
    if (isEmbedded(model))
      for (const steps of settings.chains ?? CHAINS) chains.push(await run(chainOf(executor, model, settings, steps)))
    const [first, energy] = [plain.kinds.slice(0, 1), plain.kinds.slice(1)]
    return {
      kinds: [
        ...first,
        ...mixed.kinds.slice(0, 1),
        ...energy,
        ...mixed.kinds.slice(1),
        ...chains.flatMap((c) => c.kinds),
      ],
      release: () => [plain, mixed, ...chains].forEach(({ release }) => release()),
    }
  })
