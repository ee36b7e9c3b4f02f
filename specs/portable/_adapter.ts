/** The adapter that this process can use, in a line, and 0; or why there is none, and 3. */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { acquire, destroy } from '../../lib/device.ts'
import { describeFailure } from '../../lib/errors.ts'

const acquired = await acquire()()
if (E.isLeft(acquired)) {
  console.log(describeFailure(acquired.left))
  process.exit(3)
}
const { adapter } = acquired.right
console.log([adapter.vendor, adapter.name].filter((part) => part !== '').join(', '))
destroy(acquired.right)
process.exit(0)
