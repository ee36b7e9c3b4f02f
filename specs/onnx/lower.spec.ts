/** Lowering: what the graphs look like, and that rewriting them changes no value. */
import protobuf from 'protobufjs/light.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { type Executor, feedsOf, inputName, type Program } from '../../lib/executor.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms, words } from '../../lib/key.ts'
import { initialiseLstm, lstmInputs, lstmLoss } from '../../lib/models/lstm.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { lower } from '../../lib/onnx/lower.ts'
import { descriptor, encodeModel } from '../../lib/onnx/proto.ts'
import { contract } from '../../lib/ops/contract.ts'
import { broadcast } from '../../lib/ops/reduce.ts'
import { input, rename } from '../../lib/ops/layout.ts'
import { add, exp, multiply, tanh } from '../../lib/ops/pointwise.ts'
import { evaluateOn, outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { disagreements } from './agreement.ts'
import { right } from '../either.ts'

const executor = right(await openOnnx({ threads: 1 })())
const counts = (program: Program): Readonly<Record<string, number>> => {
  const found: Record<string, number> = {}
  for (const { type } of lower(program).graph.nodes) found[type] = (found[type] ?? 0) + 1
  return found
}

const [a, b, c] = [axis('a', 3), axis('b', 4), axis('c', 3)]
const [x, y] = [input('x', a, b), input('y', b)]

describe('lowering', () => {
  it('emits shared parts once and nothing that no output needs', () => {
    const shared = exp(x)
    expect(counts(outputs({ p: multiply(shared, shared), q: add(shared, y) }))).toEqual({ Exp: 1, Mul: 1, Add: 1 })
    const equal = counts(outputs({ p: tanh(add(x, y)), q: exp(add(x, y)) }))
    expect(equal).toEqual({ Add: 1, Tanh: 1, Exp: 1 })
  })

  it('broadcasts, new names and transposed operands cost no node', () => {
    expect(counts(outputs({ p: multiply(x, broadcast(a)(y)) }))).toEqual({ Mul: 1 })
    expect(counts(outputs({ p: contract(b)(x, rename(a, c)(x)) }))).toEqual({ Gemm: 1 })
  })

  it('x·W + b is one operator', () => {
    const w = input('w', b, c)
    expect(counts(outputs({ p: add(contract(b)(x, w), input('bias', c)) }))).toEqual({ Gemm: 1 })
    const kept = contract(b)(x, w)
    expect(counts(outputs({ p: add(kept, input('bias', c)), kept }))['MatMul']).toBe(1)
  })
})

describe('a recurrence step by step', () => {
  const size = { symbols: 4, hidden: 6, layers: 2 }
  const parameters = lstmInputs(size)
  const loss = lstmLoss(size, parameters, { batch: 40, time: 13, dropout: 0.25 })
  const slopes = gradient(loss, parameters)

  it('joins and splits no gates: only what is narrow is split over time; weights see enough rows at once', () => {
    const { graph } = lower(outputs({ loss, ...slopes }))
    const overTime = graph.nodes.filter((n) => n.type === 'Split' && n.attributes['axis'] === 0)
    expect(overTime.length).toBeLessThanOrEqual(3)
    expect(graph.nodes.filter((n) => n.type === 'Gemm').length).toBeGreaterThan(20)
    // What is scattered into the table is cut step by step, and so never joined.
    const producer = (name: string) => graph.nodes.find((n) => n.outputs.includes(name))
    const joins = graph.nodes.filter(({ type }) => type === 'Concat').map((n) => n.inputs.map((x) => producer(x)?.type))
    expect(joins).toContainEqual(Array(13).fill('Slice'))
    // Ten steps of 40 rows, then the other three, for each of both recurrent weights, the inner one and the table's.
    expect(graph.nodes.filter((n) => n.type === 'Gemm' && n.attributes['transA'] === 1).length).toBeLessThanOrEqual(10)
  })

  const initial = initialiseLstm(size)(key(3))
  const placed = Object.entries(parameters).map(([name, node]) => ({
    node,
    data: Float64Array.from(initial[name] ?? []),
  }))

  it('a row that is not finite spoils only rows of the gradient of the table that it looks up', async () => {
    const fed = {
      ...Object.fromEntries(placed.map(({ node, data }) => [inputName(node), data])),
      'parameter/layer0.input': Float64Array.from(initial['layer0.input'] ?? [], (x, i) =>
        i >= 24 && i < 48 ? Number.NaN : x,
      ),
      tokens: Int32Array.from({ length: 520 }, (_, i) => (i < 13 ? 1 : 2)),
      rowWeight: new Float64Array(40).fill(1),
      key: Uint32Array.of(3, 4),
    }
    const slope = { x: slopes['layer0.input'] ?? loss }
    const finiteOn = async (on: Executor): Promise<readonly boolean[]> =>
      Array.from(right(await evaluateOn(on)(slope, fed)()).x?.data ?? [], Number.isFinite)
    const found = await finiteOn(executor)
    expect(found).toEqual(await finiteOn(reference))
    expect(new Set(found)).toEqual(new Set([true, false]))
  })

  it('T32: loss and gradients agree with the reference', async () => {
    const values: Readonly<Record<string, Values>> = {
      tokens: Int32Array.from(words(key(4), 520), (w, i) => (i % 13 === 12 ? 3 : w % 3)),
      rowWeight: Float64Array.from(uniforms(fold(key(5), 1), 40), Math.fround),
      key: Uint32Array.of(3, 4),
    }
    const others = feedsOf(outputs({ loss })).filter((node) => inputName(node) in values)
    const fed = others.map((node) => ({ node, data: values[inputName(node)] ?? new Float64Array(0) }))
    const inputs = [...placed, ...fed]
    expect(await disagreements(executor, [loss, ...Object.values(slopes)], inputs, { normwise: true })).toEqual([])
  })
})

describe('the file', () => {
  it('is a model that a reader of the format decodes', () => {
    const root = protobuf.Root.fromJSON(descriptor)
    const { graph } = lower(outputs({ p: add(x, y) }))
    const Model = root.lookupType('onnx.ModelProto')
    const read: unknown = Model.toObject(Model.decode(encodeModel(root)(graph)), { longs: Number })
    expect(read).toMatchObject({
      producerName: 'exptilt',
      opsetImport: [{ version: 18 }],
      graph: {
        node: [{ opType: 'Add', input: ['x', 'y'] }],
        input: [
          { name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 3 }, { dimValue: 4 }] } } } },
          { name: 'y' },
        ],
      },
    })
  })
})
