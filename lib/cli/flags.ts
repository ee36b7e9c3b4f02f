/**
 * What each command line says, as records: absent flags are `undefined`, nothing is filled in yet.
 */
import type { DataFlags } from './data-flags.ts'
import type { EArmCommandFlags } from './earm-flags.ts'
import type { TranslateCommandFlags } from './earm-translate-flags.ts'
import type { ResidualFlags } from './residual-grammar.ts'
import type { DeviceChoice } from '../experiment/device.ts'
import type { Moments, PresetName, Regime } from '../systems/gam/options.ts'

/** Flags for the sizes of models and the limits of work, shared by `gam` and `gam sweep`. */
export interface SizeFlags {
  readonly hidden: number | undefined
  readonly layers: number | undefined
  readonly dropout: number | undefined
  readonly learningRate: number | undefined
  readonly batch: number | undefined
  readonly distilled: number | undefined
  readonly maxEpochs: number | undefined
  readonly patience: number | undefined
  readonly bank: number | undefined
  readonly trials: number | undefined
  readonly seconds: number | undefined
}

/** Flags about the run itself, shared by `gam` and `gam sweep`. */
export interface RunFlags {
  readonly preset: PresetName | undefined
  readonly seed: number | undefined
  readonly device: DeviceChoice | undefined
  readonly out: string | undefined
  readonly json: boolean
}

/** Flags of `exptilt gam`. */
export interface GamFlags extends SizeFlags, RunFlags {
  readonly kind: 'gam'
  readonly motif: string | undefined
  readonly length: number | undefined
  readonly mixture: number | undefined
  readonly data: string | undefined
  readonly feature: readonly string[]
  readonly train: number | undefined
  readonly features: string | undefined
  readonly moments: Moments | undefined
  readonly regime: Regime | undefined
  readonly resume: string | undefined
}

/** The named grids of `exptilt gam sweep`. */
export type GridName = 'figure-2' | 'table-1' | 'table-3' | 'table-4'

/** The grids in the order shown in help texts. */
export const gridNames: readonly [GridName, GridName, GridName, GridName] = [
  'figure-2',
  'table-1',
  'table-3',
  'table-4',
]

/** Flags of `exptilt gam sweep`: every list is one axis of the grid. */
export interface SweepFlags extends SizeFlags, RunFlags {
  readonly kind: 'sweep'
  readonly grid: GridName | undefined
  readonly motif: readonly string[] | undefined
  readonly length: number | undefined
  readonly mixture: readonly number[] | undefined
  readonly train: readonly number[] | undefined
  readonly features: readonly string[] | undefined
  readonly moments: readonly Moments[] | undefined
  readonly regime: readonly Regime[] | undefined
}

/** Flags of `exptilt pfsa`. */
export interface PfsaFlags {
  readonly kind: 'pfsa'
  readonly motif: string | undefined
  readonly length: number | undefined
  readonly mixture: number | undefined
  readonly file: string | undefined
  readonly json: boolean
}

/** What a run's models are called: GAM has base and student, residual runs base, balm and the energies unit and bit. */
export type ExportedModel = 'base' | 'student' | 'balm' | 'unit' | 'bit'

/** Flags of `exptilt export`. */
export interface ExportFlags {
  readonly kind: 'export'
  readonly run: string
  readonly model: ExportedModel | undefined
  readonly what: 'logits' | 'log-probability' | 'energy' | undefined
  readonly out: string | undefined
  readonly external: boolean
}

/** A parsed command line. */
export type Flags =
  | GamFlags
  | SweepFlags
  | PfsaFlags
  | ExportFlags
  | DataFlags
  | ResidualFlags
  | EArmCommandFlags
  | TranslateCommandFlags
