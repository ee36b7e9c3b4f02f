/**
 * Chromium: the comparisons of specs/portable/ in one page, on its WebGPU (SwiftShader where there is no hardware), with no more than the
 * limits that every device has.
 *
 * Without Chromium, or without an adapter in it that passes the self test, they are skipped, or fail with
 * `EXPTILT_REQUIRE_WEBGPU=1`.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { bundle } from './browser/bundle.ts'
import { hasChromium, NO_CHROMIUM, openChromium } from './browser/chromium.ts'
import {
  adapterProgram,
  AGREE,
  comparingPrograms,
  comparisonFiles,
  compileProgram,
  NO_ADAPTER,
  saidOf,
} from './portable.ts'

const required = process.env['EXPTILT_REQUIRE_WEBGPU'] === '1'
const pages = hasChromium() || required ? await openChromium() : undefined
const adapter = await pages?.run(await bundle(adapterProgram), 120_000)
const missing = pages === undefined ? NO_CHROMIUM : adapter?.status === NO_ADAPTER ? adapter.output : undefined

describe(`Chromium ${pages?.version ?? ''} [${missing ?? adapter?.output ?? ''}]`, () => {
  afterAll(() => pages?.close())

  /** One page for all of them: what one has compiled the next need not. */
  const compared =
    pages === undefined || (missing !== undefined && !required)
      ? undefined
      : bundle(comparingPrograms.baseline).then((module) => pages.run(module, 600_000))

  it.for(comparisonFiles)('agrees in %s', { timeout: 610_000 }, async (file, { skip }) => {
    if (compared === undefined) return skip(missing)
    expect(saidOf((await compared).output, file)).toMatch(AGREE)
  })

  it('compiles every shader', { timeout: 120_000 }, async ({ skip }) => {
    if (compared === undefined || pages === undefined) return skip(missing)
    const { status, output } = await pages.run(await bundle(compileProgram), 110_000)
    expect(status, output).toBe(0)
  })

  it('runs example 27, which computes in a worker', { timeout: 120_000 }, async ({ skip }) => {
    if (pages === undefined) return skip(NO_CHROMIUM)
    const program = `${await bundle('examples/27-worker.ts')}\nglobalThis.ended?.(0)`
    const { status, output } = await pages.run(program, 60_000)
    expect(status, output).toBe(0)
    expect(output).toMatch(/^entropy 81\.\d+ nats$/u)
  })
})
