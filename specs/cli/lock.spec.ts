/** One process a folder: who is refused, whose lock is taken over, and that of many at once one holds. */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockFolder, withLocks } from '../../lib/cli/lock.ts'
import { ownStart, startOf } from '../../lib/cli/process-start.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'
import * as TE from 'fp-ts/lib/TaskEither.js'

const locksIn = (folder: string): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('.lock.'))

const host = hostname().replace(/[^A-Za-z0-9.-]/gu, '-')

const gone = (): number => spawnSync(process.execPath, ['-e', '']).pid

describe('lock', () => {
  it('the second is refused with the process and the remedy, until the first lets go', () =>
    withFolder(async (folder) => {
      const first = right(await lockFolder(folder)())
      const second = left(await lockFolder(folder)())
      expect(second).toMatchObject({
        tag: 'InUse',
        what: `${folder} is in use by another exptilt, process ${process.pid}`,
        remedy: `wait until it has ended, stop it with kill ${process.pid}, or give another folder with --out`,
      })
      first.release()
      expect(locksIn(folder)).toEqual([])
      right(await lockFolder(folder)()).release()
    }))

  it.each([
    ['of a process that is gone', () => `.lock.${gone()}.${ownStart()}.${host}`],
    ['of a number that another process has now', () => `.lock.${process.ppid}.00000000-1.${host}`],
  ])('the lock %s is taken over', (_, name) =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, name()), '')
      const lock = right(await lockFolder(folder)())
      expect(locksIn(folder)).toEqual([`.lock.${process.pid}.${ownStart()}.${host}`])
      lock.release()
    }),
  )

  it('a living process is not taken for dead, and one on another machine counts as living', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, `.lock.${process.ppid}.${startOf(process.ppid)}.${host}`), '')
      expect(left(await lockFolder(folder)()).facts).toMatchObject({ pid: process.ppid })
    }).then(() =>
      withFolder(async (folder) => {
        writeFileSync(join(folder, '.lock.77.0.elsewhere'), '')
        const found = left(await lockFolder(folder)())
        expect([found.what, found.remedy]).toEqual([
          expect.stringContaining('process 77 on elsewhere'),
          expect.stringContaining(join(folder, '.lock.77.0.elsewhere')),
        ])
      }),
    ))

  it('is let go when the work fails, or throws', () =>
    withFolder(async (folder) => {
      await withLocks([folder, `${folder}/.`])(() => Promise.reject(new Error('broken')))().catch(() => undefined)
      expect(locksIn(folder)).toEqual([])
      expect(right(await withLocks([folder])(TE.right(locksIn(folder).length))())).toBe(0)
      expect(right(await withLocks([join(folder, 'none')], 'read')(TE.right(1))())).toBe(1)
    }))

  it('of five processes at once one holds, and its exit lets go', { timeout: 120_000 }, () =>
    withFolder(async (folder) => {
      const program = `import('./lib/cli/lock.ts').then(async ({ lockFolder }) => {
        const found = await lockFolder(${JSON.stringify(folder)})()
        console.log(found._tag === 'Right' ? 'held' : found.left.tag)
        setTimeout(() => process.exit(0), found._tag === 'Right' ? 15000 : 0)
      })`
      const said = await Promise.all(
        Array.from(
          { length: 5 },
          () =>
            new Promise<string>((resolve) => {
              const child = spawn(process.execPath, ['--import', 'tsx', '-e', program], {
                stdio: ['ignore', 'pipe', 'inherit'],
              })
              let out = ''
              child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
              child.on('close', () => resolve(out.trim()))
            }),
        ),
      )
      expect([...said].sort()).toEqual(['InUse', 'InUse', 'InUse', 'InUse', 'held'])
      expect(locksIn(folder)).toEqual([])
    }),
  )
})
