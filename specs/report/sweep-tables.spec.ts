import { describe, expect, it } from 'vitest'
import type { SweepRow } from '../../lib/report/sweep-rows.ts'
import { cellTableOf, tableFourOf, tableOneOf, tableThreeOf } from '../../lib/report/sweep-tables.ts'
import { panelRows, sweepFigures } from '../../lib/report/sweep-page.ts'

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

describe('Table 1', () => {
  it('divides each rs cell by the snis cell of the same setting', () => {
    const rows = [
      row({ momentSeconds: 30, motifFrequencyDistilled: 0.9, crossEntropyDistilled: 0.5 }),
      row({ moments: 'snis', momentSeconds: 10, motifFrequencyDistilled: 0.6, crossEntropyDistilled: 0.4 }),
      row({ moments: 'snis', momentSeconds: 1, features: '1111111' }),
    ]
    const table = tableOneOf(rows)
    expect(table.rows).toEqual([['500', '1.500', '0.998', '1.250', '0.967', '3.000', '2.920']])
    expect(table.head).toHaveLength(7)
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
    expect(tableThreeOf(rows).rows).toEqual([
      ['rs', 'pure', '500', '1.35 ± 0.21', '1.24 ± 0.07', '1.13 ± 0.18', '1.19 ± 0.07', '30–90', '32–392'],
    ])
  })

  it('shows ∞ where r never found the motif, and keeps snis apart from the paper’s rs', () => {
    expect(tableThreeOf([row({ moments: 'snis', motifFrequencyBase: 0 })]).rows).toEqual([
      ['snis', 'pure', '500', '1.20', '', '1.25', '', '∞', ''],
    ])
  })
})

describe('Table 4', () => {
  it('divides two-stage by cyclical', () => {
    const rows = [row({ tiltSeconds: 30 }), row({ regime: 'cyclical', tiltSeconds: 20, crossEntropyDistilled: 0.4 })]
    expect(tableFourOf(rows).rows).toEqual([['500', '1.250', '1.020', '1.500', '1.210']])
  })
})

describe('all cells', () => {
  it('has one row per cell and as many cells as heads', () => {
    const table = cellTableOf([row({}), row({ train: 1000 })])
    expect(table.rows).toHaveLength(2)
    for (const cells of table.rows) expect(cells).toHaveLength(table.head.length)
  })
})

describe('panels', () => {
  it('averages r over the ways of fitting λ', () => {
    const points = panelRows([row({ crossEntropyBase: 0.6 }), row({ crossEntropyBase: 0.7, moments: 'snis' })])
    expect(points.map(({ series }) => series)).toEqual(['r', 'π rs', 'π snis'])
    expect(points[0]?.crossEntropy).toBeCloseTo(0.65, 12)
  })

  it('one figure per motif, mixture, features and regime, with names that are file names', () => {
    const figures = sweepFigures([row({}), row({ train: 1000 }), row({ mixture: 0.9 }), row({ regime: 'cyclical' })])
    expect(figures).toHaveLength(3)
    for (const { name } of figures) expect(name).toMatch(/^[\w.-]+$/)
  })
})
