/**
 * `report.html` of one run: the outcome, a table like the paper's Table 2, the figures, and the settings.
 */
import { at } from '../at.ts'
import { activeFeatureNames, type GamOptions } from '../systems/gam/options.ts'
import { type GamResults, gamPhases } from '../systems/gam/results.ts'
import type { Drawing } from './figures.ts'
import { type Cell, escaped, figureHtml, numberCell, page, stringHtml, tableOf, textCell } from './html.ts'
import { markerOf } from './mark.ts'
import { matchSentences } from './moment-match.ts'
import { headline, settingLine, soughtName, summaryRows } from './summary.ts'
import { decimal } from './theme.ts'

const card = (className: string, value: string, meaning: string): string =>
  `<div class="card"><b class="${className}">${escaped(value)}</b><span>${escaped(meaning)}</span></div>`

const cards = (results: GamResults): string => {
  const { crossEntropyBase, crossEntropyDistilled, entropyPerSymbol, options } = results
  const share = (value: number): string => `${decimal(1)(100 * value)} %`
  return `<div class="cards">${[
    card('distilled', share(results.motifFrequencyDistilled), `of the strings of π hold ${soughtName(options)}`),
    card('base', share(results.motifFrequencyBase), `of the strings of r hold ${soughtName(options)}`),
    card('distilled', decimal(3)(crossEntropyDistilled), 'nats per symbol, cross-entropy of π'),
    card('base', decimal(3)(crossEntropyBase), 'nats per symbol, cross-entropy of r'),
    ...(entropyPerSymbol === undefined
      ? []
      : [card('', decimal(3)(entropyPerSymbol), 'nats per symbol, exact entropy of the process')]),
  ].join('')}</div>`
}

const outcome = (results: GamResults): string => {
  const rows = summaryRows(results)
  const source = results.paper?.source
  const cell = (name: string, text: string): Cell => ({ html: escaped(text), className: name })
  return tableOf([
    textCell(''),
    numberCell('here'),
    ...(source !== undefined ? [numberCell(`paper, ${source}`)] : []),
    textCell(''),
  ])(
    rows.map(({ label, value, paper, meaning }) => [
      textCell(label),
      numberCell(value),
      ...(source !== undefined ? [numberCell(paper)] : []),
      cell('quiet', meaning),
    ]),
  )
}

const examples = ({ examples: { true: process, base, distilled }, options }: GamResults): string => {
  const mark = markerOf(options.data)
  const strings = (list: readonly string[]): Cell => ({ html: list.map((text) => stringHtml(mark(text))).join('') })
  return tableOf([])([
    [textCell('true process'), strings(process)],
    [{ html: 'base model <i class="base">r</i>' }, strings(base)],
    [{ html: 'distilled model <i class="distilled">π</i>' }, strings(distilled)],
  ])
}

const features = ({ featureNames, lambda, moments }: GamResults): string => {
  const row = (values: readonly number[], digits: number): readonly Cell[] =>
    featureNames.map((_, position) => numberCell(decimal(digits)(at(values, position))))
  return tableOf([textCell(''), ...featureNames.map(numberCell)])([
    [textCell('λ'), ...row(lambda, 2)],
    [textCell('mean in the data'), ...row(moments.data, 4)],
    [{ html: 'mean under <i class="base">r</i>' }, ...row(moments.base, 4)],
    [{ html: 'mean under <i class="tilt">P<sub>λ</sub></i>' }, ...row(moments.tilt, 4)],
    [{ html: 'mean under <i class="distilled">π</i>' }, ...row(moments.distilled, 4)],
  ])
}

const settings = (options: GamOptions): string => {
  const { data, budgets, out: _, ...rest } = options
  const entries = {
    ...data,
    ...rest,
    features: `${options.features} (${activeFeatureNames(options).join(', ')})`,
    ...budgets,
  }
  return tableOf([])(Object.entries(entries).map(([name, value]) => [textCell(name), textCell(String(value))]))
}

const times = ({ seconds }: GamResults): string =>
  tableOf(gamPhases.map((phase) => numberCell(phase)))([
    gamPhases.map((phase) => numberCell(`${decimal(1)(seconds[phase])} s`)),
  ])

const wide: readonly string[] = ['cross-entropy', 'training', 'size']

const figure = (drawings: readonly Drawing[], names: readonly string[]): string =>
  names
    .flatMap((name) => drawings.filter((drawing) => drawing.name === name))
    .map((drawing) => figureHtml(wide.includes(drawing.name) ? 'wide' : '')(drawing))
    .join('\n')

const verdict = (results: GamResults): string =>
  matchSentences(results)
    .map((sentence, i) => `<p class="${i === 0 ? 'lead' : 'note'}">${escaped(sentence)}</p>\n`)
    .join('')

/** The page from the results and their drawn figures. */
export const runPage =
  (drawings: readonly Drawing[]) =>
  (results: GamResults): string =>
    page('exptilt: a global autoregressive model')(`
<h1>A global autoregressive model</h1>
<p class="setting">${escaped(settingLine(results.options))}</p>
${verdict(results)}<p class="lead">${escaped(headline(results))}</p>
${cards(results)}
${figure(drawings, ['cross-entropy'])}
<h2>Outcome</h2>
<p class="note">Cross-entropies are in nats per symbol on fresh test strings, the end of the string counted as a symbol.
Frequencies are shares of ${results.frequencySamples} sampled strings.</p>
${outcome(results)}
<h2>Strings</h2>
<p class="note"><mark>Marked</mark>: ${escaped(soughtName(results.options))}. <u>Underlined</u>, where it is missing: its longest part.</p>
${examples(results)}
<h2>Features</h2>
<p class="note">A feature is 1 where its property is absent. λ tilts r until the means agree with the data.</p>
${features(results)}
<h2>Training</h2>
<div class="figures">${figure(drawings, ['training', 'lambda', 'moments', 'lambda-path', 'moment-error', 'weights', 'size'])}</div>
<h2>Settings</h2>
${settings(results.options)}
<h2>Time</h2>
${times(results)}
<footer>Computed on ${escaped(results.adapter)}. All numbers are in <code>results.json</code>, the figures in <code>figures/</code>.</footer>`)
