/** Beams over transformers: found as a search without caches finds them, on the reference and on ONNX Runtime. */
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../lib/axis.ts'
import type { TokenRows } from '../../lib/data/strings.ts'
import type { Executor } from '../../lib/executor.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { logSumExp } from '../../lib/math.ts'
import type { Parameters } from '../../lib/models/autoregressive.ts'
import type { BeamOptions } from '../../lib/models/beam.ts'
import { beamMemoryOf, lanesDiffer } from '../../lib/models/beam-program.ts'
import { encoderDecoder } from '../../lib/models/encoder-decoder.ts'
import { type LanguageRuntime, languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { transformerXl } from '../../lib/models/transformer-xl.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { smallTransformer } from './small-transformer.ts'

const onnx = right(await openOnnx({ threads: 1 })())
const model = transformer({ ...smallTransformer, symbols: 7, begin: 7, context: 40 })
// Large enough that laws are far from uniform and hypotheses change lanes.
const parameters: Parameters = Object.fromEntries(
  Object.entries(model.initialise(key(1))).map(([name, data]) => [name, data.map((w) => 6 * w)]),
)

interface Found {
  readonly tokens: readonly number[]
  readonly log: number
}

const divided = ({ tokens, log }: Found, { prefix, lengthPenalty = 0 }: BeamOptions): number =>
  log / Math.max(1, tokens.length - prefix.time) ** lengthPenalty

/** Beam search by definition, for one prefix: whole rows are read anew for every token. */
const searched = async (
  runtime: LanguageRuntime,
  given: readonly number[],
  options: BeamOptions,
): Promise<readonly Found[]> => {
  let beam: readonly Found[] = [{ tokens: given, log: 0 }]
  const ended = ({ tokens }: Found): boolean => tokens.length > given.length && tokens.at(-1) === options.end
  for (let time = given.length; time < options.length && !beam.every(ended); time++) {
    const next: Found[] = []
    for (const h of beam) {
      const rows: TokenRows = { tokens: Int32Array.from(h.tokens), count: 1, time: h.tokens.length }
      const logits = ended(h) ? [] : [...right(await runtime.nextLogits(parameters, rows)())]
      const total = logSumExp(Float64Array.from(logits))
      if (ended(h)) next.push(h)
      logits.forEach((x, s) => {
        next.push({ tokens: [...h.tokens, s], log: h.log + x - total })
      })
    }
    beam = next.sort((a, b) => divided(b, options) - divided(a, options)).slice(0, options.width)
  }
  return beam
}

const prefixes = (count: number, time: number): TokenRows => ({
  tokens: Int32Array.from({ length: count * time }, (_, i) => ((i * 7919) >> 3) % 7),
  count,
  time,
})

const executors: readonly (readonly [string, Executor])[] = [
  ['the reference', reference],
  ['ONNX Runtime', onnx],
]

describe.each(executors)('beams of a transformer on %s', (_name, executor) => {
  it.each([
    ['from nothing', { prefix: prefixes(1, 0), width: 3, length: 6 }],
    ['from prefixes that are stepped through', { prefix: prefixes(3, 2), width: 2, length: 6, lengthPenalty: 0.6 }],
    ['from prefixes in one pass, in groups', { prefix: prefixes(3, 6), width: 4, length: 10, end: 2 }],
    ['wider than the symbols', { prefix: prefixes(2, 5), width: 9, length: 8, end: 2, lengthPenalty: 1 }],
    ['over the boundary of a shorter cache', { prefix: prefixes(1, 29), width: 3, length: 36 }],
  ] as const)('are those of a search without caches: %s', async (_case, options: BeamOptions) => {
    const runtime = languageRuntime(executor, model, { batch: 8 })
    const oracle = languageRuntime(reference, model, { batch: 1 })
    const beams = right(await runtime.beam(parameters, options)())
    const { tokens, count, time } = options.prefix
    expect(beams.length).toBe(count)
    for (const [i, beam] of beams.entries()) {
      const wanted = await searched(oracle, [...tokens.subarray(i * time, (i + 1) * time)], options)
      expect(beam.map((h) => h.tokens.join())).toEqual(wanted.map((h) => h.tokens.join()))
      beam.forEach((h, j) => expect(h.logProbability).toBeCloseTo(wanted[j]?.log ?? 0, 4))
    }
    for (const r of [runtime, oracle]) r.release()
  })

  it('a longer search after a shorter one, and a shorter one after that, find what they find alone', async () => {
    const options = (length: number): BeamOptions => ({ prefix: prefixes(2, 4), width: 3, length })
    const runtime = languageRuntime(executor, model, { batch: 6 })
    for (const length of [8, 36, 8]) {
      const alone = languageRuntime(executor, model, { batch: 6 })
      expect(right(await runtime.beam(parameters, options(length))())).toEqual(
        right(await alone.beam(parameters, options(length))()),
      )
      alone.release()
    }
    runtime.release()
  })
})

describe('lanes that differ', () => {
  const [lanes, source] = [2, 3]
  const network = encoderDecoder({ ...smallTransformer, source: 6, begin: 0, shared: 'none', context: 12 })
  const conditional = network.conditional(lanes, source)
  const memory = Object.fromEntries(
    Object.entries(network.memory(lanes, source)).map(([name, axes], i) => [
      `memory/${name}`,
      name === 'lengths'
        ? Float32Array.of(3, 2)
        : Float32Array.from(uniforms(fold(key(5), i), sizeOf(axes)), (u) => 20 * u - 10),
    ]),
  )
  const weights = Object.entries(network.initialise(key(2))).map(([name, data]) => [name, data.map((w) => 4 * w)])
  const own: Parameters = { ...Object.fromEntries(weights), ...memory }

  it('greedy rows go on from their first tokens, in one pass, as they did token by token, each under its own source', async () => {
    const runtime = languageRuntime(onnx, conditional, { batch: lanes })
    const greedy = async (time: number, tokens: readonly number[], length: number) =>
      right(
        await runtime.beam(own, {
          prefix: { tokens: Int32Array.from(tokens), count: lanes, time },
          width: 1,
          length,
        })(),
      ).flatMap((beam) => beam)
    const [begun, whole] = [await greedy(1, [1, 1], 6), await greedy(1, [1, 1], 12)]
    // Far beyond the tolerance below, so that a lane under the other's source is seen.
    expect(Math.abs((whole[0]?.logProbability ?? 0) - (whole[1]?.logProbability ?? 0))).toBeGreaterThan(0.001)
    const rest = await greedy(
      6,
      begun.flatMap((h) => [...h.tokens]),
      12,
    )
    expect(rest.map((h) => h.tokens)).toEqual(whole.map((h) => h.tokens))
    rest.forEach((h, i) =>
      expect(h.logProbability).toBeCloseTo((whole[i]?.logProbability ?? 0) - (begun[i]?.logProbability ?? 0), 4),
    )
    runtime.release()
  })

  it('are those of models whose parameters lie along the batch', () => {
    expect([model, network.decoder({}), conditional].map(lanesDiffer)).toEqual([false, false, true])
  })
})

describe('what lanes take over', () => {
  it('is rows of caches, which lanes of transformers share, or carried state', () => {
    expect(beamMemoryOf(model)).toEqual({ rows: true, shares: true, carries: false })
    const { tied: _t, positions: _p, norm: _n, activation: _a, ...common } = smallTransformer
    expect(beamMemoryOf(transformerXl({ ...common, memory: 4 }))).toEqual({ rows: true, shares: false, carries: false })
    const lstm = lstmAutoregressive({ symbols: 5, hidden: 4, layers: 1 }, 8)
    expect(beamMemoryOf(lstm)).toEqual({ rows: false, shares: false, carries: true })
  })
})
