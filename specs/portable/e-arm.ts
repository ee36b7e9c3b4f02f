/**
 * E1 to E18 and E22 by enumeration on this runtime's WebGPU. Exits with 3 where there is no adapter, with 1 where a property
 * does not hold.
 */
import { F32 } from '../systems/e-arm/checks.ts'
import { estimatorChecks } from '../systems/e-arm/estimator-checks.ts'
import { gradientChecks } from '../systems/e-arm/gradient-checks.ts'
import { jointChecks } from '../systems/e-arm/joint-checks.ts'
import { compareHere, propertiesWithin } from './_compare.ts'

await compareHere(propertiesWithin(F32, [...jointChecks, ...gradientChecks, ...estimatorChecks]))
