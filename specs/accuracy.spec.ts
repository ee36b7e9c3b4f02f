/** The stated accuracy of `specs/accuracy-bounds.ts`, on each executor: `npm run accuracy` is the long form, and writes docs/accuracy.md. */
import { describe, expect, it } from 'vitest'
import type { Executor } from '../lib/executor.ts'
import { openOnnx } from '../lib/onnx.ts'
import { webGpuExecutor } from '../lib/webgpu.ts'
import { elementaryError, knownPoints, referenceError, sumError, sumNames } from './accuracy.ts'
import { allowed, elementary, sums, type Where } from './accuracy-bounds.ts'
import { describeOnDevice } from './adapter.ts'
import { right } from './either.ts'

const points = knownPoints()
const onnx = right(await openOnnx({ threads: 1 })())

const [ARGUMENTS, TERMS] = [1000, [1, 16, 1000, 4099]]

const keeps = (where: Exclude<Where, 'reference'>, executor: () => Executor): void => {
  it.each(Object.keys(elementary))('%s stays within its bound', async (name) => {
    const found = await elementaryError(executor(), name, ARGUMENTS)
    expect(found.error, `at ${found.at}`).toBeLessThanOrEqual(elementary[name]?.bounds[where] ?? 0)
  })
  it.each(sumNames)('%s: its error grows like log n', { timeout: 60_000 }, async (name) => {
    for (const n of TERMS) {
      const found = await sumError(executor(), name, n)
      expect(found.error, `${n} terms, ${found.at}`).toBeLessThanOrEqual(allowed(name, where, n))
    }
  })
}

it('every sum that is measured has a bound, and no bound is left over', () => {
  expect(Object.keys(sums).sort()).toEqual([...sumNames].sort())
})

describe('accuracy of the reference', () => {
  it.each(Object.keys(points))('%s stays within its bound on exact values', async (name) => {
    const found = await referenceError(name, points)
    expect(found.error, `at ${found.at}`).toBeLessThanOrEqual(elementary[name]?.bounds.reference ?? 0)
  })
})

describe('accuracy of ONNX Runtime', () => {
  keeps('onnx', () => onnx)
  const even = sumNames.filter((name) => sums[name]?.onnx.linear === 0 && !/axis|queries/u.test(name))
  it.each(even)('%s: its error grows like log n, of 65 537 terms too, which no block divides', async (name) => {
    const found = await sumError(onnx, name, 65_537)
    expect(found.error, found.at).toBeLessThanOrEqual(allowed(name, 'onnx', 65_537))
  })
})

await describeOnDevice('accuracy of WebGPU', (device) => {
  const executor = webGpuExecutor()(device)
  keeps('webgpu', () => executor)
})
