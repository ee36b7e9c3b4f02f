/**
 * `report.html` of a translation experiment: the comparison, the curves, tables 7 to 10 with the paper's beside them,
 * translations side by side, and the settings.
 */
import { at, orElse } from '../at.ts'
import type { TranslationResults } from '../systems/e-arm/translation-results.ts'
import type { Drawing } from './figures.ts'
import { type Cell, escaped, page, tableOf, textCell } from './html.ts'
import { figuresHtml, settingsHtml, textTableHtml } from './page-parts.ts'
import {
  costSentence,
  lastEpochHead,
  lastEpochRows,
  testHead,
  testRows,
  translationHeadlines,
  translationSetting,
  variantNames,
} from './translation-summary.ts'
import { type TranslationTable, paperTable } from './translation-tables.ts'

const tableHtml =
  (results: TranslationResults, drawings: readonly Drawing[]) =>
  (table: TranslationTable, figure?: string): string => {
    const { title, note, here, paper } = paperTable(table)(results)
    const theirs =
      paper === undefined
        ? ''
        : `<p class="note">${escaped(paper.caption)}:</p>\n${textTableHtml(paper.head, paper.rows)}`
    return `<h2>${escaped(title)}</h2>
<p class="note">${escaped(note)}</p>
${here.rows.length === 0 ? '' : textTableHtml(here.head, here.rows)}
${theirs}
${figure === undefined ? '' : `<div class="figures">${figuresHtml(drawings, [figure])}</div>`}`
  }

const sentence = (text: string): Cell => ({ html: `<span class="string">${escaped(text)}</span>` })

/** The translations of the last seed's models, one line for the source, one for the reference, one for each variant. */
const translations = ({ shown, seeds }: TranslationResults): string => {
  const variants = orElse(seeds.at(-1)?.variants, [])
  const rows = shown.flatMap(({ source, reference }, i) => [
    [textCell(`${i + 1}`), textCell('source'), sentence(source)],
    [textCell(''), textCell('reference'), sentence(reference)],
    ...variants.map((record) => [
      textCell(''),
      textCell(variantNames[record.variant]),
      sentence(at(record.translations, i)),
    ]),
  ])
  return `<h2>Translations</h2>
<p class="note">The first test sentences by the models of the last seed, best of beam search.</p>
${tableOf([textCell(''), textCell(''), textCell('')])(rows)}`
}

/** The page from the results and their drawn figures. */
export const translationPage =
  (drawings: readonly Drawing[]) =>
  (results: TranslationResults): string => {
    const { options, pairs, title, licence, adapter } = results
    const table = tableHtml(results, drawings)
    return page('exptilt: E-ARM, translation')(`
<h1>Translation with and without the energy objective</h1>
<p class="setting">${escaped(translationSetting(results))}</p>
${translationHeadlines(results)
  .map((line) => `<p class="lead">${escaped(line)}</p>`)
  .join('\n')}
<h2>Test</h2>
<p class="note">Perplexity of a target token over ${Math.min(options.measured, pairs.test)} test pairs, “± pairs” its standard
error; BLEU (per cent) of ${Math.min(options.translated, pairs.test)} translations by beam search of width ${options.beam},
length penalty ${options.lengthPenalty}. Deviations are over seeds. Parameters are those of the best validation. The paper's
column is Table 1 of the same languages on IWSLT14, at its size, with label smoothing and 5 beams.</p>
${textTableHtml(testHead, testRows(results))}
<div class="figures">${figuresHtml(drawings, ['test'], 'wide')}</div>
<h2>Training</h2>
<p class="note">${pairs.training} training pairs. Until the start epoch all trainings are one and the same.
${escaped(costSentence(results))}</p>
<div class="figures">${figuresHtml(drawings, ['cross-entropy'], 'wide')}${figuresHtml(drawings, ['difference', 'logsumexp', 'effective-sample-size', 'energy'])}</div>
<h2>The last epoch</h2>
${textTableHtml(lastEpochHead, lastEpochRows(results))}
${table(7, 'length')}
${table(8)}
${table(9, 'candidates')}
${table(10)}
${translations(results)}
<h2>Settings</h2>
${settingsHtml(options)}
<footer>Data: ${escaped(title)} (${escaped(licence)}). Computed on ${escaped(adapter)}. All numbers are in
<code>results.json</code>, the figures in <code>figures/</code>.</footer>`)
  }
