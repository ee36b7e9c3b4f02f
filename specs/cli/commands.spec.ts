/** Every command of the table: what it writes to is taken while it runs, so a second one is refused before it changes anything. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockFolder } from '../../lib/cli/lock.ts'
import { commands, main } from '../../lib/cli/main.ts'
import { right } from '../either.ts'
import { withFolder } from '../folder.ts'
import { inWorld } from './fake-world.ts'

/** The arguments of a command on a folder; those that write to none say what they do instead. */
const rows: Readonly<Record<keyof typeof commands, ((folder: string) => readonly string[]) | string>> = {
  gam: (folder) => ['gam', '--preset', 'tiny', '--out', folder],
  sweep: (folder) => ['gam', 'sweep', '--grid', 'table-4', '--out', folder],
  'gam-generate': (folder) => ['gam', 'generate', '--run', folder],
  residual: (folder) => ['residual', '--preset', 'tiny', '--data', 'none.txt', '--out', folder],
  earm: (folder) => ['earm', 'lm', '--preset', 'tiny', '--data', 'none.txt', '--out', folder],
  'earm-table': (folder) => ['earm', 'lm', 'table', '3', '--preset', 'tiny', '--data', 'none.txt', '--out', folder],
  'earm-evaluate': (folder) => ['earm', 'lm', 'evaluate', '--run', folder],
  'earm-sample': (folder) => ['earm', 'image', 'sample', '--run', folder],
  export: (folder) => ['export', '--run', folder],
  'data-fetch': (folder) => ['data', 'fetch', 'english', '--cache', folder],
  'data-prepare': (folder) => ['data', 'prepare', 'none.txt', '--out', folder],
  tilt: (folder) => ['tilt', '--model', 'none', '--out', folder],
  'data-list': 'prints',
  pfsa: 'prints',
  'residual-judge': 'prints',
  site: 'serves',
  worker: 'serves',
  jobs: 'prints',
  'jobs-retry': 'asks a queue',
}

const writing = Object.entries(rows).flatMap(([name, argv]) => (typeof argv === 'string' ? [] : [{ name, argv }]))

describe('a folder that another process works in', () => {
  it.each(writing)('is refused by $name, with the process, and nothing is changed', ({ argv }) =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'checkpoint'))
      writeFileSync(join(folder, 'options.json'), '{}')
      const lock = right(await lockFolder(folder)())
      const before = readdirSync(folder)
      const cache = process.env['EXPTILT_CACHE']
      process.env['EXPTILT_CACHE'] = folder
      const typed = argv(folder).filter((word, i, all) => word !== '--cache' && all[i - 1] !== '--cache')
      const seen = await inWorld((world) => main(typed, world))({})
      if (cache === undefined) delete process.env['EXPTILT_CACHE']
      else process.env['EXPTILT_CACHE'] = cache
      expect([seen.code, seen.stderr]).toEqual([
        2,
        expect.stringContaining(`in use by another exptilt, process ${process.pid}`),
      ])
      expect(readdirSync(folder)).toEqual(before)
      lock.release()
    }),
  )
})
