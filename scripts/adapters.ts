/**
 * Prints the WebGPU adapters that the specs will run on, one line a runtime.
 *
 * With `EXPTILT_REQUIRE_WEBGPU=1` a missing adapter, or one that fails the self test, is a failure; without it, shader specs are skipped and this says so.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { acquire, destroy } from '../lib/device.ts'
import { describeFailure } from '../lib/errors.ts'

/** What a runtime has: a usable adapter's name, or why there is none. */
interface Found {
  readonly usable: boolean
  readonly text: string
}

/** The adapter that Node gets from Dawn, where it passes the self test. */
const dawn = async (): Promise<Found> => {
  const acquired = await acquire()()
  if (E.isLeft(acquired)) return { usable: false, text: describeFailure(acquired.left) }
  const { vendor, name } = acquired.right.adapter
  destroy(acquired.right)
  return { usable: true, text: [vendor, name].filter((part) => part !== '').join(', ') }
}

/** The adapter that Deno gets from wgpu, by the same test. */
const wgpu = (): Found => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const program = ['node_modules/deno/bin.cjs', 'run', '-A', '--no-check', 'specs/portable/_adapter.ts']
  const { status, stdout } = spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8', timeout: 60_000 })
  return { usable: status === 0, text: stdout.trim() === '' ? 'Deno does not run here' : stdout.trim() }
}

const found = [
  { runtime: `Node ${process.versions.node} (Dawn)`, adapter: await dawn() },
  { runtime: 'Deno (wgpu)', adapter: wgpu() },
]
for (const { runtime, adapter } of found)
  console.log(
    `${runtime}: ${adapter.usable ? adapter.text : `no usable adapter; its shader specs are skipped (${adapter.text})`}`,
  )

if (process.env['EXPTILT_REQUIRE_WEBGPU'] === '1' && found.some(({ adapter }) => !adapter.usable)) {
  console.error(
    'EXPTILT_REQUIRE_WEBGPU=1 and a usable adapter is missing: install mesa-vulkan-drivers 24 or newer (.ci/run does)',
  )
  process.exitCode = 1
}
