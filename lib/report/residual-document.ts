/**
 * The report of a residual-model run: the claims, perplexities, next tokens, generations, samples side by side, a fresh
 * discriminator, training, and the settings.
 */
import { orElse } from '../at.ts'
import type {
  AnalysisRecord,
  EvaluationRecord,
  GenerationRecord,
  PromptResult,
  ResidualResults,
  SourceMeasures,
} from '../systems/residual/results.ts'
import { claimBlocks } from './claims.ts'
import {
  type Block,
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
  verbatim,
  whenSome,
  wide,
} from './document.ts'
import {
  energyChart,
  ngramChart,
  perplexityChart,
  samplesChart,
  stepChart,
  trainingFigures,
} from './residual-charts.ts'
import {
  boundsText,
  chainJudgedNote,
  chainNote,
  claimsOf,
  doubtText,
  effectiveText,
  gainText,
  jointText,
  logPartitionText,
  measureNote,
  METROPOLIS,
  modelTitles,
  perWordText,
  policyNote,
  probabilityText,
  residualHeadline,
  residualSetting,
  rowsText,
  sourceOrder,
  sourceTitles,
  stepDoubt,
  stepText,
} from './residual-summary.ts'
import { filesBlock, settingsBlock, timesBlock } from './settings-block.ts'
import { decimal } from './theme.ts'
import { durationText, parametersText, percent } from './units.ts'

const perplexityBlocks = (evaluation: EvaluationRecord): Document => {
  const { tokens, chunks, words, steps } = evaluation
  return [
    heading('Perplexity'),
    note([
      `${tokens} modelled tokens of ${chunks} test rows, in which ${words} words begin. log P`,
      { text: 'joint', kind: 'below' },
      ' = log P',
      { text: 'φ', kind: 'below' },
      ' − E − log Z; log Z of each prefix is estimated from samples of the base, and its two bounds hold asymptotically only: ',
      'where the samples raise doubts, the table says “estimates”. A learned log-normaliser, where there is one, stands ',
      'beside the mean of log Z, which it is to agree with.',
    ]),
    table('Perplexity of the models on test rows', evaluation.table, [
      column('model', (row) => modelTitles[row.model]),
      numeric('parameters', (row) => parametersText(row.parameters)),
      numeric('perplexity per token', boundsText),
      numeric('test rows', (row) => `± ${decimal(3)(row.perToken.testError)}`),
      numeric('per word', perWordText),
      numeric('gain over base, nats per token', gainText),
      numeric('effective samples', effectiveText),
      numeric('mean log Z, nats', logPartitionText),
      quiet('bounds', doubtText),
    ]),
    ...policyNote(evaluation.table).map((said) => note(said)),
    wide(
      figure(
        'perplexity',
        perplexityChart(evaluation),
        'Perplexity per token of each model, with bounds; the numbers are in the table above.',
      ),
    ),
    ...samplesBlocks(evaluation),
    ...(steps.bit.length === 0 ? [] : stepBlocks(evaluation)),
  ]
}

const samplesBlocks = (evaluation: EvaluationRecord): Document => {
  const [chart, points] = [samplesChart(evaluation), evaluation.bySamples ?? []]
  return chart === undefined
    ? []
    : [
        figure(
          'samples',
          chart,
          'A line over the number of samples of each prefix: perplexity under joint BiT, its bounds as a band; the numbers are in the table below.',
        ),
        table('Perplexity under joint BiT by the number of samples for log Z', points, [
          numeric('samples', ({ samples }) => String(samples)),
          numeric('jackknife', ({ value }) => decimal(3)(value)),
          numeric('bounds', ({ lower, upper }) => `${decimal(3)(lower)} – ${decimal(3)(upper)}`),
        ]),
      ]
}

const stepBlocks = (evaluation: EvaluationRecord): Document => {
  const { unit, bit } = evaluation.steps
  return [
    figure(
      'steps',
      stepChart(evaluation),
      'Lines over the position in the row: perplexity under the base, UniT and BiT; the numbers are in the table below.',
    ),
    table(
      `Perplexity step by step, given all tokens before the position${bit.slice(0, 1).map(rowsText).join('')}`,
      bit,
      [
        numeric('position', ({ position }) => String(position)),
        numeric(modelTitles.base, ({ base }) => decimal(3)(base)),
        numeric(modelTitles.unit, (_, i) => stepText(unit[i])),
        numeric(modelTitles.bit, stepText),
        numeric('BiT’s gain over base, nats', gainText),
        numeric('rows in doubt (UniT, BiT)', (step, i) => `${stepDoubt(unit[i])}, ${stepDoubt(step)}`),
      ],
    ),
  ]
}

const nextBlocks = ({ next }: EvaluationRecord, stepSamples: number): Document =>
  next.length === 0
    ? []
    : [
        heading('Next tokens'),
        note(
          `The tokens that the base finds most probable, in the order of joint BiT; joint probabilities with their asymptotic bounds from ${stepSamples} samples for each expectation.`,
        ),
        ...next.map(({ prefix, tokens }) =>
          table(`Most probable after ${JSON.stringify(prefix)}`, tokens, [
            column('token', ({ text }) => [{ text: JSON.stringify(text), kind: 'code' }]),
            numeric(modelTitles.base, ({ base }) => probabilityText(base)),
            numeric(modelTitles.unit, ({ unit }) => jointText(unit)),
            numeric(modelTitles.bit, ({ bit }) => jointText(bit)),
          ]),
        ),
      ]

