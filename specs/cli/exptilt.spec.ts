import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../lib/cli/exptilt.ts', import.meta.url))

const run = (...argv: readonly string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', program, ...argv], { encoding: 'utf8', timeout: 60_000 })

describe('the program', () => {
  it('exits with the code of the command, results on stdout, complaints on stderr', { timeout: 120_000 }, () => {
    const good = run('pfsa', '--motif', '101', '--length', '5', '--json')
    expect([good.status, good.stderr]).toEqual([0, ''])
    expect(JSON.parse(good.stdout)).toMatchObject({ strings: 11 })
    const wrong = run('pfsa', '--motif', '1a1')
    expect([wrong.status, wrong.stdout]).toEqual([2, ''])
    expect(wrong.stderr).toMatch(/^--motif 1a1 is not a motif in the digits 0 and 1: give for example --motif \d+\.\n$/)
  })
})
