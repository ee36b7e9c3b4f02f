/**
 * Chromium: the programs of specs/portable/ run in a page, on its WebGPU (SwiftShader where there is no hardware).
 *
 * Without Chromium, or without an adapter in it that passes the self test, they are skipped, or fail with
 * `EXPTILT_REQUIRE_WEBGPU=1`.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { bundle } from './browser/bundle.ts'
import { hasChromium, NO_CHROMIUM, openChromium } from './browser/chromium.ts'
import { adapterProgram, NO_ADAPTER, portablePrograms } from './portable.ts'

const required = process.env['EXPTILT_REQUIRE_WEBGPU'] === '1'
const pages = hasChromium() || required ? await openChromium() : undefined
const adapter = await pages?.run(await bundle(adapterProgram), 120_000)
const missing = pages === undefined ? NO_CHROMIUM : adapter?.status === NO_ADAPTER ? adapter.output : undefined

describe(`Chromium ${pages?.version ?? ''} [${missing ?? adapter?.output ?? ''}]`, () => {
  afterAll(() => pages?.close())

  it.for(portablePrograms)('runs %s', { timeout: 610_000 }, async (program, { skip }) => {
    if (pages === undefined || (missing !== undefined && !required)) return skip(missing)
    const { status, output } = await pages.run(await bundle(program), 600_000)
    expect(status, output).toBe(0)
  })

  it('runs example 26, which computes in a worker', { timeout: 120_000 }, async ({ skip }) => {
    if (pages === undefined) return skip(NO_CHROMIUM)
    const program = `${await bundle('examples/27-worker.ts')}\nglobalThis.ended?.(0)`
    const { status, output } = await pages.run(program, 60_000)
    expect(status, output).toBe(0)
    expect(output).toMatch(/^entropy 81\.\d+ nats$/u)
  })
})
