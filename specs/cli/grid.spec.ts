import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { SweepFlags } from '../../lib/cli/gam-grammar.ts'
import { cellsFrom } from '../../lib/cli/grid.ts'
import { parseArguments } from '../../lib/cli/parse.ts'

const flagsOf = async (...argv: readonly string[]): Promise<SweepFlags> => {
  const request = await parseArguments(['gam', 'sweep', ...argv], 100)
  return request.kind === 'flags' && request.flags.kind === 'sweep' ? request.flags : expect.fail('not a sweep')
}

const cells = async (...argv: readonly string[]) => {
  const found = cellsFrom(await flagsOf(...argv))
  return isRight(found) ? found.right : expect.fail(found.left.what)
}

describe('grids', () => {
  it('have the paper’s cells', async () => {
    // Figure 2: four panels × five sizes × (rs, snis); Table 3: (5 motifs × 3 ft + 5 motifs) × five sizes.
    expect(await cells()).toHaveLength(40)
    expect(await cells('--grid', 'table-1')).toHaveLength(20)
    expect(await cells('--grid', 'table-3')).toHaveLength(100)
    expect(await cells('--grid', 'table-4')).toHaveLength(20)
    expect(await cells('--grid', 'figure-3')).toHaveLength(20)
    for (const name of ['figure-4', 'figure-5', 'figure-6', 'figure-7'])
      expect(await cells('--grid', name)).toHaveLength(50)
  })

  it('have a panel of Figure 2 by itself: its motif, features and mixture', async () => {
    const settings = async (panel: string) => {
      const found = await cells('--grid', panel)
      expect(found).toHaveLength(10)
      return new Set(
        found.map(({ options: { data, features } }) =>
          data.kind === 'motif' ? `${data.motif} ${features} ${data.mixture}` : '',
        ),
      )
    }
    expect(await settings('figure-2a')).toEqual(new Set(['001001100111 0111111 1']))
    expect(await settings('figure-2b')).toEqual(new Set(['1011100111001 1011111 1']))
    expect(await settings('figure-2c')).toEqual(new Set(['10001011111000 1001111 1']))
    expect(await settings('figure-2d')).toEqual(new Set(['10001011111000 1001111 0.9']))
  })

  it('a typed list replaces an axis, and no cell comes twice', async () => {
    const found = await cells('--grid', 'figure-2c', '--train', '1000,500', '--moments', 'newton')
    expect(found.map(({ options }) => options.train)).toEqual([500, 1000])
    expect(new Set((await cells()).map(({ name }) => name)).size).toBe(40)
  })

  it('seeds are an axis: of a grid by itself there is one', async () => {
    const typed = ['--grid', 'figure-2c', '--train', '1000,500', '--moments', 'newton']
    const seeds = async (...more: readonly string[]) =>
      (await cells(...typed, ...more)).map(({ name, options: { train, seed } }) => [train, seed, name.slice(-5)])
    expect(await seeds()).toEqual([
      [500, 1, 'seed1'],
      [1000, 1, 'seed1'],
    ])
    expect(await seeds('--seed', '3,2')).toEqual([
      [500, 3, 'seed3'],
      [500, 2, 'seed2'],
      [1000, 3, 'seed3'],
      [1000, 2, 'seed2'],
    ])
  })

  it('cycles are an axis of the cyclical regime alone, and those of the authors need no word', async () => {
    const typed = ['--grid', 'table-4', '--train', '500', '--moments', 'newton', '--cycle', 'kept,refitted']
    const found = await cells(...typed)
    expect(found.map(({ name, options: { regime, cycle } }) => [name, regime, cycle])).toEqual([
      ['10001011111000-n30-mix1-ft1001111-D500-newton-two-stage-seed1', 'two-stage', 'refitted'],
      ['10001011111000-n30-mix1-ft1001111-D500-newton-cyclical-kept-seed1', 'cyclical', 'kept'],
      ['10001011111000-n30-mix1-ft1001111-D500-newton-cyclical-seed1', 'cyclical', 'refitted'],
    ])
  })

  it('names are folder names that tell cells apart', async () => {
    for (const { name } of await cells()) expect(name).toMatch(/^[\w.-]+$/)
  })
})
