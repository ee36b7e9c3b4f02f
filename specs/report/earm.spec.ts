/** The report of an E-ARM experiment: honest sentences, a self-contained page, images in PNG, results that come back. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { figuresOf, plainText } from '../../lib/report/document.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { eArmDocument } from '../../lib/report/earm-document.ts'
import { evaluationDocument, evaluationJson } from '../../lib/report/earm-evaluation.ts'
import { eArmReport, readResults } from '../../lib/report/earm-files.ts'
import { costSentence, headlines, paperSentence, testRows, updateSeconds } from '../../lib/report/earm-summary.ts'
import { costsDocument, tableFourDocument } from '../../lib/report/earm-tables.ts'
import { writeReport } from '../../lib/report/report-files.ts'
import type { EArmResults, TrainingRecord } from '../../lib/systems/e-arm/results.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { left, run } from '../either.ts'
import { filesIn, withFolder } from '../folder.ts'
import { eArmResultsFor, evaluationFor, imageExample, languageExample, translationExample } from './earm-example.ts'
import { xmlFault } from './xml.ts'

const { small } = eArmPresets.lm
const translation = eArmPresets.translate.small

/** Results whose trainings are others. */
const changed = (
  results: EArmResults,
  change: (record: TrainingRecord, seed: number) => TrainingRecord,
): EArmResults => ({
  ...results,
  seeds: results.seeds.map(({ seed, variants }, i) => ({ seed, variants: variants.map((one) => change(one, i)) })),
})

const cells = (results: EArmResults): readonly (readonly string[])[] =>
  testRows(results).map(({ training, seed, value, rows, difference, paired, bleu, paper }) => [
    ...[training, seed, value, rows, difference, paired, bleu, paper],
  ])

describe('sentences and rows', () => {
  it('perplexities are e^CE, differences are paired with plain training, means are over seeds', () => {
    const rows = cells(languageExample)
    expect(rows).toHaveLength(8)
    const gain = 12 * (1 - Math.exp(-0.05))
    expect(rows[0]).toEqual(['plain', '1', '12.000', '0.240', '', '', '', ''])
    expect(rows[1]?.slice(0, 5)).toEqual([
      ...['E-ARM', '1', (12 - gain).toFixed(3), expect.any(String), `−${gain.toFixed(3)}`],
    ])
    expect(rows[6]?.slice(0, 3)).toEqual(['plain', 'mean', '13.000 ± 1.000'])
  })

  it('translation has BLEU, and the paper’s of the same languages', () => {
    const rows = cells(translationExample)
    expect(rows).toHaveLength(12)
    expect([rows[0]?.[6], rows[10]?.slice(6)]).toEqual(['10.00', ['13.00 ± 0.71', '34.93']])
    const [alone] = cells(eArmResultsFor({ ...translation, seeds: 1 }))
    expect(alone?.slice(6)).toEqual(['10.00', '34.61'])
    const [own] = cells(eArmResultsFor({ ...translation, seeds: 1, data: 'a.txt', target: 'b.txt' }))
    expect(own?.slice(6)).toEqual(['10.00', ''])
  })

  it('says whether the paper’s direction appears, and against the spread', () => {
    expect(headlines(languageExample)).toEqual([
      expect.stringMatching(
        /^The paper's direction appears here: the test perplexity of E-ARM is .*, of plain 13\.000; the paired difference of −.* lower\) is [\d.]+ times its standard error over 3 seeds \(the 5 % level is at 4\.3\)\.$/,
      ),
    ])
    expect(headlines(eArmResultsFor(small, -0.05))[0]).toContain('does not appear here')
    expect(headlines(eArmResultsFor({ ...small, seeds: 1 }))[0]).toMatch(
      /^One seed, so no statement about the direction: the test perplexity of .* says nothing of the spread/,
    )
    expect(headlines(imageExample)[0]).toContain('the test bits per dimension of E-ARM are')
    const off = { ...small, objective: { ...small.objective, lambda: 0 } }
    expect(headlines(eArmResultsFor(off))[0]).toMatch(
      /^E-ARM gives what plain gives, a test perplexity of 13\.000: λ is 0\.$/,
    )
    expect(headlines(eArmResultsFor({ ...small, variants: ['scheduled'] }))).toEqual([
      'No variant was trained both with and without the energy objective.',
    ])
  })

  it('of translation by BLEU, with and without scheduled sampling', () => {
    const [plain, scheduled] = headlines(translationExample)
    expect(plain).toMatch(
      /^The paper's direction appears here: BLEU of E-ARM is 13\.00, of plain 10\.50; the paired difference of \+2\.50 \(23\.81 % higher\) is .*\. Its perplexity changes by −/,
    )
    expect(scheduled).toContain('BLEU of both is 13.50, of scheduled sampling 11.50; the paired difference of +2.00')
    const same = changed(translationExample, (record) => ({
      ...record,
      ...(record.translation === undefined ? {} : { translation: { ...record.translation, bleu: 7 } }),
    }))
    expect(headlines(same)[0]).toMatch(/^BLEU of E-ARM is that of plain, 7\.00\. Its perplexity changes by −/)
  })

  it('a difference within the noise of seeds is called no evidence', () => {
    const mixed = changed(languageExample, (record, i) =>
      record.variant === 'plain' ? record : { ...record, test: Math.log(12 + i) + ([-0.05, 0.04, -0.01][i] ?? 0) },
    )
    expect(headlines(mixed)[0]).toContain('no evidence of a difference')
  })

  it('costs are seconds of 100 updates after the start epoch', () => {
    expect(updateSeconds(languageExample, 'plain')).toBe((100 * 10) / 600)
    expect(updateSeconds(languageExample, 'e-arm')).toBe((100 * 25) / 600)
    expect(costSentence(languageExample)).toContain('plain 1.7 s, E-ARM 4.2 s (2.50 times as long; the paper: 5.2)')
    expect(costSentence(translationExample)).toContain('both 4.2 s (2.50 times as long)')
    const once = { ...small, seeds: 1, epochs: 10, objective: { ...small.objective, startEpoch: 9 } }
    expect(costSentence(eArmResultsFor({ ...once, updates: 100 }))).toContain('times as long')
    const few = eArmResultsFor({ ...once, updates: 99 })
    expect(costSentence(few)).toBe('')
    expect(textOf(eArmDocument(few))).not.toMatch(/100 updates|\n\n\n/)
    const none = eArmResultsFor({ ...small, objective: { ...small.objective, startEpoch: small.epochs } })
    expect(costSentence(changed(none, (record) => ({ ...record, seconds: 0 })))).toContain('were not measured')
  })

  it('the paper’s figures for images are those of MNIST, of which only MNIST’s sets are told', () => {
    const { paper, tiny } = eArmPresets.image
    expect(paper.data).toBe('mnist-binary')
    for (const data of ['mnist', 'mnist-binary'])
      expect(paperSentence({ ...paper, data })).toContain('on MNIST: 0.14 without and 0.12 with')
    for (const data of ['digits', 'fashion-mnist', 'fashion-binary', 'mnist.idx3-ubyte'])
      expect(paperSentence({ ...tiny, data })).toBe('')
    expect(paperSentence({ ...small, data: 'book.txt' })).toContain('on WikiText-103')
    expect(paperSentence({ ...translation, data: 'bible-en-es' })).toBe('')
  })

  it('the text has the table, the sentence, the diagnostics, and of translation the tables of the paper', () => {
    const text = textOf(eArmDocument(languageExample))
    for (const part of ['Test perplexity of every training:', 'mean', 'direction appears', '5.2', '12.5', '30.56'])
      expect(text).toContain(part)
    expect(text).not.toContain('Table 7')
    const tables = textOf(eArmDocument(translationExample))
    for (const part of ['Table 7', 'Table 8', 'as printed', 'Table 9', 'Table 10']) expect(tables).toContain(part)
  })
})

