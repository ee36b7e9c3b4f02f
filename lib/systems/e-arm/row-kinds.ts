/**
 * What a network is trained on, as data: rows of tokens, or pairs of rows, where targets are read over the memory of their
 * sources. Steps, trainers and chains are written once, against this.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { field } from '../../at.ts'
import { axis } from '../../axis.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared, Program } from '../../executor.ts'
import type { Autoregressive, Drop, Named, NamedAxes, Tokens } from '../../models/autoregressive.ts'
import type { EmbeddedModel } from '../../models/embedded.ts'
import type { EncoderDecoder } from '../../models/encoder-decoder.ts'
import type { Lengths } from '../../models/transformer-attention.ts'
import { input } from '../../ops/layout.ts'
import { constant } from '../../ops/pointwise.ts'
import { broadcast } from '../../ops/reduce.ts'
import { slice } from '../../ops/slice.ts'
import { anyTensor } from '../../typed.ts'
import { type MaskedRows, type ScoredRows, axisIn, both, endMask, lengthMask } from './rows.ts'
import { encodeProgram, scored, sourcesOf, tokensOf } from './translation-programs.ts'

/** Sizes of an update: rows and tokens of data, rows and tokens of samples. */
export interface UpdateShape {
  readonly batch: number
  readonly time: number
  readonly negatives: number
  readonly length: number
}

/** The rows of a training step, as inputs of its program. */
export interface StepRows<M> {
  /** What reads the data's rows, given the parameters. */
  readonly model: M
  readonly data: MaskedRows
  /** Rows that are fed under this name [negatives, length], with the logits that the network gives them. */
  readonly sampled: (name: 'negatives' | 'normalisers') => ScoredRows
}

/** What must be computed before rows are sampled or moved, into states that the model reads beside the parameters. */
interface Memory {
  readonly program: (rows: number, time: number) => Program
  /** What of the feeds of an update it is fed. */
  readonly feeds: (feeds: Feeds, rows: number, time: number) => Feeds
}

/** The memory of a kind on an executor. */
export interface HeldMemory {
  /** What programs that read it are prepared beside. */
  readonly root: Prepared
  /** Computes it anew, from the feeds of an update. */
  readonly remember: (feeds: Feeds) => TE.TaskEither<Failure, unknown>
  readonly release: () => void
}

/** The memory of so many rows beside the program that holds the parameters; that program itself where a kind has none. */
export const memoryBeside = (
  executor: Executor,
  { memory }: Pick<RowKind, 'memory'>,
  parameters: Prepared,
  { rows, time }: { readonly rows: number; readonly time: number },
): TE.TaskEither<Failure, HeldMemory> =>
  memory === undefined
    ? TE.right({ root: parameters, remember: () => TE.right(undefined), release: () => undefined })
    : TE.map((root: Prepared) => ({
        root,
        remember: (feeds: Feeds) => root.run(memory.feeds(feeds, rows, time), []),
        release: root.release,
      }))(executor.prepare(memory.program(rows, time), parameters))

/** A kind of rows. */
export interface RowKind<M extends Autoregressive = Autoregressive> {
  readonly parameters: NamedAxes
  readonly rows: (shape: UpdateShape, parameters: Named, drop: Drop) => StepRows<M>
  /** What samples so many rows (given so many tokens of their source), over its memory where there is one. */
  readonly model: (rows: number, time: number) => M
  /** The symbol that ends a sampled row. */
  readonly end?: number
  readonly memory?: Memory
}

/** Which tokens count: all, those up to the first `end`, or those of a fed `mask` (and `negativeMask`, `normaliserMask`). */
type Counted = 'all' | 'fed' | { readonly end: number }

const maskOf = (name: string, counted: Counted, tokens: Tokens): MaskedRows['mask'] => {
  if (typeof counted === 'object') return endMask(counted.end)(tokens)
  const axes = [axisIn(tokens, 'batch'), axisIn(tokens, 'time')] as const
  return counted === 'all' ? broadcast(...axes)(constant(1)) : input(name, ...axes)
}

/**
 * Rows of tokens. Feeds: `tokens` [batch, time], the sampled rows, and the masks where they are fed.
 *
 * @example
 * import { tableModel } from 'exptilt'
 * Object.keys(tokenRows(tableModel({ symbols: 3, length: 4 })).parameters) // => ['logits']
 */
export const tokenRows = <M extends Autoregressive>(model: M, counted: Counted = 'all'): RowKind<M> => ({
  parameters: model.parameters,
  rows: (shape, parameters, drop) => {
    const tokens = tokensOf('tokens', shape.batch, shape.time)
    return {
      model,
      data: { tokens, mask: maskOf('mask', counted, tokens) },
      sampled: (name) => {
        const drawn = tokensOf(name, shape.negatives, shape.length)
        const mask = maskOf(`${name.slice(0, -1)}Mask`, counted, drawn)
        return { tokens: drawn, mask, logits: model.forward(parameters, drawn, drop).logits }
      },
    }
  },
  model: () => model,
  ...(typeof counted === 'object' ? { end: counted.end } : {}),
})

/** The memory of the first rows. */
const firstRows = (memory: Named, rows: number): Named =>
  Object.fromEntries(
    Object.entries(memory).map(([name, x]) => [name, slice(axisIn(x, 'batch'), 0, rows)(anyTensor('f32')(x))]),
  )

/**
 * Pairs of rows that end in `end`. Feeds: `source` [batch, time], `lengths` [batch], the targets `tokens` [batch, time], and
 * the sampled targets, which count up to their end, and at most as many of them as their source has tokens.
 *
 * @example
 * import { encoderDecoder } from 'exptilt'
 * const size = { source: 7, symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0 }
 * pairedRows(encoderDecoder({ ...size, norm: 'pre', activation: 'relu', shared: 'none' }), 4).end // => 4
 */
export const pairedRows = (network: EncoderDecoder, end: number): RowKind<EmbeddedModel> => ({
  parameters: network.parameters,
  rows: (shape, parameters, drop) => {
    const { source, lengths } = sourcesOf(shape.batch, shape.time)
    const memory = network.encode(parameters, source, { lengths, drop })
    const tokens = tokensOf('tokens', shape.batch, shape.time)
    return {
      model: network.decoder(memory),
      data: { tokens, mask: endMask(end)(tokens) },
      sampled: (name) => {
        const drawn = tokensOf(name, shape.negatives, shape.length)
        const given = { memory: firstRows(memory, shape.negatives), tokens: drawn, end }
        const rows = scored(network, parameters, given, drop)
        const own: Lengths = slice(axis('batch', shape.batch), 0, shape.negatives)(lengths)
        return { ...rows, mask: both(rows.mask, lengthMask(axis('time', shape.length), own)) }
      },
    }
  },
  model: (rows, time) => network.conditional(rows, time),
  end,
  memory: {
    program: (rows, time) => encodeProgram(network, rows, time),
    feeds: (feeds, rows, time) => ({
      source: Int32Array.from(field(feeds, 'source')).slice(0, rows * time),
      lengths: Int32Array.from(field(feeds, 'lengths')).slice(0, rows),
    }),
  },
})
