/** Output that nobody takes, and signals: a child process is sent them while it trains. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { withFolder } from '../folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'bin/exptilt.js')

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

/** Runs a line of sh, in which "$X" is the program. */
const shell = (line: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn('bash', ['-c', line], { cwd: root, env: { ...process.env, X: program } })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (code) => resolve({ code, stderr }))
  })

const small =
  '--motif 101 --length 5 --train 20 --width 4 --layers 1 --batch 16 --bank 50 --distilled 20 --device reference'

/** A training that is sent a signal once its progress names a phase; how it ended, and after how many milliseconds. */
const signalled = (
  folder: string,
  signal: NodeJS.Signals,
  phase: RegExp,
): Promise<Ended & { readonly after: number }> =>
  new Promise((resolve) => {
    const words = ['gam', ...small.split(' '), '--max-epochs', '100000', '--patience', '100000', '--out', folder]
    const child = spawn(process.execPath, [program, ...words], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    let [stderr, sent] = ['', 0]
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
      if (sent !== 0 || !phase.test(stderr)) return
      sent = performance.now()
      child.kill(signal)
    })
    child.on('close', (code) => resolve({ code, stderr, after: performance.now() - sent }))
  })

describe('output that nobody takes', () => {
  it.skipIf(!existsSync('/dev/full'))(
    'a full disk is a sentence and exit code 1, a closed pipe is nothing',
    { timeout: 60_000 },
    async () => {
      const full = await shell('node "$X" pfsa --motif 101 --length 5 > /dev/full')
      expect([full.code, full.stderr]).toEqual([
        1,
        expect.stringMatching(/^standard output cannot be written \(ENOSPC\): .*\n$/),
      ])
      expect(await shell('node "$X" pfsa --motif 101 --length 5 | true; exit ${PIPESTATUS[0]}')).toEqual({
        code: 0,
        stderr: '',
      })
    },
  )

  it('a training goes on to its end, and writes its files', { timeout: 120_000 }, () =>
    withFolder(async (folder) => {
      const line = `node "$X" gam ${small} --max-epochs 2 --out ${folder} 2>&1 | true; exit \${PIPESTATUS[0]}`
      expect(await shell(line)).toEqual({ code: 0, stderr: '' })
      expect(statSync(join(folder, 'results.json')).size).toBeGreaterThan(100)
    }),
  )
})

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s saves at once, and lets the folder go',
    { timeout: 60_000 },
    (signal) =>
      withFolder(async (folder) => {
        const { code, stderr, after } = await signalled(folder, signal, /training r: \d/)
        expect([code, stderr]).toEqual([130, expect.stringContaining('the run is saved')])
        expect(stderr).not.toContain('training r: done')
        expect(stderr).toContain('training r: stopped')
        expect(after).toBeLessThan(20_000)
        expect(readdirSync(join(folder, 'checkpoint')).length).toBeGreaterThan(0)
        expect(readdirSync(folder).filter((name) => name.startsWith('.lock.'))).toEqual([])
      }),
  )
})
