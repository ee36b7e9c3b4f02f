/**
 * The report of a run of a global autoregressive model: the outcome, strings as in the paper's Table 2, λ and its moments,
 * the figures of training, and the settings.
 */
import { at } from '../at.ts'
import { activeFeatureNames, type GamOptions } from '../systems/gam/options.ts'
import { panelOf } from '../systems/gam/paper.ts'
import { type GamResults, gamPhases, gamResultsCodec } from '../systems/gam/results.ts'
import {
  type Block,
  card,
  cards,
  column,
  type Document,
  figure,
  foot,
  heading,
  lead,
  note,
  numeric,
  onPage,
  quiet,
  samples,
  setting,
  table,
  title,
  whenSome,
  wide,
  type Words,
} from './document.ts'
import { claimBlocks } from './claims.ts'
import { gamClaims } from './gam-claims.ts'
import { entropyGap } from './gap.ts'
import { lambdaBars, lambdaPath, momentDots } from './lambda.ts'
import { markerOf } from './mark.ts'
import { matchSentences } from './moment-match.ts'
import { featureWords, shownFeatures, soughtInData } from './presence.ts'
import type { Report } from './report-files.ts'
import { filesBlock, settingsBlock, timesBlock } from './settings-block.ts'
import { crossEntropyAgainstSize, paperSizeRows, sizeRowsOf } from './size.ts'
import { headline, settingLine, soughtName, summaryRows } from './summary.ts'
import { decimal } from './theme.ts'
import { momentError, trainingCurves } from './training.ts'
import { durationText, percent } from './units.ts'
import { weightHistogram } from './weights.ts'

const base: Words = ['mean under ', { text: 'r', kind: 'base' }]
const tilt: Words = ['mean under ', { text: 'Pλ', kind: 'tilt' }]
const distilled: Words = ['mean under ', { text: 'π', kind: 'distilled' }]

const verdict = (results: GamResults): Document =>
  matchSentences(results).map((sentence, i) => (i === 0 ? lead : note)(sentence))

const cardsOf = (results: GamResults): Block => {
  const { crossEntropyBase, crossEntropyDistilled, entropyPerSymbol, options } = results
  const sought = soughtName(options)
  const data = soughtInData(results)
  return onPage(
    cards(
      card(percent(results.motifFrequencyDistilled), `of the strings of π hold ${sought}`, 'distilled'),
      card(percent(results.motifFrequencyBase), `of the strings of r hold ${sought}`, 'base'),
      ...(data === undefined ? [] : [card(percent(data), `of the data hold ${sought}`)]),
      card(decimal(3)(crossEntropyDistilled), 'nats per symbol, cross-entropy of π', 'distilled'),
      card(decimal(3)(crossEntropyBase), 'nats per symbol, cross-entropy of r', 'base'),
      ...(entropyPerSymbol === undefined
        ? []
        : [card(decimal(3)(entropyPerSymbol), 'nats per symbol, exact entropy of the process')]),
    ),
    wide(
      figure(
        'cross-entropy',
        entropyGap(results),
        `Cross-entropies of r, the tilt and π above the ${entropyPerSymbol === undefined ? 'lowest of them' : 'entropy'}; the numbers are in the table of the outcome.`,
      ),
    ),
  )
}

const outcome = (results: GamResults): Document => [
  heading('Outcome'),
  note(
    `Cross-entropies are in nats per symbol on fresh test strings, the end of the string counted as a symbol. Frequencies are shares of ${results.frequencySamples} sampled strings.`,
  ),
  table('What was measured', summaryRows(results), [
    column('', ({ label }) => label),
    numeric('here', ({ value }) => value),
    numeric(`paper, ${results.paper?.source ?? ''}`, ({ paper }) => paper),
    quiet('', ({ meaning }) => meaning),
  ]),
]

