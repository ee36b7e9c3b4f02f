/** The HTML of documents: every kind of block, escaping, tables that fold, figures with role, name and caption. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { column, figure, note, numeric, table } from '../../lib/report/document.ts'
import { htmlOf } from '../../lib/report/document-html.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { themed } from '../../lib/report/theme.ts'
import { drawnWithoutCharts, everyBlock } from './document-example.ts'
import { xmlFault } from './xml.ts'

const mainOf = (html: string): string => html.slice(html.indexOf('<main>'), html.indexOf('</main>') + '</main>'.length)

const html = htmlOf(drawnWithoutCharts(everyBlock))

describe('the page of a document', () => {
  it('shows every kind of block, escaped', () => {
    for (const part of [
      '<title>exptilt: Title &lt;t&gt;</title>',
      '<h1>Title &lt;t&gt;</h1>',
      '<p class="setting">setting &lt;s&gt;</p>',
      '<p class="lead">lead &lt;l&gt;</p>',
      '<b class="distilled">9 &lt;v&gt;</b><span>meaning &lt;m&gt;</span>',
      '<h2>Heading &lt;h&gt;</h2>',
      '<p class="note">note &lt;n&gt; P<sub>joint&lt;b&gt;</sub></p>',
      '<table aria-label="Table &lt;t&gt;">',
      '<th scope="col" class="number">head &lt;n&gt;</th>',
      '<th scope="row">words &lt;1&gt;</th>',
      '<td class="number" data-head="head &lt;n&gt;">1</td>',
      '<td class="quiet" data-head="head &quot;q&quot;">quiet &lt;2&gt;</td>',
      '<span class="string">str\t&lt;ing&gt; <mark>&lt;2&gt;</mark></span>',
      '<table aria-label="Samples &lt;s&gt;">',
      '<th scope="row">label &lt;l&gt;</th><td><span class="string">one &lt;1&gt;</span><span class="string">two <u>&lt;2&gt;</u></span></td>',
      'src="data:image/png;base64,AQID"',
      '<h2>Paged &lt;p&gt;</h2>',
      '<p class="foot">foot &lt;f&gt;</p>',
    ])
      expect(html).toContain(part)
    expect(xmlFault(mainOf(html))).toBeUndefined()
  })

  it('every figure has a role, a name and a caption, and ids of its own', () => {
    expect(html).toContain('<figure id="figure-loss" role="figure" aria-label="Loss &lt;1&gt;">')
    expect(html).toContain('<svg class="on-wide" role="img" aria-label="alt &lt;a&gt; &quot;q&quot;" xmlns')
    expect(html).toContain('<svg class="on-narrow" role="img" aria-label="alt &lt;a&gt; &quot;q&quot;" xmlns')
    expect(html).toContain('<figcaption><b>Loss &lt;1&gt;</b> of each &quot;step&quot; &amp; epoch</figcaption>')
    expect(html).toContain('<img alt="alt &lt;i&gt;"')
    expect(html).toContain('<figcaption><b>Grid &lt;g&gt;</b> caption &lt;c&gt;</figcaption>')
    expect(html).toContain('<use href="#hidden-a"/>')
    expect(html).toContain('<g id="hidden-narrow-a"/><text>narrow</text>')
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toContain('loss-a')
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('figures that follow each other share a grid, and others do not', () => {
    expect(html.match(/<div class="figures">/g)).toHaveLength(2)
    expect(xmlFault(mainOf(html))).toBeUndefined()
  })

  it('tables with prose beyond their first column fold where the screen is narrow, and those of three numbers; fewer scroll in their box', () => {
    const folding = (...columns: Parameters<typeof table<string>>[2]): boolean =>
      htmlOf([table('t', ['x'], columns)]).includes('class="box fold"')
    const words = column<string>('a', (x) => x)
    const number = numeric<string>('b', (x) => x)
    expect(folding(words, number, words)).toBe(true)
    expect(folding(words, number, number)).toBe(false)
    expect(folding(words, number, number, number)).toBe(true)
    expect(folding(words, words)).toBe(false)
    expect(html.match(/<div class="scroll" role="region" aria-label="[^"]+" tabindex="0"><table/g)).toHaveLength(2)
  })

  it('leaves out tables without rows, and notes without words', () => {
    const main = mainOf(htmlOf([table('nothing', [], [column('a', () => 'x')]), note('')]))
    expect(main).not.toMatch(/nothing|<table|<p/)
  })

  it('a picture is told from a chart that has a field called png', () => {
    const chart = themed('t', 's')({ png: 'no picture' })
    expect(htmlOf(drawnWithoutCharts([figure('a', chart, '')]))).toContain('<text>a</text>')
  })
})

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

const words = fc.string({ unit: 'grapheme', maxLength: 12 })

const rowsOf = (columns: number) =>
  fc.array(fc.array(words, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 })

const tables = fc.integer({ min: 1, max: 4 }).chain((columns) =>
  fc.record({
    kinds: fc.array(fc.constantFrom(column, numeric), { minLength: columns, maxLength: columns }),
    heads: fc.array(words, { minLength: columns, maxLength: columns }),
    rows: rowsOf(columns),
  }),
)

/** White space and controls are one space in a terminal, and the padding of a cell is not its own. */
const shown = (cell: string): string => cell.replace(/[\s\p{Cc}]+/gu, ' ').trim()

describe('one table', () => {
  test.prop([tables], { numRuns: 200 })('says the same as HTML and as text, cell by cell', ({ kinds, heads, rows }) => {
    const block = table(
      't',
      rows,
      kinds.map((kind, i) => kind<readonly string[]>(heads[i] ?? '', (row) => row[i])),
    )
    const cells = [...htmlOf([block]).matchAll(/<t[dh] ?(?:scope="row")?[^>]*>(.*?)<\/t[dh]>/gs)].map(
      ([whole, inner]) => ({
        isHead: whole.includes('scope="col"'),
        text: shown(unescaped(inner ?? '')),
      }),
    )
    const body = cells.filter(({ isHead }) => !isHead).map(({ text }) => text)
    const lines = textOf([block]).split('\n').slice(2)
    const words = lines.flatMap((line) => line.split(/ {2,}/).map((cell) => cell.trim())).filter((cell) => cell !== '')
    const expected = rows
      .flat()
      .map(shown)
      .filter((cell) => cell !== '')
    expect(body.filter((cell) => cell !== '')).toEqual(expected)
    const isHeaded = block.columns.some(({ head }) => head !== '')
    const headWords = isHeaded ? block.columns.map(({ head }) => shown(head)).filter((head) => head !== '') : []
    const rules = isHeaded ? words.filter((word) => /^─+$/.test(word)).length : 0
    expect(words.filter((word) => !/^─+$/.test(word))).toEqual([...headWords, ...expected])
    expect(rules).toBe(isHeaded ? block.columns.length : 0)
  })
})
