/**
 * What a replayed dispatch costs: encoding per dispatch (target: at most 5 µs), and one submit with and without a
 * readback. `tsx bench/dispatch.ts`.
 */
import * as E from 'fp-ts/lib/Either.js'
import {
  acquire,
  allocateBuffers,
  type Command,
  type Device,
  destroy,
  prepare,
  TENSOR_USAGE,
  wholeOf,
} from '../lib/device.ts'
import { encodeRecording, record } from '../lib/device/record.ts'
import { describeFailure, type Failure } from '../lib/errors.ts'

const orThrow = <A>(either: E.Either<Failure, A>): A => {
  if (E.isRight(either)) return either.right
  throw new Error(describeFailure(either.left))
}

const median = (xs: readonly number[]): number => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)] ?? Number.NaN

/** `count` small products whose results feed each other, each with its own parameters. */
const commandsFor = async (device: Device, count: number): Promise<readonly Command[]> => {
  const requests = Array.from({ length: 4 }, (_, i) => ({ label: `b${i}`, bytes: 256, usage: TENSOR_USAGE }))
  const views = orThrow(await allocateBuffers(device)(requests)()).map(wholeOf)
  return Array.from({ length: count }, (_, i): Command => {
    const [left, right, result] = [views[i % 4], views[(i + 1) % 4], views[(i + 2) % 4]]
    if (left === undefined || right === undefined || result === undefined) throw new Error('four buffers')
    const params = { batch: 1, m: 1 + (i % 4), k: 4, n: 4 }
    const buffers = [left, right, result]
    return {
      kind: 'dispatch',
      shader: 'contract_naive',
      preludes: ['semiring_real'],
      overrides: {},
      params,
      workgroups: 1,
      buffers,
    }
  })
}

const device = orThrow(await acquire()())
console.log(`adapter: ${device.adapter.name}`)
for (const count of [100, 1000]) {
  const commands = await commandsFor(device, count)
  const recording = orThrow(await record(device)(commands)())
  const encoding: number[] = []
  for (let i = 0; i < 20; i++) {
    const encoder = device.gpu.createCommandEncoder()
    const start = performance.now()
    encodeRecording(encoder)(recording)
    encoder.finish()
    encoding.push(((performance.now() - start) * 1000) / count)
  }
  console.log(
    `${count} dispatches: encoding ${median(encoding).toFixed(2)} µs each (best ${Math.min(...encoding).toFixed(2)})`,
  )
}
const replay = orThrow(await prepare(device)(await commandsFor(device, 1), [])())
for (const read of ['nothing', 'all'] as const) {
  const times: number[] = []
  for (let i = 0; i < 50; i++) {
    const start = performance.now()
    orThrow(await replay.run({ read })())
    times.push(performance.now() - start)
  }
  console.log(`one run reading ${read}: ${median(times).toFixed(3)} ms`)
}
destroy(device)
