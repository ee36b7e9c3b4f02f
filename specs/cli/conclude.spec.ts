/** A disk that refuses a run: exit code 1, a sentence that says what is left and how to go on, and the options stay. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { failure } from '../../lib/errors.ts'
import { withFolder } from '../folder.ts'
import { type Answer, inWorld, succeed } from './fake-world.ts'

const program = fileURLToPath(new URL('../../bin/exptilt.js', import.meta.url))

const full = E.left(failure('Storage', 'base.safetensors cannot be written (ENOSPC)', 'free some space on the disk'))

/** What the run had done when its disk was full, what is said of it, and whether the options are still there. */
const rows: readonly (readonly [name: string, answer: Answer, sentence: RegExp, kept: boolean])[] = [
  [
    'after a save',
    (options, services) => {
      succeed(options, services)
      return full
    },
    /The last checkpoint is intact; .* continue with: npx exptilt gam --resume /,
    true,
  ],
  ['before the first save', () => full, /No checkpoint was saved yet; the options are kept\. .* --resume /, true],
  [
    'with its folder gone',
    (options) => {
      rmSync(options.out ?? expect.fail(), { recursive: true })
      return full
    },
    /The folder of the run is gone, and its checkpoint with it: start the run again\./,
    false,
  ],
]

describe('an interruption', () => {
  it('before anything was saved says so, and how to start over', () =>
    withFolder(async (above) => {
      const folder = join(above, 'run')
      const answer: Answer = () => E.left(failure('Interrupted', 'the run was interrupted', 'resume it'))
      const seen = await inWorld((world) => main(['gam', '--preset', 'tiny', '--out', folder], world))({ answer })
      expect([seen.code, seen.stderr]).toEqual([
        130,
        expect.stringMatching(/^Interrupted before anything was saved; .* Start over with: npx exptilt gam --resume /m),
      ])
      expect(existsSync(join(folder, 'options.json'))).toBe(true)
    }))
})

describe('a full disk', () => {
  it.each(rows)('%s: exit code 1, what is left, how to go on', (_, answer, sentence, kept) =>
    withFolder(async (above) => {
      const folder = join(above, 'run')
      const seen = await inWorld((world) => main(['gam', '--preset', 'tiny', '--out', folder], world))({ answer })
      expect([seen.code, seen.stdout]).toEqual([1, ''])
      expect(seen.stderr).toContain('base.safetensors cannot be written (ENOSPC): free some space on the disk.')
      expect(seen.stderr).toMatch(sentence)
      expect(existsSync(join(folder, 'options.json'))).toBe(kept)
    }),
  )

  const canMount =
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

  it.skipIf(!canMount)(
    'a real one: the first save fails, the options stay, nothing says done',
    { timeout: 90_000 },
    () =>
      withFolder(async (above) => {
        const folder = join(above, 'disk')
        mkdirSync(folder)
        const words =
          'gam --motif 101 --length 5 --width 32 --batch 16 --device reference --train 20 --max-epochs 1 --out'.split(
            ' ',
          )
        const fill = `mount -t tmpfs -o size=32k none "$1" && "$2" "$3" \${@:4} "$1/run"; code=$?; ls "$1/run"; exit $code`
        const seen = spawnSync(
          'unshare',
          ['-m', 'bash', '-c', fill, 'fill', folder, process.execPath, program, ...words],
          { encoding: 'utf8' },
        )
        expect([seen.status, seen.stderr]).toEqual([
          1,
          expect.stringMatching(/gam\.000001\.safetensors was not saved: .*\(ENOSPC\): free some space on the disk\./),
        ])
        expect(seen.stderr).toContain('No checkpoint was saved yet; the options are kept.')
        expect(seen.stderr).toContain(`npx exptilt gam --resume ${folder}/run`)
        expect(seen.stdout).toContain('options.json')
      }),
  )
})