describe('figures of a training', () => {
  it('of one epoch there are none: a point is no line', () => {
    const names = (results: EArmResults): readonly string[] => figuresOf(eArmDocument(results)).map(({ name }) => name)
    const once = changed(languageExample, (record) => ({ ...record, epochs: record.epochs.slice(0, 1) }))
    expect(names(languageExample)).toContain('logsumexp')
    for (const name of ['cross-entropy', 'difference', 'logsumexp']) expect(names(once)).not.toContain(name)
    const late = changed(languageExample, (record) => ({
      ...record,
      epochs: record.epochs.map(({ energy, ...epoch }, i) =>
        energy === undefined || i < record.epochs.length - 1 ? epoch : { ...epoch, energy },
      ),
    }))
    expect(names(languageExample)).toContain('energy')
    expect(names(late)).not.toContain('energy')
    expect(names(late)).toContain('logsumexp')
  })
})

describe('a run that was measured again', () => {
  it('has every training with its paired error, means over seeds, and of translation tables 7, 9 and 10', () => {
    const text = textOf(evaluationDocument(evaluationFor({ ...translation, seeds: 2 })))
    expect(text).toMatch(/E-ARM +1 +11\.415 +0\.228 +−0\.585 +0\.125 +12\.50/)
    expect(text).toMatch(/E-ARM +mean +\S+ ± \S+ +−0\.640 ± 0\.078 +13\.00 ± 0\.71/)
    for (const table of [7, 9, 10]) expect(text).toContain(`Table ${table}:`)
    expect(text).not.toContain('Table 8')
    expect(textOf(evaluationDocument(evaluationFor(small)))).toContain('Test perplexity on 512 rows of 64 tokens;')
  })

  it('says what does not fit and what is left out', () => {
    const found = { ...evaluationFor(translation), leftOut: 1, unfinished: [4, 5] }
    const text = textOf(evaluationDocument(found))
    expect(text).toContain('1 pair does not fit into rows of 64 tokens')
    expect(text).toContain('not trained to the end: seed 4, 5 (go on with exptilt earm translate --resume DIR)')
    expect(textOf(evaluationDocument({ ...found, leftOut: 2 }))).toContain('2 pairs do not fit')
  })

  it('as data has values with their errors, and a summary', () => {
    expect(JSON.parse(evaluationJson(evaluationFor(small)))).toMatchObject({
      seeds: [
        { seed: 1, variants: [{ value: 12, standardError: 0.24 }, { difference: { standardError: 0.125 } }] },
        {},
        {},
      ],
      summary: [
        { variant: 'plain', value: { mean: 13 } },
        { variant: 'e-arm', difference: {} },
      ],
    })
  })
})