/** Samples shown side by side. */
const SHOWN = 12

const sampleBlock = ({ samples: all }: GenerationRecord): Block =>
  onPage(
    heading('Samples'),
    table('Continuations of the same texts', all.slice(0, SHOWN), [
      verbatim('given', ({ prefix }) => prefix),
      ...sourceOrder.map((source) => verbatim<(typeof all)[number]>(sourceTitles[source], (row) => row[source])),
    ]),
  )

const generationBlocks = (generation: GenerationRecord, results: ResidualResults): Document => {
  const { count, proposals, topK, effectiveProposals, measures, metropolis } = generation
  const ratio =
    (n: number) =>
    ({ uniqueRatios }: SourceMeasures): string => {
      const value = uniqueRatios[n - 1]
      return value === undefined ? '–' : percent(value)
    }
  const kinds = [
    ...sourceOrder.map((source) => ({ name: sourceTitles[source], ...measures[source] })),
    ...(metropolis === undefined ? [] : [{ name: METROPOLIS, ...metropolis }]),
  ]
  return [
    heading('Generation'),
    note(
      `${count} continuations; a joint sample is one of ${proposals} proposals of the base${topK === 0 ? '' : ` (top ${topK})`}, drawn by softmax(−E). Effective proposals, in the median: ${decimal(1)(effectiveProposals.unit)} for UniT, ${decimal(1)(effectiveProposals.bit)} for BiT. ${measureNote(results)}`,
    ),
    table('What continuations are like', kinds, [
      column('continuations', ({ name }) => name),
      numeric('mean energy of BiT, nats', ({ meanEnergy }) => decimal(3)(meanEnergy)),
      numeric('log-likelihood, nats per token', ({ logLikelihood }) => decimal(3)(logLikelihood)),
      numeric('unique 2-grams', ratio(2)),
      numeric('3-grams', ratio(3)),
      numeric('4-grams', ratio(4)),
    ]),
    ...chainNote(generation).map((said) => note(said)),
    figure(
      'energies',
      energyChart(generation),
      'Histograms of the energy of human text, of base samples and of joint samples.',
    ),
    figure(
      'ngrams',
      ngramChart(generation),
      'Lines over n: the share of n-grams that is unique, for each kind of continuation.',
    ),
    sampleBlock(generation),
  ]
}

interface Judged {
  readonly name: string
  readonly human: number
  readonly accuracy?: number
}

const judgedBlocks = (analysis: AnalysisRecord): Document => {
  const { rows, base, joint, metropolis } = analysis
  return [
    heading('A fresh discriminator'),
    note(
      `Trained on ${rows} human rows against as many machine rows, half of them base samples and half joint ones. The slides: 17.8 % of base and 31.8 % of joint samples are judged human.`,
    ),
    table<Judged>(
      'Which rows the discriminator takes for human ones',
      [
        { name: sourceTitles.base, human: base.falsePositiveRate, accuracy: base.accuracy },
        { name: sourceTitles.bit, human: joint.falsePositiveRate, accuracy: joint.accuracy },
        ...(metropolis === undefined
          ? []
          : [{ name: METROPOLIS, human: metropolis.falsePositiveRate, accuracy: metropolis.accuracy }]),
        { name: sourceTitles.data, human: base.truePositiveRate },
      ],
      [
        column('', ({ name }) => name),
        numeric('judged human', ({ human }) => percent(human)),
        numeric('accuracy', ({ accuracy }) => (accuracy === undefined ? '' : percent(accuracy))),
      ],
    ),
    ...chainJudgedNote(analysis).map((said) => note(said)),
  ]
}

/** The report of a run. */
export const residualDocument = (results: ResidualResults): Document => {
  const { evaluation, generation, analysis, options, seconds, adapter, corpus } = results
  return [
    title('Residual energy-based models of text'),
    setting(residualSetting(results)),
    lead(residualHeadline(results)),
    ...claimBlocks('The slides’', claimsOf(results)),
    ...whenSome(evaluation, (found) => [
      ...perplexityBlocks(found),
      ...nextBlocks(found, options.evaluation.stepSamples),
    ]),
    ...whenSome(generation, (found) => generationBlocks(found, results)),
    ...whenSome(analysis, judgedBlocks),
    onPage(heading('Training'), ...trainingFigures(results)),
    settingsBlock(options),
    timesBlock(seconds),
    foot(`${durationText(orElse(seconds['total'], 0))} on ${adapter}.`),
    filesBlock(`Text: ${corpus.title} (${corpus.licence}). `, ['sheets for human judges in', 'sheets/']),
  ]
}

/** Continuations of a prompt. */
export const promptDocument = ({ prompt, method, base, joint, diagnostics }: PromptResult): Document => [
  samples(`After ${JSON.stringify(prompt)}`, [
    { label: 'Base model', texts: base },
    { label: `Joint model, by ${method}`, texts: joint },
  ]),
  note(
    Object.entries(diagnostics)
      .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
      .join(', '),
  ),
]
