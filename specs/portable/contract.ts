/** The contract of executors on this runtime's WebGPU. Exits with 3 where there is no adapter, with 1 where a law is broken. */
import { openWebGpu } from '../../lib/webgpu.ts'
import { run } from '../either.ts'
import { lawComparisons } from '../executor-laws.ts'
import { compareHere } from './_compare.ts'

await compareHere(lawComparisons(() => run(openWebGpu({ selfTest: 'skip' }))))
