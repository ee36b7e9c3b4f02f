import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { discardEmpty, prepareDirectory, writeAtomically, writeFiles } from '../../lib/report/files.ts'
import { withFolder } from '../folder.ts'

describe('writeAtomically', () => {
  it('replaces a file whole and leaves no partial file', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'a.txt')
      await writeAtomically(path)('one')()
      await writeAtomically(path)('two')()
      expect(readFileSync(path, 'utf8')).toBe('two')
      expect(readdirSync(folder)).toEqual(['a.txt'])
    }))

  it('leaves nothing when the name cannot be taken', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'a.txt'))
      writeFileSync(join(folder, 'a.txt', 'inside'), '')
      const result = await writeAtomically(join(folder, 'a.txt'))('one')()
      expect(isLeft(result) && result.left.tag).toBe('Storage')
      expect(readdirSync(folder)).toEqual(['a.txt'])
      expect(readdirSync(join(folder, 'a.txt'))).toEqual(['inside'])
    }))
})

describe('prepareDirectory and discardEmpty', () => {
  it('take back exactly the folders that were made, while they are empty', () =>
    withFolder(async (folder) => {
      const prepared = await prepareDirectory(join(folder, 'a', 'b', 'c'))()
      if (!isRight(prepared)) expect.fail('not made')
      else await discardEmpty(prepared.right)()
      expect(readdirSync(folder)).toEqual([])
      expect(existsSync(folder)).toBe(true)
    }))

  it('keep what is not empty, and what was there before', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'a'))
      const prepared = await prepareDirectory(join(folder, 'a', 'b', 'c'))()
      writeFileSync(join(folder, 'a', 'b', 'file'), '')
      if (isRight(prepared)) await discardEmpty(prepared.right)()
      expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['file'])
    }))

  it('fail below a file', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '')
      const result = await prepareDirectory(join(folder, 'file', 'run'))()
      expect(isLeft(result) && result.left.what).toMatch(/cannot be written \((?:ENOTDIR|EEXIST)\)/)
    }))
})

describe('writeFiles', () => {
  it('writes in order, with sub-folders', () =>
    withFolder(async (folder) => {
      const written = await writeFiles(folder)([
        { name: 'figures/a.svg', content: '<svg/>' },
        { name: 'b.bin', content: new Uint8Array([1, 2]) },
      ])()
      expect(isRight(written) && written.right).toEqual([join(folder, 'figures', 'a.svg'), join(folder, 'b.bin')])
      expect([...readFileSync(join(folder, 'b.bin'))]).toEqual([1, 2])
    }))
})
