/** Comparisons with the reference on this runtime's WebGPU, which end the process: with 0, with 1, or with 3 without an adapter. */
import process from 'node:process'
import type { Executor } from '../../lib/executor.ts'
import type { WebGpuOptions } from '../../lib/webgpu.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'
import { openHere } from './_open.ts'

/** Runs all comparisons, on a device of these options, and prints what differs. */
export const compareHere = async (comparisons: readonly Comparison[], options: WebGpuOptions = {}): Promise<never> => {
  const executor = await openHere(options)
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

/** A property whose deviation is below a bound where it holds. */
interface Property {
  readonly title: string
  readonly deviation: (executor: Executor) => Promise<number>
}

/** Whether properties hold to within a bound, as comparisons. */
export const propertiesWithin = (bound: number, properties: readonly Property[]): readonly Comparison[] =>
  properties.map(({ title, deviation }) => ({
    title,
    complaints: async (executor) => {
      const found = await deviation(executor)
      return found < bound ? [] : [`off by ${found}`]
    },
  }))
