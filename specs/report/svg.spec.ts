import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import type { Chart } from '../../lib/report/chart.ts'
import { figuresOf } from '../../lib/report/document.ts'
import { isImage } from '../../lib/report/draw.ts'
import { gamDocument } from '../../lib/report/gam-document.ts'
import { entropyGap } from '../../lib/report/gap.ts'
import { crossEntropyAgainstSize, paperSizeRows, sizeRowsOf } from '../../lib/report/size.ts'
import { toPng, toSvg } from '../../lib/report/svg.ts'
import { figureTwo, type Panel } from '../../lib/systems/gam/paper.ts'
import type { GamResults } from '../../lib/systems/gam/results.ts'
import { exampleResults } from './example.ts'
import { xmlFault } from './xml.ts'

interface Named {
  readonly name: string
  readonly chart: Chart
}

const chartsOf = (results: GamResults): readonly Named[] =>
  figuresOf(gamDocument(results)).flatMap(({ name, picture }) => (isImage(picture) ? [] : [{ name, chart: picture }]))

const drawn = async ({ chart }: Named): Promise<string> => {
  const svg = await toSvg(chart)()
  return isRight(svg) ? svg.right : expect.fail(svg.left.what)
}

/** Results with as little in them as a run can have: no curves, no entropy, λ that is infinite. */
const bare: GamResults = (() => {
  const { entropyPerSymbol: _h, logWeights: _w, paper: _p, ...rest } = exampleResults
  const curve = { training: [], validation: [] }
  return {
    ...rest,
    crossEntropyTilt: Number.POSITIVE_INFINITY,
    lambda: [Number.NEGATIVE_INFINITY, 0, 0, 0, 0],
    curves: { base: curve, distilled: curve, l1Moments: [], lambda: [] },
  }
})()

describe('figures as SVG', () => {
  it('the check of well-formedness can fail', () => {
    expect(xmlFault('<a><b></a></b>')).toBeDefined()
    expect(xmlFault('<a x=1/>')).toBeDefined()
    expect(xmlFault('<a>&</a>')).toBeDefined()
    expect(xmlFault('<a/><b/>')).toBeDefined()
    expect(xmlFault('<a x="1"><b/>t &amp; u</a>')).toBeUndefined()
  })

  for (const figure of chartsOf(exampleResults)) {
    it(`${figure.name} is well-formed, has marks, and holds neither NaN nor a link`, async () => {
      const svg = await drawn(figure)
      expect(xmlFault(svg)).toBeUndefined()
      expect(svg).toMatch(/role-mark/)
      expect(svg).not.toMatch(/NaN|undefined|Infinity|href/)
    })
  }

  for (const figure of chartsOf(bare)) {
    it(`${figure.name} of a run with almost nothing to show is well-formed too`, async () => {
      const svg = await drawn(figure)
      expect(xmlFault(svg)).toBeUndefined()
      expect(svg).not.toMatch(/NaN|Infinity/)
    })
  }

  it('a chart is a JSON value: drawing its copy gives the same picture', async () => {
    const chart = entropyGap(exampleResults)
    const copy: typeof chart = JSON.parse(JSON.stringify(chart))
    expect(await drawn({ name: 'copy', chart: copy })).toBe(await drawn({ name: 'chart', chart }))
  })

  it('Figure 2 draws the paper’s lines dashed for frequency and plain for cross-entropy, and the entropy', async () => {
    const drawnOf = (panel: Panel): Promise<string> =>
      drawn({
        name: 'size',
        chart: crossEntropyAgainstSize('Figure 2', 0.4491)([...paperSizeRows(panel), ...sizeRowsOf(exampleResults)]),
      })
    const svg = await drawnOf(at(figureTwo, 2))
    expect(svg).toContain('entropy 0.4491')
    expect(svg).toContain('motif frequency')
    // r, π rs, π snis of the paper and r, π rs of ours: five plain lines, five dashed ones, and the rule of the entropy.
    expect(
      svg.match(/<path aria-label="[^"]*" role="graphics-symbol" aria-roledescription="line mark"[^>]*>/g),
    ).toHaveLength(10)
    expect(svg.match(/stroke-dasharray="5,4"/g)).toHaveLength(5)
    // At a single size there are no lines: dots and rings tell the two apart, two of each.
    const points = (
      await drawn({ name: 'size', chart: crossEntropyAgainstSize('One', 0.4491)(sizeRowsOf(exampleResults)) })
    )
      .match(/<path aria-label="[^"]*" role="graphics-symbol" aria-roledescription="point"[^>]*>/g)
      ?.map((mark) => [mark.includes('motif frequency'), mark.includes(' fill="#')])
    expect(points).toEqual([...Array(2).fill([false, true]), ...Array(2).fill([true, false])])
    // Of panel (a) no frequencies were read off.
    expect((await drawnOf(at(figureTwo, 0))).match(/stroke-dasharray="5,4"/g)).toHaveLength(2)
  })

  it('a chart that cannot be drawn is a failure, not a crash', async () => {
    const result = await toSvg({ mark: 'no such mark', data: { values: [] } })()
    expect(isLeft(result)).toBe(true)
  })

  it('PNG: the signature and the size of the picture', async () => {
    const png = await toPng(2)(
      '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>',
    )()
    const bytes = isRight(png) ? png.right : expect.fail('not drawn')
    expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
    const header = new DataView(bytes.buffer, bytes.byteOffset)
    expect([header.getUint32(16), header.getUint32(20)]).toEqual([60, 40])
  })
})
