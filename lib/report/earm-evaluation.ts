/**
 * A run that was measured again, as plain text and as one JSON object: both variants seed by seed, with the paired
 * difference and its standard error over rows.
 */
import { exactJson } from '../codec/exact-json.ts'
import { comparison, inMeasure } from '../systems/e-arm/experiment-results.ts'
import type { EArmEvaluation } from '../systems/e-arm/run-evaluation.ts'
import type { TestMeasure } from '../systems/e-arm/runs.ts'
import { meanRows, measureError, measureText, seedHead, seedRow } from './earm-summary.ts'
import { textTable } from './text-table.ts'

const head: readonly string[] = [...seedHead, '± rows, paired']

const rows = (found: EArmEvaluation): readonly (readonly string[])[] => {
  const show = measureText(found)
  return [
    ...found.seeds.map((seed) => [...seedRow(found)(seed), show(seed.difference.standardError)]),
    ...meanRows(found).map((row) => [...row, '']),
  ]
}

/** A run that was measured, as messages name it, and its seeds whose training is not complete. */
export interface Unfinished {
  readonly options: { readonly task: string; readonly out?: string }
  readonly unfinished: readonly number[]
}

/** A line on the seeds that are left out, if there are any. */
export const leftOut = ({ unfinished, options }: Unfinished): readonly string[] =>
  unfinished.length === 0
    ? []
    : [
        `Left out, not trained to the end: seed ${unfinished.join(', ')} (go on with exptilt earm ${options.task} --resume ${options.out ?? 'DIR'}).`,
      ]

/** The table, ready to print. */
export const evaluationText = (found: EArmEvaluation): string =>
  [
    '',
    `Test ${found.measure} on ${found.rows} rows of ${found.time} tokens; ${found.title}`,
    '',
    ...textTable(head.map((_, i) => (i === 0 ? 'left' : 'right')))(head, rows(found)),
    '',
    ...leftOut(found),
    `Measured on ${found.adapter}, with the parameters of the best validation. The difference is E-ARM − plain.`,
    '',
  ].join('\n')

/** The same as data: values and standard errors over rows in the measure, and mean and deviation over seeds. */
export const evaluationJson = (found: EArmEvaluation): string => {
  const { data, title, licence, adapter, measure, rows: count, time, unfinished } = found
  const shown = (each: TestMeasure) => ({
    value: inMeasure(measure)(each.test),
    standardError: measureError(found)(each),
  })
  const seeds = found.seeds.map(({ seed, plain, eArm, difference }) => ({
    seed,
    plain: shown(plain),
    eArm: shown(eArm),
    difference,
  }))
  const record = { data, title, licence, adapter, measure, rows: count, time, seeds, unfinished }
  return exactJson({ ...record, comparison: comparison(found) })
}
