/**
 * The cells of a sweep: the cartesian products behind a figure or table of the paper, changed by what was typed.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { orElse } from '../at.ts'
import type { Failure } from '../errors.ts'
import { askedFor } from '../experiment/experiment.ts'
import type { Flag } from '../experiment/setting.ts'
import type { Typed } from '../experiment/settings.ts'
import { type Cycle, type GamOptions, regimeWords } from '../systems/gam/options.ts'
import { paperMotif } from '../systems/gam/paper.ts'
import { gamExperiment } from '../systems/gam/settings.ts'

/** The named grids of `exptilt gam sweep`; `figure-2` is its four panels. */
type GridName = 'figure-2' | `figure-2${'a' | 'b' | 'c' | 'd'}` | `figure-${3 | 4 | 5 | 6 | 7}` | `table-${1 | 3 | 4}`

/** The grids in the order shown in help texts. */
export const gridNames: readonly [GridName, ...GridName[]] = [
  'figure-2',
  'figure-2a',
  'figure-2b',
  'figure-2c',
  'figure-2d',
  'figure-3',
  'figure-4',
  'figure-5',
  'figure-6',
  'figure-7',
  'table-1',
  'table-3',
  'table-4',
]

/** The flags that are axes of a grid: lists are typed of them. */
export const sweepAxes: readonly Flag[] = [
  '--motif',
  '--mixture',
  '--features',
  '--train',
  '--regime',
  '--cycle',
  '--moments',
  '--seed',
]

/** What is asked of a grid: its name, lists of values in place of its axes', and other flags that were typed. */
export interface GridRequest {
  readonly grid: GridName | undefined
  readonly typed: Typed
  readonly axes: Typed
}

/** One cartesian product: values by flag, the last axis the fastest. */
export type Block = Readonly<Record<Flag, readonly unknown[]>>

/** A cell: its name (a folder's name) and its options. */
export interface Cell {
  readonly name: string
  readonly options: GamOptions
}

const trainSizes: readonly number[] = [500, 1000, 5000, 10000, 20000]

const paperMotifs: readonly string[] = ['01011101101', '001001100111', '1011100111001', '100010100011', paperMotif]

/** What the paper's authors ran; regimes without cycles say nothing else. */
const AUTHORS_CYCLE: Cycle = 'refitted'

const block = (changes: Block): Block => ({
  '--seed': [1],
  '--motif': [paperMotif],
  '--mixture': [1],
  '--features': ['1001111'],
  '--train': trainSizes,
  '--regime': ['two-stage'],
  '--cycle': [AUTHORS_CYCLE],
  '--moments': ['rs', 'snis'],
  ...changes,
})

const [panelA, panelB, panelC, panelD] = [
  block({ '--motif': ['001001100111'], '--features': ['0111111'] }),
  block({ '--motif': ['1011100111001'], '--features': ['1011111'] }),
  block({}),
  block({ '--mixture': [0.9] }),
]
const cyclical = block({ '--regime': ['two-stage', 'cyclical'] })
/** Figures 4 to 7: every motif, with the features that a figure is about. */
const everyMotif = (changes: Block): Block => block({ '--motif': paperMotifs, ...changes })

/** The products behind each figure and table. */
const grids: Readonly<Record<GridName, readonly Block[]>> = {
  'figure-2': [panelA, panelB, panelC, panelD],
  'figure-2a': [panelA],
  'figure-2b': [panelB],
  'figure-2c': [panelC],
  'figure-2d': [panelD],
  'figure-3': [cyclical],
  'figure-4': [everyMotif({ '--features': ['0111111'] })],
  'figure-5': [everyMotif({ '--features': ['1011111'] })],
  'figure-6': [everyMotif({})],
  'figure-7': [everyMotif({ '--mixture': [0.9] })],
  'table-1': [block({ '--features': ['1011111'] }), panelD],
  'table-3': [
    everyMotif({ '--features': ['1001111', '1011111', '0111111'], '--moments': ['rs'] }),
    everyMotif({ '--mixture': [0.9], '--moments': ['rs'] }),
  ],
  'table-4': [cyclical],
}

const cellOf = (options: GamOptions): Cell => {
  const { data, features, train, moments, seed } = options
  const subject = data.kind === 'motif' ? `${data.motif}-n${data.length}-mix${data.mixture}` : data.file
  return {
    name: [subject, `ft${features}`, `D${train}`, moments, ...regimeWords(options), `seed${seed}`].join('-'),
    options,
  }
}

/** A cell without cycles is the same whatever they would do. */
const withoutCycle = (cell: Typed): Typed =>
  cell['--regime'] === 'cyclical' ? cell : { ...cell, '--cycle': AUTHORS_CYCLE }

/** All choices of one value for each axis, the last axis the fastest. */
export const product = (axes: Block): readonly Typed[] =>
  Object.entries(axes).reduce<readonly Typed[]>(
    (chosen, [flag, values]) => chosen.flatMap((some) => values.map((value) => ({ ...some, [flag]: value }))),
    [{}],
  )

const typedOver = (axes: Typed, grid: Block): Block =>
  Object.fromEntries(
    Object.entries(grid).map(([flag, values]) => {
      const typed = sweepAxes.find((axis) => axis === flag)
      const list = typed === undefined ? undefined : axes[typed]
      return [flag, isList(list) ? list : values]
    }),
  )

/** The strings of a grid have 30 symbols unless another length is typed, whatever the preset. */
const PAPER_LENGTH = 30

const isList = (u: unknown): u is readonly unknown[] => Array.isArray(u)

/** The checked cells that the flags ask for, smallest |D| first and each once. */
export const cellsFrom = ({ grid, axes, typed }: GridRequest): E.Either<Failure, readonly Cell[]> => {
  const { '--out': _, ...rest } = typed
  const length = { '--length': orElse(typed['--length'], PAPER_LENGTH) }
  return pipe(
    grids[grid ?? 'figure-2'].flatMap((axesOf) => product(typedOver(axes, axesOf))),
    E.traverseArray((cell) => askedFor(gamExperiment)({ ...rest, ...length, ...withoutCycle(cell) })),
    E.map((options) => {
      const cells = options.map(cellOf)
      const names = cells.map(({ name }) => name)
      return cells
        .filter(({ name }, position) => names.indexOf(name) === position)
        .sort((a, b) => a.options.train - b.options.train)
    }),
  )
}
