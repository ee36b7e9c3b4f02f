/**
 * `report.html` of an E-ARM experiment: the comparison, the curves, what both models sample side by side, and the settings.
 */
import { orElse } from '../at.ts'
import type { EArmResults } from '../systems/e-arm/experiment-results.ts'
import {
  costSentence,
  eArmHeadline,
  eArmSetting,
  energyHead,
  energyRows,
  paperSentence,
  seedHead,
  seedRows,
} from './earm-summary.ts'
import type { Drawing } from './figures.ts'
import { type Cell, escaped, page, tableOf, textCell } from './html.ts'
import { figuresHtml, settingsHtml, textTableHtml } from './page-parts.ts'

/** A grid of images as a PNG, by the name of its variant. */
export interface SampleGrid {
  readonly variant: string
  readonly png: Uint8Array
}

const titles: Readonly<Record<string, string>> = { plain: 'plain', 'e-arm': 'with the energy objective' }

const titleOf = (variant: string): string => orElse(titles[variant], variant)

const textSamples = ({ texts }: EArmResults): string => {
  const plain = orElse(texts['plain'], [])
  const eArm = orElse(texts['e-arm'], [])
  const cell = (value: string): Cell => ({ html: `<span class="string">${escaped(value)}</span>` })
  return tableOf([textCell(''), textCell(titleOf('plain')), textCell(titleOf('e-arm'))])(
    plain.map((value, i) => [textCell(String(i + 1)), cell(value), cell(orElse(eArm[i], ''))]),
  )
}

const gridFigure = ({ variant, png }: SampleGrid): string =>
  `<figure id="grid-${variant}"><img alt="images sampled from the model trained ${escaped(titleOf(variant))}"
style="display:block;width:100%;max-width:480px;margin:0 auto;image-rendering:pixelated"
src="data:image/png;base64,${Buffer.from(png).toString('base64')}"/>
<figcaption>${escaped(titleOf(variant))}</figcaption></figure>`

const samples = (results: EArmResults, grids: readonly SampleGrid[]): string =>
  `<h2>Samples</h2>
<p class="note">Drawn from both models of the last seed with the same random numbers, at temperature 1.</p>
${grids.length > 0 ? `<div class="figures">${grids.map(gridFigure).join('\n')}</div>` : textSamples(results)}`

/** The page from the results, their drawn figures, and grids of images if images were modelled. */
export const eArmPage =
  (drawings: readonly Drawing[], grids: readonly SampleGrid[]) =>
  (results: EArmResults): string =>
    page('exptilt: E-ARM')(`
<h1>With and without the energy objective</h1>
<p class="setting">${escaped(eArmSetting(results))}</p>
<p class="lead">${escaped(eArmHeadline(results))}</p>
<h2>Test ${escaped(results.measure)}</h2>
<p class="note">“± rows” is the standard error over test rows; the deviation is over seeds, the difference paired.
Parameters are those of the best validation. ${escaped(paperSentence(results.options))}</p>
${textTableHtml(seedHead, seedRows(results))}
<div class="figures">${figuresHtml(drawings, ['test'], 'wide')}</div>
<h2>Training</h2>
<p class="note">Until the start epoch both trainings are one and the same. ${escaped(costSentence(results))}</p>
<div class="figures">${figuresHtml(drawings, ['cross-entropy'], 'wide')}${figuresHtml(drawings, ['difference', 'logsumexp', 'effective-sample-size', 'energy'])}</div>
<h2>The last epoch</h2>
${textTableHtml(energyHead, energyRows(results))}
${samples(results, grids)}
<h2>Settings</h2>
${settingsHtml(results.options)}
<footer>Data: ${escaped(results.title)} (${escaped(results.licence)}). Computed on ${escaped(results.adapter)}. All numbers are in
<code>results.json</code>, the figures in <code>figures/</code>.</footer>`)
