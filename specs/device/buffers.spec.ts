import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { allocateBuffers, destroy, liveBuffers, releaseBuffers, TENSOR_USAGE } from '../../lib/device.ts'
import { checkSize, paddedBytes } from '../../lib/device/buffers.ts'
import { acquireOrThrow, describeOnDevice } from '../adapter.ts'
import { type Counter, counting, instrumented } from './instrument.ts'

const request = (bytes: number) => ({ label: 'x', bytes, usage: TENSOR_USAGE })

await describeOnDevice('buffers', (device) => {
  it('pads sizes to words, and nothing to one word', () => {
    expect([0, 1, 3, 4, 5].map(paddedBytes)).toEqual([4, 4, 4, 4, 8])
  })

  it('counts what is alive', async () => {
    const before = liveBuffers(device)
    const made = await allocateBuffers(device)([request(8), request(6)])()
    if (E.isLeft(made)) throw new Error(made.left.what)
    expect(liveBuffers(device)).toEqual({ count: before.count + 2, bytes: before.bytes + 16 })
    releaseBuffers(device)(made.right)
    releaseBuffers(device)(made.right)
    expect(liveBuffers(device)).toEqual(before)
  })

  it('refuses what exceeds a limit before it makes anything', async () => {
    const counter: Counter = { made: 0, destroyed: 0 }
    const small = await acquireOrThrow({ limits: { maxStorageBufferBindingSize: 1024 }, instrument: counting(counter) })
    const made = await allocateBuffers(small)([request(16), request(1028)])()
    expect(E.isLeft(made) && made.left).toMatchObject({
      tag: 'Limit',
      facts: { label: 'x', bytes: 1028, limit: 'maxStorageBufferBindingSize', allowed: 1024 },
    })
    expect(counter.made).toBe(0)
    expect(E.isRight(checkSize(small)(request(1024)))).toBe(true)
    destroy(small)
  })

  it('out of memory is a failure that leaves no buffer', async () => {
    const counter: Counter = { made: 0, destroyed: 0 }
    const outOfMemory: Pick<GPUOutOfMemoryError, 'message'> = { message: 'planted' }
    let pops = 0
    const device = await acquireOrThrow({
      instrument: (gpu) =>
        instrumented({
          popErrorScope: (real) => {
            pops += 1
            return pops % 3 === 2 ? real().then(() => ({ ...outOfMemory, name: 'GPUOutOfMemoryError' })) : real()
          },
        })(counting(counter)(gpu)),
    })
    const made = await allocateBuffers(device)([request(16), request(32)])()
    expect(E.isLeft(made) && made.left.tag).toBe('OutOfMemory')
    expect(counter).toEqual({ made: 2, destroyed: 2 })
    expect(liveBuffers(device)).toEqual({ count: 0, bytes: 0 })
    destroy(device)
  })

  it('10 000 allocations leave none', async () => {
    const before = liveBuffers(device)
    for (let i = 0; i < 100; i++) {
      const made = await allocateBuffers(device)(Array.from({ length: 100 }, () => request(64)))()
      if (E.isRight(made)) releaseBuffers(device)(made.right)
    }
    expect(liveBuffers(device)).toEqual(before)
  })
})
