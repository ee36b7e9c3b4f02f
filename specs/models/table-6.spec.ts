/** Table 6 of the E-ARM paper, number by number. */
import { describe, expect, it } from 'vitest'
import * as table from '../../lib/models/table-6.ts'

const columns = [
  ['iwsltBase', 512, 4, 1024, 0.3, 5e-4, 'inverse square root', 4000, 1e-4, 0.05, 15],
  ['wmtBase', 512, 8, 2048, 0.3, 1e-3, 'inverse square root', 4000, 0, 0.05, 15],
  ['wmtLarge', 1024, 16, 4096, 0.3, 1e-3, 'inverse square root', 4000, 0, 0.05, 10],
  ['wikitextBase', 512, 8, 2048, 0.1, 5e-4, 'inverse square root', 4000, 1e-2, 0.05, 15],
  ['wikitextXl', 410, 10, 2100, 0.1, 2.5e-4, 'cosine', 10_000, 0, 0.02, 10],
] as const

describe('Table 6', () => {
  it.each(columns.map((column) => ({ name: column[0], column })))('has the column $name', ({ name, column }) => {
    const [, width, heads, feedForward, ...rest] = column
    const { model, heads: h, feedForward: f } = table[name]
    expect([model, h, f]).toEqual([width, heads, feedForward])
    const [dropout, learningRate, schedule, warmUp, weightDecay, coefficient, startEpoch] = rest
    expect(table.paperSettings[name]).toEqual({
      ...{ dropout, learningRate, schedule, warmUp, weightDecay, coefficient, startEpoch },
    })
  })

  it('has 12 layers for translation, six on each side, and 6 and 16 for language', () => {
    for (const side of [table.iwsltBase, table.wmtBase, table.wmtLarge]) expect(side.layers).toBe(6)
    expect([table.wikitextBase.norm, table.iwsltBase.norm]).toEqual(['post', 'post'])
    expect([table.wikitextBase.layers, table.wikitextXl.layers, table.wikitextXl.memory]).toEqual([6, 16, 150])
  })
})
