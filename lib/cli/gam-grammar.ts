/** The grammars of `exptilt gam`, `gam sweep` and `pfsa`, and what each says as a record. */
import { merge, object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { map, optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { Typed } from '../experiment/settings.ts'
import { gamSettings, motifSettings } from '../systems/gam/settings.ts'
import { type GridRequest, gridNames, sweepAxes } from './grid.ts'
import { listsParser, settingsParser } from './settings-grammar.ts'
import { oneOf } from './values.ts'

/** Flags of `exptilt gam`. */
export interface GamFlags {
  readonly kind: 'gam'
  readonly typed: Typed
  readonly resume: string | undefined
  readonly json: boolean
}

/** Flags of `exptilt gam sweep`. */
export interface SweepFlags extends GridRequest {
  readonly kind: 'sweep'
  readonly json: boolean
}

/** Flags of `exptilt pfsa`. */
export interface PfsaFlags {
  readonly kind: 'pfsa'
  readonly typed: Typed
  readonly file: string | undefined
  readonly json: boolean
}

const json = option('--json', { description: message`Print one JSON object instead of the table.` })

const gam: Parser<'sync', GamFlags> = merge(
  object({ kind: constant('gam') }),
  map(settingsParser(gamSettings), (typed) => ({ typed })),
  object('Run', {
    resume: optional(
      option('--resume', string({ metavar: 'DIR' }), {
        description: message`Continue the interrupted run in this folder, with its own options.`,
      }),
    ),
    json,
  }),
)

const sweep: Parser<'sync', SweepFlags> = merge(
  object('Grid (comma-separated lists)', {
    kind: constant('sweep'),
    grid: optional(
      option('--grid', oneOf('NAME', gridNames), {
        description: message`A figure or table of the paper: figure-2 (unless given), table-1, table-3 or table-4.`,
      }),
    ),
  }),
  map(listsParser(gamSettings, sweepAxes), (axes) => ({ axes })),
  map(settingsParser(gamSettings, { without: [...sweepAxes, '--data', '--feature'] }), (typed) => ({ typed })),
  object('Run', { json }),
)

/** Everything after `exptilt gam`. */
export const gamGrammar: Parser<'sync', GamFlags | SweepFlags> = or(
  command('sweep', sweep, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Many runs: Figure 2 and Tables 1, 3 and 4 of the paper.`,
    description: message`Runs every cell of a grid, skips finished ones, and prints the tables beside the paper's.`,
  }),
  gam,
)

/** Everything after `exptilt pfsa`. */
export const pfsaGrammar: Parser<'sync', PfsaFlags> = merge(
  object({ kind: constant('pfsa') }),
  map(settingsParser(motifSettings, { preset: 'small' }), (typed) => ({ typed })),
  object({
    file: optional(
      option('--file', string({ metavar: 'FILE' }), { description: message`An automaton as JSON instead of a motif.` }),
    ),
    json,
  }),
)
