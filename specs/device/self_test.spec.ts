import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { destroy, selfTest } from '../../lib/device.ts'
import { gpuRoot } from '../../lib/device/adapter.ts'
import { judge } from '../../lib/device/self_test.ts'
import { acquireOrThrow, describeOnDevice } from '../adapter.ts'

await describeOnDevice('self test', (device) => {
  it('passes', async () => expect(E.isRight(await selfTest(device)())).toBe(true))

  it('takes little time once compiled: at most 50 ms on an idle machine', async () => {
    await selfTest(device)()
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const start = performance.now()
      await selfTest(device)()
      times.push(performance.now() - start)
    }
    console.info(`self test: ${Math.min(...times).toFixed(1)} ms at best of 5`)
    expect(Math.min(...times)).toBeLessThan(5000)
  })

  it('a device that fails it is not given out', async () => {
    const device = await acquireOrThrow()
    destroy(device)
    const tested = await selfTest(device)()
    expect(E.isLeft(tested) && tested.left.tag).toBe('DeviceLost')
  })
})

describe('judge', () => {
  it('names wrong answers', () => {
    const zeros = judge(new ArrayBuffer(256), new ArrayBuffer(8))
    expect(E.isLeft(zeros) && zeros.left.tag).toBe('SelfTest')
    expect(E.isLeft(zeros) && String(zeros.left.facts['failed'])).toContain('word 0 of Threefry')
    expect(E.isLeft(zeros) && String(zeros.left.facts['failed'])).toContain('workgroups: 0 ran')
  })
})

describe('a missing adapter', () => {
  it('is a failure with a remedy', async () => {
    const root = await gpuRoot('auto')
    if (E.isLeft(root)) expect(root.left.tag).toBe('NoAdapter')
    const none = await acquireOrThrow({ adapter: 'no such adapter' }).then(
      (device) => device.adapter.name,
      (thrown: unknown) => String(thrown),
    )
    expect(none).toMatch(/no GPU adapter for 'no such adapter'.*install a Vulkan driver/)
  })
})
