/**
 * A session of a causal language model, run on tokens: what it is fed besides them, and the caches that it carries.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { orElse } from '../at.ts'
import { asFloats } from './half.ts'
import type { OnnxLibrary } from './runtime.ts'
import type { CachePort, Port, Signature } from './signature.ts'

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
  readonly session: InferenceSession
  readonly library: OnnxLibrary
  readonly signature: Signature
}

/** Whole numbers in the element type of an input. */
const numbersFor = ({ library }: CausalSession, port: Port, values: Int32Array, dims: readonly number[]): Tensor => {
  const { Tensor: Make } = library
  if (port.type === 'int64') return new Make('int64', BigInt64Array.from(values, BigInt), dims)
  if (port.type === 'int32') return new Make('int32', values, dims)
  return port.type === 'bool'
    ? new Make('bool', Uint8Array.from(values), dims)
    : new Make('float32', Float32Array.from(values), dims)
}

/** An empty cache. */
const emptyCache = ({ library }: CausalSession, { type, shape }: CachePort, count: number): Tensor => {
  const dims = [count, ...shape.map((d) => (d === 'time' ? 0 : d))]
  return type === 'float32'
    ? new library.Tensor('float32', new Float32Array(0), dims)
    : new library.Tensor('float16', new Uint16Array(0), dims)
}

/** Before the first token. */
export const noPast = (causal: CausalSession, count: number): Past => ({
  length: 0,
  caches: Object.fromEntries(causal.signature.caches.map((c) => [c.past, emptyCache(causal, c, count)])),
})

const feedsFor = (causal: CausalSession, tokens: Int32Array, count: number, past: Past): Record<string, Tensor> => {
  const { tokens: ids, mask, positions, useCache } = causal.signature
  const more = tokens.length / count
  const total = past.length + more
  const feeds: Record<string, Tensor> = { ...past.caches, [ids.name]: numbersFor(causal, ids, tokens, [count, more]) }
  if (mask !== undefined)
    feeds[mask.name] = numbersFor(causal, mask, new Int32Array(count * total).fill(1), [count, total])
  if (positions !== undefined)
    feeds[positions.name] = numbersFor(
      causal,
      positions,
      Int32Array.from({ length: count * more }, (_, i) => past.length + (i % more)),
      [count, more],
    )
  if (useCache !== undefined)
    feeds[useCache.name] = numbersFor(causal, useCache, Int32Array.of(Number(past.length > 0)), [1])
  return feeds
}

const floatsOf = (tensor: Tensor | undefined): Float32Array => {
  const data = tensor?.data ?? []
  return data instanceof Float32Array || data instanceof Uint16Array
    ? asFloats(data)
    : Float32Array.from(Array.from<unknown, number>(data, Number))
}

/** Reads tokens [count, more] after what the caches hold. */
export const advance = async (
  causal: CausalSession,
  tokens: Int32Array,
  count: number,
  past: Past,
): Promise<Advanced> => {
  const { caches, logits } = causal.signature
  const found = await causal.session.run(feedsFor(causal, tokens, count, past), [
    logits.name,
    ...caches.map((c) => c.present),
  ])
  const values = found[logits.name]
  return {
    logits: floatsOf(values),
    symbols: orElse(values?.dims[2], 0),
    past: {
      length: past.length + tokens.length / count,
      caches: Object.fromEntries(
        caches.flatMap(({ past: name, present }) => {
          const tensor = found[present]
          return tensor === undefined ? [] : [[name, tensor] as const]
        }),
      ),
    },
  }
}
