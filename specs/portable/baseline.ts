/**
 * Every operation, forward and backward, on a device with the limits that every WebGPU has and with no feature: what fits
 * there fits in Firefox and Safari. Exits with 3 where there is no adapter, with 1 where something differs.
 */
import { BASELINE_LIMITS } from '../../lib/device.ts'
import { lawfulNames, nonFiniteComparisons } from '../laws/non-finite.ts'
import { compareHere } from './_compare.ts'

await compareHere(
  lawfulNames.flatMap((name) => nonFiniteComparisons(name, 1)),
  { limits: BASELINE_LIMITS, features: [] },
)
