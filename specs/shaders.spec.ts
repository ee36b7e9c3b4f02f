import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { create } from 'webgpu'
import { SHADERS } from '../lib/generated/shaders.ts'
import { locate } from '../lib/shader.ts'
import { GENERATED, generate, readShaders, SHADER_FOLDER } from '../scripts/shaders.ts'
import { modulesToCompile } from './modules.ts'

// The GPU object must stay referenced as long as its device is used.
const kept = { root: create(['backend=null']) }
const adapter = await kept.root.requestAdapter()
const features: readonly GPUFeatureName[] = ['subgroups', 'shader-f16']
const device = await adapter?.requestDevice({ requiredFeatures: features.filter((f) => adapter.features.has(f)) })

describe('shaders', () => {
  afterAll(() => {
    device?.destroy()
    expect(kept.root).toBeDefined()
  })

  it('are what the generated module was made from', () => {
    expect(readFileSync(GENERATED, 'utf8') === generate(readShaders(SHADER_FOLDER))).toBe(true)
  })

  it.each(modulesToCompile().map((m) => [m.title, m] as const))('%s compiles (Tint)', async (_title, module) => {
    if (device === undefined) throw new Error('Dawn has no null backend')
    if (E.isLeft(module.code) || E.isLeft(module.parts)) throw new Error('a prelude is missing')
    const parts = module.parts.right
    device.pushErrorScope('validation')
    const info = await device.createShaderModule({ code: module.code.right }).getCompilationInfo()
    await device.popErrorScope()
    const errors = info.messages.filter((m) => m.type === 'error')
    expect(errors.map((m) => ({ ...locate(parts, m.lineNum), message: m.message }))).toEqual([])
  })

  it.each(Object.values(SHADERS).map((body) => [body.entryPoint, body] as const))(
    '%s states its formula and is short',
    (_name, body) => {
      const lines = body.text.split('\n')
      expect(lines[0]).toMatch(/^\/\/ /)
      expect(lines.length).toBeLessThanOrEqual(130)
    },
  )

  it('compile on Deno (naga)', async () => {
    const folder = fileURLToPath(new URL('..', import.meta.url))
    const deno = fileURLToPath(new URL('../node_modules/.bin/deno', import.meta.url))
    const run = promisify(execFile)(deno, ['run', '-A', '--no-lock', 'specs/portable/compile.ts'], { cwd: folder })
    const field = (thrown: unknown, name: string): unknown =>
      typeof thrown === 'object' && thrown !== null
        ? Object.entries(thrown).find(([key]) => key === name)?.[1]
        : undefined
    const { stdout, code } = await run.then(
      (done) => ({ stdout: done.stdout, code: 0 }),
      (thrown: unknown) => ({ stdout: String(field(thrown, 'stdout')), code: field(thrown, 'code') }),
    )
    if (code === 3) return
    expect(stdout).toMatch(/^(\d+) of \1 modules compile/m)
  }, 60_000)
})
