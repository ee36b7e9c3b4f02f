/**
 * What a network is trained on, as data: rows of tokens, or pairs of rows, where targets are read over the memory of their
 * sources. Steps, trainers and chains are written once, against this.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../../at.ts'
import { axis } from '../../axis.ts'
import type { Failure } from '../../errors.ts'
import type { DType } from '../../dtype.ts'
import type { Executor, Feeds, Prepared, Program } from '../../executor.ts'
import { type AnyTensor, type Expr, axesOf } from '../../expr.ts'
import type { Autoregressive, Drop, Named, NamedAxes, Tokens } from '../../models/autoregressive.ts'
import type { EmbeddedModel } from '../../models/embedded.ts'
import type { EncoderDecoder } from '../../models/encoder-decoder.ts'
import type { Lengths } from '../../models/transformer-attention.ts'
import { requireNames } from '../../names.ts'
import { concat } from '../../ops/join.ts'
import { input, merge, rename, reorder } from '../../ops/layout.ts'
import { constant } from '../../ops/pointwise.ts'
import { broadcast } from '../../ops/reduce.ts'
import { slice } from '../../ops/slice.ts'
import { anyTensor, typedOf } from '../../typed.ts'
import { type MaskedRows, type ScoredRows, axisIn, both, endMask, lengthMask } from './rows.ts'
import { encodeProgram, scored, sourcesOf, tokensOf } from './translation-programs.ts'

/** Sizes of an update: rows and tokens of data, rows and tokens of samples. */
export interface UpdateShape {
  readonly batch: number
  readonly time: number
  readonly negatives: number
  readonly length: number
  /** Sampled rows of one source, one after the other (1). */
  readonly perSource?: number
}

/** The rows of a training step, as inputs of its program. */
export interface StepRows<M> {
  /** What reads the data's rows, given the parameters. */
  readonly model: M
  readonly data: MaskedRows
  /** Rows that are fed under this name [negatives, length], with the logits that the network gives them. */
  readonly sampled: (name: 'negatives' | 'normalisers') => ScoredRows
  /** The data and, after them, the sampled rows in one pass, where both are equally long and read alike. */
  readonly together?: (name: 'negatives') => ScoredRows
}

/** What must be computed before rows are sampled or moved, into states that the model reads beside the parameters. */
interface Memory {
  readonly program: (rows: number, time: number) => Program
  /** What of the feeds of an update it is fed: for every row its source. */
  readonly feeds: (feeds: Feeds, shape: MemoryShape) => Feeds
}

/** Sizes of a memory: rows, tokens of a source, and rows of one source, one after the other (1). */
interface MemoryShape {
  readonly rows: number
  readonly time: number
  readonly perSource?: number
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
  shape: MemoryShape,
): TE.TaskEither<Failure, HeldMemory> =>
  memory === undefined
    ? TE.right({ root: parameters, remember: () => TE.right(undefined), release: () => undefined })
    : TE.map((root: Prepared) => ({
        root,
        remember: (feeds: Feeds) => root.run(memory.feeds(feeds, shape), []),
        release: root.release,
      }))(executor.prepare(memory.program(shape.rows, shape.time), parameters))

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
    if (typeof counted !== 'object') requireNames({ 'way of counting tokens': [counted, ['all', 'fed']] })
    const tokens = tokensOf('tokens', shape.batch, shape.time)
    const data = { tokens, mask: maskOf('mask', counted, tokens) }
    const drawn = (name: string): MaskedRows => {
      const rows = tokensOf(name, shape.negatives, shape.length)
      return { tokens: rows, mask: maskOf(`${name.slice(0, -1)}Mask`, counted, rows) }
    }
    const scoredRows = (rows: MaskedRows): ScoredRows => ({
      ...rows,
      logits: model.forward(parameters, rows.tokens, drop).logits,
    })
    const joined = ({ tokens: others, mask }: MaskedRows): MaskedRows => ({
      tokens: concat({ name: 'batch' })<'time' | '1', 'i32'>(tokens, others),
      mask: concat({ name: 'batch' })<'time' | '1'>(data.mask, mask),
    })
    return {
      model,
      data,
      sampled: (name) => scoredRows(drawn(name)),
      ...(shape.length === shape.time ? { together: (name) => scoredRows(joined(drawn(name))) } : {}),
    }
  },
  model: () => model,
  ...(typeof counted === 'object' ? { end: counted.end } : {}),
})

/** Each of the first sources along `batch`, so many times one after the other. */
const repeatedRows =
  (sources: number, times: number) =>
  <D extends DType>(dtype: D, x: Expr): AnyTensor<D> => {
    const first = slice(axisIn(x, 'batch'), 0, sources)(anyTensor(dtype)(x))
    if (times === 1) return first
    const [source, member] = [axis('rowSource', sources), axis('rowMember', times)]
    const spread = broadcast(member)(rename(axis('batch', sources), source)(first))
    const all = merge(source, member, axis('batch', sources * times))(spread)
    return anyTensor(dtype)(reorder(axesOf(x).map(({ name }) => name))(all))
  }

/** The rows of so many sources among fed ones, each so many times one after the other. */
const repeatedFeeds = (data: Feeds[string], { rows, time, perSource = 1 }: MemoryShape): Int32Array =>
  Int32Array.from({ length: rows * time }, (_, i) =>
    at(data, Math.floor(Math.floor(i / time) / perSource) * time + (i % time)),
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
        const { negatives, perSource = 1 } = shape
        const repeated = repeatedRows(negatives / perSource, perSource)
        const own = Object.fromEntries(Object.entries(memory).map(([key, x]) => [key, repeated('f32', x)]))
        const rows = scored(network, parameters, { memory: own, tokens: drawn, end }, drop)
        const most: Lengths = typedOf('i32')('batch')(repeated('i32', lengths))
        return { ...rows, mask: both(rows.mask, lengthMask(axis('time', shape.length), most)) }
      },
    }
  },
  model: (rows, time) => network.conditional(rows, time),
  end,
  memory: {
    program: (rows, time) => encodeProgram(network, rows, time),
    feeds: (feeds, shape) => ({
      source: repeatedFeeds(field(feeds, 'source'), shape),
      lengths: repeatedFeeds(field(feeds, 'lengths'), { ...shape, time: 1 }),
    }),
  },
})
