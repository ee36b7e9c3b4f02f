/** The report of an E-ARM experiment: honest sentences, a self-contained page, images in PNG, results that come back. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { eArmReport, sampleGrids } from '../../lib/report/earm-files.ts'
import { readRecord, writeReport } from '../../lib/report/report-files.ts'
import { eArmFigures } from '../../lib/report/earm-charts.ts'
import { costSentence, eArmHeadline, paperSentence, seedRows, updateSeconds } from '../../lib/report/earm-summary.ts'
import { costsText, tableFourText } from '../../lib/report/earm-tables.ts'
import { eArmText } from '../../lib/report/earm-text.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { filesIn, withFolder } from '../folder.ts'
import { run } from '../either.ts'
import { eArmResultsFor, imageExample, languageExample } from './earm-example.ts'
import { xmlFault } from './xml.ts'

const { small } = eArmPresets.lm

describe('sentences and rows', () => {
  it('perplexities are e^CE, the difference is paired, and the last row has mean ± deviation', () => {
    const rows = seedRows(languageExample)
    expect(rows).toHaveLength(4)
    const gain = 12 * (1 - Math.exp(-0.05))
    expect(rows[0]).toEqual(['1', '12.000', '0.240', (12 - gain).toFixed(3), expect.any(String), `−${gain.toFixed(3)}`])
    expect(rows[3]?.slice(0, 2)).toEqual(['mean ± deviation', '13.000 ± 1.000'])
  })

  it('says whether the paper’s direction appears, and against the spread', () => {
    expect(eArmHeadline(languageExample)).toMatch(
      /direction appears here: .* lower\) is [\d.]+ times its standard error over 3 seeds \(the 5 % level is at 4\.3\)\.$/,
    )
    expect(eArmHeadline(eArmResultsFor(small, -0.05))).toContain('does not appear here')
    expect(eArmHeadline(eArmResultsFor({ ...small, seeds: 1 }))).toMatch(
      /^One seed, so no statement about the direction: with the energy objective the test perplexity is .* says nothing of the spread/,
    )
    expect(eArmHeadline(imageExample)).toContain('the test bits per dimension are')
    const off = { ...small, objective: { ...small.objective, lambda: 0 } }
    expect(eArmHeadline(eArmResultsFor(off))).toMatch(
      /^Both trainings give the same test perplexity, 13\.000: λ is 0\.$/,
    )
  })

  it('a difference within the noise of seeds is called no evidence', () => {
    const mixed = {
      ...languageExample,
      seeds: languageExample.seeds.map((s, i) => ({
        ...s,
        eArm: { ...s.eArm, test: s.plain.test + ([-0.05, 0.04, -0.01][i % 3] ?? 0) },
      })),
    }
    expect(eArmHeadline(mixed)).toContain('no evidence of a difference')
  })

  it('costs are seconds of 100 updates after the start epoch', () => {
    expect(updateSeconds(languageExample)).toEqual({ plain: (100 * 10) / 600, eArm: (100 * 25) / 600 })
    expect(costSentence(languageExample)).toContain('2.50 times as long')
    const once = { ...small, seeds: 1, epochs: 10, objective: { ...small.objective, startEpoch: 9 } }
    expect(costSentence(eArmResultsFor({ ...once, updates: 100 }))).toContain('times as long')
    const few = eArmResultsFor({ ...once, updates: 99 })
    expect(costSentence(few)).toBe('')
    expect(eArmText(few)).not.toMatch(/100 updates|\n\n\n/)
    const none = { ...small, objective: { ...small.objective, startEpoch: small.epochs } }
    const results = eArmResultsFor(none)
    const idle = results.seeds.map((s) => ({
      ...s,
      plain: { ...s.plain, seconds: 0 },
      eArm: { ...s.eArm, seconds: 0 },
    }))
    expect(costSentence({ ...results, seeds: idle })).toContain('was not measured')
  })

  it('the paper’s figures for images are those of MNIST, of which only MNIST’s sets are told', () => {
    const { paper, tiny } = eArmPresets.image
    expect(paper.data).toBe('mnist-binary')
    for (const data of ['mnist', 'mnist-binary'])
      expect(paperSentence({ ...paper, data })).toContain('on MNIST: 0.14 without and 0.12 with')
    for (const data of ['digits', 'fashion-mnist', 'fashion-binary', 'mnist.idx3-ubyte'])
      expect(paperSentence({ ...tiny, data })).toBe('')
    expect(paperSentence({ ...small, data: 'book.txt' })).toContain('on WikiText-103')
  })

  it('the text has the table, the sentence and the diagnostics', () => {
    const text = eArmText(languageExample)
    for (const part of [
      'Test perplexity:',
      'mean ± deviation',
      'direction appears',
      '5.2',
      '12.5',
      '30.56',
      'logsumexp',
    ])
      expect(text).toContain(part)
  })
})

describe('tables of the paper', () => {
  it('Table 11 has the ratios here and the paper’s, and says why a row is missing', () => {
    const text = costsText({
      options: eArmPresets.image.tiny,
      adapter: 'a made-up adapter',
      title: 'digits',
      parameters: 10,
      dataTokens: 64,
      sampledTokens: 32,
      costs: [
        { name: 'plain', seconds: 2, ratio: 1 },
        { name: 'E-ARM', seconds: 5, ratio: 2.5 },
      ],
      absent: [{ name: 'SGLD 20', why: 'only for --network transformer' }],
    })
    expect(text).toMatch(/plain +2\.00 +1\.00× +1\.0×/)
    expect(text).toMatch(/E-ARM +5\.00 +2\.50× +5\.3×/)
    expect(text).toMatch(/SGLD 20 +– +– +23\.1× +only for --network transformer/)
  })

  it('Table 4 has plain training first and a dash where a cell is missing', () => {
    const cell = (lambda: number, startEpoch: number) => ({
      lambda,
      startEpoch,
      results: eArmResultsFor({ ...small, seeds: 1, objective: { ...small.objective, lambda, startEpoch } }, lambda),
    })
    const text = tableFourText([cell(0.5, 2), cell(0.1, 2), cell(0.1, 6)])
    expect(text).toMatch(/plain +12\.000 +12\.000/)
    expect(text).toMatch(/0\.5 +7\.278 +–/)
    expect(text).toMatch(/0\.05 +30\.43 +29\.89 +30\.16/)
  })
})

describe('files', () => {
  it('a page of one file, every figure once, and results that come back', () =>
    withFolder(async (folder) => {
      await run(writeReport(eArmReport)(folder, ['svg'])(languageExample))
      const names = eArmFigures(languageExample).map(({ name }) => name)
      expect(names).toEqual(['cross-entropy', 'test', 'difference', 'logsumexp', 'effective-sample-size', 'energy'])
      expect(filesIn(folder)).toEqual(
        [...names.map((name) => `figures/${name}.svg`), 'report.html', 'results.json', 'samples.jsonl'].sort(),
      )
      const html = readFileSync(join(folder, 'report.html'), 'utf8')
      for (const name of names) expect(html.split(`id="figure-${name}"`)).toHaveLength(2)
      expect(html).toContain('in the &lt;beginning&gt;')
      expect(html).not.toMatch(/<script|<link|@import|src="(?!data:)/)
      expect(xmlFault(html.slice(html.indexOf('<main>'), html.indexOf('</main>') + 7))).toBeUndefined()
      expect(await run(readRecord(eArmReport.codec)(folder))).toEqual(languageExample)
    }))

  it('images: a grid for each variant, in the page and as a file', () =>
    withFolder(async (folder) => {
      await run(writeReport(eArmReport)(folder, [])(imageExample))
      expect(filesIn(folder)).toEqual([
        'figures/samples-e-arm.png',
        'figures/samples-plain.png',
        'report.html',
        'results.json',
      ])
      const html = readFileSync(join(folder, 'report.html'), 'utf8')
      expect(html.match(/src="data:image\/png;base64,/g)).toHaveLength(2)
      expect(xmlFault(html.slice(html.indexOf('<main>'), html.indexOf('</main>') + 7))).toBeUndefined()
      const [grid] = sampleGrids(imageExample)
      const png = decode(grid?.png ?? new Uint8Array())
      // Five images of 3 × 2 pixels, three across: scale ⌊480 / 9⌋ = 53, lines of 2.
      expect([png.width, png.height]).toEqual([2 + 3 * (3 * 53 + 2), 2 + 2 * (2 * 53 + 2)])
    }))
})
