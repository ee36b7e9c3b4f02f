/** Drawing figures: what a narrow screen gets. */
import { describe, expect, it } from 'vitest'
import { figure, figuresOf, image } from '../../lib/report/document.ts'
import { drawDocument, isImage, narrowed, pictureFiles } from '../../lib/report/draw.ts'
import { eArmDocument } from '../../lib/report/earm-document.ts'
import { gamDocument } from '../../lib/report/gam-document.ts'
import { residualDocument } from '../../lib/report/residual-document.ts'
import { sweepDocument } from '../../lib/report/sweep-document.ts'
import { themed, usual } from '../../lib/report/theme.ts'
import { run } from '../either.ts'
import { imageExample, languageExample, translationExample } from './earm-example.ts'
import { exampleResults, ownExample } from './example.ts'
import { tiltDocument } from '../../lib/report/tilt-document.ts'
import { residualExample } from './residual-example.ts'
import { sweepExample } from './sweep-example.ts'
import { tiltOfLetters } from './tilt-example.ts'

const plot = (width: number) => ({
  width,
  height: 20,
  data: { values: [{ x: 1 }] },
  mark: 'point',
  encoding: { x: { field: 'x', type: 'quantitative' } },
})

const widthOf = (svg: string): number => Number(/ width="([\d.]+)"/.exec(svg)?.[1])

describe('a chart on a narrow screen', () => {
  it('has plots of 210 pixels at most, panels below each other, legends in two columns', () => {
    const chart = { hconcat: [plot(300), plot(200)], config: { legend: { orient: 'top' }, font: 'x' } }
    expect(narrowed(chart)).toEqual({
      vconcat: [plot(210), plot(200)],
      config: { legend: { orient: 'top', columns: 2 }, font: 'x' },
    })
    expect(narrowed(plot(560))).toEqual(plot(210))
    expect(narrowed({ height: 3 })).toEqual({ height: 3 })
  })

  it('of the usual size breaks a subtitle that is too long for a line, between words', () => {
    const words = 'Cross-entropy less that of plain training, seed by seed; below 0 it is better'
    const { subtitle } = usual('A title', words, {}).title
    expect(subtitle).toEqual(['Cross-entropy less that of plain training, seed by seed; below 0 it is', 'better'])
    expect(usual('A title', words.slice(0, 74), {}).title.subtitle).toBe(words.slice(0, 74))
    expect(usual('A title', [words], {}).title.subtitle).toEqual([words])
  })

  it('is drawn beside the wide one and fits; the file has the title', async () => {
    const chart = themed('A title', 'a sentence')(plot(500))
    const drawn = await run(
      drawDocument([figure('a', chart, ''), image('b', Uint8Array.of(1), { title: '', text: '' }, '')]),
    )
    const [picture, png] = figuresOf(drawn).map(({ picture: own }) => own)
    if (picture === undefined || isImage(picture)) throw new Error('the chart is drawn')
    expect(widthOf(picture.svg)).toBeGreaterThan(500)
    expect(widthOf(picture.narrow)).toBeLessThan(300)
    for (const bare of [picture.svg, picture.narrow]) expect(bare).not.toContain('A title')
    expect(picture.titled).toContain('A title')
    expect(png).toEqual({ png: Uint8Array.of(1) })
    expect((await run(pictureFiles(['svg'])(drawn))).map(({ name }) => name)).toEqual([
      'figures/a.svg',
      'figures/b.png',
    ])
  })
})

/** Pixels inside a figure of the page: on a screen of 390, in one of two columns, and over the whole width. */
const PLACES = { narrow: 338, column: 483, whole: 1008 }

describe('the figures of the reports', async () => {
  const reports = {
    gam: gamDocument(exampleResults),
    'gam on own strings': gamDocument(ownExample),
    'gam sweep': sweepDocument({ rows: sweepExample, failures: [] }),
    residual: residualDocument(residualExample),
    'earm lm': eArmDocument(languageExample),
    'earm image': eArmDocument(imageExample),
    'earm translate': eArmDocument(translationExample),
    tilt: tiltDocument(await tiltOfLetters({ regex: 'c?(ab|b|ca)*b{2}', particles: 40 })),
  }
  for (const [name, document] of Object.entries(reports))
    it(`of ${name} fit into their places, wide and narrow, with text of at least 11 pixels`, {
      timeout: 30_000,
    }, async () => {
      for (const { picture, wide } of figuresOf(await run(drawDocument(document)))) {
        if (isImage(picture)) continue
        expect(widthOf(picture.narrow)).toBeLessThanOrEqual(PLACES.narrow)
        expect(widthOf(picture.svg)).toBeLessThanOrEqual(wide ? PLACES.whole : PLACES.column)
        for (const svg of [picture.svg, picture.narrow])
          for (const [, size] of svg.matchAll(/font-size="([\d.]+)px"/g))
            expect(Number(size)).toBeGreaterThanOrEqual(11)
      }
    })
})
