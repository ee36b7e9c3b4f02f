/** Tables 7 to 10 of trainings of translation, beside the paper's. */
import { describe, expect, it } from 'vitest'
import { textOf } from '../../lib/report/document-text.ts'
import {
  isTranslationTable,
  paperTable,
  tableBlocks,
  tableRecord,
  translationTables,
} from '../../lib/report/earm-translation-tables.ts'
import { paperTranslations } from '../../lib/systems/e-arm/paper-tables.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { eArmResultsFor, translationExample } from './earm-example.ts'

const { small } = eArmPresets.translate

describe('tables 7 to 10', () => {
  it('have what was found, mean ± deviation over seeds, and the paper’s', () => {
    expect(paperTable(7)(translationExample).here.rows.map((row) => row.slice(0, 3))).toEqual([
      ['sentences', '10', '20'],
      ['plain', '10.50 ± 0.71', '9.50 ± 0.71'],
      ['scheduled sampling', '11.50 ± 0.71', '10.50 ± 0.71'],
      ['E-ARM', '13.00 ± 0.71', '12.00 ± 0.71'],
      ['both', '13.50 ± 0.71', '12.50 ± 0.71'],
    ])
    expect(paperTable(7)(translationExample).paper?.rows[2]).toEqual(['both', '38.37', '33.92', '31.43', '35.36'])
    expect(paperTable(8)(translationExample).here.rows[1]).toEqual(['E-ARM', '121', '200', '60.50 % ± 0.71 %'])
    expect(paperTable(9)(translationExample).here.head).toEqual(['training', 'K = 0', 'K = 5', 'K = 10'])
    expect(paperTable(10)(translationExample).paper?.rows[0]).toContain('66.51')
  })

  it('as text have a title, both tables and a note; other pairs of languages have no table of the paper', () => {
    const text = textOf(tableBlocks(9)(translationExample))
    expect(text).toMatch(/Table 9[\s\S]*E-ARM +13\.00 ± 0\.71[\s\S]*34\.86 +34\.93 +34\.88/)
    const bible = eArmResultsFor({ ...small, data: 'bible-en-es' })
    for (const table of translationTables) expect(paperTable(table)(bible).paper).toBeUndefined()
    const alone = eArmResultsFor({ ...small, variants: ['e-arm'] })
    expect(textOf(tableBlocks(8)(alone))).toContain('nothing beside it, or not plain training itself')
    expect([6, 7, 10, 11].map(isTranslationTable)).toEqual([false, true, true, false])
  })

  it('as plain data have every seed', () => {
    expect(tableRecord(8)(translationExample)).toMatchObject({
      table: 8,
      rows: expect.arrayContaining([{ variant: 'both', seed: 2, exposure: { greater: 61, total: 100 } }]),
    })
  })

  it('Table 8 of the paper: two printed ratios are not N / total', () => {
    const off = Object.entries(paperTranslations).filter(
      ([, { exposure: e }]) => Math.abs((100 * e.greater) / e.total - e.printed) > 0.02,
    )
    expect(off.map(([pair]) => pair)).toEqual(['it-en', 'es-en'])
  })
})
