import { describe, expect, it } from 'vitest'
import { figuresOf, plainText, type Table } from '../../lib/report/document.ts'
import { htmlOf } from '../../lib/report/document-html.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { panelRows, sweepDocument } from '../../lib/report/sweep-document.ts'
import {
  cellTableOf,
  keptOverRefitted,
  seedTableOf,
  tableFourOf,
  tableOneOf,
  tableThreeOf,
} from '../../lib/report/sweep-tables.ts'
import { drawnWithoutCharts } from './document-example.ts'
import { sweepRowWith as row } from './sweep-example.ts'

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
    expect(cellsOf(tableThreeOf([row({ moments: 'newton' })]))).toEqual([
      ['newton', 'pure', '500', '1.20', '1.24 ± 0.07', '1.25', '1.19 ± 0.07', '90', '32–392'],
    ])
  })
})

describe('Table 4', () => {
  it('divides two-stage by cyclical', () => {
    const rows = [row({ tiltSeconds: 30 }), row({ regime: 'cyclical', tiltSeconds: 20, crossEntropyDistilled: 0.4 })]
    expect(cellsOf(tableFourOf(rows))).toEqual([['500', '1.250', '1.020', '1.500', '1.210']])
  })

  it('keeps cycles that keep λ apart, and those by newton, which the paper does not have', () => {
    const cyclical = { regime: 'cyclical', crossEntropyDistilled: 0.4, tiltSeconds: 60 } as const
    const rows = [
      row({ moments: 'newton' }),
      row({ ...cyclical, moments: 'newton', cycle: 'refitted' }),
      row({ ...cyclical, moments: 'newton', cycle: 'kept', crossEntropyDistilled: 0.8, tiltSeconds: 15 }),
    ]
    expect(cellsOf(tableFourOf(rows))).toEqual([['500', '1.250', '0.500', '0.625', '2.000']])
    expect(tableFourOf(rows).columns).toHaveLength(5)
  })
})

describe('λ kept over λ refitted', () => {
  it('divides the cyclical cells of one setting', () => {
    const cyclical = { regime: 'cyclical', cycle: 'refitted' } as const
    const rows = [
      row({}),
      row({ ...cyclical, crossEntropyDistilled: 0.5, motifFrequencyDistilled: 0.9, tiltSeconds: 30 }),
      row({ ...cyclical, cycle: 'kept', crossEntropyDistilled: 0.6, motifFrequencyDistilled: 0.45, tiltSeconds: 60 }),
      row({ ...cyclical, cycle: 'kept', train: 1000 }),
    ]
    expect(cellsOf(keptOverRefitted(rows))).toEqual([['500', '1.200', '0.500', '2.000']])
  })
})

describe('means over seeds', () => {
  it('of each setting that has several: mean ± standard error, seed by seed where a ratio is asked for', () => {
    const rows = [
      row({ crossEntropyBase: 0.6, crossEntropyDistilled: 0.5, motifFrequencyDistilled: 0.9, totalSeconds: 60 }),
      row({ moments: 'snis' }),
      row({
        seed: 2,
        crossEntropyBase: 0.7,
        crossEntropyDistilled: 0.4,
        motifFrequencyDistilled: 0.8,
        totalSeconds: 70,
      }),
      row({ seed: 2, regime: 'cyclical', cycle: 'kept' }),
      row({
        seed: 3,
        crossEntropyBase: 0.8,
        crossEntropyDistilled: 0.6,
        motifFrequencyDistilled: 0.7,
        totalSeconds: 80,
      }),
      row({ seed: 2, train: 1000 }),
    ]
    const [setting, numbers] = [
      ['10001011111000', '1', '1001111', '500', 'rs', 'two-stage', '3'],
      [
        '0.7000 ± 0.0577',
        '0.4800 ± 0.0000',
        '0.5000 ± 0.0577',
        '1.428 ± 0.166',
        '0.010 ± 0.000',
        '0.800 ± 0.058',
        '70 ± 6',
      ],
    ]
    expect(cellsOf(seedTableOf(rows))).toEqual([[...setting, ...numbers]])
    expect(cellTableOf(rows).columns).toHaveLength(cellTableOf([row({})]).columns.length + 1)
  })

  it('pairs the cells of one seed alone', () => {
    const rows = [
      row({ crossEntropyDistilled: 0.5 }),
      row({ seed: 2, crossEntropyDistilled: 0.6 }),
      row({ seed: 2, moments: 'snis', crossEntropyDistilled: 0.4 }),
    ]
    expect(cellsOf(tableOneOf(rows)).map((cells) => cells[3])).toEqual(['1.500'])
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

  it('averages seeds', () => {
    const points = panelRows([row({}), row({ seed: 2, crossEntropyDistilled: 0.6, motifFrequencyBase: 0.03 })])
    expect(points).toEqual([
      { series: 'r', train: 500, source: 'ours', crossEntropy: 0.6, motifFrequency: 0.02 },
      { series: 'π rs', train: 500, source: 'ours', crossEntropy: 0.55, motifFrequency: 0.9 },
    ])
    const titles = (...rows: readonly ReturnType<typeof row>[]) =>
      figuresOf(sweepDocument({ rows, failures: [] })).map(({ caption }) => caption.title)
    const title = 'Motif 10001011111000, pure data, ft 1001111, two-stage'
    const [one, two] = [row({ seed: 1 }), row({ seed: 2 })]
    expect([titles(one), titles(one, two)]).toEqual([[title], [`${title}, means over 2 seeds`]])
    expect(titles(one, two, row({ seed: 2, train: 1000 }))).toEqual([`${title}, means over 1 to 2 seeds`])
  })

  it('one figure per motif, mixture, features and regime, with names that are file names', () => {
    const rows = [row({}), row({ train: 1000 }), row({ mixture: 0.9 }), row({ regime: 'cyclical' })]
    const kept = row({ regime: 'cyclical', cycle: 'kept' })
    const figures = figuresOf(sweepDocument({ rows: [...rows, kept, row({ ...kept, train: 1000 })], failures: [] }))
    for (const { name } of figures) expect(name).toMatch(/^[\w.-]+$/)
    // Of cycles that refit λ there is one size, which the paper's Figure 2 does not have.
    expect(figures.map(({ name }) => name)).toEqual([
      '10001011111000-pure-ft-1001111-two-stage',
      '10001011111000-mixture-0.9-ft-1001111-two-stage',
      '10001011111000-pure-ft-1001111-cyclical-kept',
      'overview-D500',
      'overview-D1000',
    ])
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
