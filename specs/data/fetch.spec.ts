import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fetchSource, packageFolder } from '../../lib/data/fetch.ts'
import { sha256 } from '../../lib/codec/sha256.ts'
import type { Source } from '../../lib/data/sources.ts'
import { archiveOf, servicesWith } from './fixtures.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'

const source = (archive: string): Source => ({
  manager: 'npm',
  name: '@made/text',
  version: '1.2.3',
  licence: 'CC0-1.0',
  sha256: sha256(readFileSync(archive)),
})

const made = (folder: string): string => archiveOf(folder, { 'package/data/a.txt': 'hello' })

describe('fetchSource', () => {
  it('fetches, checks and unpacks once, and finds it in the cache afterwards', () =>
    withFolder(async (folder) => {
      const archive = made(folder)
      const calls: string[] = []
      const cache = join(folder, 'cache')
      const services = servicesWith(cache, (to) => copyFileSync(archive, join(to, 'made-text-1.2.3.tgz')), calls)
      const first = right(await fetchSource(services)(source(archive))())
      expect(readFileSync(join(first.folder, 'package', 'data', 'a.txt'), 'utf8')).toBe('hello')
      expect(first.sha256).toBe(source(archive).sha256)
      const asked = calls.length
      expect(asked).toBe(2)
      expect(calls[0]).toMatch(/^npm pack --silent --pack-destination .* @made\/text@1\.2\.3$/)
      expect(right(await fetchSource(services)(source(archive))())).toEqual(first)
      expect(calls).toHaveLength(asked)
      expect(readdirSync(join(cache, 'packages'))).toEqual(['npm-made-text-1.2.3'])
    }))

  it('refuses an archive of another checksum and keeps nothing of it', () =>
    withFolder(async (folder) => {
      const archive = made(folder)
      const cache = join(folder, 'cache')
      const services = servicesWith(cache, (to) => writeFileSync(join(to, 'made-text-1.2.3.tgz'), 'half of i'))
      const refused = left(await fetchSource(services)(source(archive))())
      expect(refused.tag).toBe('Fetch')
      expect(refused.what).toMatch(/has the SHA-256 [0-9a-f]{12}… and not [0-9a-f]{12}…$/)
      expect(readdirSync(join(cache, 'packages'))).toEqual([])
    }))

  it('goes on after an interruption: a folder without its record is not taken for whole', () =>
    withFolder(async (folder) => {
      const archive = made(folder)
      const cache = join(folder, 'cache')
      let fails = true
      const services = servicesWith(cache, (to) => {
        if (fails) throw new Error('the network is gone')
        copyFileSync(archive, join(to, 'x.tgz'))
      })
      const task = fetchSource(services)(source(archive))
      expect(left(await task()).what).toContain('the network is gone')
      expect(readdirSync(join(cache, 'packages'))).toEqual([])
      expect(existsSync(packageFolder(cache, source(archive)))).toBe(false)
      fails = false
      right(await task())
    }))

  it('a missing client is one sentence with the way out', () =>
    withFolder(async (folder) => {
      const services = servicesWith(folder, () => undefined)
      const missing: Source = { ...source(made(folder)), manager: 'debian', name: 'sword-text-kjv' }
      const refused = left(await fetchSource(services)(missing)())
      expect(refused.tag).toBe('Fetch')
      expect(refused.what).toBe('sword-text-kjv cannot be fetched: the program apt-get is not on this machine')
      expect(refused.remedy).toMatch(
        /apt-get update.*state-of-the-union, moby-dick and files of your own need no Debian/,
      )
    }))

  it('a client that leaves no archive is a failure', () =>
    withFolder(async (folder) => {
      const refused = left(await fetchSource(servicesWith(folder, () => undefined))(source(made(folder)))())
      expect(refused.what).toContain('npm left no archive')
    }))
})
