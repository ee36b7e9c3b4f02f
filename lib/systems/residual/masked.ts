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
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
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
import { fitModel, keyFeed } from './fits.ts'
import { rowLength } from './options.ts'
import { optimiserOf, type RowShape } from './programs.ts'
import { sliceRows } from './sequence.ts'
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

/** The mean loss over validation rows, in whole batches, masked in the same way at every evaluation. */
const maskedScore = ({ text, networks, options }: ResidualRun, prepared: Prepared, batch: number) => {
  const { validation } = text
  const key = fold(keyOf(options, 'masked'), 2)
  const feeds = Array.from({ length: Math.floor(validation.count / batch) }, (_, b) =>
    maskedFeeds(sliceRows(validation, b * batch, (b + 1) * batch), networks.energySize, fold(key, b)),
  )
  return (parameters: Parameters): TE.TaskEither<Failure, Evaluation> =>
    effect(async (run) => {
      await run(prepared.writeState(parameters))
      const losses: number[] = []
      for (const one of feeds) losses.push(at(field(await run(prepared.run(one, ['loss'])), 'loss').data, 0))
      return { score: mean(losses) }
    })
}

/** Of a language model's parameters those of one with as many layers or fewer: its lower layers. */
const bodyOf = (size: TransformerSize, parameters: Parameters): Parameters => {
  const own = transformer(size).parameters
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name in own))
}

const maskedModel = async (residual: ResidualRun): Promise<void> => {
  const { run, options, text, networks, executor } = residual
  const [settings, time, key] = [options.base, rowLength(options), keyOf(residual.options, 'masked')]
  const { dropout } = options.network
  const rows = Math.min(settings.batch, text.validation.count)
  const scoring = await run(executor.prepare(maskedProgram(networks.energySize, { batch: rows, time })))
  try {
    await fitModel(residual, {
      name: 'masked',
      label: 'the masked language model',
      training: (batch) =>
        maskedTraining(networks.energySize, { batch, time, dropout, optimiser: optimiserOf(settings) }),
      watch: [],
      start: () => startSteps(bodyOf(networks.energySize, fitOf(residual, 'base').best)),
      settings,
      batches: (step) => ({
        ...maskedFeeds(
          windows(text.training, time, fold(fold(key, 0), step), settings.batch),
          networks.energySize,
          fold(fold(key, 1), step),
        ),
        ...keyFeed(dropout, fold(fold(key, 3), step)),
      }),
      evaluate: maskedScore(residual, scoring, rows),
      tokensPerStep: settings.batch * time,
    })
  } finally {
    scoring.release()
  }
}

/** Trains the masked language model from the base, for as many steps as that, where BiT is to start from it. */
export const fitMasked = async (residual: ResidualRun): Promise<void> => {
  if (residual.options.energy.start !== 'masked') return
  await phase(residual, 'masked', () => maskedModel(residual))
}