describe('tables of the paper', () => {
  it('Table 11 has the ratios here and the paper’s, and says why a row is missing', () => {
    const text = textOf(
      costsDocument({
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
      }),
    )
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
    const text = textOf(tableFourDocument([cell(0.5, 2), cell(0.1, 2), cell(0.1, 6)]))
    expect(text).toMatch(/plain +12\.000 +12\.000/)
    expect(text).toMatch(/0\.5 +7\.278 +–/)
    expect(text).toMatch(/0\.05 +30\.43 +29\.89 +30\.16/)
  })
})

describe('files', () => {
  const examples = [
    {
      name: 'text',
      results: languageExample,
      own: [],
      files: ['samples.jsonl'],
      parts: ['plain &lt;text&gt; 1', 'E-ARM'],
    },
    {
      name: 'translation',
      results: translationExample,
      own: ['length', 'candidates'],
      files: [],
      parts: ['Satz &amp; 0', 'both says &lt;0&gt;', 'Table 8', 'as printed'],
    },
  ] as const

  it.each(examples)('$name: a page of one file, every figure once, and results that come back', (example) =>
    withFolder(async (folder) => {
      const { results, own, files, parts } = example
      await run(writeReport(eArmReport)(folder, ['svg'])(results))
      const figures = figuresOf(eArmDocument(results))
      const names = figures.map(({ name }) => name)
      const always = ['test', 'cross-entropy', 'difference', 'logsumexp', 'effective-sample-size', 'energy']
      expect(names).toEqual([...always, ...own])
      for (const { alt } of figures) expect(alt).not.toBe('')
      expect(filesIn(folder)).toEqual(
        [...names.map((name) => `figures/${name}.svg`), 'report.html', 'results.json', ...files].sort(),
      )
      const html = readFileSync(join(folder, 'report.html'), 'utf8')
      for (const name of names) expect(html.split(`id="figure-${name}"`)).toHaveLength(2)
      for (const part of parts) expect(html).toContain(part)
      expect(html).not.toMatch(/<script|<link|@import|src="(?!data:)/)
      expect(xmlFault(html.slice(html.indexOf('<main>'), html.indexOf('</main>') + 7))).toBeUndefined()
      expect(await run(readResults(results.options.task)(folder))).toEqual(results)
    }),
  )

  it('images: a grid for each variant, in the page and as a file', () =>
    withFolder(async (folder) => {
      await run(writeReport(eArmReport)(folder, [])(imageExample))
      const names = filesIn(folder).filter((name) => name.endsWith('.png'))
      expect(names).toEqual(['figures/samples-e-arm.png', 'figures/samples-plain.png'])
      const html = readFileSync(join(folder, 'report.html'), 'utf8')
      expect(html.match(/src="data:image\/png;base64,/g)).toHaveLength(2)
      expect(xmlFault(html.slice(html.indexOf('<main>'), html.indexOf('</main>') + 7))).toBeUndefined()
      const png = decode(readFileSync(join(folder, 'figures/samples-plain.png')))
      // Five images of 3 × 2 pixels, three across: scale ⌊480 / 9⌋ = 53, lines of 2.
      expect([png.width, png.height]).toEqual([2 + 3 * (3 * 53 + 2), 2 + 2 * (2 * 53 + 2)])
      expect(await run(readResults('image')(folder))).toEqual(imageExample)
    }))

  it('results of another task, and of another version, are refused with what there should be', () =>
    withFolder(async (folder) => {
      const wanted = `${join(folder, 'results.json')} is not of a run of earm translate by this version`
      await run(writeReport(eArmReport)(folder, [])(imageExample))
      expect(left(await readResults('translate')(folder)())).toMatchObject({ tag: 'Format', what: wanted })
      writeFileSync(join(folder, 'results.json'), '{"options": {"task": "translate"}}')
      expect(left(await readResults('translate')(folder)())).toMatchObject({ tag: 'Format', what: wanted })
    }))

  it('the cross-entropies say which rows stand for those of Figure 2', () => {
    const found = figuresOf(eArmDocument(translationExample)).find(({ name }) => name === 'cross-entropy')
    expect(plainText(found?.caption.text ?? '')).toContain(
      'validation rows, which stand for the test rows of the paper’s Figure 2',
    )
  })
})
