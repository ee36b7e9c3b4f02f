/** Comparisons with the reference on this runtime's WebGPU, which end the process: with 0, with 1, or with 3 without an adapter. */
import process from 'node:process'
import type { Executor } from '../../lib/executor.ts'
import type { WebGpuOptions } from '../../lib/webgpu.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'
import { openHere } from './_open.ts'

/** Runs comparisons, prints what differs and, last, how many agree; whether all do. */
const compared = async (executor: Executor, comparisons: readonly Comparison[]): Promise<boolean> => {
  let wrong = 0
  for (const { title, complaints } of comparisons) {
    const start = performance.now()
    const found = await complaints(executor).catch((thrown: unknown) => [String(thrown)])
    console.log(`${((performance.now() - start) / 1000).toFixed(1)} s: ${title}`)
    if (found.length === 0) continue
    wrong += 1
    console.log(`${title}: ${found.join('; ')}`)
  }
  console.log(wrong === 0 ? `${comparisons.length} comparisons agree` : `${wrong} comparisons differ`)
  return wrong === 0
}

/** Runs the comparisons of programs, by their names, on one device of these options: what one has compiled the next has. */
export const compareHere = async (
  programs: Readonly<Record<string, readonly Comparison[]>>,
  options: WebGpuOptions = {},
): Promise<never> => {
  const executor = await openHere(options)
  let agree = true
  for (const [name, comparisons] of Object.entries(programs)) {
    console.log(`# ${name}`)
    agree = (await compared(executor, comparisons)) && agree
  }
  executor.release()
  return process.exit(agree ? 0 : 1)
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
