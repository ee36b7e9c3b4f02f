/** F15 on Deno's WebGPU (wgpu): the whole table of operations on values that are not finite. */
import { extremeValues } from '../laws/extreme-values.ts'
import { lawfulNames, nonFiniteComparisons } from '../laws/non-finite.ts'
import { compareOnDeno } from './_compare.ts'

await compareOnDeno([...extremeValues, ...lawfulNames.flatMap((name) => nonFiniteComparisons(name, 4))])
