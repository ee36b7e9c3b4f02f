/** The contract of executors on each of them: laws, and sequences of calls at random against a model. */
import { afterAll, describe, expect, it } from 'vitest'
import { destroy } from '../lib/device.ts'
import type { Executor } from '../lib/executor.ts'
import { openOnnx } from '../lib/onnx.ts'
import { openReference, reference } from '../lib/reference.ts'
import { webGpuExecutor } from '../lib/webgpu.ts'
import { acquireOrThrow, describeOnDevice } from './adapter.ts'
import { run } from './either.ts'
import { executorLaws } from '../lib/laws/executor.ts'
import { everything, feeds, type Open } from '../lib/laws/executor/fixture.ts'

const keepsTheLaws = (shared: () => Promise<Executor>, open: Open): void => {
  for (const { title, check } of executorLaws({ shared, open }))
    it(title, { timeout: 60_000 }, async () => {
      await expect(check()).resolves.toBeUndefined()
    })
}

describe('the contract on the reference', () => {
  keepsTheLaws(
    () => Promise.resolve(reference),
    () => Promise.resolve(openReference()),
  )

  it('the reference that is always there releases its programs, and goes on', async () => {
    const prepared = await run(reference.prepare(everything()))
    reference.release()
    expect((await prepared.run(feeds())())._tag).toBe('Left')
    expect((await reference.prepare(everything())())._tag).toBe('Right')
  })
})

describe('the contract on ONNX Runtime', () => {
  const open = (): Promise<Executor> => run(openOnnx({ threads: 1 }))
  const shared = open()
  afterAll(async () => (await shared).release())
  keepsTheLaws(() => shared, open)
})

await describeOnDevice('the contract on WebGPU', (device) => {
  const executor = webGpuExecutor()(device)
  keepsTheLaws(
    () => Promise.resolve(executor),
    async () => webGpuExecutor()(await acquireOrThrow()),
  )

  it('executors over one device share programs, and the device’s end', async () => {
    const own = await acquireOrThrow()
    const [one, two] = [webGpuExecutor()(own), webGpuExecutor({ maxRun: 1 })(own)]
    const root = await run(one.prepare(everything()))
    const beside = await run(two.prepare(everything(), root))
    await run(root.run(feeds(), []))
    expect(Array.from((await run(beside.run(feeds())))['old']?.data ?? [])).toEqual([1, 2, 3])
    two.release()
    expect((await root.run(feeds())())._tag).toBe('Left')
    destroy(own)
  })
})
