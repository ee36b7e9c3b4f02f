/** Transformers that PyTorch ran (GPT-2 and RoBERTa form), to be compared on any executor. */
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Tensor } from '../../lib/expr.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import { fromGpt2, fromRoberta } from '../../lib/models/checkpoint-names.ts'
import { axesOfInitials } from '../../lib/models/parameters.ts'
import { type TransformerSize, transformer, transformerHidden } from '../../lib/models/transformer.ts'
import { bodyInitials } from '../../lib/models/transformer-size.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { multiply, scale } from '../../lib/ops/pointwise.ts'
import { logSoftmax, sumOver } from '../../lib/ops/reduce.ts'
import { right } from '../either.ts'
import { above, type Comparison, type Torch, torchErrors, torchFixture } from './torch.ts'

/** A fixture's size. */
export const fixtureSize = (
  torch: Torch,
  rest: Pick<TransformerSize, 'norm' | 'activation' | 'begin'>,
): TransformerSize => ({
  symbols: torch.size('symbols'),
  model: torch.size('model'),
  heads: torch.size('heads'),
  layers: torch.size('layers'),
  feedForward: torch.size('feed'),
  context: torch.size('context'),
  positions: 'learned',
  tied: true,
  ...rest,
})

/** A fixture's tokens as an input. */
export const tokensOf = (torch: Torch) => {
  const { shape, data } = torch.given('tokens')
  const [batch, time] = [axis('batch', shape[0] ?? 0), axis('time', shape[1] ?? 0)]
  return { batch, time, tokens: inputOf('i32')('tokens', batch, time), feeds: { tokens: Int32Array.from(data) } }
}

/** A GPT-2: logits, loss and gradients. */
export const gpt2Comparison = (torch: Torch): Comparison => {
  const size = fixtureSize(torch, { norm: 'pre', activation: 'gelu-tanh', begin: torch.size('begin') })
  const { batch, time, tokens, feeds } = tokensOf(torch)
  const model = transformer(size)
  const symbol = axis('symbol', size.symbols)
  return {
    parameters: right(fromGpt2(size)(torch.weights)),
    gradients: right(fromGpt2(size)(torch.gradients)),
    axes: model.parameters,
    feeds,
    make: (parameters) => {
      const { logits } = model.forward(parameters, tokens, keepAll)
      const chosen = gather(symbol)(logSoftmax(symbol)(logits), tokens)
      return { logits, loss: scale(-1 / (batch.size * time.size))(sumOver(batch, time)(chosen)) }
    },
  }
}

const TYPE = 'roberta.embeddings.token_type_embeddings.weight'

/** A RoBERTa with padded rows: hidden states and gradients. */
export const robertaComparison = (torch: Torch): Comparison => {
  const size = fixtureSize(torch, { norm: 'post', activation: 'gelu', begin: 0 })
  const { batch, time, tokens, feeds } = tokensOf(torch)
  const model = axis('model', size.model)
  const direction: Tensor<'batch' | 'time' | 'model' | '1'> = input('direction', batch, time, model)
  // Our position table holds the token type too; the type's own gradient is no part of a position's.
  const gradients = { ...torch.gradients, [TYPE]: { ...torch.given(TYPE), data: new Float32Array(size.model) } }
  return {
    parameters: right(fromRoberta(size)(torch.weights)),
    gradients: right(fromRoberta(size)(gradients)),
    axes: axesOfInitials(bodyInitials(size)),
    feeds: {
      ...feeds,
      direction: torch.given('direction').data,
      lengths: Int32Array.from(torch.given('lengths').data),
    },
    make: (parameters) => {
      const lengths = inputOf('i32')('lengths', batch)
      const hidden = transformerHidden(size, 'bidirectional')(parameters, tokens, { lengths })
      return { hidden, loss: sumOver(batch, time, model)(multiply(hidden, direction)) }
    },
  }
}

const fixtures = [
  ['gpt2', 'a GPT-2 gives the same logits, loss and gradients', gpt2Comparison],
  ['roberta', 'a RoBERTa with padded rows gives the same hidden states and gradients', robertaComparison],
] as const

/** What executors must have of PyTorch's numbers: the errors above a bound, relative to the largest number, by name. */
export const torchComparisons = fixtures.map(([fixture, title, comparison]) => ({
  title,
  above: async (bound: number, executor: Executor): Promise<Readonly<Record<string, number>>> => {
    const torch = torchFixture(fixture)
    return above(bound, await torchErrors(executor, torch, comparison(torch)))
  },
}))
