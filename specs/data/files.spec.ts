/**
 * Folders are made one by one: what cannot be made is refused and does not hang, and many may make the same at once.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder, makeFolders } from '../../lib/data/files.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'

describe('folders', () => {
  it('are made with their parents, of which the first that was made is named', () =>
    withFolder(async (folder) => {
      expect(await makeFolders(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'))
      expect(await makeFolders(join(folder, 'a', 'd'))).toBe(join(folder, 'a', 'd'))
      expect(await makeFolders(join(folder, 'a', 'd'))).toBeUndefined()
    }))

  it('are made by many at once', () =>
    withFolder(async (folder) => {
      const made = await Promise.all(Array.from({ length: 50 }, () => makeFolder(join(folder, 'a', 'b', 'c', 'd'))()))
      expect(made.map(right)).toEqual(made.map(() => undefined))
    }))

  it('are refused below a file, and in its place', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '')
      await expect(makeFolders(join(folder, 'file', 'run'))).rejects.toThrow('ENOTDIR')
      await expect(makeFolders(join(folder, 'file'))).rejects.toThrow('EEXIST')
    }))

  it.runIf(process.platform === 'linux')('are refused where nothing can be made, and do not hang', async () => {
    expect(left(await makeFolder('/proc/none/of/these')()).what).toContain('/proc/none')
  })
})
