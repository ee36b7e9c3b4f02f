/**
 * What a file of a language model computes: logits, log-probabilities or energies, as programs of any batch and length.
 * A model is any function from parameters and tokens to logits.
 */
import { axis, type Axis } from '../axis.ts'
import type { Values } from '../dtype.ts'
import type { Tensor } from '../expr.ts'
import type { Program } from '../executor.ts'
import { gather } from '../ops/gather.ts'
import { input, inputOf, reorder } from '../ops/layout.ts'
import { cast, constant, constantOf, equal, lessEqual, multiply, subtract } from '../ops/pointwise.ts'
import { cumulativeSum, logSoftmax, sum } from '../ops/reduce.ts'
import { outputs } from '../program.ts'
import {
  type Autoregressive,
  keepAll,
  type Named,
  type NamedAxes,
  type TokenLogits,
  type Tokens,
} from './autoregressive.ts'

/** A model as a file needs it; `end`: the symbol that ends a row and is counted, after which nothing is. */
export interface FileModel {
  readonly symbols: number
  readonly end?: number
  /** The longest row; any length unless given. */
  readonly context?: number
  readonly parameters: NamedAxes
  readonly logits: (parameters: Named, tokens: Tokens) => TokenLogits
}

/** Rows and positions of a batch. */
export interface RowSizes {
  readonly batch: number
  readonly time: number
}

/** What is exported of a run: a program of any batch, the values of its parameters, and words about it. */
export interface RunFile {
  readonly program: (sizes: RowSizes) => Program
  readonly values: Readonly<Record<string, Values>>
  readonly notes: Readonly<Record<string, string>>
  readonly description: string
  readonly metadata: Readonly<Record<string, string>>
  /** How many tokens a row has: so many at most, or exactly so many; any number unless given. */
  readonly rows?: { readonly most: number } | { readonly exactly: number }
}

/** An autoregressive model as a file needs it. */
export const fileModel = (model: Autoregressive, end?: number): FileModel => ({
  symbols: model.symbols,
  ...(end === undefined ? {} : { end }),
  context: model.context,
  parameters: model.parameters,
  logits: (parameters, tokens) => model.forward(parameters, tokens, keepAll).logits,
})

/** What one sentence says of each value of the programs, for the file. */
export const fileNotes: Readonly<Record<string, string>> = {
  tokens:
    'symbols of each row; position t is token t, and the logits at t are those of token t given the ones before it',
  logits: 'unnormalised log-probabilities of each token given those before it, nats',
  logProbability: 'log-probability of each row, nats; the symbol that ends a row is counted and nothing after it',
}

/** The input `tokens` [batch, time] of a file. */
export const fileTokens = ({ batch, time }: RowSizes): Tokens =>
  inputOf('i32')('tokens', axis('batch', batch), axis('time', time))

/** The parameters of a file as inputs under their names, which get values when it is written. */
export const fileParameters = ({ parameters }: Pick<FileModel, 'parameters'>): Named =>
  Object.fromEntries(Object.entries(parameters).map(([name, axes]) => [name, input(name, ...axes)]))

/** logits [batch, time, symbol] of `tokens` [batch, time]; parameters are inputs under their names. */
export const logitsProgram =
  (model: FileModel) =>
  (sizes: RowSizes): Program<never, 'logits'> =>
    outputs({ logits: reorder(['batch', 'time', 'symbol'])(model.logits(fileParameters(model), fileTokens(sizes))) })

/** 1 up to and with the first `end`, 0 after it. */
const counted = (end: number, time: Axis<'time'>, tokens: Tokens): Tensor<'batch' | 'time' | '1'> => {
  const ends = cast('f32')(equal(tokens, constantOf('i32', end)))
  return cast('f32')(lessEqual(subtract(cumulativeSum(time)(ends), ends), constant(0)))
}

/** logProbability [batch] (nats) of `tokens` [batch, time]. */
export const logProbabilityProgram =
  (model: FileModel) =>
  (sizes: RowSizes): Program<never, 'logProbability'> => {
    const [symbol, time, tokens] = [axis('symbol', model.symbols), axis('time', sizes.time), fileTokens(sizes)]
    const terms = gather(symbol)(logSoftmax(symbol)(model.logits(fileParameters(model), tokens)), tokens)
    const kept = model.end === undefined ? terms : multiply(terms, counted(model.end, time, tokens))
    return outputs({ logProbability: sum(time)(kept) })
  }
