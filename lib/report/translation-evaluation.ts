/**
 * A translation run that was measured again, as plain text and as one JSON object: every training seed by seed, with the
 * paired difference in perplexity from plain training, and tables 7, 9 and 10.
 */
import { exactJson } from '../codec/exact-json.ts'
import type { EvaluatedTranslation, TranslationEvaluation } from '../systems/e-arm/translation-evaluation.ts'
import { recordsOf } from '../systems/e-arm/translation-results.ts'
import { leftOut } from './earm-evaluation.ts'
import { measureError } from './earm-summary.ts'
import { textTable } from './text-table.ts'
import { numbers, tableLines } from './translation-text.ts'
import { perplexity, score, signed, spreadText, variantNames } from './translation-summary.ts'

const head: readonly string[] = ['training', 'seed', 'perplexity', '± pairs', 'difference', '± pairs, paired', 'BLEU']

const rowOf = (seed: number, { variant, difference, ...measured }: EvaluatedTranslation): readonly string[] => [
  variantNames[variant],
  String(seed),
  perplexity(Math.exp(measured.test)),
  perplexity(measureError({ measure: 'perplexity' })(measured)),
  difference === undefined ? '' : signed(perplexity, difference.value),
  difference === undefined ? '' : perplexity(difference.standardError),
  score(measured.bleu),
]

const meanRow = (found: TranslationEvaluation, variant: EvaluatedTranslation['variant']): readonly string[] => {
  const records = recordsOf(found, variant)
  const differences = records.flatMap(({ difference }) => (difference === undefined ? [] : [difference.value]))
  return [
    variantNames[variant],
    'mean',
    spreadText(perplexity)(records.map(({ test }) => Math.exp(test))),
    '',
    differences.length === 0 ? '' : spreadText(perplexity)(differences),
    '',
    spreadText(score)(records.map(({ bleu }) => bleu)),
  ]
}

const rows = (found: TranslationEvaluation): readonly (readonly string[])[] => [
  ...found.seeds.flatMap(({ seed, variants }) => variants.map((measured) => rowOf(seed, measured))),
  ...(found.seeds.length < 2 ? [] : found.options.variants.map((variant) => meanRow(found, variant))),
]

const notFitting = ({ pairs: { leftOut: count }, options }: TranslationEvaluation): readonly string[] =>
  count === 0
    ? []
    : [
        `${count} ${count === 1 ? 'pair does' : 'pairs do'} not fit into rows of ${options.time} tokens with the end of a sentence, or ${count === 1 ? 'has' : 'have'} an empty side: left out.`,
      ]

/** The tables, ready to print. */
export const translationEvaluationText = (found: TranslationEvaluation): string => {
  const { options, pairs, title, adapter } = found
  return [
    '',
    `Test perplexity of ${pairs.measured} pairs and BLEU of ${pairs.translated} translations; ${title}`,
    '',
    ...textTable(numbers(head))(head, rows(found)),
    ...tableLines(found),
    '',
    ...notFitting(found),
    ...leftOut(found),
    `Beam search of width ${options.beam}, length penalty ${options.lengthPenalty}; the parameters are those of the best validation. Differences are from plain training.`,
    `Measured on ${adapter}.`,
    '',
  ].join('\n')
}

/** The same as data: perplexities with standard errors over pairs, and every measure of the translations. */
export const translationEvaluationJson = (found: TranslationEvaluation): string => {
  const { options, title, licence, adapter, pairs, unfinished } = found
  const { data, target, beam, lengthPenalty } = options
  const seeds = found.seeds.map(({ seed, variants }) => ({
    seed,
    variants: variants.map(({ variant, test, standardError, difference, translations: _, ...measures }) => ({
      variant,
      perplexity: {
        value: Math.exp(test),
        standardError: measureError({ measure: 'perplexity' })({ test, standardError }),
      },
      ...(difference === undefined ? {} : { difference }),
      ...measures,
    })),
  }))
  const what = { data, ...(target === undefined ? {} : { target }), title, licence, adapter, pairs }
  return exactJson({ ...what, beam, lengthPenalty, seeds, unfinished })
}
