/**
 * `report.html` of a residual-model run: the table, the figures, next tokens, samples side by side, and the settings.
 */
import type { EvaluationRecord, GenerationRecord, ResidualResults } from '../systems/residual/results.ts'
import type { Drawing } from './figures.ts'
import { type Cell, escaped, figureHtml, numberCell, page, tableOf, textCell } from './html.ts'
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
import { decimal } from './theme.ts'

const figure = (drawings: readonly Drawing[], names: readonly string[], className = ''): string =>
  names
    .flatMap((name) => drawings.filter((drawing) => drawing.name === name))
    .map(figureHtml(className))
    .join('\n')

const perplexities = (evaluation: EvaluationRecord): string =>
  tableOf([
    textCell('model'),
    numberCell('parameters'),
    numberCell('perplexity per token'),
    numberCell('test rows'),
    numberCell('per word'),
    numberCell('gain over base, nats per token'),
    numberCell('effective samples'),
    numberCell('mean log Z, nats'),
    textCell('bounds'),
  ])(
    shownRows(evaluation).map(({ model, doubt, ...row }) => [
      textCell(model),
      ...[row.parameters, row.perToken, row.error, row.perWord, row.gain, row.effective, row.logPartition].map(
        numberCell,
      ),
      { html: escaped(doubt), className: 'quiet' },
    ]),
  )

const evaluated = (drawings: readonly Drawing[], { evaluation }: ResidualResults): string =>
  evaluation === undefined
    ? ''
    : `<h2>Perplexity</h2>
<p class="note">${evaluation.tokens} modelled tokens of ${evaluation.chunks} test rows, in which ${evaluation.words} words begin.
log P<sub>joint</sub> = log P<sub>φ</sub> − E − log Z; log Z of each prefix is estimated from samples of the base, and its
two bounds hold asymptotically only: where the samples raise doubts, the table says “estimates”. A learned log-normaliser,
where there is one, stands beside the mean of log Z, which it is to agree with.</p>
${perplexities(evaluation)}
<div class="figures">${figure(drawings, ['perplexity'], 'wide')}${figure(drawings, ['steps'])}</div>
${tableOf(stepHead.map(numberCell))(stepRows(evaluation).map((row) => row.map(numberCell)))}`

const next = ({ evaluation, options }: ResidualResults): string =>
  evaluation === undefined || evaluation.next.length === 0
    ? ''
    : `<h2>Next tokens</h2>
<p class="note">The tokens that the base finds most probable, in the order of joint BiT; joint probabilities with their
asymptotic bounds from ${options.evaluation.stepSamples} samples for each expectation.</p>
${evaluation.next
  .map(
    (listing) =>
      `<p><code>${escaped(listing.prefix)}</code></p>${tableOf(
        nextHead.map((head, i) => (i === 0 ? textCell(head) : numberCell(head))),
      )(
        nextRows(listing).map(([token = '', ...rest]) => [
          { html: `<code>${escaped(token)}</code>` },
          ...rest.map(numberCell),
        ]),
      )}`,
  )
  .join('\n')}`

/** Samples shown side by side. */
const SHOWN = 12

const samples = (generation: GenerationRecord): string => {
  const text = (value: string): Cell => ({ html: `<span class="string">${escaped(value)}</span>` })
  return tableOf([
    textCell('given'),
    textCell('human'),
    textCell('base'),
    textCell('joint UniT'),
    textCell('joint BiT'),
  ])(
    generation.samples
      .slice(0, SHOWN)
      .map(({ prefix, data, base, unit, bit }) => [text(prefix), text(data), text(base), text(unit), text(bit)]),
  )
}

const generated = (drawings: readonly Drawing[], results: ResidualResults): string => {
  const { generation } = results
  return generation === undefined
    ? ''
    : `<h2>Generation</h2>
<p class="note">${generation.count} continuations; a joint sample is one of ${generation.proposals} proposals of the base${generation.topK === 0 ? '' : ` (top ${generation.topK})`},
drawn by softmax(−E). Effective proposals, in the median: ${decimal(1)(generation.effectiveProposals.unit)} for UniT,
${decimal(1)(generation.effectiveProposals.bit)} for BiT. ${measureNote(results)}</p>
${tableOf(measureHead.map((head, i) => (i === 0 ? textCell(head) : numberCell(head))))(
  measureRows(generation).map(([first = '', ...rest]) => [textCell(first), ...rest.map(numberCell)]),
)}
<div class="figures">${figure(drawings, ['energies', 'ngrams'])}</div>
<h2>Samples</h2>
${samples(generation)}`
}

const judged = ({ analysis }: ResidualResults): string =>
  analysis === undefined
    ? ''
    : `<h2>A fresh discriminator</h2>
<p class="note">Trained on ${analysis.rows} human rows against as many machine rows, half of them base samples and half joint ones.
${percent(analysis.base.truePositiveRate)} of the human rows are judged human. The slides: 17.8 % of base and 31.8 % of joint samples.</p>
${tableOf([textCell(''), numberCell('judged human'), numberCell('accuracy')])([
  [
    textCell('base samples'),
    numberCell(percent(analysis.base.falsePositiveRate)),
    numberCell(percent(analysis.base.accuracy)),
  ],
  [
    textCell('joint BiT samples'),
    numberCell(percent(analysis.joint.falsePositiveRate)),
    numberCell(percent(analysis.joint.accuracy)),
  ],
])}`

const claims = (results: ResidualResults): string => {
  const rows = claimsOf(results)
  return rows.length === 0
    ? ''
    : `<h2>The slides’ claims here</h2>
${tableOf([])(rows.map(({ claim, verdict, numbers }) => [textCell(claim), textCell(verdict), textCell(numbers)]))}`
}

const settings = ({ options }: ResidualResults): string => {
  const { out: _, ...rest } = options
  const entries = Object.entries(rest).flatMap(([name, value]) =>
    typeof value === 'object'
      ? Object.entries(value).map(([inner, one]) => [`${name} ${inner}`, String(one)] as const)
      : [[name, String(value)] as const],
  )
  return tableOf([])(entries.map(([name, value]) => [textCell(name), textCell(value)]))
}

const times = ({ seconds }: ResidualResults): string =>
  tableOf(Object.keys(seconds).map(numberCell))([
    Object.values(seconds).map((value) => numberCell(`${decimal(1)(value)} s`)),
  ])

/** The page from the results and their drawn figures. */
export const residualPage =
  (drawings: readonly Drawing[]) =>
  (results: ResidualResults): string =>
    page('exptilt: residual energy-based models of text')(`
<h1>Residual energy-based models of text</h1>
<p class="setting">${escaped(residualSetting(results))}</p>
<p class="lead">${escaped(residualHeadline(results))}</p>
${claims(results)}
${evaluated(drawings, results)}
${next(results)}
${generated(drawings, results)}
${judged(results)}
<h2>Training</h2>
<div class="figures">${figure(drawings, ['language-training', 'energy-training', 'energy-quantiles'])}</div>
<h2>Settings</h2>
${settings(results)}
<h2>Time</h2>
${times(results)}
<footer>Text: ${escaped(results.corpus.title)} (${escaped(results.corpus.licence)}). Computed on ${escaped(results.adapter)}. All numbers are in
<code>results.json</code>, the figures in <code>figures/</code>, sheets for human judges in <code>sheets/</code>.</footer>`)
