/** Causal language models from files: what PyTorch exported gives PyTorch's numbers, and a wrong file gets one sentence. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import protobuf from 'protobufjs/light.js'
import { afterAll, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../lib/cli/exit.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import { at } from '../../lib/at.ts'
import { logProbabilities } from '../../lib/models/decoding-host.ts'
import { fromHalf } from '../../lib/codec/half.ts'
import { openPredictor, openPredictorFrom } from '../../lib/onnx/import.ts'
import { descriptor, encodeModel } from '../../lib/onnx/proto.ts'
import { installed } from '../../lib/onnx/installed.ts'
import type { Graph, GraphValue } from '../../lib/onnx/types.ts'
import type { Predictor } from '../../lib/predictor.ts'
import { right, run } from '../either.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/causal/${name}`, import.meta.url))

const recorded = right(
  decodeJson(
    t.type({ rows: t.readonlyArray(t.readonlyArray(t.number)), scores: t.readonlyArray(t.readonlyArray(t.number)) }),
    'the recorded scores',
  )(readFileSync(fixture('scores.json'), 'utf8')),
)
const [SYMBOLS, BEGIN, TIME] = [16, 0, 12]
const count = recorded.rows.length
const read = Int32Array.from(recorded.rows.flatMap((row) => [BEGIN, ...row.slice(0, -1)]))

const open = async (name: string): Promise<Predictor> =>
  right(await openPredictor({ file: fixture(name), threads: 1 })())

/** log q of every recorded token from logits [count, time, symbols]. */
const scoresFrom = (logits: Float32Array): readonly number[] =>
  recorded.rows.flatMap((row, r) =>
    row.map((token, i) => {
      const start = (r * TIME + i) * SYMBOLS
      return at(logProbabilities(logits.subarray(start, start + SYMBOLS)), token)
    }),
  )

const worst = (xs: readonly number[], ys: readonly number[]): number =>
  Math.max(...xs.map((x, i) => Math.abs(x - at(ys, i))))

describe('a transformer from PyTorch', () => {
  it.each(['plain.onnx', 'masked.onnx', 'cached.onnx'])(
    '%s gives the log-probabilities that PyTorch gives',
    async (name) => {
      const model = await open(name)
      expect(model.symbols).toBe(SYMBOLS)
      const scores = scoresFrom(right(await model.logits({ tokens: read, count, time: TIME })()))
      expect(worst(scores, recorded.scores.flat())).toBeLessThan(1e-5)
      model.release()
    },
  )

  it('half precision: within the rounding of logits to 11 bits', async () => {
    const model = await open('half.onnx')
    const scores = scoresFrom(right(await model.logits({ tokens: read, count, time: TIME })()))
    // Logits of at most 8 have steps of 2⁻⁷·½; a log-probability adds at most two such errors.
    expect(worst(scores, recorded.scores.flat())).toBeLessThan(2 * 2 ** -8)
    model.release()
  })

  it.each(['plain.onnx', 'masked.onnx', 'cached.onnx'])('%s: token by token as all at once', async (name) => {
    const model = await open(name)
    const all = right(await model.logits({ tokens: read, count, time: TIME })())
    const walk = model.walk(count)
    const column = (from: number, to: number): Int32Array =>
      Int32Array.from(recorded.rows.flatMap((_, r) => Array.from(read.subarray(r * TIME + from, r * TIME + to))))
    for (const [from, to] of [
      [0, 3],
      [3, 4],
      [4, 5],
      [5, 12],
    ] as const) {
      const next = right(await walk.extend(column(from, to))())
      const want = recorded.rows.flatMap((_, r) =>
        Array.from(all.subarray((r * TIME + to - 1) * SYMBOLS, (r * TIME + to) * SYMBOLS)),
      )
      expect(worst(Array.from(next), want)).toBeLessThan(2e-5)
    }
    model.release()
  })

  it('says what it is', async () => {
    const model = await open('cached.onnx')
    expect(model.description).toMatch(
      /cached\.onnx \(16 symbols, key\/value cache\) on ONNX Runtime 1\.\d+\.\d+ \(CPU\)$/,
    )
    model.release()
  })
})

describe('half-precision numbers', () => {
  it('are read exactly', () => {
    expect([0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555].map(fromHalf)).toEqual([1, -2, 2 ** -24, 65504, 0.333251953125])
    expect([0x7c00, 0xfc00, 0x8000].map(fromHalf)).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])
    expect(fromHalf(0x7e00)).toBeNaN()
  })
})

const folder = mkdtempSync(join(tmpdir(), 'exptilt-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const value = (name: string, dtype: GraphValue['dtype'], ...names: readonly (string | number)[]): GraphValue => ({
  name,
  dtype,
  shape: names.map(() => 1),
  dimensions: names.map((n) => (typeof n === 'number' ? { size: n } : { name: n })),
})

const ids = value('input_ids', 'i64', 'batch', 'time')
const logits = value('logits', 'f32', 'batch', 'time', 3)
const depth: Graph['initialisers'] = [
  { name: 'depth', key: 'depth', dtype: 'i64', shape: [1], bytes: new Uint8Array(BigInt64Array.of(3n).buffer) },
  { name: 'values', key: 'values', dtype: 'f32', shape: [2], bytes: new Uint8Array(Float32Array.of(0, 1).buffer) },
]

