/** Documents: what their makers keep, and how figures get their names. */
import { describe, expect, it } from 'vitest'
import {
  column,
  drawnWith,
  figure,
  figuresOf,
  heading,
  note,
  numeric,
  onPage,
  pageBlocks,
  plainText,
  readyColumns,
  table,
  whenSome,
} from '../../lib/report/document.ts'
import { themed } from '../../lib/report/theme.ts'

const chart = themed('Loss', ['of each step;', 'lower is better'])({ data: { values: [] }, mark: 'point' })

describe('table', () => {
  it('lays rows out by its columns, the position with each, and leaves out columns with nothing in them', () => {
    const rows = [
      { name: 'r', loss: 1 },
      { name: 'π', loss: 0.5 },
    ]
    const laid = table('Losses', rows, [
      column('model', ({ name }) => name),
      column('empty', () => undefined),
      column('none', () => []),
      numeric('loss', ({ loss }, i) => [`${i}: `, { text: loss.toFixed(1), kind: 'code' }]),
    ])
    expect(laid.columns).toEqual([
      { head: 'model', kind: 'words' },
      { head: 'loss', kind: 'number' },
    ])
    expect(laid.rows.map((cells) => cells.map(plainText))).toEqual([
      ['r', '0: 1.0'],
      ['π', '1: 0.5'],
    ])
  })

  it('columns of cells that are ready: the first of words, the others of numbers', () => {
    const laid = table('t', [['a', '1', '2']], readyColumns(['name', 'x', 'y']))
    expect(laid.columns.map(({ kind }) => kind)).toEqual(['words', 'number', 'number'])
    expect(laid.rows).toEqual([['a', '1', '2']])
  })
})

describe('figures', () => {
  it('take their caption from the chart', () => {
    expect(figure('loss', chart, 'falling').caption).toEqual({ title: 'Loss', text: 'of each step; lower is better' })
  })

  it('are found in the order of reading, those for the page alone too', () => {
    const document = [
      figure('a', chart, ''),
      onPage(heading('h'), figure('b', chart, ''), onPage(figure('c', chart, ''))),
    ]
    expect(figuresOf(document).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(pageBlocks(document).map(({ kind }) => kind)).toEqual(['figure', 'heading', 'figure', 'figure'])
  })

  it('that share a name are told apart, none is lost, and each is drawn from its own chart', () => {
    const named = ['size', 'size', 'size-2', 'other', 'size'].map((name, i) => figure(name, chart, String(i)))
    const [first, ...rest] = named
    const drawn = drawnWith(({ alt }) => `drawn ${alt}`)([...(first === undefined ? [] : [first]), onPage(...rest)])
    const names = figuresOf(drawn).map(({ name }) => name)
    expect(new Set(names).size).toBe(5)
    expect(names.slice(0, 2)).toEqual(['size', 'size-2'])
    expect(figuresOf(drawn).map(({ picture }) => picture)).toEqual(named.map((_, i) => `drawn ${i}`))
  })
})

describe('words and what may be missing', () => {
  it('plain text keeps the words of every piece', () => {
    expect(plainText(['log P', { text: 'joint', kind: 'below' }, ' of ', { text: 'r', kind: 'base' }])).toBe(
      'log P_joint of r',
    )
  })

  it('blocks are there only with something to show', () => {
    expect(whenSome(undefined, () => [note('shown')])).toEqual([])
    expect(whenSome(0, (found) => [note(String(found))])).toEqual([note('0')])
  })
})
