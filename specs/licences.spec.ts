/** The page of licences is that of the lock file, and every licence is one that an MIT package may bring. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { licencesPage, licensed, PERMISSIVE } from '../scripts/licences.ts'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

describe('licences', () => {
  const all = licensed(read('package-lock.json'))

  it('are listed as the lock file has them (npm run licences)', () => {
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['fp-ts', 'webgpu', 'vega']))
    expect(all.map(({ name }) => name)).not.toContain('vitest')
    expect(read('docs/licences.md')).toBe(licencesPage(all))
  })

  it('allow what is done with them', () => {
    expect(all.filter(({ licence }) => !PERMISSIVE.has(licence))).toEqual([])
  })

  it('of packages for development alone are not listed, optional ones are, and marked', () => {
    const lock = {
      packages: {
        '': {},
        'node_modules/a': { version: '1.0.0', license: 'MIT' },
        'node_modules/a/node_modules/@s/b': { version: '2.0.0', optional: true },
        'node_modules/c': { version: '3.0.0', license: 'ISC', dev: true },
      },
    }
    expect(licensed(JSON.stringify(lock))).toEqual([
      { name: '@s/b', version: '2.0.0', licence: 'unknown', optional: true },
      { name: 'a', version: '1.0.0', licence: 'MIT', optional: false },
    ])
  })
})
