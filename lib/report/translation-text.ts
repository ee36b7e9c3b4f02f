/**
 * A translation experiment as plain text: the comparison, the sentences on the paper's direction, the tables, the costs.
 */
import type { TranslationResults } from '../systems/e-arm/translation-results.ts'
import { type Alignment, textTable } from './text-table.ts'
import {
  costSentence,
  lastEpochHead,
  lastEpochRows,
  testHead,
  testRows,
  translationHeadlines,
  translationSetting,
} from './translation-summary.ts'
import { type Tabled, paperTable } from './translation-tables.ts'

/** The first column to the left, numbers to the right. */
export const numbers = (head: readonly string[]): readonly Alignment[] =>
  head.map((_, i) => (i === 0 ? 'left' : 'right'))

/** Tables 7 to 10 under their titles, as far as there is something in them, each with the paper's below. */
export const tableLines = (results: Tabled): readonly string[] =>
  ([7, 8, 9, 10] as const).flatMap((table) => {
    const { title, here, paper } = paperTable(table)(results)
    const theirs =
      paper === undefined ? [] : [`${paper.caption}:`, ...textTable(numbers(paper.head))(paper.head, paper.rows)]
    return here.rows.length === 0
      ? []
      : ['', `${title}:`, ...textTable(numbers(here.head))(here.head, here.rows), ...theirs]
  })

/** The final summary of an experiment, ready to print; tables 7 to 10 as far as the run has them. */
export const translationText = (results: TranslationResults): string =>
  [
    '',
    translationSetting(results),
    '',
    `Test, perplexity of ${Math.min(results.options.measured, results.pairs.test)} pairs and BLEU of ${Math.min(results.options.translated, results.pairs.test)} translations:`,
    ...textTable(numbers(testHead))(testHead, testRows(results)),
    '',
    ...translationHeadlines(results),
    ...[costSentence(results)].filter((line) => line !== ''),
    ...tableLines(results),
    '',
    'In the last epoch:',
    ...textTable(numbers(lastEpochHead))(lastEpochHead, lastEpochRows(results)),
    '',
    `${(results.seconds / 60).toFixed(1)} min on ${results.adapter}.`,
    '',
  ].join('\n')
