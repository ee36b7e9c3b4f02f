/**
 * E-ARM training with Langevin negatives, as Table 11 times it: embeddings of the data's rows are moved by k steps of
 * Langevin dynamics, and the embeddings in which they end are the negatives of the update. All programs lie beside each
 * other; nothing is copied between them.
 */
import { at, field } from '../../at.ts'
import { axis } from '../../axis.ts'
import { type Run, effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Prepared, Program } from '../../executor.ts'
import { type Expr, axesOf } from '../../expr.ts'
import type { Key } from '../../key.ts'
import { type Named, keepAll } from '../../models/autoregressive.ts'
import { parameterInputs, withState } from '../../models/parameters.ts'
import type { EmbeddedModel, Embeddings } from '../../models/embedded.ts'
import { input, inputOf } from '../../ops/layout.ts'
import { add, constant, scale } from '../../ops/pointwise.ts'
import { inputKey, normal } from '../../ops/random.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { trainingProgram } from '../../optimise/training.ts'
import { program } from '../../program.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { crossEntropyOf } from './cross-entropy.ts'
import { childWords } from './feeds.ts'
import { embeddingEnergies, langevinEnergy, langevinStep } from './langevin.ts'
import { type MaskedRows, tokenTerms } from './rows.ts'
import { typed } from '../../typed.ts'
import { broadcast } from '../../ops/reduce.ts'

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
export interface LangevinPrograms {
  readonly start: Program
  readonly step: Program
  readonly train: Program
}

const rowsOf = ({ batch, time }: LangevinSettings): MaskedRows => {
  const axes = [axis('batch', batch), axis('time', time)] as const
  return { tokens: inputOf('i32')('tokens', ...axes), mask: broadcast(...axes)(constant(1)) }
}

const likeRows = typed('batch', 'time', 'model')

const chainState = (embedded: Embeddings): Embeddings => likeRows(input('embeddings', ...axesOf(embedded)))

/** A chain over the embeddings of rows: its programs, and the state in which it lies. */
export interface Chain {
  readonly start: Program
  readonly step: Program
  readonly embeddings: Embeddings
}

/** A chain of steps of size s. State: the parameters, `embeddings`. Feeds: those of the rows, and `key` (step). */
export const chainPrograms = (model: EmbeddedModel, rows: MaskedRows, stepSize: number): Chain => {
  const parameters = parameterInputs(model.parameters)
  const held = parameters
  const embedded = model.embed(parameters, rows.tokens)
  const embeddings = chainState(embedded)
  const state = withState<Expr>(held, { embeddings })
  const noise = likeRows(normal(inputKey('key'))(...axesOf(embeddings)))
  const moved = langevinStep(model, stepSize)(parameters, embeddings, rows.mask, noise)
  return {
    start: program<string, string>(state, { ...held, embeddings: embedded }, {}),
    step: program<string, string>(state, { ...held, embeddings: moved }, {}),
    embeddings,
  }
}

/** The training step of these parameters on where a chain has ended; its model reads them. */
export const chainTraining = (
  model: EmbeddedModel,
  {
    parameters,
    rows,
    embeddings,
  }: { readonly parameters: Named; readonly rows: MaskedRows } & Pick<Chain, 'embeddings'>,
  { window, lambda, optimiser }: Pick<LangevinSettings, 'window' | 'lambda' | 'optimiser'>,
): Program => {
  const data = { ...rows, logits: model.forward(parameters, rows.tokens, keepAll).logits }
  const energies = embeddingEnergies(model, parameters, embeddings, rows.mask)
  const energy = langevinEnergy(window, tokenTerms(data), { energies, mask: rows.mask })
  const loss = add(crossEntropyOf(0)(data), scale(lambda)(energy))
  const train = trainingProgram({ parameters, loss, optimiser, outputs: { energy } })
  return { ...train, state: { ...train.state, embeddings: { input: embeddings, next: embeddings } } }
}

/** State of all: the parameters and `embeddings` (`train` also the training's). Feeds: `tokens` (start, train), `key` (step). */
export const langevinPrograms = (model: EmbeddedModel, settings: LangevinSettings): LangevinPrograms => {
  const rows = rowsOf(settings)
  const { start, step, embeddings } = chainPrograms(model, rows, settings.stepSize)
  const parameters = parameterInputs(model.parameters)
  return { start, step, train: chainTraining(model, { parameters, rows, embeddings }, settings) }
}

/** A prepared training with Langevin negatives. */
export interface LangevinTrainer {
  readonly prepared: Prepared
  /** One update on rows of tokens [batch, time]; the loss (nats per token). */
  readonly update: (tokens: Int32Array, key: Key) => TaskEither<Failure, number>
  readonly release: () => void
}

const updateWith = ({ steps }: LangevinSettings, start: Prepared, step: Prepared, train: Prepared) => {
  const chain = async (run: Run, tokens: Int32Array, key: Key): Promise<void> => {
    await run(start.run({ tokens }, []))
    for (let k = 0; k < steps; k++) await run(step.run({ key: childWords(key, k) }, []))
  }
  return (tokens: Int32Array, key: Key): TaskEither<Failure, number> =>
    effect(async (run) => {
      await chain(run, tokens, key)
      return at(field(await run(train.run({ tokens }, ['loss'])), 'loss').data, 0)
    })
}

/** Prepares such a training; the parameters are zero until they are written to `prepared`. */
export const langevinTrainer = (
  executor: Executor,
  model: EmbeddedModel,
  settings: LangevinSettings,
): TaskEither<Failure, LangevinTrainer> =>
  effect(async (run) => {
    const programs = langevinPrograms(model, settings)
    const train = await run(executor.prepare(programs.train))
    const start = await run(executor.prepare(programs.start, train))
    const step = await run(executor.prepare(programs.step, train))
    const release = (): void => [step, start, train].forEach((prepared) => prepared.release())
    return { prepared: train, update: updateWith(settings, start, step, train), release }
  })
