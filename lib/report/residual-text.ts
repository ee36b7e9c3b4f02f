/**
 * A residual-model run as plain text: the table, what generations are like, and which claims of the slides hold.
 */
import { orElse } from '../at.ts'
import type { AnalysisRecord, PromptResult, ResidualResults } from '../systems/residual/results.ts'
import {
  claimsOf,
  measureHead,
  measureNote,
  measureRows,
  nextHead,
  nextRows,
  percent,
  residualHeadline,
  residualSetting,
  shownRows,
  stepHead,
  stepRows,
} from './residual-summary.ts'
import { textTable } from './text-table.ts'

const tableLines = ({ evaluation }: ResidualResults): readonly string[] =>
  evaluation === undefined
    ? []
    : [
        ...textTable(['left', 'right', 'right', 'left', 'right', 'right', 'right', 'right', 'left'])(
          [
            'model',
            'parameters',
            'perplexity per token',
            '(test rows)',
            'per word',
            'gain over base, nats per token',
            'effective samples',
            'mean log Z, nats',
            'bounds',
          ],
          shownRows(evaluation).map((r) => [
            r.model,
            r.parameters,
            r.perToken,
            r.error,
            r.perWord,
            r.gain,
            r.effective,
            r.logPartition,
            r.doubt,
          ]),
        ),
        `${evaluation.chunks} rows, ${evaluation.tokens} tokens, ${evaluation.words} words begun in them.`,
        '',
      ]

const stepLines = ({ evaluation }: ResidualResults): readonly string[] =>
  evaluation === undefined || evaluation.steps.bit.length === 0
    ? []
    : [
        'Perplexity step by step, given all tokens before the position:',
        ...textTable(['right', 'right', 'right', 'right', 'right'])(stepHead, stepRows(evaluation)),
        '',
      ]

const nextLines = ({ evaluation }: ResidualResults): readonly string[] =>
  (evaluation?.next ?? []).flatMap((listing) => [
    `Most probable after ${JSON.stringify(listing.prefix)}:`,
    ...textTable(['left', 'right', 'right', 'right'])(nextHead, nextRows(listing)),
    '',
  ])

const generationLines = (results: ResidualResults): readonly string[] => {
  const { generation } = results
  return generation === undefined
    ? []
    : [
        ...textTable(['left', 'right', 'right', 'right', 'right', 'right'])(measureHead, measureRows(generation)),
        `${generation.count} continuations, each from ${generation.proposals} proposals${generation.topK === 0 ? '' : ` (top ${generation.topK})`}.`,
        measureNote(results),
        '',
      ]
}

const judged = ({ rows, base, joint }: AnalysisRecord): readonly string[] => [
  ...textTable(['left', 'right', 'right'])(
    ['fresh discriminator', 'judged human', 'accuracy'],
    [
      ['base samples', percent(base.falsePositiveRate), percent(base.accuracy)],
      ['joint BiT samples', percent(joint.falsePositiveRate), percent(joint.accuracy)],
      ['human text', percent(base.truePositiveRate), ''],
    ],
  ),
  `Trained on ${rows} human rows against as many machine rows, half of them the base's.`,
  '',
]

const claimLines = (results: ResidualResults): readonly string[] => {
  const claims = claimsOf(results)
  return claims.length === 0
    ? []
    : [
        'The slides’ claims here:',
        ...claims.map(({ claim, verdict, numbers }) => `  ${claim}: ${verdict}; ${numbers}`),
        '',
      ]
}

/** The final summary of a run, ready to print. */
export const residualText = (results: ResidualResults): string =>
  [
    '',
    residualSetting(results),
    residualHeadline(results),
    '',
    ...tableLines(results),
    ...stepLines(results),
    ...nextLines(results),
    ...generationLines(results),
    ...(results.analysis === undefined ? [] : judged(results.analysis)),
    ...claimLines(results),
    `${(orElse(results.seconds['total'], 0) / 60).toFixed(1)} min on ${results.adapter}.`,
    '',
  ].join('\n')

const listed = (title: string, texts: readonly string[]): readonly string[] => [
  title,
  ...texts.map((text, i) => `  ${i + 1}. ${JSON.stringify(text)}`),
  '',
]

/** Continuations of a prompt, ready to print. */
export const promptText = ({ prompt, method, base, joint, diagnostics }: PromptResult): string =>
  [
    '',
    `After ${JSON.stringify(prompt)}`,
    '',
    ...listed('Base model:', base),
    ...listed(`Joint model, by ${method}:`, joint),
    Object.entries(diagnostics)
      .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
      .join(', '),
    '',
  ].join('\n')
