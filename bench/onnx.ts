/**
 * What a program costs on ONNX Runtime: lowering, encoding and opening a session, then a training step of the GAM paper's
 * LSTM (2 × 200, strings of 31 symbols) in wall and processor time. `tsx bench/onnx.ts [batch] [dropout]`.
 */
import * as E from 'fp-ts/lib/Either.js'
import protobuf from 'protobufjs/light.js'
import { describeFailure, type Failure } from '../lib/errors.ts'
import { key } from '../lib/key.ts'
import { initialiseLstm, lstmInputs, lstmLoss } from '../lib/models/lstm.ts'
import { openOnnx } from '../lib/onnx.ts'
import { lower } from '../lib/onnx/lower.ts'
import { descriptor, encodeModel } from '../lib/onnx/proto.ts'
import { adam, trainingProgram } from '../lib/optimise/index.ts'

const orThrow = <A>(either: E.Either<Failure, A>): A => {
  if (E.isRight(either)) return either.right
  throw new Error(describeFailure(either.left))
}

const [batch = 128, dropout = 0] = process.argv.slice(2).map(Number)
const [size, time, steps] = [{ symbols: 3, hidden: 200, layers: 2 }, 31, 12]
const parameters = lstmInputs(size)
const loss = lstmLoss(size, parameters, { batch, time, dropout })
const training = trainingProgram({ parameters, loss, optimiser: adam(0.001) })

const timed = async <A>(label: string, f: () => A | Promise<A>): Promise<A> => {
  const start = performance.now()
  const result = await f()
  console.log(`${label.padEnd(24)} ${(performance.now() - start).toFixed(0)} ms`)
  return result
}

const executor = orThrow(await openOnnx()())
console.log(executor.description)
const { graph } = await timed('lower', () => lower(training))
const bytes = await timed('encode', () => encodeModel(protobuf.Root.fromJSON(descriptor))(graph))
console.log(`${graph.nodes.length} nodes, ${(bytes.length / 1024).toFixed(0)} KiB`)
const prepared = await timed('prepare (all of it)', async () => orThrow(await executor.prepare(training)()))
const initial = initialiseLstm(size)(key(1))
orThrow(await prepared.writeState(initial)())
const feeds = {
  tokens: Int32Array.from({ length: batch * time }, (_, i) => (i % time === time - 1 ? 2 : (i * 7919) % 2)),
  rowWeight: new Float32Array(batch).fill(1),
  ...(dropout === 0 ? {} : { key: Uint32Array.of(1, 2) }),
}

let [wall, processor] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
for (let step = 0; step < steps; step++) {
  const [start, before] = [performance.now(), process.cpuUsage()]
  orThrow(await prepared.run(feeds, ['loss'])())
  const { user, system } = process.cpuUsage(before)
  wall = Math.min(wall, performance.now() - start)
  processor = Math.min(processor, (user + system) / 1000)
}
console.log(
  `step, batch ${batch}: wall ${wall.toFixed(0)} ms (${((batch / wall) * 1000).toFixed(0)} sequences/s), processor ${processor.toFixed(0)} ms`,
)
prepared.release()
