/**
 * E1 to E18 and E22 by enumeration on this runtime's WebGPU. Exits with 3 where there is no adapter, with 1 where a property
 * does not hold.
 */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure } from '../../lib/errors.ts'
import { openWebGpu } from '../../lib/webgpu.ts'
import { F32 } from '../systems/e-arm/checks.ts'
import { estimatorChecks } from '../systems/e-arm/estimator-checks.ts'
import { gradientChecks } from '../systems/e-arm/gradient-checks.ts'
import { jointChecks } from '../systems/e-arm/joint-checks.ts'

const opened = await openWebGpu()()
if (E.isLeft(opened)) {
  console.log(describeFailure(opened.left))
  process.exit(opened.left.tag === 'NoAdapter' ? 3 : 1)
}
const executor = opened.right
console.log(executor.description)

const checks = [...jointChecks, ...gradientChecks, ...estimatorChecks]
let wrong = 0
for (const { title, deviation } of checks) {
  const found = await deviation(executor)
  if (found < F32) continue
  wrong += 1
  console.log(`${title}: off by ${found}`)
}
executor.release()
console.log(wrong === 0 ? `${checks.length} properties hold` : `${wrong} properties do not hold`)
process.exit(wrong === 0 ? 0 : 1)
