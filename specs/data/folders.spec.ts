/** Data in the form in which people have them on disk: WikiText-103, IWSLT14 and WMT16 as their scripts leave them; words as tokens. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../lib/data/corpus.ts'
import { readParallelFolder } from '../../lib/data/parallel-folder.ts'
import { textPieces } from '../../lib/data/text-folder.ts'
import { tokenCorpus } from '../../lib/data/token-corpus.ts'
import { wordTokenizer } from '../../lib/data/word-tokenizer.ts'
import { right } from '../either.ts'
import { withFolder } from '../folder.ts'
import { servicesWith } from './fixtures.ts'

const services = servicesWith('', () => undefined)

const what = (result: E.Either<{ readonly tag: string; readonly what: string }, unknown>): string =>
  E.isLeft(result) ? `${result.left.tag}: ${result.left.what}` : 'a success'

/** As WikiText has it: blanks around lines, a title of one sign, sections of more, <unk>. */
const article = (title: string, ...lines: readonly string[]): string =>
  [` = ${title} = `, '', ...lines.map((line) => ` ${line} `), '']
    .map((line) => `${line === '' ? ' ' : line}\n`)
    .join('')

describe('WikiText', () => {
  const write = (folder: string, end: string): void => {
    const training = `${article('Robert', 'a b <unk> .', ' = = Career = = ', 'b b c .')}${article('Ann', 'c , a @-@ b .')}`
    writeFileSync(join(folder, `wiki.train.${end}`), training)
    writeFileSync(join(folder, `wiki.valid.${end}`), article('Xu', 'a z .'))
    writeFileSync(join(folder, `wiki.test.${end}`), article('Yo', 'b .'))
  }

  it.each(['tokens', 'raw'])('is read from its folder (.%s), part by part, article by article', (end) =>
    withFolder(async (folder) => {
      write(folder, end)
      const found = right(await corpus(services)(folder)())
      expect(found.training.map(({ text }) => text)).toEqual([
        '= Robert =\n\n a b <unk> .\n  = = Career = =\n b b c .',
        '= Ann =\n\n c , a @-@ b .',
      ])
      expect([found.validation.length, found.test.map(({ text }) => text)]).toEqual([1, ['= Yo =\n\n b .']])
    }),
  )

  it('has its words and ends of lines as tokens, and <unk> for what training lacks', () =>
    withFolder(async (folder) => {
      write(folder, 'tokens')
      const { tokenizer, tokens } = right(await tokenCorpus(services)({ kind: 'words' })(folder)())
      const { decode } = tokenizer
      expect(decode(tokens.training)).toContain('= = Career = =\nb b c .')
      expect(tokens.validation.length).toBe(3 + 1 + 1 + 3 + 1 + 1)
      expect(decode(tokens.validation)).toBe('= <unk> =\n\na <unk> .')
      expect(Math.max(...tokens.training)).toBe(tokenizer.end)
    }))

  it('says which part is missing, or empty', () =>
    withFolder(async (folder) => {
      expect(what(await corpus(services)(folder)())).toBe(
        `File: ${folder} has no wiki.train.tokens, wiki.train.raw or train.txt`,
      )
      write(folder, 'tokens')
      writeFileSync(join(folder, 'wiki.test.tokens'), ' \n \n')
      expect(what(await corpus(services)(folder)())).toBe(`File: ${join(folder, 'wiki.test.tokens')} is empty`)
    }))

  it('is read in pieces that end where lines end, whatever its size', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'text')
      const text = 'ab\ncdé\nf\n\nlongest line\ng'
      writeFileSync(file, text)
      for (const most of [6, 7, 13, 14, 100]) {
        const found = right(await textPieces(file, most)())
        expect(found.join('')).toBe(text)
        if (most >= 13) for (const piece of found.slice(0, -1)) expect(piece.endsWith('\n')).toBe(true)
      }
    }))
})

describe('words as tokens', () => {
  const { symbols, end, encode, decode, json } = wordTokenizer([{ name: 'a', text: 'b a\nb c' }])

  it('are numbered by how often they occur; the text comes back line by line', () => {
    expect([symbols, end]).toEqual([6, 5])
    expect([...encode('b a\nb c')]).toEqual([1, 2, 0, 1, 3, 0])
    expect(decode(encode('a  c\n\nb'))).toBe('a c\n\nb')
    expect([...encode('x')]).toEqual([4, 0])
    expect(JSON.parse(json())).toMatchObject({ model: { vocab: { '<eos>': 0, b: 1, '<unk>': 4 } } })
  })
})

describe('parallel texts in a folder', () => {
  const files = (
    folder: string,
    stems: readonly string[],
    sides: Readonly<Record<string, readonly string[]>>,
  ): void => {
    mkdirSync(folder, { recursive: true })
    for (const stem of stems)
      for (const [language, lines] of Object.entries(sides))
        writeFileSync(join(folder, `${stem}.${language}`), lines.map((line) => `${line}\n`).join(''))
  }
  const sides = { de: ['gu@@ ten tag .', 'ha@@ us', ''], en: ['good day .', 'hou@@ se', 'x'] }

  it.each([
    ['IWSLT14', ['train', 'valid', 'test']],
    ['WMT16', ['train.tok.clean.bpe.32000', 'newstest2013.tok.bpe.32000', 'newstest2014.tok.bpe.32000']],
  ])('as the scripts leave %s, either way round, pieces joined', (_, stems) =>
    withFolder(async (folder) => {
      files(folder, stems, sides)
      const found = right(await readParallelFolder(folder, ['de', 'en'])())
      for (const part of [found.training, found.validation, found.test])
        expect(part).toEqual([
          ['guten tag .', 'good day .'],
          ['haus', 'house'],
        ])
      const turned = right(await readParallelFolder(folder, ['en', 'de'])())
      expect(turned.test[0]).toEqual(['good day .', 'guten tag .'])
      expect([found.name, turned.name]).toEqual(['de-en', 'en-de'])
    }),
  )

  it('say what is missing, and where lines differ', () =>
    withFolder(async (folder) => {
      files(folder, ['train', 'valid'], sides)
      expect(what(await readParallelFolder(folder, ['de', 'en'])())).toMatch(/ no test\.de and test\.en$/)
      files(folder, ['test'], { ...sides, en: ['a'] })
      expect(what(await readParallelFolder(folder, ['de', 'en'])())).toMatch(/test\.de has 3 lines and .*test\.en 1$/)
    }))
})
