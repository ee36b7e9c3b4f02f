/**
 * E-ARM training of any network: an update is a plain step (or one with scheduled sampling), or rows are sampled from the
 * current parameters over the model's caches and the step has the energy objective.
 *
 * Training and sampling programs are prepared beside each other: the parameters are in one place, and nothing is copied
 * between an update and the sampling of the next. Of translation the memory of the sources is computed there first.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { type Run, effect, inTurn, need } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared } from '../../executor.ts'
import type { Key } from '../../key.ts'
import { sampleRows } from '../../models/language-sample.ts'
import { storeBeside } from '../../models/language-store.ts'
import { namedBy } from '../../names.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { fedNames, keyIn, normaliserKey, only, samplingKey, shapeIn } from './feeds.ts'
import { type EArmOptions, negativeRows } from './options.ts'
import { type StepSettings, eArmStep } from './programs.ts'
import { type HeldMemory, type RowKind, type UpdateShape, memoryBeside } from './row-kinds.ts'
import { type Variant, hasEnergy, variants, variantUnder } from './variants.ts'

/** Rows of an update and tokens of a row. */
export type RowsShape = Pick<UpdateShape, 'batch' | 'time'>

/** What to train with: the objective's settings, the sizes of a batch, the optimiser and the rest of a step. */
export interface TrainerSettings extends Pick<StepSettings, 'dropout' | 'prediction'>, RowsShape {
  readonly options: EArmOptions
  readonly optimiser: Optimiser
  /** Rows that are sampled for one source: they share their Ẑ where `weights` is not 'batch'. */
  readonly rowsPerSource?: number
  /** The sizes of batches, where they have several: a feed `shape` then says which of them an update has. */
  readonly shapes?: readonly RowsShape[]
}

/**
 * A prepared training, one way or another over the same parameters. Updates that sample, and samplings, run one after the
 * other, in the order in which they were begun.
 */
export interface EArmTrainer {
  /** The sizes of an update; of several the first. */
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
  rowsPerSource = 1,
}: Pick<TrainerSettings, 'options' | 'batch' | 'time' | 'rowsPerSource'>): UpdateShape => {
  const length = Math.min(options.length ?? time, time)
  return {
    batch,
    time,
    length,
    negatives: negativeRows(options, batch, length, rowsPerSource),
    perSource: rowsPerSource,
  }
}

/** What the steps of a trainer are made of. */
export const stepSettings = ({ shapes: _, ...settings }: TrainerSettings): StepSettings => {
  const { options, batch: _batch, time: _time, rowsPerSource = 1, ...rest } = settings
  return {
    ...rest,
    loss: {
      ...options,
      sharing: options.weights === 'source' ? { kind: 'group', rows: rowsPerSource } : { kind: 'batch' },
    },
    shape: updateShape(settings),
    independent: options.weights === 'independent',
  }
}

/** Sampling of rows beside the parameters, or beside the memory over which they are read. */
const samplerOf = (executor: Executor, kind: RowKind, { shape }: StepSettings, memory: HeldMemory) => {
  const { negatives, length, time } = shape
  const store = storeBeside(executor, memory.root)
  const ending = kind.end === undefined ? {} : { end: kind.end }
  const language = { model: kind.model(negatives, time), store, batch: negatives, ...ending }
  const draw = async (run: Run, key: Key): Promise<Int32Array> =>
    (await run(sampleRows(language, {}, { key, count: negatives, length }))).tokens
  return { draw, release: store.release }
}

/** Sampling for updates of one shape. */
interface Sampling {
  readonly negatives: (run: Run, feeds: Feeds) => Promise<Int32Array>
  readonly drawn: (run: Run, feeds: Feeds) => Promise<Feeds>
  readonly release: () => void
}

const samplingOf = async (
  run: Run,
  executor: Executor,
  kind: RowKind,
  steps: StepSettings,
  root: Prepared,
): Promise<Sampling> => {
  const { negatives: rows, time, perSource = 1 } = steps.shape
  const memory = await run(memoryBeside(executor, kind, root, { rows, time, perSource }))
  const sampler = samplerOf(executor, kind, steps, memory)
  const negativesOf = async (inner: Run, feeds: Feeds): Promise<Int32Array> => {
    await inner(memory.remember(feeds))
    return sampler.draw(inner, samplingKey(keyIn(feeds)))
  }
  return {
    negatives: negativesOf,
    drawn: async (inner, feeds) => {
      const negatives = await negativesOf(inner, feeds)
      if (steps.independent !== true) return { negatives }
      return { negatives, normalisers: await sampler.draw(inner, normaliserKey(keyIn(feeds))) }
    },
    release: () => {
      sampler.release()
      memory.release()
    },
  }
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
    const { shapes = [settings], options, prediction = 'argmax' } = settings
    need(
      namedBy({
        'source of the weights': [options.weights, ['batch', 'source', 'independent']],
        prediction: [prediction, ['argmax', 'sample']],
      }),
    )
    const steps = shapes.map(({ batch, time }) => stepSettings({ ...settings, batch, time }))
    const root = await run(executor.prepare(eArmStep(kind, at(steps, 0), 'plain')))
    return trainerOf(executor, kind, steps, root)
  })

/** Programs and samplings of every shape, made when an update first has it. */
const trainerOf = (executor: Executor, kind: RowKind, steps: readonly StepSettings[], root: Prepared): EArmTrainer => {
  const store = storeBeside(executor, root)
  const samplings = new Map<number, Sampling>()
  // A sampling is many runs over one memory: two at once would mix their rows, and a step between them would move the law.
  const turn = inTurn()
  const sampling = async (run: Run, i: number): Promise<Sampling> => {
    const known = samplings.get(i)
    if (known !== undefined) return known
    const made = await samplingOf(run, executor, kind, at(steps, i), root)
    samplings.set(i, made)
    return made
  }
  const ready = new Map<string, { readonly own: Prepared; readonly names: readonly string[] }>()
  const step = async (run: Run, variant: Variant, i: number) => {
    need(namedBy({ 'way of training': [variant, variants] }))
    const name = `${variant} ${i}`
    const known = ready.get(name)
    if (known !== undefined) return known
    const program = eArmStep(kind, at(steps, i), variant)
    const own = variant === 'plain' && i === 0 ? root : await run(store.prepared(name, () => program))
    const made = { own, names: fedNames(program) }
    ready.set(name, made)
    return made
  }
  const updated = (variant: Variant, feeds: Feeds, read: readonly string[] | undefined) =>
    effect(async (run) => {
      const i = shapeIn(feeds)
      const { own, names } = await step(run, variant, i)
      const drawn = hasEnergy(variant) ? await (await sampling(run, i)).drawn(run, feeds) : {}
      return run(own.run({ ...only(names, feeds), ...drawn }, read))
    })
  const prepared = (asked: Variant): TE.TaskEither<Failure, Prepared> =>
    effect(async (run) => {
      const variant = variantUnder(at(steps, 0).loss.lambda, asked)
      const { own } = await step(run, variant, 0)
      const update = (feeds: Feeds, read?: readonly string[]) => updated(variant, feeds, read)
      return { ...own, run: (feeds, read) => (hasEnergy(variant) ? turn(update(feeds, read)) : update(feeds, read)) }
    })
  const sample = (feeds: Feeds): TE.TaskEither<Failure, Int32Array> =>
    effect(async (run) => (await sampling(run, shapeIn(feeds))).negatives(run, feeds))
  const release = (): void => {
    for (const each of samplings.values()) each.release()
    store.release()
    root.release()
  }
  return { shape: at(steps, 0).shape, prepared, sample: (feeds) => turn(sample(feeds)), release }
}
