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
import { exampleResults } from './example.ts'
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
      '4.50 %',
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
    expect(row('CE(r)')).toMatch(/0\.5646 ± 0\.0012\s+0\.5890\s+the base LSTM, 25\.7 % above the entropy/)
    expect(row('CE(π)')).toMatch(/0\.4689 ± 0\.0008\s+0\.4690\s+the LSTM distilled/)
    expect(row('frequency in r')).toMatch(/4\.50 %\s+3\.30 %/)
    expect(row('log Z')).toMatch(/−3\.1009 ± 0\.0210/)
  })

  it('says why the estimate of log Z is doubtful', () => {
    const logPartition = { ...exampleResults.logPartition, doubts: ['heavy tail'], reliable: false }
    expect(textOfRun({ ...exampleResults, logPartition })).toContain('doubtful: heavy tail')
  })

  it('says that a cross-entropy below the entropy is an error', () => {
    expect(textOfRun({ ...exampleResults, crossEntropyTilt: 0.4 })).toContain(
      '10.9 % below the entropy: an error of estimation',
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
