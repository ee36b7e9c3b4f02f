/** Rows of a session that are values: caches are gathered by the rows' parents, so that rows can be copied and dropped. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from 'onnxruntime-node'
import { at, field } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { product } from '../math.ts'
import type { Reading } from '../predictor.ts'
import { type Advanced, advance, advanceSingly, type CausalSession, noPast, type Past } from './causal.ts'
import type { CachePort } from './signature.ts'

/** Slices along the batch, `[outer, batch, inner]`, in the order of the parents. */
const gathered = <A extends Float32Array | Uint16Array>(
  data: A,
  out: A,
  [outer, batch, inner]: readonly [number, number, number],
  parents: Int32Array,
): A => {
  for (let o = 0; o < outer; o++)
    for (let r = 0; r < parents.length; r++) {
      const from = (o * batch + at(parents, r)) * inner
      out.set(data.subarray(from, from + inner), (o * parents.length + r) * inner)
    }
  return out
}

/** The words of half precision, whatever kind of array they lie in. */
const wordsOf = (data: unknown): unknown =>
  ArrayBuffer.isView(data) && 'length' in data && !(data instanceof Float32Array)
    ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
    : data

const movedCache = async (
  { library }: CausalSession,
  { shape, past, type }: CachePort,
  cache: Tensor,
  parents: Int32Array,
): Promise<Tensor> => {
  const axis = shape.indexOf('batch')
  const { dims } = cache
  // A cache on the device (`gpu-buffer`) is read from it; one that lies here is as it is.
  const read: unknown = await cache.getData()
  const data = type === 'float16' ? wordsOf(read) : read
  const sizes = [product(dims.slice(0, axis)), at(dims, axis), product(dims.slice(axis + 1))] as const
  const size = sizes[0] * parents.length * sizes[2]
  const moved = dims.map((d, i) => (i === axis ? parents.length : d))
  if (data instanceof Float32Array)
    return new library.Tensor('float32', gathered(data, new Float32Array(size), sizes, parents), moved)
  if (data instanceof Uint16Array)
    return new library.Tensor('float16', gathered(data, new Uint16Array(size), sizes, parents), moved)
  return raise(
    failure(
      'Format',
      `the cache '${past}' is of the type ${cache.type}`,
      'export the model with caches of float32 or float16',
    ),
  )
}

/** The caches of rows of which row i is row `parents[i]` of those of before; the same ones when no row moves. */
const movedPast = async (causal: CausalSession, past: Past, parents: Int32Array, count: number): Promise<Past> => {
  if (parents.length === count && parents.every((parent, i) => parent === i)) return past
  const moved: Record<string, Tensor> = {}
  for (const port of causal.signature.caches)
    moved[port.past] = await movedCache(causal, port, field(past.caches, port.past), parents)
  return { ...past, caches: moved }
}

/** What a session is, and how it is fed. */
interface Fed {
  readonly causal: CausalSession
  /** One token a run. */
  readonly singly: boolean
}

/** The logits of the last position of each row. */
export const lastLogits = ({ logits, symbols }: Pick<Advanced, 'logits' | 'symbols'>, count: number): Float32Array => {
  const time = logits.length / (count * symbols)
  const last = new Float32Array(count * symbols)
  for (let r = 0; r < count; r++)
    last.set(logits.subarray(((r + 1) * time - 1) * symbols, (r + 1) * time * symbols), r * symbols)
  return last
}

type Failing = (thrown: unknown) => Failure

/** Rows that go on from their caches. */
const cached = (
  fed: Fed,
  tokens: Int32Array,
  count: number,
  past: Past,
  failing: Failing,
): TE.TaskEither<Failure, Reading> =>
  pipe(
    TE.tryCatch(
      () => (fed.singly ? advanceSingly(fed.causal, tokens, count, past) : advance(fed.causal, tokens, count, past, 1)),
      failing,
    ),
    TE.map((read) => ({
      logits: lastLogits(read, count),
      grow: (parents, more) =>
        pipe(
          TE.tryCatch(() => movedPast(fed.causal, read.past, parents, count), failing),
          TE.chain((moved) => cached(fed, more, parents.length, moved, failing)),
        ),
    })),
  )

/** Rows that are read again from their beginning. */
const repeated = (
  { causal }: Fed,
  tokens: Int32Array,
  count: number,
  failing: Failing,
): TE.TaskEither<Failure, Reading> =>
  pipe(
    TE.tryCatch(() => advance(causal, tokens, count, noPast(causal, count), 1), failing),
    TE.map((read) => ({
      logits: lastLogits(read, count),
      grow: (parents, more) => {
        const time = tokens.length / count
        const longer = new Int32Array(parents.length * (time + 1))
        for (let r = 0; r < parents.length; r++) {
          const from = at(parents, r) * time
          longer.set(tokens.subarray(from, from + time), r * (time + 1))
          longer[(r + 1) * (time + 1) - 1] = at(more, r)
        }
        return repeated({ causal, singly: false }, longer, parents.length, failing)
      },
    })),
  )

/** Reads one row of tokens. */
export const readRow =
  (fed: Fed, failing: Failing) =>
  (tokens: Int32Array): TE.TaskEither<Failure, Reading> =>
    fed.causal.signature.caches.length > 0
      ? cached(fed, tokens, 1, noPast(fed.causal, 1), failing)
      : repeated(fed, tokens, 1, failing)