/** A model whose logits are one-hot vectors of its tokens, changed in one respect. */
const written = (name: string, change: Partial<Graph> = {}): string => {
  const graph: Graph = {
    nodes: [
      { type: 'OneHot', inputs: ['input_ids', 'depth', 'values'], outputs: ['logits'], attributes: { axis: -1 } },
    ],
    initialisers: depth,
    inputs: [ids],
    outputs: [logits],
    ...change,
  }
  const path = join(folder, name)
  writeFileSync(path, encodeModel(protobuf.Root.fromJSON(descriptor))(graph))
  return path
}

const failed = async (file: string): Promise<Failure> => {
  const result = await openPredictor({ file, threads: 1 })()
  return result._tag === 'Left' ? result.left : failure('Runtime', 'it was opened', '')
}

describe('wrong files', () => {
  it('the file that they are made from is right', async () => {
    expect((await failed(written('right.onnx'))).what).toBe('it was opened')
  })

  it.each([
    ['a file that is not there', () => join(folder, 'none.onnx'), /none\.onnx cannot be read$/],
    [
      'a file that is no model',
      () => {
        writeFileSync(join(folder, 'text.onnx'), 'this is no model')
        return join(folder, 'text.onnx')
      },
      /text\.onnx is not an ONNX model$/,
    ],
    [
      'an empty file',
      () => {
        writeFileSync(join(folder, 'empty.onnx'), '')
        return join(folder, 'empty.onnx')
      },
      /empty\.onnx is not an ONNX model$/,
    ],
    [
      'an unknown operator',
      () =>
        written('operator.onnx', {
          nodes: [{ type: 'Frobnicate', inputs: ['input_ids'], outputs: ['logits'], attributes: {} }],
        }),
      /operator\.onnx uses the operator 'Frobnicate', which ONNX Runtime does not know$/,
    ],
    [
      'another name of the input',
      () =>
        written('input.onnx', {
          nodes: [
            { type: 'OneHot', inputs: ['words', 'depth', 'values'], outputs: ['logits'], attributes: { axis: -1 } },
          ],
          inputs: [value('words', 'i64', 'batch', 'time')],
        }),
      /the model has no input 'input_ids' \(it has words\)$/,
    ],
    [
      'another name of the output',
      () =>
        written('output.onnx', {
          nodes: [
            { type: 'OneHot', inputs: ['input_ids', 'depth', 'values'], outputs: ['scores'], attributes: { axis: -1 } },
          ],
          outputs: [value('scores', 'f32', 'batch', 'time', 3)],
        }),
      /the model has no output 'logits' \(it has scores\)$/,
    ],
    [
      'real numbers for tokens',
      () =>
        written('type.onnx', {
          nodes: [
            { type: 'Cast', inputs: ['input_ids'], outputs: ['whole'], attributes: { to: 7 } },
            { type: 'OneHot', inputs: ['whole', 'depth', 'values'], outputs: ['logits'], attributes: { axis: -1 } },
          ],
          inputs: [value('input_ids', 'f32', 'batch', 'time')],
        }),
      /input 'input_ids' is float32 \[batch, time\], not int64 or int32 of rank 2$/,
    ],
    [
      'tokens of rank 1',
      () =>
        written('rank.onnx', {
          inputs: [value('input_ids', 'i64', 'time')],
          outputs: [value('logits', 'f32', 'time', 3)],
        }),
      /input 'input_ids' is int64 \[time\], not int64 or int32 of rank 2$/,
    ],
    [
      'an input that nobody knows',
      () => written('stranger.onnx', { inputs: [ids, value('encoder_states', 'f32', 'batch', 5)] }),
      /nothing is known to feed to the input 'encoder_states' \(float32 \[batch, 5\]\)$/,
    ],
    [
      'a cache that no output carries on',
      () => written('cache.onnx', { inputs: [ids, value('past_key_values.0.key', 'f32', 'batch', 2, 'past', 8)] }),
      /no output carries 'past_key_values\.0\.key' on$/,
    ],
    [
      'a fixed batch and length',
      () =>
        written('fixed.onnx', {
          inputs: [value('input_ids', 'i64', 4, 7)],
          outputs: [value('logits', 'f32', 4, 7, 3)],
        }),
      /fixed\.onnx does not run on one token \(.*\)$/,
    ],
  ])('%s: one sentence, exit code 2', async (_name, make, sentence) => {
    const found = await failed(make())
    expect(found.what).toMatch(sentence)
    expect(found.what).not.toContain('\n')
    expect(found.remedy).not.toBe('')
    expect(exitCodeOf(found)).toBe(2)
  })

  it('needs nothing that writes models', async () => {
    const source = { ...installed, protobuf: () => Promise.reject(new Error('absent')) }
    const model = await run(openPredictorFrom(source)({ file: fixture('plain.onnx'), threads: 1 }))
    expect(model.symbols).toBeGreaterThan(0)
    model.release()
  })

  it('a missing or broken runtime: one sentence, exit code 2', async () => {
    const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    const sentences = await Promise.all(
      [absent, new Error('libonnxruntime.so.1: cannot open shared object file\nmore')].map(async (thrown) => {
        const source = { ...installed, runtime: () => Promise.reject(thrown) }
        const result = await openPredictorFrom(source)({ file: fixture('plain.onnx') })()
        return result._tag === 'Left' ? [result.left.what, exitCodeOf(result.left)] : []
      }),
    )
    expect(sentences).toEqual([
      ['the package onnxruntime-node is not installed', 2],
      ['the package onnxruntime-node cannot be loaded (libonnxruntime.so.1: cannot open shared object file)', 2],
    ])
  })
})
