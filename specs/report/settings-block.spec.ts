/** The sections that every report ends with: settings, times, files. */
import { describe, expect, it } from 'vitest'
import { type Block, pageBlocks, plainText } from '../../lib/report/document.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { filesBlock, settingsBlock, timesBlock } from '../../lib/report/settings-block.ts'

const rowsOf = (block: Block): readonly (readonly string[])[] =>
  pageBlocks([block]).flatMap((one) => (one.kind === 'table' ? one.rows.map((cells) => cells.map(plainText)) : []))

describe('the end of a report', () => {
  it('has every setting but the folder, records entry by entry', () => {
    const options = {
      out: 'runs/x',
      seed: 1,
      data: { kind: 'motif', ends: undefined },
      topK: Number.POSITIVE_INFINITY,
      seeds: [1, 2],
      flag: false,
    }
    expect(rowsOf(settingsBlock(options, 'whole rows'))).toEqual([
      ['seed', '1'],
      ['data kind', 'motif'],
      ['data ends', 'whole rows'],
      ['topK', 'all'],
      ['seeds', '1, 2'],
      ['flag', 'false'],
    ])
  })

  it('has the seconds of each phase', () => {
    expect(rowsOf(timesBlock({ data: 1.25, total: 61 }))).toEqual([
      ['data', '1.3'],
      ['total', '61.0'],
    ])
  })

  it('says where the files are, on the page alone', () => {
    const [block] = pageBlocks([filesBlock('Text: x. ', ['sheets in', 'sheets/'])])
    expect(block?.kind === 'note' ? plainText(block.words) : '').toBe(
      'Text: x. All numbers are in results.json, the figures in figures/, sheets in sheets/.',
    )
    expect(textOf([filesBlock(''), settingsBlock({ a: 1 }), timesBlock({ a: 1 })])).toBe('\n')
  })
})
