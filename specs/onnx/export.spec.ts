/** Exported files: the same numbers from code that shares nothing with ours, at every size of the free axes. */
import protobuf from 'protobufjs/light.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { key, words } from '../../lib/key.ts'
import {
  type FileModel,
  fileNotes,
  logitsProgram,
  logProbabilityProgram,
  type RowSizes,
} from '../../lib/models/file-programs.ts'
import { initialiseLstm, lstmModel, lstmParameterAxes } from '../../lib/models/lstm.ts'
import { exportProgram } from '../../lib/onnx/export.ts'
import { descriptor } from '../../lib/onnx/proto.ts'
import { installed } from '../../lib/onnx/installed.ts'
import { contract } from '../../lib/ops/contract.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, inputOf, iota, literal, rename } from '../../lib/ops/layout.ts'
import { lstmLogits } from '../../lib/ops/lstm-model.ts'
import { add, cast, constant, multiply, scale, tanh } from '../../lib/ops/pointwise.ts'
import { inputKey, uniform } from '../../lib/ops/random.ts'
import { broadcast, mean, softmax, sum } from '../../lib/ops/reduce.ts'
import { scan } from '../../lib/ops/scan.ts'
import type { Program } from '../../lib/executor.ts'
import { outputs, program } from '../../lib/program.ts'
import { agree, exported, refused } from './exported.ts'
import { runForeign, tokenTensor } from './foreign.ts'

const SYMBOLS = 4
const size = { symbols: SYMBOLS, hidden: 8, layers: 2 }
const values = initialiseLstm(size)(key(1))
const model: FileModel = {
  symbols: SYMBOLS,
  end: SYMBOLS - 1,
  parameters: lstmParameterAxes(size),
  logits: (parameters, tokens) => lstmLogits(lstmModel(size, parameters), tokens),
}

const tokensFor = (batch: number, time: number): Int32Array =>
  Int32Array.from(words(key(7), batch * time), (w) => w % SYMBOLS)

describe('an exported LSTM', () => {
  const shapes = [
    [2, 5],
    [1, 5],
    [7, 5],
    [128, 5],
    [3, 1],
    [5, 12],
  ] as const

  const programs: readonly (readonly [string, (sizes: RowSizes) => Program])[] = [
    ['logits', logitsProgram(model)],
    ['logProbability', logProbabilityProgram(model)],
  ]
  it.each(programs)('gives the same %s at several batch sizes and lengths', async (name, make) => {
    const file = await exported({ program: make, values, dynamic: ['batch', 'time'], notes: fileNotes })
    const runs = runForeign(
      file,
      shapes.map(([batch, time]) => ({ tokens: tokenTensor(tokensFor(batch, time), [batch, time]) })),
    )
    expect(runs.inputs).toEqual([expect.objectContaining({ name: 'tokens', type: 'int32', shape: ['batch', 'time'] })])
    expect(runs.outputs.map((o) => [o.name, o.shape[0]])).toEqual([[name, 'batch']])
    for (const [i, [batch, time]] of shapes.entries())
      await agree(make({ batch, time }), { tokens: tokensFor(batch, time), ...values }, runs.results[i] ?? {})
  })

  it('with a fixed length, and with all sizes fixed', async () => {
    const half = await exported({
      program: ({ batch }: { readonly batch: number }) => logProbabilityProgram(model)({ batch, time: 6 }),
      values,
      dynamic: ['batch'],
    })
    const fixed = await exported({ program: () => logProbabilityProgram(model)({ batch: 4, time: 6 }), values })
    const tokens = tokensFor(4, 6)
    for (const file of [half, fixed]) {
      const { inputs, results } = runForeign(file, [{ tokens: tokenTensor(tokens, [4, 6]) }])
      expect(inputs[0]?.shape).toEqual([file === half ? 'batch' : 4, 6])
      await agree(logProbabilityProgram(model)({ batch: 4, time: 6 }), { tokens, ...values }, results[0] ?? {})
    }
  })

  it('keeps its parameters beside it on demand', async () => {
    const options = { program: logitsProgram(model), values, dynamic: ['batch', 'time'] as const }
    const [inside, beside] = [await exported(options), await exported({ ...options, external: 'weights.bin' })]
    const run = [{ tokens: tokenTensor(tokensFor(2, 3), [2, 3]) }]
    expect(beside.model.length).toBeLessThan(inside.model.length - 3000)
    expect(runForeign(beside, run, 'weights.bin').results).toEqual(runForeign(inside, run).results)
    expect(() => runForeign(beside, run, 'other.bin')).toThrow(/weights\.bin/)
  })

  it('is the same file every time', async () => {
    const options = { program: logitsProgram(model), values, dynamic: ['batch', 'time'] as const }
    expect(Buffer.compare((await exported(options)).model, (await exported(options)).model)).toBe(0)
  })
})