const strings = ({ examples, options }: GamResults): Block => {
  const mark = markerOf(options.data)
  const isOwn = options.data.kind === 'strings'
  return onPage(
    heading('Strings'),
    note([
      { text: 'Marked', kind: 'whole' },
      `: ${soughtName(options)}. `,
      ...(isOwn ? [] : [{ text: 'Underlined', kind: 'part' } as const, ', where it is missing: its longest part.']),
    ]),
    samples(isOwn ? 'Strings of the data and of the models' : 'Strings of the process and of the models', [
      { label: isOwn ? 'the data' : 'true process', texts: examples.true.map(mark) },
      { label: ['base model ', { text: 'r', kind: 'base' }], texts: examples.base.map(mark) },
      { label: ['distilled model ', { text: 'π', kind: 'distilled' }], texts: examples.distilled.map(mark) },
    ]),
  )
}

interface FeatureRow {
  readonly label: Words
  readonly values: readonly number[]
  readonly digits: number
}

const features = (results: GamResults): Document => {
  const { featureNames, lambda, moments } = results
  return [
    heading('Features'),
    note(featureWords(results).note),
    table<FeatureRow>(
      'λ and the means of the features',
      [
        { label: 'λ', values: lambda, digits: 2 },
        { label: 'mean in the data', values: moments.data, digits: 4 },
        { label: base, values: moments.base, digits: 4 },
        { label: tilt, values: moments.tilt, digits: 4 },
        { label: distilled, values: moments.distilled, digits: 4 },
      ],
      [
        column('', ({ label }) => label),
        ...featureNames.map((name, i) => numeric<FeatureRow>(name, (row) => decimal(row.digits)(at(row.values, i)))),
      ],
    ),
  ]
}

/** This run among the paper's sizes; a size alone is no axis. */
const size = (results: GamResults): readonly Block[] =>
  whenSome(panelOf(results.options), (panel) => [
    wide(
      figure(
        'size',
        crossEntropyAgainstSize(
          'Size of the data',
          results.entropyPerSymbol,
        )([...paperSizeRows(panel), ...sizeRowsOf(results)]),
        'Cross-entropy and motif frequency of r and π against the number of training strings, this run among the paper’s.',
      ),
    ),
  ])

const training = (results: GamResults): Block => {
  const { l1Moments, lambda } = results.curves
  return onPage(
    heading('Training'),
    ...whenSome(trainingCurves(results), (chart) => [
      wide(
        figure('training', chart, 'Lines over epochs: cross-entropy of r and of π on training and validation strings.'),
      ),
    ]),
    figure(
      'lambda',
      lambdaBars(results),
      'Bars: the weight λ of each feature; the numbers are in the table of the features.',
    ),
    figure(
      'moments',
      momentDots(results),
      'Dots: the mean of each feature in the data and under r, the tilt and π; the numbers are in the table of the features.',
    ),
    ...(lambda.length > 1
      ? [figure('lambda-path', lambdaPath(results), 'Lines over epochs: λ of each feature while it is fitted.')]
      : []),
    ...(l1Moments.length > 1
      ? [
          figure(
            'moment-error',
            momentError(results),
            'A line over epochs: the ℓ1 error of the moments while λ is fitted.',
          ),
        ]
      : []),
    ...whenSome(weightHistogram(results), (chart) => [
      figure('weights', chart, 'A histogram of the importance weights relative to their mean.'),
    ]),
    ...size(results),
  )
}

const settings = (options: GamOptions): Block => {
  const { data, budgets, ...rest } = options
  const named = `${options.features} (${activeFeatureNames(options).join(', ')})`
  return settingsBlock({ ...data, ...rest, features: named, ...budgets })
}

/** The report of a run. */
export const gamDocument = (results: GamResults): Document => {
  const shown = shownFeatures(results)
  const { options, seconds, adapter } = results
  return [
    title('A global autoregressive model'),
    ...verdict(results),
    setting(settingLine(options)),
    lead(headline(results)),
    cardsOf(results),
    ...outcome(results),
    ...claimBlocks('The paper’s', gamClaims(results)),
    strings(results),
    ...features(shown),
    training(shown),
    settings(options),
    timesBlock(Object.fromEntries(gamPhases.map((phase) => [phase, seconds[phase]]))),
    foot(`${durationText(seconds.total)} on ${adapter}.`),
    filesBlock(''),
  ]
}

/** The files of `exptilt gam`: `report.html`, `figures/*`, `results.json`. */
export const gamReport: Report<GamResults> = {
  codec: gamResultsCodec,
  parts: (results) => ({ document: gamDocument(results), besides: [] }),
}
