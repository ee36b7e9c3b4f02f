/**
 * E-ARM training of any autoregressive model: an update is a plain step before the start epoch; from there on rows are
 * sampled from the current parameters over the model's caches, and the step has the energy objective.
 *
 * Training and sampling programs are prepared beside each other: the parameters are in one place, and nothing is copied
 * between an update and the sampling of the next.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Run, effect, inTurn } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared } from '../../executor.ts'
import type { Key } from '../../key.ts'
import type { Autoregressive } from '../../models/autoregressive.ts'
import { sampleRows } from '../../models/language-sample.ts'
import { storeBeside } from '../../models/language-store.ts'
import { fedNames, keyIn, normaliserKey, only, samplingKey } from './feeds.ts'
import type { LossOptions } from './objective.ts'
import { type EArmOptions, negativeRows } from './options.ts'
import { type StepSettings, type UpdateShape, eArmPrograms } from './programs.ts'

/** What to train with: the objective's settings, the sizes of a batch, the optimiser and the rest of a step. */
export interface TrainerSettings extends StepSettings {
  readonly options: EArmOptions
  readonly batch: number
  readonly time: number
  /** Rows that are sampled for one source: they share their Ẑ where `weights` is 'source'. */
  readonly rowsPerSource?: number
}

/**
 * A prepared training: `run` updates; its feeds say with `active` (1 or 0) whether the energy objective counts. Updates with
 * it, and samplings, run one after the other, in the order in which they were begun.
 */
export interface EArmTrainer {
  readonly shape: UpdateShape
  /**
   * For `trainSteps`. Feeds: `tokens`, `key` (two words), `active`, and what the settings add (`mask`, `negativeMask`,
   * `mixing`). The rows sampled in an update depend on the parameters and the key alone.
   */
  readonly prepared: Prepared
  /** The rows that an update with this key would sample [negatives, length]. */
  readonly sample: (key: Key) => TE.TaskEither<Failure, Int32Array>
  readonly release: () => void
}

/** The sizes of an update under some options. */
export const updateShape = ({
  options,
  batch,
  time,
}: Pick<TrainerSettings, 'options' | 'batch' | 'time'>): UpdateShape => {
  const length = Math.min(options.length ?? time, time)
  return { batch, time, length, negatives: negativeRows(options, batch, length) }
}

const lossOptions = ({ options, rowsPerSource = 1 }: TrainerSettings): LossOptions => ({
  ...options,
  sharing: options.weights === 'source' ? { kind: 'group', rows: rowsPerSource } : { kind: 'batch' },
})

/**
 * Prepares the training of a model on an executor.
 *
 * @example
 * import { adam, reference, tableModel } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const model = tableModel({ symbols: 3, length: 4 })
 * const options = { ...eArm.paperOptions, startEpoch: 0, length: 4 }
 * const trainer = eArm.eArmTrainer(reference, model, {
 *   options, batch: 8, time: 4, optimiser: adam(0.01), counted: 'all', dropout: 0,
 * })
 */
export const eArmTrainer = (
  executor: Executor,
  model: Autoregressive,
  settings: TrainerSettings,
): TE.TaskEither<Failure, EArmTrainer> =>
  effect(async (run) => {
    const shape = updateShape(settings)
    const independent = settings.options.weights === 'independent'
    const programs = eArmPrograms(model, shape, lossOptions(settings), { ...settings, independent })
    const root = await run(executor.prepare(programs.plain))
    return trainerOf(executor, model, { settings, shape, root, programs })
  })

interface Parts {
  readonly settings: TrainerSettings
  readonly shape: UpdateShape
  readonly root: Prepared
  readonly programs: ReturnType<typeof eArmPrograms>
}

const trainerOf = (executor: Executor, model: Autoregressive, parts: Parts): EArmTrainer => {
  const { settings, shape, root, programs } = parts
  const store = storeBeside(executor, root)
  const { counted } = settings
  const ending = typeof counted === 'object' ? { end: counted.end } : {}
  const language = { model, store, batch: shape.negatives, ...ending }
  const names = { plain: fedNames(programs.plain), energy: fedNames(programs.energy) }
  const sampled = (key: Key): TE.TaskEither<Failure, Int32Array> =>
    TE.map(({ tokens }: { readonly tokens: Int32Array }) => tokens)(
      sampleRows(language, {}, { key, count: shape.negatives, length: shape.length }),
    )
  // A sampling is many runs over one memory: two at once would mix their rows, and a step between them would move the law.
  const turn = inTurn()
  const sample = (key: Key): TE.TaskEither<Failure, Int32Array> => sampled(samplingKey(key))
  const normalised = settings.options.weights === 'independent'
  const withEnergy = async (run: Run, feeds: Feeds, read: readonly string[] | undefined) => {
    const negatives = await run(sample(keyIn(feeds)))
    const others = normalised ? { normalisers: await run(sampled(normaliserKey(keyIn(feeds)))) } : {}
    const prepared = await run(store.prepared('energy', () => programs.energy))
    return run(prepared.run({ ...only(names.energy, feeds), negatives, ...others }, read))
  }
  const plain = (feeds: Feeds, read: readonly string[] = Object.keys(programs.plain.outputs)) =>
    root.run(
      only(names.plain, feeds),
      read.filter((name) => name in programs.plain.outputs),
    )
  const active = (feeds: Feeds): boolean => settings.options.lambda > 0 && feeds['active']?.[0] === 1
  const prepared: Prepared = {
    ...root,
    run: (feeds, read) => (active(feeds) ? turn(effect((run) => withEnergy(run, feeds, read))) : plain(feeds, read)),
  }
  const release = (): void => {
    store.release()
    root.release()
  }
  return { shape, prepared: { ...prepared, release }, sample: (key) => turn(sample(key)), release }
}