describe('what a file says of itself', () => {
  it('names, dimensions, axes, notes and metadata', async () => {
    const file = await exported({
      program: logitsProgram(model),
      values,
      dynamic: ['batch', 'time'],
      notes: fileNotes,
      description: 'a small model',
      metadata: { units: 'nats' },
    })
    const Model = protobuf.Root.fromJSON(descriptor).lookupType('onnx.ModelProto')
    const read: unknown = Model.toObject(Model.decode(file.model), { longs: Number })
    expect(read).toMatchObject({
      producerName: 'exptilt',
      docString: 'a small model',
      metadataProps: [{ key: 'units', value: 'nats' }],
      graph: {
        input: [{ name: 'tokens', docString: fileNotes['tokens'] }],
        output: [
          {
            name: 'logits',
            type: {
              tensorType: {
                shape: {
                  dim: [
                    { dimParam: 'batch', denotation: 'batch' },
                    { dimParam: 'time', denotation: 'time' },
                    { dimValue: SYMBOLS, denotation: 'symbol' },
                  ],
                },
              },
            },
          },
        ],
      },
    })
  })
})

describe('programs of free axes', () => {
  const n = axis('n', 3)
  type Rows = { readonly rows: number }
  const rowsOf = ({ rows }: Rows) => axis('rows', rows)
  const cases: Readonly<Record<string, (sizes: Rows) => Program>> = {
    'a product with its own transpose': (s) => {
      const x = input('x', rowsOf(s), n)
      return outputs({ y: contract(n)(x, rename(rowsOf(s), axis('other', s.rows))(x)) })
    },
    'a softmax over the free axis': (s) => outputs({ y: softmax(rowsOf(s))(input('x', rowsOf(s), n)) }),
    'a mean over the free axis': (s) => outputs({ y: mean(rowsOf(s))(input('x', rowsOf(s), n)) }),
    'a broadcast to the free axis': (s) =>
      outputs({ y: broadcast(rowsOf(s))(sum(rowsOf(s))(input('x', rowsOf(s), n))) }),
    'a ramp along the free axis': (s) => outputs({ y: add(input('x', rowsOf(s), n), cast('f32')(iota(rowsOf(s)))) }),
    'sevens along the free axis': (s) =>
      outputs({ y: add(input('x', rowsOf(s), n), literal(new Float64Array(s.rows).fill(7), rowsOf(s))) }),
    'every third number along the free axis': (s) => {
      const thirds = literal(
        Float64Array.from({ length: s.rows }, (_, i) => 5 - 3 * i),
        rowsOf(s),
      )
      return outputs({ y: add(input('x', rowsOf(s), n), thirds) })
    },
    'a table by the free axis': (s) => {
      const index = inputOf('i32')('index', rowsOf(s))
      return outputs({ y: gather(n)(input('x', rowsOf(s), n), index) })
    },
    'a loop over the free axis': (s) => {
      const x = input('x', rowsOf(s), n)
      const { carry, out } = scan(rowsOf(s))({ total: constant(0) }, { x }, (c, e) => {
        const total = add(c.total, sum(n)(multiply(e.x, e.x)))
        return { carry: { total }, out: { total: tanh(total) } }
      })
      return outputs({ final: carry.total, y: out.total })
    },
  }
  it.each(Object.entries(cases))('%s', async (name, make) => {
    const file = await exported({ program: make, dynamic: ['rows'] })
    const feeds = (rows: number) => {
      const x = Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i))
      const index = Int32Array.from({ length: rows }, (_, i) => i % 3)
      const all = { x: { type: 'float32', dims: [rows, 3], data: Array.from(x) }, index: tokenTensor(index, [rows]) }
      return { rows, x, index, all }
    }
    const runs = [1, 2, 6, 101].map(feeds)
    const indexed = name.startsWith('a table')
    const { results } = runForeign(
      file,
      runs.map(({ all }) => (indexed ? all : { x: all.x })),
    )
    for (const [i, { rows, x, index }] of runs.entries())
      await agree(make({ rows }), indexed ? { x, index } : { x }, results[i] ?? {})
  })

  it('that have no graph for every size are refused by operation and axis', async () => {
    const x = (s: Rows) => input('x', rowsOf(s), n)
    const written = (s: Rows): Program => outputs({ y: scale(1 / (s.rows + 0.5))(sum(rowsOf(s))(x(s))) })
    expect(await refused({ program: written, dynamic: ['rows'] })).toBe(
      "Shape: 'multiply' uses another number for another size of axis 'rows', so one graph cannot serve all sizes: export with a fixed size of 'rows'",
    )
    const ragged = (s: Rows): Program =>
      outputs({
        y: add(
          x(s),
          literal(
            Float64Array.from({ length: s.rows }, (_, i) => i * i),
            rowsOf(s),
          ),
        ),
      })
    expect(await refused({ program: ragged, dynamic: ['rows'] })).toMatch(
      /^Shape: 'add' uses other numbers for another size of axis 'rows'/,
    )
    const branching = (s: Rows): Program => outputs({ y: s.rows > 105 ? tanh(x(s)) : x(s) })
    expect(await refused({ program: branching, dynamic: ['rows'] })).toMatch(
      /^Shape: '.*' becomes other operators for another size of axis 'rows'/,
    )
    expect(await refused({ program: () => outputs({ y: tanh(input('x', n)) }), dynamic: ['rows'] })).toBe('exported')
  })

  it('with state, random numbers, clashing names or wrong values are refused', async () => {
    const x = input('x', n)
    expect(await refused({ program: () => program<never, string>({}, {}, { x }) })).toBe(
      "Usage: 'x' is both an input and an output: name the output otherwise",
    )
    expect(await refused({ program: () => outputs({ y: add(x, uniform(inputKey('key'))(n)) }) })).toMatch(
      /^Usage: the program draws random numbers/,
    )
    expect(await refused({ program: () => outputs({ y: tanh(x) }), values: { z: new Float32Array(1) } })).toBe(
      "Feed: there is a value for 'z', which is no input: leave it out",
    )
    expect(await refused({ program: () => outputs({ y: tanh(x) }), values: { x: new Float32Array(2) } })).toBe(
      "Feed: the value of 'x' has the wrong length: give one number for each element",
    )
    const carried: Program = program({ x }, { x: tanh(x) }, { y: tanh(x) })
    expect(await refused({ program: () => carried })).toMatch(/^Usage: the program carries state \(x\)/)
  })

  it('without the package that writes files there is one sentence', async () => {
    const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    const source = { ...installed, protobuf: () => Promise.reject(absent) }
    const result = await exportProgram({ program: () => outputs({ y: tanh(input('x', n)) }) }, source)()
    expect(result).toMatchObject({ left: { tag: 'NoAdapter', what: 'the package protobufjs is not installed' } })
  })
})
