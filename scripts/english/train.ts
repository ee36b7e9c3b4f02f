/** Trains the English model: a transformer over windows of the passages' tokens, by AdamW on a cosine, the best kept. */
import { axis } from '../../lib/axis.ts'
import type { Feeds, Program } from '../../lib/executor.ts'
import { fold, type Key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { outputWeight, type TransformerSize, transformer, transformerHidden } from '../../lib/models/transformer.ts'
import { widthDeviation } from '../../lib/models/transformer-size.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { mean } from '../../lib/ops/reduce.ts'
import { tokenCrossEntropy } from '../../lib/ops/token-cross-entropy.ts'
import { adamW, clipByGlobalNorm } from '../../lib/optimise/parts.ts'
import { chain } from '../../lib/optimise/optimiser.ts'
import { cooledDown, cosineRate, warmedUp } from '../../lib/optimise/schedule.ts'
import { trainingProgram } from '../../lib/optimise/training.ts'
import { program } from '../../lib/program.ts'

/** Sizes of the network: GPT-2's shape. */
export const sizeOf = (symbols: number, end: number, shape: Shape): TransformerSize => ({
  symbols,
  ...shape,
  begin: end,
  positions: 'learned',
  norm: 'pre',
  activation: 'gelu-tanh',
  tied: true,
  deviation: widthDeviation(shape.model),
})

/** What of the sizes is chosen. */
export interface Shape {
  readonly model: number
  readonly heads: number
  readonly layers: number
  readonly feedForward: number
  readonly context: number
}

/** Rows of a batch and tokens of a row. */
export interface Windows {
  readonly batch: number
  readonly time: number
}

const symbolAxes = (size: TransformerSize) => ({
  symbol: axis('symbol', size.symbols),
  model: axis('model', size.model),
})

/** Cross-entropy [batch, time] (nats) of the token after each of rows as they are: a window may begin anywhere in a text. */
const losses = (size: TransformerSize, { batch, time }: Windows) => {
  const parameters = parameterInputs(transformer(size).parameters)
  const rows = [axis('batch', batch), axis('time', time)] as const
  const [tokens, targets] = [inputOf('i32')('tokens', ...rows), inputOf('i32')('targets', ...rows)]
  const hidden = transformerHidden(size, 'causal')(parameters, tokens, { drop: keepAll })
  const loss = tokenCrossEntropy(symbolAxes(size))<'batch' | 'time' | '1'>({
    hidden,
    table: outputWeight(size, parameters),
    targets,
  })
  return { parameters, loss, rows }
}

/** The rate of learning: a cosine over `horizon` steps, of which `steps` are made, the last of them cooling down to 0. */
export interface Rate {
  readonly rate: number
  readonly horizon: number
  readonly steps: number
  readonly cooling: number
}

/** The program of a training step. */
export const stepProgram = (
  size: TransformerSize,
  windows: Windows,
  { rate, horizon, steps, cooling }: Rate,
): Program => {
  const { parameters, loss, rows } = losses(size, windows)
  const [batch, time] = rows
  return trainingProgram({
    parameters,
    loss: mean(time)(mean(batch)(loss)),
    optimiser: chain(
      clipByGlobalNorm(1),
      adamW(cooledDown(steps, cooling, warmedUp(100, cosineRate(rate, horizon, rate / 20))), 0.05, { beta2: 0.98 }),
    ),
  })
}

/** The tokens of a text's passages, an end before and after each, and how often a window of them is drawn. */
export interface Stream {
  readonly tokens: Int32Array
  readonly share: number
}

/** The windows of a step: a stream by its share, a place in it at random. */
export const batchesOf =
  (streams: readonly Stream[], { batch, time }: Windows, seed: Key) =>
  (step: number): Feeds => {
    const [tokens, targets] = [new Int32Array(batch * time), new Int32Array(batch * time)]
    const drawn = uniforms(fold(seed, step), 2 * batch)
    for (let row = 0; row < batch; row++) {
      const { tokens: all } = chosen(streams, at(drawn, 2 * row))
      const from = Math.floor(at(drawn, 2 * row + 1) * (all.length - time - 1))
      tokens.set(all.subarray(from, from + time), row * time)
      targets.set(all.subarray(from + 1, from + time + 1), row * time)
    }
    return { tokens, targets }
  }

const chosen = (streams: readonly Stream[], u: number): Stream => {
  let below = 0
  for (const stream of streams) {
    below += stream.share
    if (u < below) return stream
  }
  return at(streams, streams.length - 1)
}

/** The program that scores windows, whose parameters are its state: output `loss`, nats a token. */
export const scoreProgram = (size: TransformerSize, windows: Windows): Program<string, 'loss'> => {
  const { parameters, loss, rows } = losses(size, windows)
  const [batch, time] = rows
  return program<string, 'loss'>(parameters, parameters, { loss: mean(time)(mean(batch)(loss)) })
}
