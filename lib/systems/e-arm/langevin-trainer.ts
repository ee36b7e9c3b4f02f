/**
 * E-ARM training with Langevin negatives, as Table 11 times it: embeddings of the data's rows (of translation: of the targets,
 * over the memory of their sources, which is computed once) are moved by k steps of Langevin dynamics, and the embeddings in
 * which they end are the negatives of the update. All programs lie beside each other; nothing is copied between them.
 */
import { at, field } from '../../at.ts'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared, Program } from '../../executor.ts'
import { type Expr, axesOf } from '../../expr.ts'
import type { Key } from '../../key.ts'
import { keepAll } from '../../models/autoregressive.ts'
import { parameterInputs, withState } from '../../models/parameters.ts'
import type { EmbeddedModel, Embeddings } from '../../models/embedded.ts'
import { input } from '../../ops/layout.ts'
import { add, scale } from '../../ops/pointwise.ts'
import { inputKey, normal } from '../../ops/random.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { trainingProgram } from '../../optimise/training.ts'
import { program } from '../../program.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { crossEntropyOf } from './cross-entropy.ts'
import { childWords, fedNames, only } from './feeds.ts'
import { embeddingEnergies, langevinEnergy, langevinStep } from './langevin.ts'
import { type RowKind, memoryBeside } from './row-kinds.ts'
import { tokenTerms } from './rows.ts'
import { typed } from '../../typed.ts'

/** What to train with: the size of a batch, λ and the window of the objective, steps of a chain and their size s. */
export interface LangevinSettings {
  readonly batch: number
  readonly time: number
  readonly lambda: number
  readonly window: number
  readonly steps: number
  readonly stepSize: number
  readonly optimiser: Optimiser
}

/** The programs of an update: the chain's start, one step of it, and the training step on where it ended. */
interface LangevinPrograms {
  readonly start: Program
  readonly step: Program
  readonly train: Program
}

const likeRows = typed('batch', 'time', 'model')

/**
 * State of all: the parameters and `embeddings` (`train` also the training's; `start` and `step` the memory where there is one).
 * Feeds: those of the rows (of a memory `start` and `step` are not fed what it was made of), and `key` (step).
 */
const langevinPrograms = (kind: RowKind<EmbeddedModel>, settings: LangevinSettings): LangevinPrograms => {
  const { batch, time, window, lambda, stepSize, optimiser } = settings
  const shape = { batch, time, negatives: batch, length: time }
  const parameters = parameterInputs(kind.parameters)
  const { model, data } = kind.rows(shape, parameters, keepAll)
  const moving = kind.model(batch, time)
  const held = parameterInputs(moving.parameters)
  const embedded = moving.embed(held, data.tokens)
  const embeddings: Embeddings = likeRows(input('embeddings', ...axesOf(embedded)))
  const state = withState<Expr>(held, { embeddings })
  const noise = likeRows(normal(inputKey('key'))(...axesOf(embeddings)))
  const moved = langevinStep(moving, stepSize)(held, embeddings, data.mask, noise)
  const rows = { ...data, logits: model.forward(parameters, data.tokens, keepAll).logits }
  const energies = embeddingEnergies(model, parameters, embeddings, data.mask)
  const energy = langevinEnergy(window, tokenTerms(rows), { energies, mask: data.mask })
  const loss = add(crossEntropyOf(0)(rows), scale(lambda)(energy))
  const train = trainingProgram({ parameters, loss, optimiser, outputs: { energy } })
  return {
    start: program<string, string>(state, { ...held, embeddings: embedded }, {}),
    step: program<string, string>(state, { ...held, embeddings: moved }, {}),
    train: { ...train, state: { ...train.state, embeddings: { input: embeddings, next: embeddings } } },
  }
}

/** A prepared training with Langevin negatives. */
export interface LangevinTrainer {
  readonly prepared: Prepared
  /** One update on the feeds of the rows; the loss (nats per token). */
  readonly update: (feeds: Feeds, key: Key) => TaskEither<Failure, number>
  readonly release: () => void
}

/**
 * Prepares such a training; the parameters are zero until they are written to `prepared`.
 *
 * @example
 * import { adam, embeddedTransformer, reference } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const parts = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const rows = eArm.tokenRows(embeddedTransformer({ ...parts, positions: 'learned', norm: 'pre', activation: 'gelu' }))
 * const settings = { batch: 2, time: 6, lambda: 0.05, window: 2, steps: 3, stepSize: 0.01, optimiser: adam(0.01) }
 * const trainer = langevinTrainer(reference, rows, settings)
 */
export const langevinTrainer = (
  executor: Executor,
  kind: RowKind<EmbeddedModel>,
  settings: LangevinSettings,
): TaskEither<Failure, LangevinTrainer> =>
  effect(async (run) => {
    const { batch, time, steps } = settings
    const programs = langevinPrograms(kind, settings)
    const train = await run(executor.prepare(programs.train))
    const memory = await run(memoryBeside(executor, kind, train, { rows: batch, time }))
    const start = await run(executor.prepare(programs.start, memory.root))
    const step = await run(executor.prepare(programs.step, memory.root))
    const fed = { start: fedNames(programs.start), step: fedNames(programs.step), train: fedNames(programs.train) }
    const update: LangevinTrainer['update'] = (feeds, key) =>
      effect(async (go) => {
        await go(memory.remember(feeds))
        await go(start.run(only(fed.start, feeds), []))
        for (let k = 0; k < steps; k++) await go(step.run(only(fed.step, { ...feeds, key: childWords(key, k) }), []))
        return at(field(await go(train.run(only(fed.train, feeds), ['loss'])), 'loss').data, 0)
      })
    const release = (): void => [step, start, memory, train].forEach(({ release: free }) => free())
    return { prepared: train, update, release }
  })
