/** Reports in Chromium at the width of a telephone and of a screen: nothing is cut, text is legible, figures are told of. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Document } from '../../lib/report/document.ts'
import { htmlOf } from '../../lib/report/document-html.ts'
import { drawDocument } from '../../lib/report/draw.ts'
import { eArmDocument } from '../../lib/report/earm-document.ts'
import { gamDocument } from '../../lib/report/gam-document.ts'
import { residualDocument } from '../../lib/report/residual-document.ts'
import { sweepDocument } from '../../lib/report/sweep-document.ts'
import { tiltDocument } from '../../lib/report/tilt-document.ts'
import { hasChromium, openChromium } from '../browser/chromium.ts'
import { run } from '../either.ts'
import { imageExample, languageExample, translationExample } from './earm-example.ts'
import { exampleResults, ownExample } from './example.ts'
import { residualExample } from './residual-example.ts'
import { sweepExample } from './sweep-example.ts'
import { tiltOfLetters } from './tilt-example.ts'

const chromium = hasChromium() ? await openChromium() : undefined

afterAll(() => chromium?.close())

const tilted = await tiltOfLetters({ particles: 4 })

const documents: readonly (readonly [name: string, document: Document])[] = [
  ['gam', gamDocument(exampleResults)],
  ['gam of own strings', gamDocument(ownExample)],
  ['gam sweep', sweepDocument({ rows: sweepExample, failures: [] })],
  ['tilt', tiltDocument({ ...tilted, model: `/${'a-folder/'.repeat(12)}model_fp16.onnx` })],
  ['residual', residualDocument(residualExample)],
  ['earm lm', eArmDocument(languageExample)],
  ['earm image', eArmDocument(imageExample)],
  ['earm translate', eArmDocument(translationExample)],
]

/** What is wrong with a page as it is shown, one line a thing. */
const COMPLAINTS = `(() => {
  const shown = (e) => e.getClientRects().length > 0 && e.getBoundingClientRect().width > 0
  const all = (what) => [...document.querySelectorAll(what)].filter(shown)
  const scale = (e) => { const svg = e.closest('svg'); return svg && svg.viewBox.baseVal.width > 0 ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1 }
  const spoken = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '')
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
  return [
    ...(wide > 0 ? ['the page is ' + wide + ' pixels too wide'] : []),
    ...all('body *').filter(spoken).map((e) => [e, parseFloat(getComputedStyle(e).fontSize) * scale(e)])
      .filter(([, size]) => size < 11).map(([e, size]) => size + ' pixels: ' + e.textContent.slice(0, 40)),
    ...all('.scroll').filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => 'cut off: ' + e.getAttribute('aria-label')),
    ...all('svg text').filter((e) => { const [a, b] = [e.getBoundingClientRect(), e.closest('svg').getBoundingClientRect()]
      return a.width > 0 && (a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1) })
      .map((e) => 'cut off in a figure: ' + e.textContent),
    ...all('svg').filter((e) => e.getAttribute('role') !== 'img' || !e.getAttribute('aria-label')).map(() => 'a figure without a role or a name'),
    ...all('img').filter((e) => !e.getAttribute('alt')).map(() => 'a picture without a name'),
    ...all('svg, img').filter((e) => !e.closest('figure')?.querySelector('figcaption')?.textContent).map(() => 'a figure without a caption'),
  ]
})()`

describe.skipIf(chromium === undefined)('a report', () => {
  it.for(documents)(
    'of %s is whole and legible at 390 and at 1200 pixels',
    { timeout: 120_000 },
    async ([, document]) => {
      const html = htmlOf(await run(drawDocument(document)))
      for (const width of [390, 1200]) {
        const page = await chromium?.newPage(width)
        await page?.setContent(html)
        expect([width, await page?.evaluate(COMPLAINTS)]).toEqual([width, []])
        await page?.close()
      }
    },
  )
})
