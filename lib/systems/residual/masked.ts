/**
 * Where the bidirectional energy of the slides starts: not from the base, whose samples its features cannot tell from text,
 * but from a masked language model (RoBERTa there). Here that is the base (its lower layers, where the energies have fewer), trained on in both directions to restore tokens
 * (Devlin et al. 2019, section 3.1): 15 % of each row are chosen, of which 80 % are hidden, 10 % replaced and 10 % left.
 *
 * No symbol is kept for hidden tokens: the end symbol stands for them.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at, field, two } from '../../at.ts'
import { axis } from '../../axis.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, fail } from '../../effect.ts'
import { type Failure, usage } from '../../errors.ts'
import type { Feeds, Prepared, Program } from '../../executor.ts'
import type { Scalar, Tensor } from '../../expr.ts'
import { type Key, fold, permutation, uniforms } from '../../key.ts'
import { mean } from '../../math.ts'
import { type Drop, keepAll, type Named, type Parameters } from '../../models/autoregressive.ts'
import { dropping } from '../../models/drop.ts'
import { parameterInputs } from '../../models/parameters.ts'
import { outputWeight, transformer, transformerHidden, type TransformerSize } from '../../models/transformer.ts'
import { contract } from '../../ops/contract.ts'
import { softmaxCrossEntropy } from '../../ops/cross-entropy.ts'
import { input, inputOf } from '../../ops/layout.ts'
import { multiply, scale } from '../../ops/pointwise.ts'
import { inputKey } from '../../ops/random.ts'
import { sum } from '../../ops/reduce.ts'
import type { Optimiser } from '../../optimise/index.ts'
import { program } from '../../program.ts'
import type { StepTraining } from '../../train/micro-batches.ts'
import type { Evaluation } from '../../train/steps.ts'
import { startSteps } from '../../train/steps-state.ts'
import { phase } from '../phases.ts'
import { fitOf, keyOf, type ResidualRun } from './context.ts'
import { fitModel, keyFeed, onBase } from './fits.ts'
import { energiesOf, furtherNames, isStarred, rowLength } from './options.ts'
import { optimiserOf, type RowShape } from './programs.ts'
import { sliceRows } from './sequence.ts'
import { type BidirectionalName, maskedName } from './state.ts'
import { windows } from './text.ts'

/** Positions of a row that are chosen: 15 %, at least one. */
export const chosenOf = (time: number): number => Math.max(1, Math.round(0.15 * time))

/** Rows with chosen tokens hidden, replaced or left: feeds `tokens`, `targets` and `weights` (1 at chosen positions). */
export const maskedFeeds = (rows: TokenRows, { symbols, begin }: TransformerSize, key: Key): Feeds => {
  const { count, time } = rows
  const [tokens, weights] = [rows.tokens.slice(), new Float32Array(count * time)]
  const chosen = chosenOf(time)
  for (let i = 0; i < count; i++) {
    const own = fold(key, i)
    const places = permutation(fold(own, 0), time).subarray(0, chosen)
    const u = uniforms(fold(own, 1), 2 * chosen)
    places.forEach((t, j) => {
      const [fate, which] = two(u.subarray(2 * j))
      weights[i * time + t] = 1
      if (fate < 0.9) tokens[i * time + t] = fate < 0.8 ? begin : Math.floor(which * symbols)
    })
  }
  return { tokens, targets: rows.tokens, weights }
}

/** Mean of −log p over the chosen tokens of a batch, in nats. */
const maskedLoss = (size: TransformerSize, parameters: Named, { batch, time }: RowShape, drop: Drop): Scalar => {
  const [rows, whole] = [axis('batch', batch), axis('time', time)]
  const [model, symbol] = [axis('model', size.model), axis('symbol', size.symbols)]
  const hidden = transformerHidden(size, 'bidirectional')(parameters, inputOf('i32')('tokens', rows, whole), { drop })
  const logits = contract(model)(hidden, outputWeight(size, parameters))
  const terms: Tensor<'batch' | 'time' | '1'> = softmaxCrossEntropy(symbol)(
    logits,
    inputOf('i32')('targets', rows, whole),
  )
  const weighed = multiply(terms, input('weights', rows, whole))
  return scale(1 / (batch * chosenOf(time)))(sum(rows)(sum(whole)(weighed)))
}

