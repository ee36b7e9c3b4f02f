/** An encoder–decoder that was given a source, against the decoder over what the encoder makes of it; and tilted, exactly. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis, sizeOf } from '../../lib/axis.ts'
import { key } from '../../lib/key.ts'
import { logSumExp } from '../../lib/math.ts'
import { keepAll, type Parameters } from '../../lib/models/autoregressive.ts'
import { encoderDecoder } from '../../lib/models/encoder-decoder.ts'
import { afterSource } from '../../lib/models/encoder-decoder-source.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { gather } from '../../lib/ops/gather.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { logSoftmax } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { runtimeModel } from '../../lib/tilt/adapters.ts'
import { bytesOfTexts } from '../../lib/tilt/model.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { left, right, run } from '../either.ts'
import { parameterFeeds, valuesOn } from './torch.ts'

const network = encoderDecoder({
  source: 5,
  symbols: 4,
  model: 8,
  heads: 2,
  layers: 2,
  feedForward: 12,
  context: 6,
  begin: 3,
  norm: 'pre',
  activation: 'gelu',
  shared: 'none',
})
const parameters: Parameters = Object.fromEntries(
  Object.entries(network.initialise(key(11))).map(([name, data]) => [name, data.map((w) => 2 * w)]),
)
const source = [4, 1, 2, 0]

/** Texts of `a`, `b` and `c` of at most four symbols, and their ends. */
const SYMBOLS = 'abc'
const END = 3
const LIMIT = 4
const rows: readonly (readonly number[])[] = Array.from({ length: 3 ** LIMIT }, (_, i) =>
  Array.from({ length: LIMIT }, (_unused, t) => Math.floor(i / 3 ** t) % 3),
)

/** log q of every text after a source, by the network itself: all rows with an end after each length. */
const lawAfter = async (given: readonly number[]): Promise<ReadonlyMap<string, number>> => {
  const texts = [...new Set(rows.flatMap((row) => Array.from({ length: LIMIT + 1 }, (_, n) => row.slice(0, n).join())))]
  const ended = texts.map((text) => [...(text === '' ? [] : text.split(',').map(Number)), END])
  const [batch, time] = [axis('batch', ended.length), axis('time', LIMIT + 1)]
  const padded = ended.flatMap((row) => [...row, ...Array.from({ length: LIMIT + 1 - row.length }, () => END)])
  const inputs = parameterInputs(network.parameters)
  const memory = network.encode(inputs, inputOf('i32')('source', batch, axis('source', given.length)))
  const tokens = inputOf('i32')('tokens', batch, time)
  const { logits } = network.decoder(memory).forward(inputs, tokens, keepAll)
  const symbol = axis('symbol', 4)
  const scores = gather(symbol)(logSoftmax(symbol)(logits), tokens)
  const values = await valuesOn(
    reference,
    { scores },
    {
      ...parameterFeeds(parameters),
      source: Int32Array.from(ended.flatMap(() => given)),
      tokens: Int32Array.from(padded),
    },
  )
  const found = values('scores')
  return new Map(
    ended.map((row, i) => {
      let total = 0
      for (let t = 0; t < row.length; t++) total += at(found, i * (LIMIT + 1) + t)
      const text = row.slice(0, -1).map((v) => SYMBOLS[v])
      return [text.join(''), total]
    }),
  )
}

const modelAfter = async (given: readonly number[], executor = reference) => {
  const found = await run(afterSource(executor, network, parameters)(given))
  const runtime = languageRuntime(executor, found.model, { batch: 16, end: END })
  return { runtime, own: found.parameters }
}

