/**
 * Arrays in memory that threads share: written once, read by every worker where they are.
 */
import type { Executor } from '../executor.ts'

type Arrays = Readonly<Record<string, Float32Array>>

const made = new WeakMap<Arrays, Arrays>()

const inSharedMemory = (data: Float32Array): Float32Array => {
  const own = new Float32Array(new SharedArrayBuffer(data.byteLength))
  own.set(data)
  return own
}

/**
 * Parameters as an executor's lanes should be given them: the same record where it has none, else a copy in shared memory, one
 * for each record however often it is asked for.
 */
export const sharedFor = ({ lanes }: Pick<Executor, 'lanes'>, arrays: Arrays): Arrays => {
  if (lanes === undefined) return arrays
  const own =
    made.get(arrays) ?? Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, inSharedMemory(data)]))
  made.set(arrays, own)
  return own
}
