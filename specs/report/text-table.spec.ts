import { describe, expect, it } from 'vitest'
import { textOf } from '../../lib/report/document-text.ts'
import { eArmDocument } from '../../lib/report/earm-document.ts'
import { gamDocument } from '../../lib/report/gam-document.ts'
import { residualDocument } from '../../lib/report/residual-document.ts'
import { textTable } from '../../lib/report/text-table.ts'
import { imageExample, languageExample, translationExample } from './earm-example.ts'
import { exampleResults } from './example.ts'
import { residualExample } from './residual-example.ts'

describe('textTable', () => {
  it('pads columns, aligns numbers right, and leaves out columns with nothing in them', () => {
    expect(
      textTable(['left', 'right', 'left', 'left'])(
        ['a', 'n', 'empty', 'b'],
        [
          ['xx', '1', '', 'y'],
          ['z', '22', '', 'π'],
        ],
      ),
    ).toEqual(['a    n  b', '──  ──  ─', 'xx   1  y', 'z   22  π'])
  })
})

describe('a table that is wider than 80 columns', () => {
  const words = 'a sentence that says what the number before it means, and then goes on for longer than a line has room'

  it('breaks words over lines, numbers never', () => {
    const lines = textTable(['left', 'right', 'left'])(
      ['name', 'a number of something', ''],
      [['x', '1234567890.5', words]],
    )
    expect(lines.filter((line) => [...line].length > 80)).toEqual([])
    expect(lines.join('\n')).toContain('1234567890.5')
    expect(
      lines
        .slice(lines.findIndex((line) => line.includes('─')) + 1)
        .map((line) => line.slice(-40))
        .join(' '),
    ).toContain('room')
  })

  it('continues columns that have no room in a second table, under the same rows', () => {
    const heads = Array.from({ length: 14 }, (_, i) => `number${i}`)
    const lines = textTable(['left', ...heads.map(() => 'right' as const)])(
      ['row', ...heads],
      [
        ['first', ...heads.map((_, i) => `${i}.5`)],
        ['second', ...heads.map((_, i) => `${i}.25`)],
      ],
    )
    expect(lines.filter((line) => [...line].length > 80)).toEqual([])
    expect(lines.filter((line) => line.startsWith('first'))).toHaveLength(2)
    expect(lines.join('\n').match(/13\.25/g)).toHaveLength(1)
  })

  it('loses no word of any cell', () => {
    const lines = textTable(['left', 'left'])(['one', 'two'], [[words, words]])
    const text = lines.join(' ')
    for (const word of words.split(' ')) expect(text).toContain(word)
  })
})

describe('every table of every system', () => {
  const documents = {
    gam: gamDocument(exampleResults),
    residual: residualDocument(residualExample),
    'earm lm': eArmDocument(languageExample),
    'earm image': eArmDocument(imageExample),
    'earm translate': eArmDocument(translationExample),
  }
  it.each(Object.entries(documents))('of %s fits 80 columns', (_, document) => {
    const tables = document.filter(({ kind }) => kind === 'table' || kind === 'cards')
    expect(tables).not.toEqual([])
    expect(
      textOf(tables)
        .split('\n')
        .filter((line) => [...line].length > 80),
    ).toEqual([])
  })
})
