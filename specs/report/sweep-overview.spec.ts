/** Settings of a sweep side by side at one size. */
import { describe, expect, it } from 'vitest'
import { sweepOverviews } from '../../lib/report/sweep-overview.ts'
import { sweepExample, sweepRowWith as row } from './sweep-example.ts'

const chartsOf = (rows: Parameters<typeof sweepOverviews>[0]): string =>
  JSON.stringify(sweepOverviews(rows).map(({ picture }) => picture))

describe('settings side by side', () => {
  it('have a figure for each size of more than one setting; how λ was fitted makes none', () => {
    expect(sweepOverviews(sweepExample).map(({ name }) => name)).toEqual(['overview-D500'])
    expect(sweepOverviews([row({}), row({ moments: 'snis' })])).toEqual([])
    const own = { motif: 'words.txt', length: 0 }
    const { entropyPerSymbol: _, ...unknown } = row(own)
    expect(sweepOverviews([unknown, row({})])).toEqual([])
  })

  it('show each model over the entropy of its process, and the paper’s mean ± deviation for π by rs or newton', () => {
    const shown = chartsOf([row({}), row({ motif: '101', moments: 'snis', crossEntropyTilt: Number.NaN })])
    const name = 'ft 1001111, λ by rs\\n10001011111000'
    for (const [series, ratio] of [
      ['r', 0.6 / 0.4],
      ['Pλ', 0.48 / 0.4],
      ['π', 0.5 / 0.4],
    ])
      expect(shown).toContain(`{"setting":"${name}","series":"${series}","ratio":${ratio}}`)
    expect(shown).toContain(`{"setting":"${name}","least":${1.19 - 0.07},"most":${1.19 + 0.07}}`)
    expect(shown.match(/"least":[\d.]+/g)).toHaveLength(1)
    expect(shown.match(/"series":"Pλ"/g)).toHaveLength(1)
    const mixture = chartsOf([row({ mixture: 0.9, moments: 'newton' }), row({ regime: 'cyclical' })])
    expect(mixture).toContain(`"least":${1.16 - 0.03},"most":${1.16 + 0.03}`)
    expect(mixture.match(/"least":[\d.]+/g)).toHaveLength(1)
  })
})
