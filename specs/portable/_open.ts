/** This runtime's WebGPU for a program that ends without one: with 3 where there is no adapter, with 1 for any other failure. */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure } from '../../lib/errors.ts'
import type { Executor } from '../../lib/executor.ts'
import { openWebGpu, type WebGpuOptions } from '../../lib/webgpu.ts'

/** Opens it, and says what it is. */
export const openHere = async (options: WebGpuOptions = {}): Promise<Executor> => {
  const opened = await openWebGpu(options)()
  if (E.isLeft(opened)) {
    console.log(describeFailure(opened.left))
    return process.exit(opened.left.tag === 'NoAdapter' ? 3 : 1)
  }
  console.log(opened.right.description)
  return opened.right
}
