/**
 * The programs of a translation experiment: training steps of an encoder–decoder (plain, with scheduled sampling, with the
 * energy objective, with both), the memory of a batch of sources, and scores of targets.
 */
import { axis } from '../../axis.ts'
import type { Program } from '../../executor.ts'
import type { Expr, Tensor } from '../../expr.ts'
import { type Drop, type Named, type Tokens, keepAll } from '../../models/autoregressive.ts'
import type { EncoderDecoder, SourceTokens } from '../../models/encoder-decoder.ts'
import { parameterInputs, prefixed, withState } from '../../models/parameters.ts'
import type { Lengths } from '../../models/transformer-attention.ts'
import { input, inputOf, reorder } from '../../ops/layout.ts'
import { foldKey, inputKey } from '../../ops/random.ts'
import { mean, sum } from '../../ops/reduce.ts'
import { constant, multiply } from '../../ops/pointwise.ts'
import { slice } from '../../ops/slice.ts'
import type { Optimiser } from '../../optimise/optimiser.ts'
import { trainingProgram } from '../../optimise/training.ts'
import { program } from '../../program.ts'
import { type EArmTerms, type LossOptions, eArmObjective } from './objective.ts'
import { type UpdateShape, dropFrom } from './programs.ts'
import { candidateScores } from './resample.ts'
import { type ScoredRows, axisIn, both, endMask, lengthMask, ratio, tokenTerms } from './rows.ts'
import { secondPass } from './scheduled-sampling.ts'
import { anyTensor } from '../../typed.ts'
import { hasEnergy, isScheduled, type Variant } from './variants.ts'

/** What a step is made of. */
export interface TranslationSettings {
  readonly loss: LossOptions
  readonly shape: UpdateShape
  /** The symbol that ends a row. */
  readonly end: number
  readonly optimiser: Optimiser
  readonly dropout: number
}

/** Sources as they are fed: `source` [batch, source] and `lengths` [batch]. */
interface Sources {
  readonly source: SourceTokens
  readonly lengths: Lengths
}

/** The inputs of so many sources of so many tokens. */
export const sourcesOf = (batch: number, time: number): Sources => ({
  source: inputOf('i32')('source', axis('batch', batch), axis('source', time)),
  lengths: inputOf('i32')('lengths', axis('batch', batch)),
})

const tokensOf = (name: string, batch: number, time: number): Tokens =>
  inputOf('i32')(name, axis('batch', batch), axis('time', time))

/** The memory of the first rows. */
const firstRows = (memory: Named, rows: number): Named =>
  Object.fromEntries(
    Object.entries(memory).map(([name, x]) => [name, slice(axisIn(x, 'batch'), 0, rows)(anyTensor('f32')(x))]),
  )

/** Targets with the logits of the decoder over a memory; they count up to and with their end. */
const scored = (
  network: EncoderDecoder,
  parameters: Named,
  { memory, tokens, end }: { readonly memory: Named; readonly tokens: Tokens; readonly end: number },
  drop: Drop = keepAll,
): ScoredRows => ({
  tokens,
  mask: endMask(end)(tokens),
  logits: network.decoder(memory).forward(parameters, tokens, drop).logits,
})

/** Sampled targets: they count up to their end, and at most as many of them as the source has tokens. */
const sampledRows = (
  network: EncoderDecoder,
  parameters: Named,
  given: { readonly memory: Named; readonly lengths: Lengths; readonly settings: TranslationSettings },
  drop: Drop,
): ScoredRows => {
  const { shape, end } = given.settings
  const tokens = tokensOf('negatives', shape.negatives, shape.length)
  const rows = scored(network, parameters, { memory: firstRows(given.memory, shape.negatives), tokens, end }, drop)
  const lengths: Lengths = slice(axis('batch', shape.batch), 0, shape.negatives)(given.lengths)
  return { ...rows, mask: both(rows.mask, lengthMask(axis('time', shape.length), lengths)) }
}

const reports = ({ crossEntropy, logSumExp, energy }: EArmTerms): Named => ({
  crossEntropy,
  logSumExp,
  ...(energy === undefined
    ? {}
    : {
        energy: energy.energy,
        ess: ratio(mean(axisIn(energy.effectiveSampleSize, 'time'))(energy.effectiveSampleSize), constant(1)),
      }),
})

