/**
 * The ways of training that Table 11 compares, ready to be timed: plain, scheduled sampling, E-ARM, both, and E-ARM with
 * 20 and 50 steps of Langevin dynamics, on the same network and batch.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'
import type { Autoregressive, Parameters } from '../../models/autoregressive.ts'
import type { EmbeddedModel } from '../../models/embedded.ts'
import { CHAINS, chainName, MIXING, STEP_SIZE, type TimedUpdate } from './cost.ts'
import { childWords } from './feeds.ts'
import { langevinTrainer } from './langevin-trainer.ts'
import type { RowKind } from './row-kinds.ts'
import { type TrainerSettings, eArmTrainer } from './trainer.ts'
import { type Variant, variants } from './variants.ts'

/** What is timed: the settings of the trainer, the rows of a batch as feeds, the start. */
interface KindSettings extends TrainerSettings {
  readonly feeds: Feeds
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

/** The variants by the names of Table 11. */
const names: Readonly<Record<Variant, string>> = {
  plain: 'plain',
  scheduled: 'scheduled sampling',
  'e-arm': 'E-ARM',
  both: 'both',
}

/** Whether a model can be read from embeddings, as Langevin dynamics needs. */
export const isEmbedded = (model: Autoregressive): model is EmbeddedModel =>
  'embed' in model && 'fromEmbeddings' in model

/**
 * All kinds of Table 11: plain, scheduled sampling, E-ARM, both, and SGLD where the rows are of a model that can be read from
 * embeddings (`moving`). To be given to `secondsPer100Iterations`.
 */
export const updateKinds = (
  executor: Executor,
  kind: RowKind,
  moving: RowKind<EmbeddedModel> | undefined,
  settings: KindSettings,
): TaskEither<Failure, TimedKinds> =>
  effect(async (run) => {
    const { feeds, parameters, key, chains = CHAINS, ...own } = settings
    const { batch, time, optimiser, options } = own
    const { lambda, window } = options
    const trainer = await run(eArmTrainer(executor, kind, own))
    const releases = [trainer.release]
    const kinds: TimedUpdate[] = []
    for (const variant of variants) {
      const prepared = await run(trainer.prepared(variant))
      if (variant === 'plain') await run(prepared.writeState(parameters))
      const fed = { ...feeds, mixing: Float32Array.of(MIXING) }
      const update = (step: number) => prepared.run({ ...fed, key: childWords(key, step) }, ['loss'])
      kinds.push({ name: names[variant], update })
    }
    if (moving !== undefined)
      for (const steps of chains) {
        const chain = { batch, time, lambda, window, optimiser, steps, stepSize: STEP_SIZE }
        const { prepared, update, release } = await run(langevinTrainer(executor, moving, chain))
        releases.push(release)
        await run(prepared.writeState(parameters))
        kinds.push({ name: chainName(steps), update: (step) => update(feeds, fold(key, step)) })
      }
    return { kinds, release: () => releases.forEach((release) => release()) }
  })
