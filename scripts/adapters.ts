/**
 * Prints the WebGPU adapters that the specs will run on, one line a runtime.
 *
 * With `EXPTILT_REQUIRE_WEBGPU=1` a missing adapter is a failure; without it, shader specs are skipped and this says so.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { create } from 'webgpu'

const describe = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  [vendor, architecture, device, description].filter((part) => part !== '').join(', ')

/** The adapter that Node gets from Dawn. */
const dawn = async (): Promise<string | undefined> => {
  const adapter = await create([]).requestAdapter()
  return adapter === null ? undefined : describe(adapter.info)
}

const denoProgram = `const a = await navigator.gpu.requestAdapter()
if (a) console.log([a.info.vendor, a.info.architecture, a.info.device, a.info.description].filter(Boolean).join(', '))`

/** The adapter that Deno gets from wgpu. */
const wgpu = (): string | undefined => {
  const deno = fileURLToPath(new URL('../node_modules/deno/bin.cjs', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [deno, 'eval', denoProgram], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}

const found = [
  { runtime: `Node ${process.versions.node} (Dawn)`, adapter: await dawn() },
  { runtime: 'Deno (wgpu)', adapter: wgpu() },
]
for (const { runtime, adapter } of found)
  console.log(`${runtime}: ${adapter ?? 'no adapter; its shader specs are skipped'}`)

if (process.env['EXPTILT_REQUIRE_WEBGPU'] === '1' && found.some(({ adapter }) => adapter === undefined)) {
  console.error(
    'EXPTILT_REQUIRE_WEBGPU=1 and an adapter is missing: install mesa-vulkan-drivers 24 or newer (.ci/run does)',
  )
  process.exitCode = 1
}
