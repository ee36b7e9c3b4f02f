/**
 * Deno: the library type-checks under a second compiler, and the comparisons of specs/portable/ hold on wgpu, all in one process.
 *
 * Without an adapter that passes the self test (specs/portable/_adapter.ts, which exits with 3) they are skipped, or
 * fail with `EXPTILT_REQUIRE_WEBGPU=1`.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  adapterProgram,
  AGREE,
  comparingPrograms,
  comparisonFiles,
  compileProgram,
  NO_ADAPTER,
  saidOf,
} from './portable.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Deno's binary comes in a package of its own for each platform; without one there is no Deno to test on. */
const launcher = join(dirname(createRequire(import.meta.url).resolve('deno/package.json')), 'bin.cjs')

interface Outcome {
  readonly status: number | null
  readonly output: string
}

const deno = (args: readonly string[], milliseconds: number): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: root,
      timeout: milliseconds,
      env: { ...process.env, NO_COLOR: '1' },
    })
    const chunks: string[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
    child.on('error', (error) => resolve({ status: null, output: error.message }))
    child.on('close', (status) => resolve({ status, output: chunks.join('') }))
  })

const available = (await deno(['--version'], 30_000)).status === 0

const required = process.env['EXPTILT_REQUIRE_WEBGPU'] === '1'
const adapter = available ? await deno(['run', '-A', '--no-check', adapterProgram], 60_000) : undefined
const unusable = !required && adapter?.status === NO_ADAPTER

describe.skipIf(!available)('Deno', () => {
  const run = (program: string): Promise<Outcome> => deno(['run', '-A', '--no-check', program], 600_000)
  // What a browser's smallest device can is asked of a browser.
  const compared = available && !unusable ? run(comparingPrograms.default) : undefined

  it.for(comparisonFiles)('agrees in %s', { timeout: 610_000 }, async (file, { skip }) => {
    if (compared === undefined) return skip(adapter?.output)
    expect(saidOf((await compared).output, file)).toMatch(AGREE)
  })

  it('compiles every shader', { timeout: 310_000 }, async ({ skip }) => {
    if (compared === undefined) return skip(adapter?.output)
    const { status, output } = await run(compileProgram)
    expect(status, output).toBe(0)
  })

  it('has comparisons to run', () => expect(comparisonFiles.length).toBeGreaterThan(0))

  it('type-checks the library with its own compiler and its own WebGPU types', { timeout: 310_000 }, async () => {
    const { status, output } = await deno(['check', 'lib/index.ts'], 300_000)
    expect(status, output).toBe(0)
  })

  it('runs the mathematics without a GPU', { timeout: 180_000 }, async () => {
    const program = `import { key, words } from './lib/key.ts'; console.log([...words(key(7), 3)].join())`
    const { status, output } = await deno(['eval', program], 50_000)
    const { key, words } = await import('../lib/key.ts')
    expect(output.trim()).toBe([...words(key(7), 3)].join())
    expect(status).toBe(0)
  })
})
