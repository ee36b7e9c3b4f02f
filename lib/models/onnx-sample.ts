/**
 * Exact ancestral sampling from a predictor: token by token, each by the inverse distribution function at a uniform of
 * its row's own key.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Run, effect, stopIfAborted } from '../effect.ts'
import { cumulative, fineUniforms, invert } from '../energy/uniform.ts'
import { type Failure, failure } from '../errors.ts'
import { fold } from '../key.ts'
import type { Predictor } from '../predictor.ts'
import { type Decoding, decodingFailure } from './decoding.ts'
import { decodedProbabilities, logProbabilities } from './decoding-host.ts'
import type { DrawnRows, SampleOptions } from './language-sample.ts'
import { rowsFailure } from './row-checks.ts'

/** What sampling needs of a language. */
interface Sampled {
  readonly predictor: Pick<Predictor, 'symbols' | 'context' | 'walk'>
  readonly options: { readonly begin: readonly number[]; readonly end?: number; readonly batch?: number }
}

const NO_PREFIX = { tokens: new Int32Array(0), count: 1, time: 0 } as const

const samplingFailure = (
  { predictor, options }: Sampled,
  { count, length, prefix = NO_PREFIX, decoding = {} }: SampleOptions,
): Failure | undefined => {
  const context = predictor.context - options.begin.length + 1
  const wrong = decodingFailure(decoding) ?? rowsFailure({ symbols: predictor.symbols, context }, prefix)
  if (wrong !== undefined) return wrong
  if (!Number.isInteger(length) || length < prefix.time || length > context)
    return failure(
      'Shape',
      `rows of ${length} tokens from a prefix of ${prefix.time}, and room for ${context}`,
      'give a length between the two',
      { length },
    )
  return prefix.count === 1 || prefix.count === count
    ? undefined
    : failure('Shape', `${prefix.count} prefixes for ${count} rows`, 'give one for each row, or one for all', {
        count: prefix.count,
      })
}

/** Draws a token from a row of logits at a uniform: the token and its log-probability under the model itself. */
const draw = (logits: Float32Array, decoding: Decoding, u: number): readonly [token: number, score: number] => {
  const token = invert(cumulative(decodedProbabilities(logits, decoding)))(u)
  return [token, at(logProbabilities(logits), token)]
}

/** Rows `start` … `start + rows − 1`, written into `out`. */
const chunk = async (
  run: Run,
  { predictor, options }: Sampled,
  { key, length, prefix = NO_PREFIX, decoding = {}, signal }: SampleOptions,
  out: DrawnRows,
  [start, rows]: readonly [number, number],
): Promise<void> => {
  const { begin, end } = options
  const own = (r: number): Int32Array => {
    const p = prefix.count === 1 ? 0 : start + r
    return prefix.tokens.subarray(p * prefix.time, (p + 1) * prefix.time)
  }
  const uniforms = Array.from({ length: rows }, (_, r) => fineUniforms(fold(key, start + r), length - prefix.time))
  for (let r = 0; r < rows; r++) out.tokens.set(own(r), (start + r) * length)
  const alive = new Uint8Array(rows).fill(1)
  const walk = predictor.walk(rows)
  const head = begin.length + prefix.time
  let read = Int32Array.from({ length: rows * head }, (_, i) => {
    const [r, t] = [Math.floor(i / head), i % head]
    return t < begin.length ? at(begin, t) : at(own(r), t - begin.length)
  })
  for (let t = prefix.time; t < length; t++) {
    if (signal !== undefined) stopIfAborted(signal)
    const logits = alive.includes(1) ? await run(walk.extend(read)) : new Float32Array(0)
    read = new Int32Array(rows)
    for (let r = 0; r < rows; r++) {
      const row = logits.subarray(r * predictor.symbols, (r + 1) * predictor.symbols)
      const [token, score] = alive[r] === 1 ? draw(row, decoding, at(at(uniforms, r), t - prefix.time)) : [end ?? 0, 0]
      out.tokens[(start + r) * length + t] = token
      out.logProbability[start + r] = at(out.logProbability, start + r) + score
      if (token === end) alive[r] = 0
      read[r] = token
    }
  }
}

/** Draws rows; one that has drawn `end` is filled up with it. Left `Shape` or `Domain` for what the model cannot do. */
export const samplePredicted =
  (language: Sampled) =>
  (wanted: SampleOptions): TE.TaskEither<Failure, DrawnRows> => {
    const wrong = samplingFailure(language, wanted)
    if (wrong !== undefined) return TE.left(wrong)
    const { count, length, onRows } = wanted
    const out: DrawnRows = {
      tokens: new Int32Array(count * length),
      count,
      time: length,
      logProbability: new Float64Array(count),
    }
    const size = language.options.batch ?? 64
    return effect(async (run) => {
      for (let start = 0; start < count; start += size) {
        const rows = Math.min(size, count - start)
        await chunk(run, language, wanted, out, [start, rows])
        onRows?.(rows)
      }
      return out
    })
  }
