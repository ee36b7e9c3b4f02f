/** The entries of the package: what one name means does not depend on the entry that it is imported from. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { collisions, entries, type PublicName, publicNames, rooms } from '../scripts/public-names.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

const value = (name: string, path: string): PublicName => ({ name, path, declared: name, kind: 'value', comment: '' })

describe('the entries of the package', () => {
  it('are those of package.json', () => {
    const sources = [...readFileSync(join(root, 'package.json'), 'utf8').matchAll(/"default": "([^"]+)"/g)].map(
      ([, source = '']) => source,
    )
    expect(entries.map(([, path]) => path.replace(/^lib(.*)\.ts$/, './dist$1.js')).sort()).toEqual(sources.sort())
  })

  it('mean one thing by one name; a law is called after the part that it is about', () => {
    const planted: readonly (readonly [string, readonly PublicName[]])[] = [
      ['a', [value('one', 'lib/x.ts'), value('two', 'lib/x.ts')]],
      ['b', [value('one', 'lib/x.ts'), value('two', 'lib/y.ts')]],
    ]
    expect(collisions(planted)).toEqual(['two: a, b'])
    const named = rooms.filter(([room]) => room !== 'semiring' && room !== 'automata.star')
    const found = collisions(named.map(([room, path]) => [room, publicNames(root, path)]))
    expect([...found].sort()).toEqual([
      'automaton: exptilt/automata, exptilt/laws',
      'chain: exptilt, exptilt/laws',
      'gradient: exptilt, exptilt/laws',
    ])
  })

  it('show the signature of an operation where its name is pointed at, not the name of a type', () => {
    const operations = publicNames(root, 'lib/index.ts').filter(
      ({ path, kind }) => /^lib\/ops\//.test(path) && kind === 'value',
    )
    const hidden = operations.filter(({ path, declared }) =>
      new RegExp(`^export const ${declared}: [A-Z]\\w* =`, 'm').test(readFileSync(join(root, path), 'utf8')),
    )
    expect(operations.length).toBeGreaterThan(80)
    expect(hidden.map(({ name }) => name)).toEqual([])
  })
})
