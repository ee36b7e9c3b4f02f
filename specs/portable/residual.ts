/**
 * R3, R4, R6, R8 and R20 over a whole space on this runtime's WebGPU. Exits with 3 where there is no adapter, with 1 where a
 * property does not hold.
 */
import { F32, objectiveChecks } from '../systems/residual/objective-checks.ts'
import { compareHere, propertiesWithin } from './_compare.ts'

await compareHere(propertiesWithin(F32, objectiveChecks))
