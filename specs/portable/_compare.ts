/** Comparisons with the reference on this runtime's WebGPU, which end the process: with 0, with 1, or with 3 without an adapter. */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure } from '../../lib/errors.ts'
import { openWebGpu, type WebGpuOptions } from '../../lib/webgpu.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

/** Runs all comparisons, on a device of these options, and prints what differs. */
export const compareHere = async (comparisons: readonly Comparison[], options: WebGpuOptions = {}): Promise<never> => {
  const opened = await openWebGpu(options)()
  if (E.isLeft(opened)) {
    console.log(describeFailure(opened.left))
    return process.exit(opened.left.tag === 'NoAdapter' ? 3 : 1)
  }
  const executor = opened.right
  console.log(executor.description)
  let wrong = 0
  for (const { title, complaints } of comparisons) {
    const start = performance.now()
    const found = await complaints(executor)
    console.log(`${((performance.now() - start) / 1000).toFixed(1)} s: ${title}`)
    if (found.length === 0) continue
    wrong += 1
    console.log(`${title}: ${found.join('; ')}`)
  }
  executor.release()
  console.log(wrong === 0 ? `${comparisons.length} comparisons agree` : `${wrong} comparisons differ`)
  return process.exit(wrong === 0 ? 0 : 1)
}
