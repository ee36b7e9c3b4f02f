import { isRight } from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Drawing, drawAll, figuresOf } from '../../lib/report/figures.ts'
import { runPage } from '../../lib/report/run-page.ts'
import { exampleResults } from './example.ts'
import { xmlFault } from './xml.ts'

let drawings: readonly Drawing[] = []
let html = ''

beforeAll(async () => {
  const drawn = await drawAll(figuresOf(exampleResults))()
  drawings = isRight(drawn) ? drawn.right : []
  html = runPage(drawings)(exampleResults)
})

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
    for (const { name } of figuresOf(exampleResults)) expect(html.split(`id="figure-${name}"`)).toHaveLength(2)
    expect(html.match(/<svg/g)).toHaveLength(drawings.length)
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
    const page = runPage([])({ ...exampleResults, options, examples, featureNames: ['/<i>&/'], adapter: 'a<b' })
    expect(page).not.toMatch(/<script>|<b>\.txt|a<b|<i>&/)
    expect(page).toContain('a<mark>&lt;i&gt;&amp;</mark>b')
  })
})