/** A step of training a masked language model. Feeds as `maskedFeeds` (and `key`). */
const maskedTraining = (
  size: TransformerSize,
  options: RowShape & { readonly dropout: number; readonly optimiser: Optimiser },
): StepTraining => {
  const parameters = parameterInputs(transformer(size).parameters)
  const loss = maskedLoss(size, parameters, options, dropping(options.dropout, inputKey('key')))
  return { parameters, loss, optimiser: options.optimiser }
}

/** The loss of rows under parameters that are state: output `loss`. */
export const maskedProgram = (size: TransformerSize, shape: RowShape): Program => {
  const parameters = parameterInputs(transformer(size).parameters)
  const state = parameters
  return program<string, string>(state, state, { loss: maskedLoss(size, parameters, shape, keepAll) })
}

/** A masked model to train: the energy that starts from it, the text that it learns, its random stream, where it starts. */
interface MaskedTask {
  readonly name: BidirectionalName
  readonly training: Int32Array
  readonly validation: TokenRows
  readonly key: Key
  readonly start: (fresh: Parameters) => Parameters
}

/** The mean loss over validation rows, in whole batches, masked in the same way at every evaluation. */
const maskedScore = (
  size: TransformerSize,
  { validation, key: own }: MaskedTask,
  { prepared, batch }: { readonly prepared: Prepared; readonly batch: number },
) => {
  const key = fold(own, 2)
  const feeds = Array.from({ length: Math.floor(validation.count / batch) }, (_, b) =>
    maskedFeeds(sliceRows(validation, b * batch, (b + 1) * batch), size, fold(key, b)),
  )
  return (parameters: Parameters): TE.TaskEither<Failure, Evaluation> =>
    effect(async (run) => {
      await run(prepared.writeState(parameters))
      const losses: number[] = []
      for (const one of feeds) losses.push(at(field(await run(prepared.run(one, ['loss'])), 'loss').data, 0))
      return { score: mean(losses) }
    })
}

const maskedModel = async (residual: ResidualRun, task: MaskedTask): Promise<void> => {
  const { run, options, networks, executor } = residual
  const { name, training, validation, key } = task
  const [settings, time, size] = [options.base, rowLength(options), networks.bodies[name]]
  const { dropout } = options.network
  const rows = Math.min(settings.batch, validation.count)
  const scoring = await run(executor.prepare(maskedProgram(size, { batch: rows, time })))
  try {
    await fitModel(residual, {
      name: maskedName(name),
      label: name === 'bit' ? 'the masked language model' : `the masked language model of ${name}`,
      training: (batch) => maskedTraining(size, { batch, time, dropout, optimiser: optimiserOf(settings) }),
      watch: [],
      start: () => startSteps(task.start(transformer(size).initialise(fold(key, 4)))),
      settings,
      batches: (step) => ({
        ...maskedFeeds(
          windows(training, time, fold(fold(key, 0), step), settings.batch),
          size,
          fold(fold(key, 1), step),
        ),
        ...keyFeed(dropout, fold(fold(key, 3), step)),
      }),
      evaluate: maskedScore(size, task, { prepared: scoring, batch: rows }),
      tokensPerStep: settings.batch * time,
    })
  } finally {
    scoring.release()
  }
}

/** The stream of an energy among those of its kind: of the further ones, by their place. */
const streamOf = (residual: ResidualRun, name: BidirectionalName): Key =>
  name === 'bit'
    ? keyOf(residual.options, 'masked')
    : fold(keyOf(residual.options, 'maskedFurther'), furtherNames.indexOf(name))

const noOther = usage(
  'starred energies start from a masked model of other text, but there is none',
  'give it by --star-data',
)

/** What the masked model of an energy learns: the run's text, from the base's layers; or other text, from nothing. */
const taskOf = (residual: ResidualRun, name: BidirectionalName): MaskedTask => {
  const { text } = residual
  const own = { name, key: streamOf(residual, name) }
  if (isStarred(name)) return { ...own, ...(text.other ?? fail(noOther)), start: (fresh) => fresh }
  const { training, validation } = text
  return { ...own, training, validation, start: (fresh) => onBase(fresh, fitOf(residual, 'base').best) }
}

/**
 * Trains the masked language models that energies are to start from, for as many steps as the base had: from the base on the run's
 * text, and from nothing on other text where the energy is starred.
 */
export const fitMasked = async (residual: ResidualRun): Promise<void> => {
  for (const name of energiesOf(residual.options))
    if (name !== 'unit' && (isStarred(name) || residual.options.energy.start === 'masked'))
      await phase(residual, maskedName(name), () => maskedModel(residual, taskOf(residual, name)))
}
