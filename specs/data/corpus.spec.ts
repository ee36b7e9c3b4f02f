import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../lib/data/catalogue.ts'
import { corpus, corpusNames } from '../../lib/data/corpus.ts'
import { splitNames } from '../../lib/data/documents.ts'
import { packageFolder } from '../../lib/data/fetch.ts'
import { prepared } from '../../lib/data/prepared.ts'
import { sources } from '../../lib/data/sources.ts'
import { tokenCorpus } from '../../lib/data/token-corpus.ts'
import { factsOf, readTokenFolder, writeTokenFolder } from '../../lib/data/token-folder.ts'
import type { DataServices } from '../../lib/data/services.ts'
import { servicesWith } from './fixtures.ts'
import { left, right } from '../either.ts'
import { withFolder, writeFiles } from '../folder.ts'

const chapter = (n: number): string =>
  `Chapter ${n}.\n\nThe whale, the whale! ${'So he said and said again. '.repeat(n)}`

/** A cache in which Moby Dick has twelve small chapters, and nothing else can be fetched. */
const withWhale = (cache: string, calls: string[] = []): DataServices => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`package/data/chapter_${i + 1}.txt`, chapter(i + 1)] as const),
  )
  writeFiles(packageFolder(cache, sources.mobyDick), { ...files, 'exptilt-archive.txt': 'abc 0.2.3\n' })
  return servicesWith(cache, () => undefined, calls)
}

describe('corpus', () => {
  it('is prepared once and read from the cache afterwards', () =>
    withFolder(async (cache) => {
      const calls: string[] = []
      const services = withWhale(cache, calls)
      const first = right(await corpus(services)('moby-dick')())
      expect(first).toMatchObject({ name: 'moby-dick', licence: 'public domain (CC0-1.0)', notes: [] })
      expect(splitNames.flatMap((name) => first[name].map((d) => d.name)).sort()).toHaveLength(12)
      expect(readdirSync(join(cache, 'prepared'))).toEqual(['moby-dick-1.jsonl'])
      expect(right(await corpus(services)('moby-dick')())).toEqual(first)
      expect(calls).toEqual([])
    }))

  it('prepared text that was changed is made again', () =>
    withFolder(async (cache) => {
      const services = withWhale(cache)
      const first = right(await corpus(services)('moby-dick')())
      const file = join(cache, 'prepared', 'moby-dick-1.jsonl')
      writeFileSync(file, readFileSync(file, 'utf8').replace('whale', 'shark'))
      expect(right(await corpus(services)('moby-dick')())).toEqual(first)
      expect(readFileSync(file, 'utf8')).not.toContain('shark')
    }))

  it('english is what can be had, and says what is left out', () =>
    withFolder(async (cache) => {
      const english = right(await corpus(withWhale(cache))('english')())
      expect(splitNames.reduce((n, name) => n + english[name].length, 0)).toBe(12)
      expect(english.notes).toHaveLength(3)
      expect(english.notes[1]).toMatch(/^king-james is left out: .*apt-get is not on this machine: .*apt-get update/)
    }))

  it('english fails when nothing can be had', () =>
    withFolder(async (cache) => {
      const refused = left(await corpus(servicesWith(cache, () => undefined))('english')())
      expect(refused.tag).toBe('Fetch')
    }))

  it('an unknown name gets the list of names', () =>
    withFolder(async (cache) => {
      const refused = left(await corpus(withWhale(cache))('wikitext')())
      expect(refused).toMatchObject({ tag: 'Usage', what: "there is no corpus or file 'wikitext'" })
      for (const name of corpusNames) expect(refused.remedy).toContain(name)
    }))

  it('the catalogue has every name once, with a licence and a checksum each', () => {
    const names = catalogue.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of corpusNames) expect(names).toContain(name)
    for (const { packages } of catalogue)
      for (const { sha256, licence } of packages) {
        expect(sha256).toMatch(/^[0-9a-f]{64}$/)
        expect(licence).not.toBe('')
      }
  })
})

describe('prepared', () => {
  it('keeps whatever a codec can read', () =>
    withFolder(async (cache) => {
      const items = [{ a: 'x\ny' }, { a: '\u2028"' }]
      const codec = t.type({ a: t.string })
      const keep = prepared(cache, 'things', codec)
      const once = right(await keep(TE.right(items))())
      expect(right(await keep(TE.right([]))())).toEqual(once)
      expect(once.items).toEqual(items)
    }))
})

describe('tokens', () => {
  it('by an encoding trained on the training part, kept in the cache', () =>
    withFolder(async (cache) => {
      const services = withWhale(cache)
      const once = right(await tokenCorpus(services)({ kind: 'bpe', symbols: 280 })('moby-dick')())
      expect(once.tokenizer.symbols).toBe(280)
      expect(readdirSync(join(cache, 'tokenizers'))).toHaveLength(1)
      const again = right(await tokenCorpus(services)({ kind: 'bpe', symbols: 280 })('moby-dick')())
      expect(again.tokens).toEqual(once.tokens)
      const text = once.corpus.test.map((d) => d.text).join('')
      expect(once.tokenizer.decode(once.tokens.test)).toBe(text)
    }))

  it('saved to a folder and read back', () =>
    withFolder(async (cache) => {
      const found = right(await tokenCorpus(withWhale(cache))({ kind: 'byte' })('moby-dick')())
      const folder = join(cache, 'out')
      right(await writeTokenFolder(folder)(found)())
      const back = right(await readTokenFolder(folder)())
      expect(back.tokens).toEqual(found.tokens)
      expect(back.facts).toEqual(factsOf(found))
      expect(back.facts.counts.test.bytes + back.facts.counts.test.documents).toBe(back.tokens.test.length)
      expect(back.tokenizer.symbols).toBe(257)
      writeFileSync(join(folder, 'tokens.safetensors'), 'no')
      expect(left(await readTokenFolder(folder)()).tag).toBe('Format')
      expect(left(await readTokenFolder(cache)()).what).toMatch(/corpus\.json \(ENOENT\)$/)
    }))

  it('a tokenizer file that is none is named', () =>
    withFolder(async (cache) => {
      const path = join(cache, 'mine.json')
      writeFileSync(path, '{}')
      const refused = left(await tokenCorpus(withWhale(cache))({ kind: 'file', path })('moby-dick')())
      expect(refused.what).toContain('mine.json')
      expect(refused.tag).toBe('Format')
    }))
})
