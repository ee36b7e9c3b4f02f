/**
 * Compiles every shader with naga, the compiler of Deno's WebGPU; those that need subgroups are left out, since it has
 * none. Prints one line for each that fails, and exits with 1 then.
 */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { modulesToCompile } from '../modules.ts'

const adapter = await navigator.gpu.requestAdapter()
if (adapter === null) {
  console.log('no adapter')
  process.exit(3)
}
const device = await adapter.requestDevice()
let failed = 0
const modules = modulesToCompile().filter((m) => !m.enables.includes('subgroups'))
for (const { title, code } of modules) {
  if (E.isLeft(code)) throw new Error(code.left.what)
  device.pushErrorScope('validation')
  device.createShaderModule({ label: title, code: code.right })
  const error = await device.popErrorScope()
  if (error === null) continue
  failed += 1
  console.log(`${title}: ${error.message}`)
}
console.log(`${modules.length - failed} of ${modules.length} modules compile`)
process.exit(failed === 0 ? 0 : 1)
