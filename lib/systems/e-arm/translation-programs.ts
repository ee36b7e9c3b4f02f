/**
 * The programs of an encoder–decoder beside its training: the memory of a batch of sources, and scores of targets.
 */
import { axis } from '../../axis.ts'
import type { Program } from '../../executor.ts'
import type { Expr, Tensor } from '../../expr.ts'
import { type Drop, type Named, type Tokens, keepAll } from '../../models/autoregressive.ts'
import type { EncoderDecoder, SourceTokens } from '../../models/encoder-decoder.ts'
import type { RowShape } from '../../models/language-programs.ts'
import { parameterInputs, prefixed, withState } from '../../models/parameters.ts'
import type { Lengths } from '../../models/transformer-attention.ts'
import { inputOf, reorder } from '../../ops/layout.ts'
import { sum } from '../../ops/reduce.ts'
import { multiply } from '../../ops/pointwise.ts'
import { program } from '../../program.ts'
import { candidateScores } from './resample.ts'
import { type ScoredRows, endMask, tokenTerms } from './rows.ts'

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

/** Rows of tokens as they are fed. */
export const tokensOf = (name: string, batch: number, time: number): Tokens =>
  inputOf('i32')(name, axis('batch', batch), axis('time', time))

/** Targets with the logits of the decoder over a memory; they count up to and with their end. */
export const scored = (
  network: EncoderDecoder,
  parameters: Named,
  { memory, tokens, end }: { readonly memory: Named; readonly tokens: Tokens; readonly end: number },
  drop: Drop = keepAll,
): ScoredRows => ({
  tokens,
  mask: endMask(end)(tokens),
  logits: network.decoder(memory).forward(parameters, tokens, drop).logits,
})

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
export const pairScores = (network: EncoderDecoder, shape: RowShape, end: number): Program => {
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
export const wordScores = (network: EncoderDecoder, { batch, time }: RowShape, end: number): Program => {
  const parameters = parameterInputs(network.parameters)
  const { source, lengths } = sourcesOf(batch, time)
  const memory = network.encode(parameters, source, { lengths })
  const { logits } = scored(network, parameters, { memory, tokens: tokensOf('context', batch, time), end })
  const tokens = tokensOf('tokens', batch, time)
  const { logProbability } = tokenTerms({ tokens, mask: endMask(end)(tokens), logits })
  const frozen = parameters
  return program<string, string>(frozen, frozen, { words: reorder(['batch', 'time'])(logProbability) })
}
