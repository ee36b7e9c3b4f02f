/**
 * The file operations: the disk in memory and the real one obey the same program, and failures name path and remedy.
 */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, describe, expect, it } from 'vitest'
import type { Failure } from '../../lib/errors.ts'
import { type FileSystem, saveDurably, sweep } from '../../lib/train/file-system.ts'
import { memoryFileSystem } from './file-system-memory.ts'
import { changedParents, nodeFileSystem } from '../../lib/train/file-system-node.ts'

const root = mkdtempSync(join(tmpdir(), 'exptilt-'))
afterAll(() => rm(root, { recursive: true }))

const bytes = Uint8Array.of(1, 2, 3)

const story = (fs: FileSystem, directory: string): TE.TaskEither<Failure, unknown> =>
  pipe(
    fs.makeDirectory(directory),
    TE.chain(() => saveDurably(fs, directory, 'b')(new Uint8Array(10_000))),
    TE.chain(() => saveDurably(fs, directory, 'b')(bytes)),
    TE.chain(() => saveDurably(fs, directory, 'a')(new Uint8Array(0))),
    TE.chain(() => fs.open(`${directory}/b.7.partial`)),
    TE.chainFirst((handle) => fs.write(handle, bytes)),
    TE.chainFirst((handle) => fs.write(handle, bytes)),
    TE.chain(fs.close),
    TE.bind('partial', () => fs.read(`${directory}/b.7.partial`)),
    TE.bind('before', () => fs.list(directory)),
    TE.bind('swept', () => sweep(fs, directory, 'b.')),
    TE.chainFirst(() => fs.remove(`${directory}/a`)),
    TE.chainFirst(() => fs.remove(`${directory}/a`)),
    TE.bind('after', () => fs.list(directory)),
    TE.bind('empty', () => fs.list(`${directory}/none`)),
    TE.bind('b', () => fs.read(`${directory}/b`)),
    TE.map(({ partial, before, swept, after, empty, b }) => ({
      partial: [...partial],
      before,
      swept,
      after,
      empty,
      b: [...b],
    })),
  )

describe('file system', () => {
  it('memory and disk tell the same story', async () => {
    const told = E.right({
      partial: [1, 2, 3, 1, 2, 3],
      before: ['a', 'b', 'b.7.partial'],
      swept: ['b.7.partial'],
      after: ['b'],
      empty: [],
      b: [1, 2, 3],
    })
    expect(await story(memoryFileSystem().fileSystem, 'x')()).toEqual(told)
    expect(await story(nodeFileSystem, join(root, 'deep', 'x'))()).toEqual(told)
  })

  it.each(['disk', 'memory'])('failures on %s name the path and a remedy, and nothing is left behind', async (kind) => {
    const fs = kind === 'disk' ? nodeFileSystem : memoryFileSystem().fileSystem
    const read = await fs.read(join(root, 'nothing'))()
    expect(read).toMatchObject({
      left: { tag: 'File', what: `cannot read ${root}/nothing (ENOENT)`, remedy: 'check the path' },
    })
    expect(E.isLeft(await fs.rename(join(root, 'nothing'), join(root, 'other'))())).toBe(true)
    if (kind === 'disk' && process.platform !== 'win32')
      expect(await fs.fsyncDirectory(join(root, 'nothing'))()).toMatchObject({ left: { tag: 'File' } })
    const broken: FileSystem = { ...fs, fsync: () => TE.left({ tag: 'File', what: 'EIO', remedy: 'check', facts: {} }) }
    const saved = await saveDurably(broken, root, 'name')(bytes)()
    expect(saved).toMatchObject({ left: { tag: 'Storage', what: `${root}/name was not saved: EIO` } })
    expect(await fs.list(root)()).toEqual(E.right(kind === 'disk' ? ['deep'] : []))
  })

  it('of directories that were made every parent has a new name, the uppermost too', () => {
    expect(changedParents('/a/b', '/a/b')).toEqual(['/a'])
    expect(changedParents('/a/b', '/a/b/c/d')).toEqual(['/a', '/a/b', '/a/b/c'])
  })

  it('a missing directory is named', async () => {
    const saved = await saveDurably(nodeFileSystem, join(root, 'absent'), 'x')(bytes)()
    expect(E.isLeft(saved) && saved.left.what).toContain(`${join(root, 'absent')}/x was not saved`)
  })
})
