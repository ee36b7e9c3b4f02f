/**
 * The report of an E-ARM experiment, whatever its task: the comparison, the curves, of translation tables 7 to 10 with the
 * paper's beside them, what the networks make, and the settings.
 */
import { at, orElse } from '../at.ts'
import type { EArmResults, EpochRecord, Shown, TrainingRecord } from '../systems/e-arm/results.ts'
import { type Variant, variants } from '../systems/e-arm/variants.ts'
import {
  type Block,
  column,
  type Document,
  foot,
  heading,
  image,
  lead,
  note,
  numeric,
  onPage,
  quiet,
  setting,
  table,
  title,
  verbatim,
} from './document.ts'
import { claimBlocks } from './earm-claims.ts'
import { candidatesFigures, lengthFigures, testFigures, trainingFigures } from './earm-charts.ts'
import {
  bestEpoch,
  costSentence,
  headlines,
  paperSentence,
  settingText,
  type TestRow,
  testRows,
  variantNames,
} from './earm-summary.ts'
import { tableBlocks } from './earm-translation-tables.ts'
import { imageGrid, squareGrid } from './image-grid.ts'
import { filesBlock, settingsBlock } from './settings-block.ts'
import { decimal } from './theme.ts'
import { durationText } from './units.ts'

/** The table of test measures; `measure` heads its numbers. */
export const testTable = (caption: string, measure: string, rows: readonly TestRow[]): Block =>
  table<TestRow>(caption, rows, [
    column('training', ({ training }) => training),
    column('seed', ({ seed }) => seed),
    numeric(measure, ({ value }) => value),
    numeric('± rows', (row) => row.rows),
    numeric('less plain', ({ difference }) => difference),
    numeric('± rows, paired', ({ paired }) => paired),
    numeric('BLEU', ({ bleu }) => bleu),
    numeric('paper', ({ paper }) => paper),
  ])

const testNote = ({ options, rows, measure }: EArmResults): string => {
  const count = Math.min(options.measured, rows.test)
  const how =
    options.task === 'translate'
      ? `Perplexity of a target token over ${count} test pairs; BLEU (per cent) of ${Math.min(options.translated, rows.test)} translations by beam search of width ${options.beam}, length penalty ${options.lengthPenalty}.`
      : `The ${measure} of ${count} test rows.`
  return `${how} “± rows” is its standard error over them; deviations are over seeds, differences paired. Parameters are those of the best validation. ${paperSentence(options)}`.trimEnd()
}

interface LastEpoch {
  readonly seed: number
  readonly record: TrainingRecord
  readonly last: EpochRecord | undefined
}

/** Of every training the logsumexp and the effective sample size of w in its last epoch, and the epoch that was kept. */
const lastEpochTable = ({ seeds }: EArmResults): Block =>
  table<LastEpoch>(
    'Every training in its last epoch, and the epoch of the best validation',
    seeds.flatMap(({ seed, variants: own }) => own.map((record) => ({ seed, record, last: record.epochs.at(-1) }))),
    [
      column('training', ({ record }) => variantNames[record.variant]),
      column('seed', ({ seed }) => String(seed)),
      numeric('logsumexp', ({ last }) => (last === undefined ? '' : decimal(3)(last.logSumExp))),
      numeric('effective negatives', ({ last }) =>
        last?.effectiveSampleSize === undefined ? '' : decimal(1)(last.effectiveSampleSize),
      ),
      numeric('of sampled rows', ({ record, last }) =>
        last?.effectiveSampleSize === undefined ? '' : String(record.negatives),
      ),
      numeric('best epoch', ({ record }) => bestEpoch(record)),
    ],
  )

const isVariant = (name: string): name is Variant => variants.some((variant) => variant === name)

const nameOf = (name: string): string => (isVariant(name) ? variantNames[name] : name)

/** Names of what was made, in the order in which variants are shown. */
const inOrder = <A>(record: Readonly<Record<string, A>>): readonly (readonly [string, A])[] =>
  variants.flatMap((variant) => {
    const found = record[variant]
    return found === undefined ? [] : [[variant, found] as const]
  })

interface Line {
  readonly number: string
  readonly label: string
  readonly text: string
}

const linesOf = ({ sentences, translations }: Extract<Shown, { readonly kind: 'translations' }>): readonly Line[] =>
  sentences.flatMap(({ source, reference }, i) => [
    { number: String(i + 1), label: 'source', text: source },
    ...(reference === undefined ? [] : [{ number: '', label: 'reference', text: reference }]),
    ...inOrder(translations).map(([variant, each]) => ({ number: '', label: nameOf(variant), text: at(each, i).text })),
  ])

/** The images of each variant as a grid about as high as wide. */
const gridFigures = ({ samples, image: shape }: Extract<Shown, { readonly kind: 'images' }>): Document =>
  inOrder(samples).flatMap(([variant, rows]) => {
    if (rows.length === 0) return []
    const tokens = { tokens: Int32Array.from(rows.flat()), count: rows.length, time: orElse(rows[0]?.length, 0) }
    const png = imageGrid(squareGrid(shape, rows.length), tokens)
    const text = `${rows.length} images sampled from the network`
    return [image(`samples-${variant}`, png, { title: `Trained: ${nameOf(variant)}`, text }, text)]
  })

const shownBlocks = (shown: Shown): Document => {
  if (shown.kind === 'images')
    return [
      heading('Samples'),
      note('Drawn from all networks of the last seed with the same random numbers, at temperature 1.'),
      ...gridFigures(shown),
    ]
  if (shown.kind === 'translations')
    return [
      heading('Translations'),
      table('The first test sentences by the networks of the last seed, best of beam search', linesOf(shown), [
        quiet('', ({ number }) => number),
        column('', ({ label }) => label),
        verbatim('', ({ text }) => text),
      ]),
    ]
  const texts = inOrder(shown.texts)
  const count = Math.max(0, ...texts.map(([, each]) => each.length))
  return [
    heading('Samples'),
    table(
      'Drawn from all networks of the last seed with the same random numbers, at temperature 1',
      Array.from({ length: count }, (_, i) => i),
      [
        column('', (i) => String(i + 1)),
        ...texts.map(([variant, each]) => verbatim<number>(nameOf(variant), (i) => each[i])),
      ],
    ),
  ]
}

const translationBlocks = (results: EArmResults): Document =>
  results.options.task === 'translate'
    ? [
        ...tableBlocks(7)(results),
        ...lengthFigures(results),
        ...tableBlocks(8)(results),
        ...tableBlocks(9)(results),
        ...candidatesFigures(results),
        ...tableBlocks(10)(results),
      ]
    : []

/** The report of a run. */
export const eArmDocument = (results: EArmResults): Document => {
  const { measure, rows, options, seconds, adapter, title: data, licence, shown } = results
  return [
    title('With and without the energy objective'),
    setting(settingText(results)),
    ...headlines(results).map(lead),
    ...claimBlocks(results),
    heading('Test'),
    note(testNote(results)),
    testTable(`Test ${measure} of every training`, measure, testRows(results)),
    ...testFigures(results),
    heading('Training'),
    note(
      `${rows.training} training rows. Until the start epoch all trainings are one and the same. ${costSentence(results)}`.trimEnd(),
    ),
    onPage(...trainingFigures(results)),
    lastEpochTable(results),
    ...translationBlocks(results),
    onPage(...shownBlocks(shown)),
    settingsBlock(options, 'whole rows'),
    foot(`${durationText(seconds)} on ${adapter}.`),
    filesBlock(`Data: ${data} (${licence}). `),
  ]
}
