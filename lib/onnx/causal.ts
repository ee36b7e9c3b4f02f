/**
 * A session of a causal language model, run on tokens: what it is fed besides them, and the caches that it carries.
 */
import { at, orElse } from '../at.ts'
import { breathe } from '../breath.ts'
import type { Tensor } from 'onnxruntime-node'
import { asFloats } from '../codec/half.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { product } from '../math.ts'
import type { OnnxLibrary, OnnxSession } from './runtime.ts'
import type { CachePort, Meaning, Port, Signature } from './signature.ts'

/** Caches by the input that reads them, and how many positions they hold. */
export interface Past {
  readonly length: number
  readonly caches: Readonly<Record<string, Tensor>>
}

/** A run's logits [count, more, symbols] and what the next one goes on from. */
export interface Advanced {
  readonly logits: Float32Array
  readonly symbols: number
  readonly past: Past
}

/** A session with the meaning of its inputs and outputs. */
export interface CausalSession {
  readonly session: Pick<OnnxSession, 'run' | 'inputMetadata' | 'outputMetadata'>
  /** What makes the tensors that it is fed. */
  readonly library: Pick<OnnxLibrary, 'Tensor'>
  readonly signature: Signature
}

/** 1 in half precision. */
const HALF_ONE = 0x3c00

/** Whole numbers in the element type of an input; of half precision only 0 and 1. */
const numbersFor = ({ library }: CausalSession, port: Port, values: Int32Array, dims: readonly number[]): Tensor => {
  const { Tensor: Make } = library
  switch (port.type) {
    case 'int64':
      return new Make('int64', BigInt64Array.from(values, BigInt), dims)
    case 'int32':
      return new Make('int32', values, dims)
    case 'bool':
      return new Make('bool', Uint8Array.from(values), dims)
    case 'float16':
      return new Make(
        'float16',
        Uint16Array.from(values, (x) => x * HALF_ONE),
        dims,
      )
    default:
      return new Make('float32', Float32Array.from(values), dims)
  }
}

/** An empty cache. */
const emptyCache = ({ library }: CausalSession, { type, shape }: CachePort, count: number): Tensor => {
  const dims = shape.map((d) => (d === 'time' ? 0 : d === 'batch' ? count : d))
  return type === 'float32'
    ? new library.Tensor('float32', new Float32Array(0), dims)
    : new library.Tensor('float16', new Uint16Array(0), dims)
}

/** Before the first token. */
export const noPast = (causal: CausalSession, count: number): Past => ({
  length: 0,
  caches: Object.fromEntries(causal.signature.caches.map((c) => [c.past, emptyCache(causal, c, count)])),
})

/** What is asked of one run. */
interface Asked {
  readonly count: number
  readonly more: number
  readonly past: number
  /** How many of the last positions are to give logits; 0: all. */
  readonly keep: 0 | 1
}

const steps = ({ past, more }: Asked, rows: number): Int32Array =>
  Int32Array.from({ length: rows * more }, (_, i) => past + (i % more))

const single = (port: Port): readonly number[] => port.shape.map(() => 1)

/** The values and dimensions of an input, by its meaning. */
const fed: Readonly<Record<Meaning, (asked: Asked, port: Port) => readonly [Int32Array, readonly number[]]>> = {
  mask: ({ count, past, more }) => [new Int32Array(count * (past + more)).fill(1), [count, past + more]],
  positions: (asked, { shape }) =>
    shape.length === 1 ? [steps(asked, 1), [asked.more]] : [steps(asked, asked.count), [asked.count, asked.more]],
  cachePositions: (asked) => [steps(asked, 1), [asked.more]],
  types: ({ count, more }) => [new Int32Array(count * more), [count, more]],
  heads: (_, { shape }) => {
    const dims = shape.map((d) => (typeof d === 'number' && d >= 0 ? d : 1))
    return [new Int32Array(product(dims)).fill(1), dims]
  },
  useCache: ({ past }, port) => [Int32Array.of(Number(past > 0)), single(port)],
  keep: ({ keep }, port) => [Int32Array.of(keep), single(port)],
}

const feedsFor = (causal: CausalSession, tokens: Int32Array, past: Past, asked: Asked): Record<string, Tensor> => {
  const { tokens: ids, others } = causal.signature
  const feeds: Record<string, Tensor> = {
    ...past.caches,
    [ids.name]: numbersFor(causal, ids, tokens, [asked.count, asked.more]),
  }
  for (const { port, meaning } of others) feeds[port.name] = numbersFor(causal, port, ...fed[meaning](asked, port))
  return feeds
}

const floatsOf = (tensor: Tensor | undefined): Float32Array => {
  const data = tensor?.data ?? []
  return data instanceof Float32Array || data instanceof Uint16Array
    ? asFloats(data)
    : Float32Array.from(Array.from<unknown, number>(data, Number))
}

/** Logits of other dimensions than those that were asked for: what the model gives instead. */
const strangeLogits = (dims: readonly number[], asked: Asked): Failure =>
  failure(
    'Format',
    `the model gives logits [${dims.join(', ')}] for ${asked.count} rows of ${asked.more} tokens`,
    'export it with the logits of every position',
    { dims, rows: asked.count, tokens: asked.more },
  )

/** Reads tokens [count, more] after what the caches hold; logits of all of them, or at least of the last (`keep` 1). */
export const advance = async (
  causal: CausalSession,
  tokens: Int32Array,
  count: number,
  past: Past,
  keep: 0 | 1 = 0,
): Promise<Advanced> => {
  const { caches, logits } = causal.signature
  const asked: Asked = { count, more: tokens.length / count, past: past.length, keep }
  await breathe()
  const found = await causal.session.run(feedsFor(causal, tokens, past, asked), [
    logits.name,
    ...caches.map((c) => c.present),
  ])
  const dims = orElse(found[logits.name]?.dims, [])
  const [rows, time] = dims
  if (dims.length !== 3 || rows !== count || (time !== asked.more && !(keep === 1 && time === 1)))
    raise(strangeLogits(dims, asked))
  return {
    logits: floatsOf(found[logits.name]),
    symbols: at(dims, 2),
    past: {
      length: past.length + asked.more,
      caches: Object.fromEntries(
        caches.flatMap(({ past: name, present }) => {
          const tensor = found[present]
          return tensor === undefined ? [] : [[name, tensor] as const]
        }),
      ),
    },
  }
}

/** Column `t` of rows of `time` tokens. */
const column = (tokens: Int32Array, count: number, time: number, t: number): Int32Array =>
  Int32Array.from({ length: count }, (_, r) => at(tokens, r * time + t))

/** As `advance`, one token a run: for models that read no more at once. */
export const advanceSingly = async (
  causal: CausalSession,
  tokens: Int32Array,
  count: number,
  past: Past,
): Promise<Advanced> => {
  const more = tokens.length / count
  let last = await advance(causal, column(tokens, count, more, 0), count, past)
  const { symbols } = last
  const logits = new Float32Array(count * more * symbols)
  for (let t = 0; t < more; t++) {
    if (t > 0) last = await advance(causal, column(tokens, count, more, t), count, last.past)
    for (let r = 0; r < count; r++)
      logits.set(last.logits.subarray(r * symbols, (r + 1) * symbols), (r * more + t) * symbols)
  }
  return { logits, symbols, past: last.past }
}
