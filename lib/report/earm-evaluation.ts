/**
 * A run that was measured again, as a document and as one JSON object: every training seed by seed, with the paired
 * difference from plain training and its standard error over rows, and of translation tables 7, 9 and 10.
 */
import { exactJson } from '../codec/exact-json.ts'
import { inMeasure, type TestMeasure } from '../systems/e-arm/measures.ts'
import { summaryOf } from '../systems/e-arm/results.ts'
import type { EArmEvaluation } from '../systems/e-arm/run-evaluation.ts'
import { type Document, foot, note, setting } from './document.ts'
import { testTable } from './earm-document.ts'
import { measureError, testRows } from './earm-summary.ts'
import { tableBlocks } from './earm-translation-tables.ts'

/** What was measured, in one line. */
const measuredText = ({ options, rows, time, title, measure }: EArmEvaluation): string => {
  const count = Math.min(options.measured, rows.test)
  return options.task === 'translate'
    ? `Test ${measure} of ${count} pairs and BLEU of ${Math.min(options.translated, rows.test)} translations; ${title}`
    : `Test ${measure} on ${count} rows of ${time} tokens; ${title}`
}

const leftOutText = ({ leftOut, options, time, unfinished }: EArmEvaluation): readonly string[] => [
  ...(leftOut === 0
    ? []
    : [
        `${leftOut} ${leftOut === 1 ? 'pair does' : 'pairs do'} not fit into rows of ${time} tokens with the end of a sentence, or ${leftOut === 1 ? 'has' : 'have'} an empty side: left out.`,
      ]),
  ...(unfinished.length === 0
    ? []
    : [
        `Left out, not trained to the end: seed ${unfinished.join(', ')} (go on with exptilt earm ${options.task} --resume ${options.out ?? 'DIR'}).`,
      ]),
]

/** The tables of a run that was measured again. */
export const evaluationDocument = (found: EArmEvaluation): Document => {
  const { options, measure, adapter } = found
  const search =
    options.task === 'translate'
      ? [note(`Beam search of width ${options.beam}, length penalty ${options.lengthPenalty}.`)]
      : []
  return [
    setting(measuredText(found)),
    testTable('Every training, with the parameters of the best validation', measure, testRows(found)),
    ...search,
    ...(options.task === 'translate' ? ([7, 9, 10] as const).flatMap((table) => tableBlocks(table)(found)) : []),
    ...leftOutText(found).map(note),
    foot(`Measured on ${adapter}. Differences are from plain training, over the same rows.`),
  ]
}

/** The same as data: values and standard errors over rows in the measure, and mean and deviation over seeds. */
export const evaluationJson = (found: EArmEvaluation): string => {
  const { options, title, licence, adapter, measure, rows, time, leftOut, unfinished } = found
  const shown = ({ test, standardError }: TestMeasure) => ({
    value: inMeasure(measure)(test),
    standardError: measureError(measure)({ test, standardError }),
  })
  const seeds = found.seeds.map(({ seed, variants }) => ({
    seed,
    variants: variants.map(({ test, standardError, ...rest }) => ({ ...shown({ test, standardError }), ...rest })),
  }))
  const record = { options, title, licence, adapter, measure, rows, time, leftOut, seeds, unfinished }
  return exactJson({ ...record, summary: summaryOf(found) })
}
