/**
 * R3, R4, R6, R8 and R20 over a whole space on this runtime's WebGPU. Exits with 3 where there is no adapter, with 1 where a
 * property does not hold.
 */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure } from '../../lib/errors.ts'
import { openWebGpu } from '../../lib/webgpu.ts'
import { F32, objectiveChecks } from '../systems/residual/objective-checks.ts'

const opened = await openWebGpu()()
if (E.isLeft(opened)) {
  console.log(describeFailure(opened.left))
  process.exit(opened.left.tag === 'NoAdapter' ? 3 : 1)
}
const executor = opened.right
console.log(executor.description)

let wrong = 0
for (const { title, deviation } of objectiveChecks) {
  const found = await deviation(executor)
  if (found < F32) continue
  wrong += 1
  console.log(`${title}: off by ${found}`)
}
executor.release()
console.log(wrong === 0 ? `${objectiveChecks.length} properties hold` : `${wrong} properties do not hold`)
process.exit(wrong === 0 ? 0 : 1)
