import { describe, expect, it } from 'vitest'
import type { SweepRow } from '../../lib/report/sweep-rows.ts'
import { figuresOf, plainText, type Table } from '../../lib/report/document.ts'
import { htmlOf } from '../../lib/report/document-html.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { panelRows, sweepDocument } from '../../lib/report/sweep-document.ts'
import { cellTableOf, tableFourOf, tableOneOf, tableThreeOf } from '../../lib/report/sweep-tables.ts'
import { drawnWithoutCharts } from './document-example.ts'

const row = (changes: Partial<SweepRow>): SweepRow => ({
  cell: 'cell',
  motif: '10001011111000',
  length: 30,
  mixture: 1,
  features: '1001111',
  train: 500,
  moments: 'rs',
  regime: 'two-stage',
  crossEntropyBase: 0.6,
  crossEntropyTilt: 0.48,
  crossEntropyDistilled: 0.5,
  entropyPerSymbol: 0.4,
  motifFrequencyBase: 0.01,
  motifFrequencyDistilled: 0.9,
  l1Moments: 0.01,
  momentSeconds: 10,
  tiltSeconds: 30,
  totalSeconds: 60,
  adapter: 'reference',
  ...changes,
})

const cellsOf = ({ rows }: Table): readonly (readonly string[])[] => rows.map((cells) => cells.map(plainText))

describe('Table 1', () => {
  it('divides each rs cell by the snis cell of the same setting', () => {
    const rows = [
      row({ momentSeconds: 30, motifFrequencyDistilled: 0.9, crossEntropyDistilled: 0.5 }),
      row({ moments: 'snis', momentSeconds: 10, motifFrequencyDistilled: 0.6, crossEntropyDistilled: 0.4 }),
      row({ moments: 'snis', momentSeconds: 1, features: '1111111' }),
    ]
    const table = tableOneOf(rows)
    expect(cellsOf(table)).toEqual([['500', '1.500', '0.998', '1.250', '0.967', '3.000', '2.920']])
    expect(table.columns).toHaveLength(7)
  })

  it('is empty without a pair', () => {
    expect(tableOneOf([row({})]).rows).toEqual([])
  })
})

describe('Table 3', () => {
  it('gives mean ± deviation over motifs and features, and the range of the gain', () => {
    const rows = [
      row({ crossEntropyDistilled: 0.5, motifFrequencyBase: 0.01 }),
      row({ crossEntropyDistilled: 0.4, motifFrequencyBase: 0.03, motif: '101' }),
    ]
    expect(cellsOf(tableThreeOf(rows))).toEqual([
      ['rs', 'pure', '500', '1.35 ± 0.21', '1.24 ± 0.07', '1.13 ± 0.18', '1.19 ± 0.07', '30–90', '32–392'],
    ])
  })

  it('shows ∞ where r never found the motif, and keeps snis apart from the paper’s rs', () => {
    expect(cellsOf(tableThreeOf([row({ moments: 'snis', motifFrequencyBase: 0 })]))).toEqual([
      ['snis', 'pure', '500', '1.20', '1.25', '∞'],
    ])
  })
})

describe('Table 4', () => {
  it('divides two-stage by cyclical', () => {
    const rows = [row({ tiltSeconds: 30 }), row({ regime: 'cyclical', tiltSeconds: 20, crossEntropyDistilled: 0.4 })]
    expect(cellsOf(tableFourOf(rows))).toEqual([['500', '1.250', '1.020', '1.500', '1.210']])
  })
})

describe('all cells', () => {
  it('has one row per cell and as many cells as heads', () => {
    const table = cellTableOf([row({}), row({ train: 1000 })])
    expect(table.rows).toHaveLength(2)
    for (const cells of table.rows) expect(cells).toHaveLength(table.columns.length)
  })
})

describe('panels', () => {
  it('averages r over the ways of fitting λ', () => {
    const points = panelRows([row({ crossEntropyBase: 0.6 }), row({ crossEntropyBase: 0.7, moments: 'snis' })])
    expect(points.map(({ series }) => series)).toEqual(['r', 'π rs', 'π snis'])
    expect(points[0]?.crossEntropy).toBeCloseTo(0.65, 12)
  })

  it('one figure per motif, mixture, features and regime, with names that are file names', () => {
    const rows = [row({}), row({ train: 1000 }), row({ mixture: 0.9 }), row({ regime: 'cyclical' })]
    const figures = figuresOf(sweepDocument({ rows, failures: [] }))
    expect(figures).toHaveLength(3)
    for (const { name } of figures) expect(name).toMatch(/^[\w.-]+$/)
  })
})

describe('the report of a sweep', () => {
  const failures = [{ cell: '<cell>', reason: 'no string was accepted' }]
  const rows = [row({}), row({ moments: 'snis' })]

  it('says the same on its page and in the terminal: tables that can be filled, cells that did not finish', () => {
    const document = sweepDocument({ rows, failures })
    const [html, text] = [htmlOf(drawnWithoutCharts(document)), textOf(document)]
    for (const part of ['Table 1', 'Table 3', 'All cells', '2 cells, 1 did not finish', 'no string was accepted']) {
      expect(html).toContain(part)
      expect(text).toContain(part)
    }
    for (const shown of [html, text]) expect(shown).not.toContain('Table 4')
    expect(html).toContain('&lt;cell&gt;')
    expect(textOf(sweepDocument({ rows, failures: [] }))).not.toContain('did not finish')
  })
})