describe('an encoder–decoder after a source', () => {
  it.each([
    ['the reference', async () => reference],
    ['ONNX Runtime', () => run(openOnnx({ threads: 1 }))],
  ] as const)('scores texts as the network does, on %s', async (_, open) => {
    const law = await lawAfter(source)
    const { runtime, own } = await modelAfter(source, await open())
    const texts = [...law.keys()]
    const tokens = texts.flatMap((text) => [
      ...[...text].map((c) => SYMBOLS.indexOf(c)),
      ...Array.from({ length: LIMIT + 1 - text.length }, () => END),
    ])
    const scores = await run(
      runtime.score(own, { tokens: Int32Array.from(tokens), count: texts.length, time: LIMIT + 1 }),
    )
    // Norms over six features, whose variance can be small, enlarge the rounding of f32.
    for (const [i, text] of texts.entries()) {
      const wanted = law.get(text) ?? Number.NaN
      expect(Math.abs(at(scores, i) - wanted)).toBeLessThan(1e-5 * Math.abs(wanted))
    }
    runtime.release()
  })

  it('S8 is tilted like any other: log Z and the law of texts, by writing all of them down', async () => {
    const law = await lawAfter(source)
    const { runtime, own } = await modelAfter(source)
    const model = right(runtimeModel(runtime, own, { texts: bytesOfTexts(['a', 'b', 'c', '']), ends: [END] }))
    const inside = [...law].filter(([text]) => /^(c?(ab|b|ca)*)$/u.test(text))
    const logZ = logSumExp(inside.map(([, log]) => log))
    const target = { model, constraint: right(matching(/c?(ab|b|ca)*/u)), limit: LIMIT }
    const found = await run(smc(key(1), { particles: 4096, islands: 64 })(target))
    expect(found.logPartition.standardError).toBeLessThan(0.02)
    expect(Math.abs(found.logPartition.value - logZ)).toBeLessThan(4 * found.logPartition.standardError)
    const masses = new Map<string, number>()
    found.texts.forEach((text, i) => masses.set(text, (masses.get(text) ?? 0) + at(found.weights, i)))
    const distance = inside.reduce(
      (far, [text, log]) => far + Math.abs((masses.get(text) ?? 0) - Math.exp(log - logZ)),
      0,
    )
    expect(distance / 2).toBeLessThan(0.03)
    // After another source it is another law.
    const other = await lawAfter([0, 3])
    const otherZ = logSumExp(inside.map(([text]) => other.get(text) ?? 0))
    expect(Math.abs(otherZ - logZ)).toBeGreaterThan(0.1)
    model.release()
  })

  it('starts as its network does, with a memory of zeros of the source’s size', async () => {
    const { model } = await run(afterSource(reference, network, parameters)(source))
    const start = model.initialise(key(2))
    expect(start).toMatchObject(network.initialise(key(2)))
    expect(Object.keys(start).sort()).toEqual(Object.keys(model.parameters).sort())
    for (const [name, own] of Object.entries(model.parameters)) {
      const values = start[name] ?? expect.fail(name)
      expect(values).toHaveLength(sizeOf(own))
      if (name.startsWith('memory/')) expect(values.every((x) => x === 0)).toBe(true)
    }
    // Four tokens of two heads of four.
    expect(start['memory/layer1.keys']).toHaveLength(4 * 2 * 4)
  })

  it('refuses a source that the network cannot read', async () => {
    const said = async (given: readonly number[]): Promise<string> =>
      left(await afterSource(reference, network, parameters)(given)()).what
    expect(await said([])).toBe('the source has 0 tokens, and the network reads 1 to 6')
    expect(await said([1, 1, 1, 1, 1, 1, 1])).toBe('the source has 7 tokens, and the network reads 1 to 6')
    expect(await said([5])).toBe('the source has a token 5, and the network reads 5 symbols')
  })

  it('is drawn and searched by the runtime', async () => {
    const law = await lawAfter(source)
    const { runtime, own } = await modelAfter(source)
    const prefix = { tokens: new Int32Array(0), count: 1, time: 0 }
    const [beam] = await run(runtime.beam(own, { prefix, width: 64, length: LIMIT + 1 }))
    const best = [...law].reduce((one, next) => (next[1] > one[1] ? next : one))
    const text = Array.from(at(beam ?? [], 0).tokens)
      .filter((v) => v !== END)
      .map((v) => SYMBOLS[v])
    expect(text.join('')).toBe(best[0])
    expect(at(beam ?? [], 0).logProbability).toBeCloseTo(best[1], 5)
    runtime.release()
  })
})
