/**
 * What each command line says, as records: absent flags are `undefined`, nothing is filled in yet.
 */
import type { DataFlags } from './data-flags.ts'
import type { EArmCommandFlags } from './earm-grammar.ts'
import type { GamFlags, GamGenerateFlags, PfsaFlags, SweepFlags } from './gam-grammar.ts'
import type { ResidualFlags, ResidualJudgeFlags } from './residual-grammar.ts'
import type { TiltFlags } from './tilt-grammar.ts'

/** What a run's models are called: GAM has base and student, residual runs base, balm, policy and the energies unit and bit. */
type ExportedModel = 'base' | 'student' | 'balm' | 'policy' | 'unit' | 'bit'

/** Flags of `exptilt export`. */
export interface ExportFlags {
  readonly kind: 'export'
  readonly run: string
  readonly model: ExportedModel | undefined
  readonly what: 'logits' | 'log-probability' | 'energy' | undefined
  readonly out: string | undefined
  readonly external: boolean
}

/** Flags of `exptilt site`. */
export interface SiteFlags {
  readonly kind: 'site'
  readonly port: number | undefined
}

/** Flags of `exptilt worker`. */
export interface WorkerFlags {
  readonly kind: 'worker'
  readonly on: string
  readonly device: 'cpu' | 'onnx' | 'reference'
}

/** Flags of `exptilt jobs`. */
export interface JobsFlags {
  readonly kind: 'jobs'
  readonly on: string
  readonly json: boolean
}

/** Flags of `exptilt jobs retry`. */
export interface JobsRetryFlags {
  readonly kind: 'jobs-retry'
  readonly on: string
  readonly names: readonly string[]
  readonly json: boolean
}

/** A parsed command line. */
export type Flags =
  | GamFlags
  | SweepFlags
  | GamGenerateFlags
  | PfsaFlags
  | ExportFlags
  | DataFlags
  | ResidualFlags
  | ResidualJudgeFlags
  | EArmCommandFlags
  | TiltFlags
  | SiteFlags
  | WorkerFlags
  | JobsFlags
  | JobsRetryFlags
