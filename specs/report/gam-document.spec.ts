/** The report of a GAM run: its page with every figure, and its text. */
import { beforeAll, describe, expect, it } from 'vitest'
import { figuresOf } from '../../lib/report/document.ts'
import { htmlOf } from '../../lib/report/document-html.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { drawDocument } from '../../lib/report/draw.ts'
import { gamDocument } from '../../lib/report/gam-document.ts'
import type { GamResults } from '../../lib/systems/gam/results.ts'
import { run } from '../either.ts'
import { drawnWithoutCharts } from './document-example.ts'
import { exampleResults, ownExample } from './example.ts'
import { xmlFault } from './xml.ts'

let html = ''

beforeAll(async () => {
  html = htmlOf(await run(drawDocument(gamDocument(exampleResults))))
})

const figureNames = figuresOf(gamDocument(exampleResults)).map(({ name }) => name)

describe('report.html', () => {
  it('is one self-contained file: no script, no link, no outside address but XML namespaces', () => {
    const addresses = [...html.matchAll(/https?:\/\/[^"'\s)<]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
    expect(html).not.toMatch(/<script|<link|@import|src=|url\((?!#)/)
  })

  it('is well-formed below the doctype and the void elements', () => {
    const body = html.slice(html.indexOf('<main>'), html.indexOf('</main>') + '</main>'.length)
    expect(xmlFault(body)).toBeUndefined()
  })

  it('shows every figure once', () => {
    for (const name of figureNames) expect(html.split(`id="figure-${name}"`)).toHaveLength(2)
    for (const place of ['on-wide', 'on-narrow']) expect(html.split(`<svg class="${place}" role="img"`)).toHaveLength(9)
  })

  it('has no id twice', () => {
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('marks the motif and underlines its longest part, as Table 2 does', () => {
    expect(html).toContain('<span class="string">0110101<mark>10001011111000</mark>010110100</span>')
    expect(html).toContain('<u>1000101111</u>01')
  })

  it('gives λ, the moments, the cross-entropies, the entropy and the paper’s values', () => {
    for (const text of [
      '−10.09',
      '0.5646',
      '0.4689',
      '0.4662',
      '0.4491',
      'Figure 2 (c), rs',
      '0.5890',
      '96.0 %',
      '4.5 %',
    ])
      expect(html).toContain(text)
  })

  it('escapes what comes from outside', () => {
    const data = { kind: 'strings', file: '<b>.txt', features: ['<i>&'] } as const
    const options = { ...exampleResults.options, data, features: '1' }
    const examples = { true: ['<script>'], base: ['"&'], distilled: ['a<i>&b'] }
    const results = { ...exampleResults, options, examples, featureNames: ['/<i>&/'], adapter: 'a<b' }
    const page = htmlOf(drawnWithoutCharts(gamDocument(results)))
    expect(page).not.toMatch(/<script>|<b>\.txt|a<b|<i>&/)
    expect(page).toContain('a<mark>&lt;i&gt;&amp;</mark>b')
  })
})

const textOfRun = (results: GamResults): string => textOf(gamDocument(results))

describe('the text of a run', () => {
  it('explains each number, beside the paper’s', () => {
    const lines = textOfRun(exampleResults).split('\n')
    const row = (label: string): string => lines.find((line) => line.startsWith(label)) ?? ''
    expect(row('entropy H')).toMatch(/0\.4491\s+of the process, exact/)
    expect(row('CE(r)')).toMatch(/0\.5646 ± 0\.0012\s+0\.5890\s+the base LSTM, 25\.7/)
    expect(row('CE(π)')).toMatch(/0\.4689 ± 0\.0008\s+0\.4690\s+the LSTM distilled/)
    expect(row('frequency in r')).toMatch(/4\.5 %\s+3\.3 %/)
    expect(row('log Z')).toMatch(/−3\.1009 ± 0\.0210/)
  })

  it('says why the estimate of log Z is doubtful', () => {
    const logPartition = { ...exampleResults.logPartition, doubts: ['heavy tail'], reliable: false }
    expect(textOfRun({ ...exampleResults, logPartition })).toMatch(/doubtful:\s+heavy\s+tail/)
  })

  it('says that a cross-entropy below the entropy is an error', () => {
    expect(textOfRun({ ...exampleResults, crossEntropyTilt: 0.4 })).toMatch(
      /10\.9\s+%\s+below\s+the\s+entropy:\s+an\s+error\s+of\s+estimation/,
    )
  })

  it('has no entropy and no paper for a user’s own strings', () => {
    const { entropyPerSymbol: _h, paper: _p, ...rest } = exampleResults
    const data = { kind: 'strings', file: 'words.txt', features: ['AH0$'] } as const
    const text = textOfRun({ ...rest, options: { ...rest.options, data, features: '1' } })
    expect(text).not.toMatch(/entropy H|paper|above the entropy/)
    expect(text).toContain('/AH0$/')
  })
})

describe('the report of a user’s own strings', () => {
  const own = ownExample
  const titles = (results: GamResults) => figuresOf(gamDocument(results)).map(({ picture }) => JSON.stringify(picture))

  it('shows features by their presence: shares that have them, λ above 0 where they are favoured', () => {
    const text = textOfRun(own)
    expect(text).toMatch(/^λ +2\.00 +−0\.50$/m)
    expect(text).toMatch(/^mean in the data +0\.8000 +0\.1000$/m)
    expect(text).toContain('Means are shares of strings that have the property.')
    expect(titles(own).join('')).not.toContain('without the property')
    const unmet = [{ feature: '/ing/', data: 0.9, tilt: 0.99, allowed: 0.01 }]
    const momentMatch = {
      met: false,
      boundary: false,
      cap: 10,
      atCap: [],
      unmet,
      never: { data: [], bank: [] },
      always: { data: [], bank: [] },
    }
    expect(textOfRun({ ...own, momentMatch: { ...exampleResults.momentMatch, ...momentMatch } })).toContain(
      '/ing/ is in 10.0 % of the data and 1.0 % of the tilt',
    )
  })

  it('has the frequency of the data beside those of the models, unless its feature is off', () => {
    expect(textOfRun(own)).toMatch(/^frequency in the data +80\.0 %/m)
    expect(htmlOf(drawnWithoutCharts(gamDocument(own)))).toMatch(/80\.0 %<\/b><span>of the data hold/)
    const off = { ...own, options: { ...own.options, features: '01' }, featureNames: ['/ing/'], lambda: [0.5] }
    const second = { data: [0.9], base: [0.95], tilt: [0.9], distilled: [0.91] }
    expect(textOfRun({ ...off, moments: second })).not.toContain('frequency in the data')
  })

  it('speaks of no truth and no distance from it, and rounds no share up', () => {
    expect(titles(own).join('')).not.toMatch(/truth|below the entropy/)
    expect(htmlOf(drawnWithoutCharts(gamDocument(own)))).not.toMatch(/true process|Underlined/)
    expect(textOfRun(own)).toMatch(/0\.05 %/)
    expect(htmlOf(drawnWithoutCharts(gamDocument(own)))).toMatch(/<b[^>]*>0\.05 %<\/b>/)
  })

  it('has no axis for one point', () => {
    const names = (results: GamResults) => figuresOf(gamDocument(results)).map(({ name }) => name)
    expect(names(own)).not.toContain('size')
    const once = { training: [0.5], validation: [0.6] }
    const brief = { ...own, curves: { ...own.curves, base: once, distilled: once, l1Moments: [0.1] } }
    for (const name of ['training', 'moment-error', 'lambda-path']) expect(names(brief)).not.toContain(name)
  })
})
