/**
 * Tables 7 to 10 of the E-ARM paper from trainings of translation, with the paper's numbers beside those found here.
 */
import { at } from '../at.ts'
import { exposureMonoid, exposureRatio } from '../metrics/exposure.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import type { PaperTranslation } from '../systems/e-arm/paper-tables.ts'
import { recordsOf, type TranslationMeasures, variantsOf } from '../systems/e-arm/results.ts'
import type { Variant } from '../systems/e-arm/variants.ts'
import { type Document, heading, note, readyColumns, table } from './document.ts'
import { paperOf, score, spreadText, variantNames } from './earm-summary.ts'
import { decimal } from './theme.ts'

/** The tables that a finished run has. */
export type TranslationTable = 7 | 8 | 9 | 10

/** All of them. */
export const translationTables: readonly TranslationTable[] = [7, 8, 9, 10]

/** Whether a run has this table. */
export const isTranslationTable = (table: number): table is TranslationTable =>
  translationTables.some((known) => known === table)

/** What the tables are made of: trainings whose translations were measured, seed by seed. */
interface Tabled {
  readonly options: EArmExperiment
  readonly seeds: readonly {
    readonly seed: number
    readonly variants: readonly { readonly variant: Variant; readonly translation?: TranslationMeasures }[]
  }[]
}

type Rows = readonly (readonly string[])[]

/** A table: the heading of each column, and the rows. */
interface Cells {
  readonly head: readonly string[]
  readonly rows: Rows
}

/** A table of the paper: as found here, and as in the paper where it has these languages. */
interface PaperTable {
  readonly title: string
  readonly note: string
  readonly here: Cells
  readonly paper: Cells | undefined
}

const measuresOf = (results: Tabled, variant: Variant): readonly TranslationMeasures[] =>
  recordsOf(results, variant).flatMap(({ translation }) => (translation === undefined ? [] : [translation]))

const byVariant = (results: Tabled, cells: (records: readonly TranslationMeasures[]) => readonly string[]): Rows =>
  variantsOf(results).map((variant) => [variantNames[variant], ...cells(measuresOf(results, variant))])

const over = (
  records: readonly TranslationMeasures[],
  value: (record: TranslationMeasures) => number | undefined,
): string => spreadText(score)(records.map((record) => value(record) ?? Number.NaN))

const intervalText = (from: number, to: number): string => `[${from}, ${to === Number.POSITIVE_INFINITY ? '∞' : to})`

const theirs = (
  { options }: Tabled,
  head: readonly string[],
  rows: (paper: PaperTranslation) => Rows,
): Cells | undefined => {
  const paper = paperOf(options)
  const found = paper === undefined ? [] : rows(paper)
  return found.length === 0 ? undefined : { head, rows: found }
}

const seven = (results: Tabled): PaperTable => {
  const first = at(measuresOf(results, at(variantsOf(results), 0)), 0).byLength
  const cells = (records: readonly TranslationMeasures[]): readonly string[] => [
    ...first.map(({ lines }, i) => (lines === 0 ? '–' : over(records, (r) => r.byLength[i]?.bleu))),
    over(records, (r) => r.bleu),
  ]
  const total = first.reduce((sum, { lines }) => sum + lines, 0)
  return {
    title: 'Table 7: BLEU (per cent) by length of the reference in words',
    note: 'Intervals are of words of the reference.',
    here: {
      head: ['training', ...first.map(({ from, to }) => intervalText(from, to)), 'all'],
      rows: [['sentences', ...first.map(({ lines }) => String(lines)), String(total)], ...byVariant(results, cells)],
    },
    paper: theirs(results, ['training', '[0, 25)', '[25, 50)', '[50, ∞)', 'all'], ({ byLength, bleu }) =>
      byLength.map(([variant, scores]) => [variantNames[variant], ...[...scores, bleu[variant]].map(score)]),
    ),
  }
}

const percent = (ratio: number): string => `${decimal(2)(100 * ratio)} %`

const eight = (results: Tabled): PaperTable => {
  const rows = variantsOf(results).flatMap((variant) => {
    const found = measuresOf(results, variant).flatMap(({ exposure }) => (exposure === undefined ? [] : [exposure]))
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
    here: { head: ['training', 'N', 'total', 'ratio'], rows },
    paper: theirs(results, ['training', 'N', 'total', 'ratio', 'as printed'], ({ exposure }) => [
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
  const candidates = results.options.task === 'translate' ? results.options.candidates : []
  const cells = (records: readonly TranslationMeasures[]): readonly string[] =>
    candidates.map((k) => over(records, (r) => r.byCandidates.find((one) => one.candidates === k)?.bleu))
  return {
    title: 'Table 9: BLEU (per cent) with top-K energy re-sampling',
    note: 'Of the K best of beam search one is drawn by e^logit of its last token; K = 0 is the best of the beam.',
    here: { head: ['training', ...candidates.map((k) => `K = ${k}`)], rows: byVariant(results, cells) },
    paper: theirs(results, ['training', 'K = 0', 'K = 5', 'K = 10'], ({ byCandidates }) => [
      ['E-ARM', ...byCandidates.map(([, bleu]) => score(bleu))],
    ]),
  }
}

const METRICS: readonly string[] = ['training', 'ROUGE-1', 'ROUGE-2', 'ROUGE-L', 'METEOR', 'BLEU']

const ten = (results: Tabled): PaperTable => ({
  title: 'Table 10: other metrics (per cent)',
  note: 'Per cent. METEOR matches equal words and equal stems; synonyms are left out, so that it is lower than the paper’s.',
  here: {
    head: METRICS,
    rows: byVariant(results, (records) => [
      over(records, (r) => r.rouge.rouge1),
      over(records, (r) => r.rouge.rouge2),
      over(records, (r) => r.rouge.rougeL),
      over(records, (r) => r.meteor),
      over(records, (r) => r.bleu),
    ]),
  },
  paper: theirs(results, METRICS, ({ metrics, bleu }) =>
    metrics.map(([variant, { rouge1, rouge2, rougeL, meteor }]) => [
      variantNames[variant],
      ...[rouge1, rouge2, rougeL, meteor, bleu[variant]].map(score),
    ]),
  ),
})

/** A table of trainings. */
export const paperTable = (number: TranslationTable): ((results: Tabled) => PaperTable) =>
  ({ 7: seven, 8: eight, 9: nine, 10: ten })[number]

/** A table with the paper's below, as blocks. */
export const tableBlocks =
  (number: TranslationTable) =>
  (results: Tabled): Document => {
    const { title, note: how, here, paper } = paperTable(number)(results)
    return [
      heading(title),
      note(how),
      table('Here', here.rows, readyColumns(here.head)),
      ...(paper === undefined ? [] : [table('The paper, IWSLT14, Tr-Base', paper.rows, readyColumns(paper.head))]),
    ]
  }

const measureOf = (number: TranslationTable, measures: TranslationMeasures): object => {
  const { bleu, byLength, byCandidates, exposure, rouge, meteor } = measures
  if (number === 7) return { bleu, byLength }
  if (number === 8) return { exposure: exposure ?? null }
  return number === 9 ? { byCandidates } : { ...rouge, meteor, bleu }
}

/** A table of a finished run as plain data: the measures of every variant and seed. */
export const tableRecord =
  (number: TranslationTable) =>
  ({ options, seeds }: Tabled): object => ({
    table: number,
    data: options.data,
    rows: seeds.flatMap(({ seed, variants }) =>
      variants.flatMap(({ variant, translation }) =>
        translation === undefined ? [] : [{ variant, seed, ...measureOf(number, translation) }],
      ),
    ),
  })
