/**
 * The cells of a sweep: the cartesian products behind a figure or table of the paper, changed by what was typed.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Failure } from '../errors.ts'
import type { GamOptions, Moments, Regime } from '../systems/gam/options.ts'
import { paperMotif } from '../systems/gam/paper.ts'
import { validateOptions } from '../systems/gam/validate.ts'
import type { GridName, SweepFlags } from './flags.ts'
import { given, motifData, sized } from './settings.ts'

/** One cartesian product of settings. */
export interface Block {
  readonly motif: readonly string[]
  readonly mixture: readonly number[]
  readonly features: readonly string[]
  readonly train: readonly number[]
  readonly moments: readonly Moments[]
  readonly regime: readonly Regime[]
}

/** A cell: its name (a folder's name) and its options. */
export interface Cell {
  readonly name: string
  readonly options: GamOptions
}

const trainSizes: readonly number[] = [500, 1000, 5000, 10000, 20000]

const paperMotifs: readonly string[] = ['01011101101', '001001100111', '1011100111001', '100010100011', paperMotif]

const block = (changes: Partial<Block>): Block => ({
  motif: [paperMotif],
  mixture: [1],
  features: ['1001111'],
  train: trainSizes,
  moments: ['rs', 'snis'],
  regime: ['two-stage'],
  ...changes,
})

/** The products behind each figure and table: Figure 2 has three feature vectors on pure data and one on the mixture. */
export const grids: Readonly<Record<GridName, readonly Block[]>> = {
  'figure-2': [block({ features: ['0111111', '1011111', '1001111'] }), block({ mixture: [0.9] })],
  'table-1': [block({ features: ['1011111'] }), block({ mixture: [0.9] })],
  'table-3': [
    block({ motif: paperMotifs, features: ['1001111', '1011111', '0111111'], moments: ['rs'] }),
    block({ motif: paperMotifs, mixture: [0.9], moments: ['rs'] }),
  ],
  'table-4': [block({ regime: ['two-stage', 'cyclical'] })],
}

const typedOver = (flags: SweepFlags, { motif, mixture, features, train, moments, regime }: Block): Block => ({
  motif: given(flags.motif, motif),
  mixture: given(flags.mixture, mixture),
  features: given(flags.features, features),
  train: given(flags.train, train),
  moments: given(flags.moments, moments),
  regime: given(flags.regime, regime),
})

const cellOf = (options: GamOptions): Cell => {
  const { data, features, train, moments, regime, seed } = options
  const subject = data.kind === 'motif' ? `${data.motif}-n${data.length}-mix${data.mixture}` : data.file
  return { name: [subject, `ft${features}`, `D${train}`, moments, regime, `seed${seed}`].join('-'), options }
}

const product = (flags: SweepFlags, axes: Block): readonly GamOptions[] => {
  const { out: _, ...base } = sized(flags)
  return axes.motif.flatMap((motif) =>
    axes.mixture.flatMap((mixture) =>
      axes.features.flatMap((features) =>
        axes.train.flatMap((train) =>
          axes.regime.flatMap((regime) =>
            axes.moments.map((moments) => {
              const data = motifData(base.data, { motif, length: given(flags.length, 30), mixture })
              return { ...base, data, features, train, regime, moments }
            }),
          ),
        ),
      ),
    ),
  )
}

/** The checked cells that the flags ask for, smallest |D| first and each once. */
export const cellsFrom = (flags: SweepFlags): E.Either<Failure, readonly Cell[]> => {
  const blocks = grids[flags.grid ?? 'figure-2'].map((axes) => typedOver(flags, axes))
  return pipe(
    blocks.flatMap((axes) => product(flags, axes)),
    E.traverseArray(validateOptions),
    E.map((options) => {
      const cells = options.map(cellOf)
      const names = cells.map(({ name }) => name)
      return cells
        .filter(({ name }, position) => names.indexOf(name) === position)
        .sort((a, b) => a.options.train - b.options.train)
    }),
  )
}