/**
 * A training step. Feeds: `source` [batch, time], `lengths` [batch], `tokens` [batch, time], `key` (with dropout or
 * scheduled sampling), `mixing` (scheduled sampling), `negatives` [negatives, length] (energy). With λ = 0 the step with
 * energy is the plain one. Outputs: `loss`, `gradientNorm`, `crossEntropy`, `logSumExp`, and with energy `energy`, `ess`.
 */
export const translationStep = (network: EncoderDecoder, settings: TranslationSettings, variant: Variant): Program => {
  const { loss, shape, end, optimiser, dropout } = settings
  const parameters = parameterInputs(network.parameters)
  const drop = dropFrom(dropout, 1)
  const { source, lengths } = sourcesOf(shape.batch, shape.time)
  const memory = network.encode(parameters, source, { lengths, drop })
  const data = scored(network, parameters, { memory, tokens: tokensOf('tokens', shape.batch, shape.time), end }, drop)
  const energy = hasEnergy(variant) && loss.lambda > 0
  const drawn = energy ? sampledRows(network, parameters, { memory, lengths, settings }, drop) : undefined
  const mixed = { key: foldKey(0)(inputKey('key')), mixing: input('mixing'), prediction: 'argmax' } as const
  const taught = isScheduled(variant) ? secondPass(network.decoder(memory), mixed)(parameters, data, drop) : data
  const terms = eArmObjective(energy ? loss : { ...loss, lambda: 0 }, data, drawn, taught)
  return trainingProgram({ parameters, loss: terms.loss, optimiser, outputs: reports(terms) })
}

/**
 * Computes the memory of sources into the states `memory/…`, which the programs of `conditional` read beside it.
 * Feeds: `source` [batch, time] and `lengths` [batch]; no outputs.
 */
export const encodeProgram = (network: EncoderDecoder, batch: number, time: number): Program => {
  const frozen = parameterInputs(network.parameters)
  const held = parameterInputs(prefixed('memory/', network.memory(batch, time)))
  const { source, lengths } = sourcesOf(batch, time)
  const memory = network.encode(parameterInputs(network.parameters), source, { lengths })
  return program<string, string>(withState(frozen, held), { ...frozen, ...prefixed('memory/', memory) }, {})
}

/**
 * Scores of targets given sources: outputs `scores` [batch], `Σ_k log q(x_k | x_<k, source)` up to the end (nats),
 * `counts` [batch], and `energies` [batch], the logit of the last token. Feeds: `source`, `lengths`, `tokens`.
 */
export const pairScores = (
  network: EncoderDecoder,
  shape: Pick<UpdateShape, 'batch' | 'time'>,
  end: number,
): Program => {
  const parameters = parameterInputs(network.parameters)
  const { source, lengths } = sourcesOf(shape.batch, shape.time)
  const memory = network.encode(parameters, source, { lengths })
  const rows = scored(network, parameters, { memory, tokens: tokensOf('tokens', shape.batch, shape.time), end })
  const terms = tokenTerms(rows)
  const time = axis('time', shape.time)
  const perRow = (x: Tensor<'batch' | '1'>): Expr => reorder(['batch'])(x)
  const frozen = parameters
  return program<string, string>(frozen, frozen, {
    scores: perRow(sum(time)(multiply(terms.mask, terms.logProbability))),
    counts: perRow(sum(time)(terms.mask)),
    energies: perRow(candidateScores('logit')(terms)),
  })
}

/**
 * What the network gives to the words of references in other contexts (Table 8): output `words` [batch, time],
 * `log q(y_k | x_<k, source)` in nats for the reference y and the context x, 0 after the reference's end. Feeds: `source`,
 * `lengths`, `tokens` (the reference), `context`.
 */
export const wordScores = (
  network: EncoderDecoder,
  { batch, time }: Pick<UpdateShape, 'batch' | 'time'>,
  end: number,
): Program => {
  const parameters = parameterInputs(network.parameters)
  const { source, lengths } = sourcesOf(batch, time)
  const memory = network.encode(parameters, source, { lengths })
  const { logits } = scored(network, parameters, { memory, tokens: tokensOf('context', batch, time), end })
  const tokens = tokensOf('tokens', batch, time)
  const { logProbability } = tokenTerms({ tokens, mask: endMask(end)(tokens), logits })
  const frozen = parameters
  return program<string, string>(frozen, frozen, { words: reorder(['batch', 'time'])(logProbability) })
}
