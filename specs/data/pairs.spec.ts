import { fc, test } from '@fast-check/vitest'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AlignedPair } from '../../lib/data/corpora/help-pages.ts'
import { countPairs, pairTokenizer } from '../../lib/data/pair-folder.ts'
import { readLines, readPairFiles, readPairLines } from '../../lib/data/pair-files.ts'
import { dividePairs, filterPairs } from '../../lib/data/pairs.ts'
import { pairNames, parallelCorpus } from '../../lib/data/parallel.ts'
import { servicesWith } from './fixtures.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'

const pair = (source: string, target: string, page = 'p'): AlignedPair => ({ page, source, target })

describe('filterPairs', () => {
  it('keeps sentences once; drops equal sides, no letters, too long, too unequal', () => {
    const kept = [pair('ein Haus', 'a house'), pair('ja', 'yes, it certainly is')]
    const dropped = [
      pair('ein Haus', 'a house', 'q'),
      pair('OK', 'OK'),
      pair('12 + 3', '15'),
      pair('wort '.repeat(101), 'word '.repeat(100)),
      pair('kurz', 'this is a great deal longer than the other side'),
    ]
    expect(filterPairs()([...kept, ...dropped])).toEqual(kept)
  })
})

describe('dividePairs', () => {
  const pairs = fc.array(
    fc.record({
      page: fc.constantFrom(...'abcdefghij'),
      source: fc.constantFrom(...Array.from({ length: 40 }, (_, i) => `s${i}`)),
      target: fc.constantFrom(...Array.from({ length: 40 }, (_, i) => `t${i}`)),
    }),
    { minLength: 10, maxLength: 80 },
  )
  test.prop([pairs], { seed: 3, numRuns: 200 })(
    'no side of a test pair is known from training or validation',
    (all) => {
      const { training, validation, test: last } = dividePairs(all)
      const known = [...training, ...validation]
      for (const [source, target] of last) {
        expect(known.some(([s]) => s === source)).toBe(false)
        expect(known.some(([, t]) => t === target)).toBe(false)
      }
      for (const [source] of validation) expect(training.some(([s]) => s === source)).toBe(false)
    },
  )

  test.prop([pairs], { seed: 4, numRuns: 50 })('turned round, the division is the same', (all) => {
    const turned = all.map(({ page, source, target }) => ({ page, source: target, target: source }))
    const there = dividePairs(all)
    const back = dividePairs(turned)
    expect(back.test.map(([s, t]) => [t, s])).toEqual(there.test)
  })
})

describe('two files', () => {
  const german = Array.from({ length: 200 }, (_, i) => `Satz Nummer ${i}`)
  const english = german.map((_, i) => `sentence number ${i}`)

  it('are pairs line by line', () =>
    withFolder(async (folder) => {
      const files = { source: join(folder, 'de.txt'), target: join(folder, 'en.txt') }
      writeFileSync(files.source, `${german.join('\n')}\n`)
      writeFileSync(files.target, english.join('\r\n'))
      const corpus = right(await readPairFiles(files)())
      const all = [...corpus.training, ...corpus.validation, ...corpus.test]
      expect(all).toHaveLength(200)
      for (const [source, target] of all) expect(target).toBe(source.replace('Satz Nummer', 'sentence number'))
      const tokenizer = right(await pairTokenizer({ kind: 'bpe', symbols: 300 })(corpus)())
      expect(countPairs(tokenizer)(corpus.test)).toMatchObject({ pairs: 20, words: [60, 60] })
    }))

  it('of different length are refused', () =>
    withFolder(async (folder) => {
      const files = { source: join(folder, 'de.txt'), target: join(folder, 'en.txt') }
      writeFileSync(files.source, german.join('\n'))
      writeFileSync(files.target, english.slice(1).join('\n'))
      const refused = left(await readPairFiles(files)())
      expect(refused.tag).toBe('File')
      expect(refused.what).toMatch(/de\.txt has 200 lines and .*en\.txt 199$/)
    }))

  it.each(['source', 'target'] as const)(
    'of lines of at most 10 000 characters: a longer one is named, in the %s',
    (side) =>
      withFolder(async (folder) => {
        const files = { source: join(folder, 'de.txt'), target: join(folder, 'en.txt') }
        const written = (length: number): void => {
          const longer = { source: [...german], target: [...english] }
          longer[side][6] = 'x'.repeat(length)
          writeFileSync(files.source, longer.source.join('\n'))
          writeFileSync(files.target, longer.target.join('\n'))
        }
        written(10_000)
        expect(right(await readPairLines(files)())).toHaveLength(200)
        written(10_001)
        for (const found of [
          await readPairLines(files)(),
          await readPairFiles(files)(),
          await readLines(files[side])(),
        ])
          expect(left(found)).toMatchObject({
            tag: 'File',
            what: `line 7 of ${files[side]} has 10001 characters`,
            remedy: 'give one sentence a line, of at most 10000 characters',
          })
      }),
  )
})

describe('parallelCorpus', () => {
  it('names what there is when a pair of languages is unknown', async () => {
    const refused = left(await parallelCorpus(servicesWith('/nowhere', () => undefined))('de-fr')())
    expect(refused).toMatchObject({ tag: 'Usage', what: "there is no parallel corpus 'de-fr'" })
    for (const name of pairNames) expect(refused.remedy).toContain(name)
    expect(left(await parallelCorpus(servicesWith('/nowhere', () => undefined))('toString')()).tag).toBe('Usage')
  })
})
