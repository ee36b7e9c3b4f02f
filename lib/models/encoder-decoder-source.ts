/**
 * An encoder–decoder that was given a source: a model of its targets like any other, which samples, scores and is tilted. The
 * source is encoded once; what became of it lies among the parameters, and every row attends to it.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { field } from '../at.ts'
import { axis, findAxis, sizeOf } from '../axis.ts'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { axesOf, type Expr } from '../expr.ts'
import { inputOf, reshape } from '../ops/layout.ts'
import { broadcast } from '../ops/reduce.ts'
import { program } from '../program.ts'
import { anyTensor } from '../typed.ts'
import type { Autoregressive, Named, NamedAxes, Parameters } from './autoregressive.ts'
import type { EncoderDecoder } from './encoder-decoder.ts'
import { parameterInputs, prefixed, under } from './parameters.ts'

/** A model of targets, and its parameters: those of the network, and `memory/…`. */
export interface AfterSource {
  readonly model: Autoregressive
  readonly parameters: Parameters
}

const MEMORY = 'memory/'

/** The memory of one source of so many tokens, without an axis for the batch. */
const memoryAxes = (network: EncoderDecoder, tokens: number): NamedAxes =>
  Object.fromEntries(
    Object.entries(network.memory(1, tokens)).map(([name, own]) => [name, own.filter((a) => a.name !== 'batch')]),
  )

/** One memory for every row of a batch. */
const forRows = (parameters: Named, rows: Expr): Named => {
  const batch = axis('batch', findAxis('afterSource', axesOf(rows), 'batch').size)
  return Object.fromEntries(
    Object.entries(under(MEMORY, parameters)).map(([name, x]) => [name, broadcast(batch)(anyTensor('f32')(x))]),
  )
}

/** The decoder over a source of so many tokens. */
const targetModel = (network: EncoderDecoder, tokens: number): Autoregressive => {
  const { symbols, context, cache } = network.decoder({})
  return {
    symbols,
    context,
    cache,
    parameters: { ...network.parameters, ...prefixed(MEMORY, memoryAxes(network, tokens)) },
    initialise: (key) => ({
      ...network.initialise(key),
      ...Object.fromEntries(
        Object.entries(memoryAxes(network, tokens)).map(([name, own]) => [
          `${MEMORY}${name}`,
          new Float32Array(sizeOf(own)),
        ]),
      ),
    }),
    forward: (parameters, rows, drop) => network.decoder(forRows(parameters, rows)).forward(parameters, rows, drop),
    step: (parameters, place) => network.decoder(forRows(parameters, place.previous)).step(parameters, place),
    shares: true,
  }
}

const sourceFailure = ({ size }: EncoderDecoder, source: ArrayLike<number>): Failure | undefined => {
  const stranger = Array.from(source).find((token) => !Number.isInteger(token) || token < 0 || token >= size.source)
  if (stranger !== undefined)
    return failure(
      'Domain',
      `the source has a token ${stranger}, and the network reads ${size.source} symbols`,
      'encode the source with the tokenizer that the network was trained with',
      { token: stranger, symbols: size.source },
    )
  return source.length >= 1 && source.length <= size.context
    ? undefined
    : failure(
        'Domain',
        `the source has ${source.length} tokens, and the network reads 1 to ${size.context}`,
        'give a source that fits',
        { tokens: source.length, context: size.context },
      )
}

/**
 * Encodes a source (token ids, an end among them where the network was trained with one). `Domain` for a source without tokens, one that
 * is too long, or a token that the network has not.
 *
 * @example
 * const size = { source: 7, symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0 }
 * const network = encoderDecoder({ ...size, norm: 'pre', activation: 'relu', shared: 'none' })
 * const { model, parameters } = await run(afterSource(reference, network, network.initialise(key(1)))([3, 6, 1]))
 * const runtime = languageRuntime(reference, model, { batch: 4 })
 * const { tokens } = await run(runtime.sample(parameters, { key: key(2), count: 2, length: 5 }))
 * tokens.length // => 10
 */
export const afterSource =
  (executor: Executor, network: EncoderDecoder, parameters: Parameters) =>
  (source: ArrayLike<number>): TaskEither<Failure, AfterSource> =>
    effect(async (run) => {
      const wrong = sourceFailure(network, source)
      if (wrong !== undefined) fail(wrong)
      const tokens = source.length
      const frozen = parameterInputs(network.parameters)
      const encoded = network.encode(frozen, inputOf('i32')('source', axis('batch', 1), axis('source', tokens)))
      const one = (x: Expr): Expr => reshape(axesOf(x).filter((a) => a.name !== 'batch'))(anyTensor('f32')(x))
      const named = Object.fromEntries(Object.entries(encoded).map(([name, x]: [string, Expr]) => [name, one(x)]))
      const prepared = await run(executor.prepare(program<string, string>(frozen, frozen, named)))
      try {
        await run(prepared.writeState(parameters))
        const found = await run(prepared.run({ source: Int32Array.from(source) }))
        const memory = Object.keys(named).map((name): [string, Float32Array] => [
          `${MEMORY}${name}`,
          Float32Array.from(field(found, name).data),
        ])
        return { model: targetModel(network, tokens), parameters: { ...parameters, ...Object.fromEntries(memory) } }
      } finally {
        prepared.release()
      }
    })
