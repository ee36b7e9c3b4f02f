/** Where hardware is looked for, and what that says on the terminal. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mayHaveGpu } from '../../lib/device/adapter.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('a machine', () => {
  it.each([
    ['linux', [], false],
    ['linux', ['/dev/dri'], true],
    ['linux', ['/dev/nvidiactl', '/dev/nvidia0'], true],
    ['linux', ['/dev/dxg'], true],
    ['linux', ['/dev/null'], false],
    ['darwin', [], true],
    ['win32', [], true],
  ])('%s with the files %j may have a GPU: %s', (platform, files, may) => {
    expect(mayHaveGpu(platform, (path) => files.some((file) => file === path))).toBe(may)
  })

  it.skipIf(mayHaveGpu(process.platform, existsSync))(
    'without a GPU: the choice of what computes writes nothing to the terminal',
    { timeout: 120_000 },
    () => {
      const program = `import { openExecutor } from './lib/choose.ts'
        const opened = await openExecutor('auto')()
        console.log(opened.right.description)
        opened.right.release()`
      const words = ['--import', 'tsx', '--input-type=module', '-e', program]
      const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' })
      expect([stderr, stdout]).toEqual(['', expect.stringContaining('there is no hardware GPU adapter')])
    },
  )
})
