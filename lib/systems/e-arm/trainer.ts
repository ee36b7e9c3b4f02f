/**
 * E-ARM training of any network: an update is a plain step (or one with scheduled sampling), or rows are sampled from the
 * current parameters over the model's caches and the step has the energy objective.
 *
 * Training and sampling programs are prepared beside each other: the parameters are in one place, and nothing is copied
 * between an update and the sampling of the next. Of translation the memory of the sources is computed there first.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Run, effect, inTurn } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared } from '../../executor.ts'
import type { Key } from '../../key.ts'
import { sampleRows } from '../../models/language-sample.ts'
import { storeBeside } from '../../models/language-store.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { fedNames, keyIn, normaliserKey, only, samplingKey } from './feeds.ts'
import { type EArmOptions, negativeRows } from './options.ts'
import { type StepSettings, eArmStep } from './programs.ts'
import { type HeldMemory, type RowKind, type UpdateShape, memoryBeside } from './row-kinds.ts'
import { type Variant, hasEnergy, variantUnder } from './variants.ts'

/** What to train with: the objective's settings, the sizes of a batch, the optimiser and the rest of a step. */
export interface TrainerSettings extends Pick<StepSettings, 'dropout' | 'prediction'> {
  readonly options: EArmOptions
  readonly batch: number
  readonly time: number
  readonly optimiser: Optimiser
  /** Rows that are sampled for one source: they share their Ẑ where `weights` is 'source'. */
  readonly rowsPerSource?: number
}

/**
 * A prepared training, one way or another over the same parameters. Updates that sample, and samplings, run one after the
 * other, in the order in which they were begun.
 */
export interface EArmTrainer {
  readonly shape: UpdateShape
  /**
   * For `trainSteps`; feeds that a variant does not read may be given: those of the rows, `key` (two words), `mixing`. The rows
   * sampled in an update depend on the parameters, the key and, of translation, the sources alone.
   */
  readonly prepared: (variant: Variant) => TE.TaskEither<Failure, Prepared>
  /** The rows that an update with these feeds would sample [negatives, length]. */
  readonly sample: (feeds: Feeds) => TE.TaskEither<Failure, Int32Array>
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

/** What the steps of a trainer are made of. */
export const stepSettings = ({ options, batch, time, rowsPerSource = 1, ...rest }: TrainerSettings): StepSettings => ({
  ...rest,
  loss: {
    ...options,
    sharing: options.weights === 'source' ? { kind: 'group', rows: rowsPerSource } : { kind: 'batch' },
  },
  shape: updateShape({ options, batch, time }),
  independent: options.weights === 'independent',
})

/** Sampling of rows beside the parameters, or beside the memory over which they are read. */
const samplerOf = (executor: Executor, kind: RowKind, { shape, memory }: Parts) => {
  const { negatives, length, time } = shape
  const store = storeBeside(executor, memory.root)
  const ending = kind.end === undefined ? {} : { end: kind.end }
  const language = { model: kind.model(negatives, time), store, batch: negatives, ...ending }
  const draw = async (run: Run, key: Key): Promise<Int32Array> =>
    (await run(sampleRows(language, {}, { key, count: negatives, length }))).tokens
  return { draw, release: store.release }
}

interface Parts {
  readonly shape: UpdateShape
  readonly root: Prepared
  readonly memory: HeldMemory
}

/**
 * Prepares the training of a network on an executor.
 *
 * @example
 * import { adam, reference, run, tableModel } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const rows = eArm.tokenRows(tableModel({ symbols: 3, length: 4 }))
 * const options = { ...eArm.paperOptions, startEpoch: 0, length: 4 }
 * const settings = { options, batch: 8, time: 4, optimiser: adam(0.01), dropout: 0 }
 * const trainer = await run(eArm.eArmTrainer(reference, rows, settings))
 * trainer.shape.batch // => 8
 */
export const eArmTrainer = (
  executor: Executor,
  kind: RowKind,
  settings: TrainerSettings,
): TE.TaskEither<Failure, EArmTrainer> =>
  effect(async (run) => {
    const steps = stepSettings(settings)
    const { shape } = steps
    const root = await run(executor.prepare(eArmStep(kind, steps, 'plain')))
    const memory = await run(memoryBeside(executor, kind, root, { rows: shape.negatives, time: shape.time }))
    return trainerOf(executor, kind, steps, { shape, root, memory })
  })

const trainerOf = (executor: Executor, kind: RowKind, settings: StepSettings, parts: Parts): EArmTrainer => {
  const { shape, root, memory } = parts
  const sampler = samplerOf(executor, kind, parts)
  const store = storeBeside(executor, root)
  // A sampling is many runs over one memory: two at once would mix their rows, and a step between them would move the law.
  const turn = inTurn()
  const drawn = async (run: Run, feeds: Feeds): Promise<Feeds> => {
    await run(memory.remember(feeds))
    const negatives = await sampler.draw(run, samplingKey(keyIn(feeds)))
    if (settings.independent !== true) return { negatives }
    return { negatives, normalisers: await sampler.draw(run, normaliserKey(keyIn(feeds))) }
  }
  const prepared = (variant: Variant): TE.TaskEither<Failure, Prepared> =>
    effect(async (run) => {
      const own = variantUnder(settings.loss.lambda, variant)
      const program = eArmStep(kind, settings, own)
      const step = own === 'plain' ? root : await run(store.prepared(own, () => program))
      const names = fedNames(program)
      const sampled = (feeds: Feeds, read: readonly string[] | undefined) =>
        effect(async (inner) => inner(step.run({ ...only(names, feeds), ...(await drawn(inner, feeds)) }, read)))
      return {
        ...step,
        run: (feeds, read) => (hasEnergy(own) ? turn(sampled(feeds, read)) : step.run(only(names, feeds), read)),
      }
    })
  const sample = (feeds: Feeds): TE.TaskEither<Failure, Int32Array> =>
    effect(async (run) => {
      await run(memory.remember(feeds))
      return sampler.draw(run, samplingKey(keyIn(feeds)))
    })
  const release = (): void => {
    sampler.release()
    store.release()
    memory.release()
    root.release()
  }
  return { shape, prepared, sample: (feeds) => turn(sample(feeds)), release }
}
