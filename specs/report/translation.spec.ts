/** The report of a translation experiment: tables beside the paper's, honest sentences, a page of one file, results that come back. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeReport } from '../../lib/report/report-files.ts'
import { translationEvaluationJson, translationEvaluationText } from '../../lib/report/translation-evaluation.ts'
import { readTranslation, translationReport } from '../../lib/report/translation-files.ts'
import { translationFigures } from '../../lib/report/translation-charts.ts'
import { costSentence, testRows, translationHeadlines } from '../../lib/report/translation-summary.ts'
import { isTranslationTable, paperTable, tableRecord, tableText } from '../../lib/report/translation-tables.ts'
import { translationText } from '../../lib/report/translation-text.ts'
import { paperTranslations } from '../../lib/systems/e-arm/paper-tables.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { filesIn, withFolder } from '../folder.ts'
import { left, run } from '../either.ts'
import { translationEvaluationFor, translationExample, translationResultsFor } from './translation-example.ts'
import { xmlFault } from './xml.ts'

const { small } = eArmPresets.translate

describe('rows and sentences', () => {
  it('every seed and variant, then means ± deviations with the paper’s BLEU of the same languages', () => {
    const rows = testRows(translationExample)
    expect(rows).toHaveLength(12)
    expect(rows[0]).toEqual(['plain', '1', '20.000', '0.400', '10.00', ''])
    expect(rows[8]?.slice(0, 3)).toEqual(['plain', 'mean', '20.500 ± 0.707'])
    expect(rows[10]?.slice(4)).toEqual(['13.00 ± 0.71', '34.93'])
    const [own] = testRows(translationResultsFor({ ...small, data: 'a.txt', target: 'b.txt' }))
    expect(own).toEqual(['plain', '1', '20.000', '0.400', '10.00', ''])
  })

  it('says whether the paper’s direction appears, with and without scheduled sampling', () => {
    const [plain, scheduled] = translationHeadlines(translationExample)
    expect(plain).toMatch(/^The paper's direction appears here: that of E-ARM less that of plain is \+2\.50/)
    expect(scheduled).toContain('both less that of scheduled sampling is +2.00')
    expect(translationHeadlines(translationResultsFor(small))[0]).toMatch(
      /^One seed, so no statement about the direction: that of E-ARM .* says nothing of the spread over seeds/,
    )
    const alone = translationHeadlines(translationResultsFor({ ...small, variants: ['scheduled'] }))
    expect(alone).toEqual(['No variant was trained both with and without the energy objective.'])
  })

  it('costs are seconds of 100 updates after the start epoch', () => {
    // 6 epochs of 100 updates after the start: 60 s and 120 s.
    expect(costSentence(translationExample)).toContain(
      'plain 10.0 s, scheduled sampling 10.0 s, E-ARM 20.0 s, both 20.0 s',
    )
    const few = translationResultsFor({ ...small, epochs: 7, updates: 99 })
    expect(costSentence(few)).toBe('')
    expect(translationText(few)).not.toContain('100 updates')
    expect(costSentence(translationResultsFor({ ...small, epochs: 7, updates: 100 }))).toContain('100 updates')
    const idle = { ...small, objective: { ...small.objective, startEpoch: small.epochs } }
    expect(costSentence(translationResultsFor(idle))).toContain('were not measured')
  })
})

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

  it('as text have a title, both blocks and a note; other pairs of languages have no paper block', () => {
    expect(tableText(9)(translationExample)).toMatch(/Table 9[\s\S]*E-ARM +13\.00 ± 0\.71[\s\S]*34\.86 +34\.93 +34\.88/)
    const bible = translationResultsFor({ ...small, data: 'bible-en-es' })
    for (const table of [7, 8, 9, 10] as const) expect(paperTable(table)(bible).paper).toBeUndefined()
    const alone = translationResultsFor({ ...small, variants: ['e-arm'] })
    expect(tableText(8)(alone)).toContain('nothing beside it, or not plain training itself')
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

describe('files', () => {
  it('a page of one file with every figure once, and results that come back', () =>
    withFolder(async (folder) => {
      await run(writeReport(translationReport)(folder, ['svg'])(translationExample))
      const names = translationFigures(translationExample).map(({ name }) => name)
      expect(names.toSorted()).toEqual([
        'candidates',
        'cross-entropy',
        'difference',
        'effective-sample-size',
        'energy',
        'length',
        'logsumexp',
        'test',
      ])
      expect(filesIn(folder)).toEqual(
        [...names.map((name) => `figures/${name}.svg`), 'report.html', 'results.json'].sort(),
      )
      const html = readFileSync(join(folder, 'report.html'), 'utf8')
      for (const name of names) expect(html.split(`id="figure-${name}"`)).toHaveLength(2)
      for (const part of ['Satz &amp; 0', 'both says &lt;0&gt;', 'Table 8', 'as printed']) expect(html).toContain(part)
      expect(xmlFault(html.slice(html.indexOf('<main>'), html.indexOf('</main>') + 7))).toBeUndefined()
      expect(await run(readTranslation(folder))).toEqual(translationExample)
      writeFileSync(join(folder, 'results.json'), '{"options": {"task": "lm"}}')
      expect(left(await readTranslation(folder)()).what).toMatch(/results\.json is not of a translation run$/)
    }))

  it('the cross-entropies say which rows stand for those of Figure 2', () => {
    const found = translationFigures(translationExample).find(({ name }) => name === 'cross-entropy')
    expect(JSON.stringify(found?.chart)).toContain(
      'validation rows, which stand for the test rows of the paper’s Figure 2',
    )
  })

  it('the text has the comparison, the tables and the last epoch', () => {
    const text = translationText(translationExample)
    for (const part of [
      '34.61',
      'The paper, IWSLT14, Tr-Base:',
      'Table 7',
      'Table 10',
      '12.5',
      'made-up adapter',
      '60.50 %',
    ])
      expect(text).toContain(part)
  })
})

describe('a run that was measured again', () => {
  const found = translationEvaluationFor({ ...small, data: 'a.txt', target: 'b.txt' })

  it('one seed has no means; what is left out is said', () => {
    const text = translationEvaluationText({ ...found, pairs: { ...found.pairs, leftOut: 2 }, unfinished: [4, 5] })
    expect(text).not.toContain('mean')
    expect(text).toContain('2 pairs do not fit into rows of 24 tokens')
    expect(text).toContain('seed 4, 5 (go on with exptilt earm translate --resume DIR)')
    expect(translationEvaluationText(found)).not.toContain('fit into')
  })

  it('as data has the files, perplexities with errors over pairs, and no translations', () => {
    const data: unknown = JSON.parse(translationEvaluationJson(found))
    expect(data).toMatchObject({ data: 'a.txt', target: 'b.txt', beam: 5, pairs: { measured: 512, leftOut: 0 } })
    expect(data).toHaveProperty('seeds.0.variants.0.perplexity', {
      value: expect.closeTo(20, 12),
      standardError: expect.closeTo(0.4, 12),
    })
    expect(data).not.toHaveProperty('seeds.0.variants.0.translations')
  })
})
