/**
 * Tables 7 to 10 of the E-ARM paper from a finished translation experiment, with the paper's numbers beside those found here.
 */
import { at } from '../at.ts'
import { exposureMonoid, exposureRatio } from '../metrics/exposure.ts'
import type { PaperTranslation } from '../systems/e-arm/paper-tables.ts'
import type { TranslationMeasures } from '../systems/e-arm/translation-measures.ts'
import type { TranslationExperiment } from '../systems/e-arm/experiment-options.ts'
import { type TranslationRecord, type TranslationResults, recordsOf } from '../systems/e-arm/translation-results.ts'
import { textTable } from './text-table.ts'
import { decimal } from './theme.ts'
import { paperOf, score, spreadText, translationSetting, variantNames } from './translation-summary.ts'

/** The tables that a finished run has. */
export type TranslationTable = 7 | 8 | 9 | 10

/** Whether a run has this table. */
export const isTranslationTable = (table: number): table is TranslationTable =>
  table >= 7 && table <= 10 && table % 1 === 0

/** A table: the heading of each column, the rows; and what it is of. */
export interface Block {
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A table of the paper: as found here, and as in the paper where it has these languages. */
export interface PaperTable {
  readonly title: string
  readonly note: string
  readonly here: Block
  readonly paper: Block | undefined
}

/** Of a training what the tables show. */
export type TabledRecord = TranslationMeasures & Pick<TranslationRecord, 'variant' | 'exposure'>

/** What the tables are made of: trainings that were measured, seed by seed. */
export interface Tabled {
  readonly options: TranslationExperiment
  readonly seeds: readonly { readonly seed: number; readonly variants: readonly TabledRecord[] }[]
}

type Rows = readonly (readonly string[])[]

const byVariant = (results: Tabled, cells: (records: readonly TabledRecord[]) => readonly string[]): Rows =>
  results.options.variants.map((variant) => [variantNames[variant], ...cells(recordsOf(results, variant))])

const over = (records: readonly TabledRecord[], value: (record: TabledRecord) => number | undefined): string =>
  spreadText(score)(records.map((record) => value(record) ?? Number.NaN))

const intervalText = (from: number, to: number): string => `[${from}, ${to === Number.POSITIVE_INFINITY ? '∞' : to})`

const theirs = (
  results: Tabled,
  caption: string,
  head: readonly string[],
  rows: (paper: PaperTranslation) => Rows,
): Block | undefined => {
  const paper = paperOf(results)
  const found = paper === undefined ? [] : rows(paper)
  return found.length === 0 ? undefined : { caption, head, rows: found }
}

const PAPER = 'The paper, IWSLT14, Tr-Base'

const seven = (results: Tabled): PaperTable => {
  const first = at(at(results.seeds, 0).variants, 0).byLength
  const cells = (records: readonly TabledRecord[]): readonly string[] => [
    ...first.map(({ lines }, i) => (lines === 0 ? '–' : over(records, (r) => r.byLength[i]?.bleu))),
    over(records, (r) => r.bleu),
  ]
  const total = first.reduce((sum, { lines }) => sum + lines, 0)
  return {
    title: 'Table 7: BLEU (per cent) by length of the reference in words',
    note: 'Intervals are of words of the reference.',
    here: {
      caption: 'BLEU here',
      head: ['training', ...first.map(({ from, to }) => intervalText(from, to)), 'all'],
      rows: [['sentences', ...first.map(({ lines }) => String(lines)), String(total)], ...byVariant(results, cells)],
    },
    paper: theirs(results, PAPER, ['training', '[0, 25)', '[25, 50)', '[50, ∞)', 'all'], ({ byLength, bleu }) =>
      byLength.map(([variant, scores]) => [variantNames[variant], ...[...scores, bleu[variant]].map(score)]),
    ),
  }
}

const percent = (ratio: number): string => `${decimal(2)(100 * ratio)} %`

const eight = (results: Tabled): PaperTable => {
  const rows = results.options.variants.flatMap((variant) => {
    const found = recordsOf(results, variant).flatMap(({ exposure }) => (exposure === undefined ? [] : [exposure]))
    if (found.length === 0) return []
    const { greater, total } = found.reduce(exposureMonoid.concat, exposureMonoid.empty)
    return [[variantNames[variant], String(greater), String(total), spreadText(percent)(found.map(exposureRatio))]]
  })
  return {
    title: 'Table 8: exposure-bias ratio against plain training',
    note:
      rows.length === 0
        ? 'It compares with plain training: this run has nothing beside it, or not plain training itself.'
        : 'N of the reference words of training pairs get a greater probability than from plain training, each model in the contexts that it decodes itself; above 50 % is better. Counted are words that both decodings reach.',
    here: { caption: 'Words here', head: ['training', 'N', 'total', 'ratio'], rows },
    paper: theirs(results, PAPER, ['training', 'N', 'total', 'ratio', 'as printed'], ({ exposure }) => [
      [
        'E-ARM',
        String(exposure.greater),
        String(exposure.total),
        percent(exposureRatio(exposure)),
        `${score(exposure.printed)} %`,
      ],
    ]),
  }
}

const nine = (results: Tabled): PaperTable => {
  const { candidates } = results.options
  const cells = (records: readonly TabledRecord[]): readonly string[] =>
    candidates.map((k) => over(records, (r) => r.byCandidates.find((one) => one.candidates === k)?.bleu))
  return {
    title: 'Table 9: BLEU (per cent) with top-K energy re-sampling',
    note: 'Of the K best of beam search one is drawn by e^logit of its last token; K = 0 is the best of the beam.',
    here: {
      caption: 'BLEU here',
      head: ['training', ...candidates.map((k) => `K = ${k}`)],
      rows: byVariant(results, cells),
    },
    paper: theirs(results, PAPER, ['training', 'K = 0', 'K = 5', 'K = 10'], ({ byCandidates }) => [
      ['E-ARM', ...byCandidates.map(([, bleu]) => score(bleu))],
    ]),
  }
}

const METRICS: readonly string[] = ['training', 'ROUGE-1', 'ROUGE-2', 'ROUGE-L', 'METEOR', 'BLEU']

const ten = (results: Tabled): PaperTable => ({
  title: 'Table 10: other metrics (per cent)',
  note: 'Per cent. METEOR matches equal words and equal stems; synonyms are left out, so that it is lower than the paper’s.',
  here: {
    caption: 'Here',
    head: METRICS,
    rows: byVariant(results, (records) => [
      over(records, (r) => r.rouge.rouge1),
      over(records, (r) => r.rouge.rouge2),
      over(records, (r) => r.rouge.rougeL),
      over(records, (r) => r.meteor),
      over(records, (r) => r.bleu),
    ]),
  },
  paper: theirs(results, PAPER, METRICS, ({ metrics, bleu }) =>
    metrics.map(([variant, { rouge1, rouge2, rougeL, meteor }]) => [
      variantNames[variant],
      ...[rouge1, rouge2, rougeL, meteor, bleu[variant]].map(score),
    ]),
  ),
})

/** A table of a finished run. */
export const paperTable = (table: TranslationTable): ((results: Tabled) => PaperTable) =>
  ({ 7: seven, 8: eight, 9: nine, 10: ten })[table]

const blockLines = ({ caption, head, rows }: Block): readonly string[] =>
  rows.length === 0
    ? []
    : [`${caption}:`, ...textTable(head.map((_, i) => (i === 0 ? 'left' : 'right')))(head, rows), '']

/** A table of a finished run, ready to print. */
export const tableText =
  (table: TranslationTable) =>
  (results: TranslationResults): string => {
    const { title, note, here, paper } = paperTable(table)(results)
    return [
      '',
      title,
      translationSetting(results),
      '',
      ...blockLines(here),
      ...(paper === undefined ? [] : blockLines(paper)),
      note,
      '',
    ].join('\n')
  }

const measureOf = (table: TranslationTable, record: TabledRecord): object => {
  const { bleu, byLength, byCandidates, exposure, rouge, meteor } = record
  if (table === 7) return { bleu, byLength }
  if (table === 8) return { exposure: exposure ?? null }
  return table === 9 ? { byCandidates } : { ...rouge, meteor, bleu }
}

/** A table of a finished run as plain data: the measures of every variant and seed (in JSON an interval without end is null). */
export const tableRecord =
  (table: TranslationTable) =>
  ({ options, seeds }: Tabled): object => ({
    table,
    data: options.data,
    rows: seeds.flatMap(({ seed, variants }) =>
      variants.map((record) => ({ variant: record.variant, seed, ...measureOf(table, record) })),
    ),
  })
