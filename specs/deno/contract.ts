/** The contract of executors on Deno's WebGPU. Exits with 3 where there is no adapter, with 1 where a law is broken. */
import { openWebGpu } from '../../lib/webgpu.ts'
import { run } from '../either.ts'
import { lawComparisons } from '../executor-laws.ts'
import { compareOnDeno } from './_compare.ts'

await compareOnDeno(lawComparisons(() => run(openWebGpu({ selfTest: 'skip' }))))
