/**
 * Compiles every shader with the runtime's compiler (naga in Deno, Tint in Chromium); those that need subgroups are left out where
 * there are none. Prints one line for each that fails, and exits with 1 then.
 */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { modulesToCompile } from '../modules.ts'

const adapter = await navigator.gpu.requestAdapter()
if (adapter === null) {
  console.log('no adapter')
  process.exit(3)
}
const requiredFeatures = (['subgroups', 'shader-f16'] as const).filter((name) => adapter.features.has(name))
const device = await adapter.requestDevice({ requiredFeatures })
let failed = 0
const modules = modulesToCompile().filter((m) => device.features.has('subgroups') || !m.enables.includes('subgroups'))
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
