/**
 * The same product by ONNX Runtime called directly: a model of one MatMul, arrays fed and read.
 */
import { availableParallelism } from 'node:os'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import protobuf from 'protobufjs/light.js'
import { descriptor, encodeModel } from '../../lib/onnx/proto.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { checkCorner, matrix, productsPerRepeat } from '../matrices.ts'

const model = (n: number): Uint8Array => {
  const value = (name: string) => ({ name, dtype: 'f32' as const, shape: [n, n] })
  return encodeModel(protobuf.Root.fromJSON(descriptor))({
    nodes: [{ type: 'MatMul', inputs: ['left', 'right'], outputs: ['product'], attributes: {} }],
    initialisers: [],
    inputs: [value('left'), value('right')],
    outputs: [value('product')],
  })
}

/** Settings: `size`. */
export const measure: Task = async (settings) => {
  const n = numberIn(settings, 'size')
  const session = await InferenceSession.create(model(n), {
    executionProviders: ['cpu'],
    intraOpNumThreads: availableParallelism(),
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const [left, right] = [matrix(n, 1), matrix(n, 2)]
  const feeds = { left: new Tensor('float32', left, [n, n]), right: new Tensor('float32', right, [n, n]) }
  const multiply = async () => {
    for (let i = 1; i < productsPerRepeat(n); i++) await session.run(feeds)
    return (await session.run(feeds))['product']?.data[0]
  }
  checkCorner(left, right, n, Number(await multiply()))
  const times = await timed(settings, multiply)
  return { times: times.map((t) => t / productsPerRepeat(n)), facts: {} }
}
