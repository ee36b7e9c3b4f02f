/** The grammars of `exptilt gam`, `gam sweep`, `gam generate` and `pfsa`, and what each says as a record. */
import { merge, object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { map, optional, withDefault } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { command, constant, option } from '@optique/core/primitives'
import { integer, string } from '@optique/core/valueparser'
import { MANY } from '../experiment/common.ts'
import type { Typed } from '../experiment/settings.ts'
import { drawnModels, type GamDraws } from '../systems/gam/options.ts'
import { gamSettings, motifSettings } from '../systems/gam/settings.ts'
import { type GridRequest, gridNames, sweepAxes } from './grid.ts'
import { listsParser, settingsParser } from './settings-grammar.ts'
import { shown } from './shown.ts'
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

/** Flags of `exptilt gam generate`. */
export interface GamGenerateFlags extends GamDraws {
  readonly kind: 'gam-generate'
  readonly run: string
  readonly typed: Typed
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
        description: message`Continue the interrupted run in this folder, with its own options. [a new run]`,
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
        description: message`A figure, a panel of Figure 2, or a table of the paper: figure-2 to figure-7, figure-2a to figure-2d, table-1, table-3, table-4. [figure-2]`,
      }),
    ),
  }),
  map(listsParser(gamSettings, sweepAxes, 'as in the grid'), (axes) => ({ axes })),
  map(settingsParser(gamSettings, { without: [...sweepAxes, '--data', '--feature'] }), (typed) => ({ typed })),
  object('Run', { json }),
)

const generate: Parser<'sync', GamGenerateFlags> = merge(
  object({ kind: constant('gam-generate') }),
  object('Draws', {
    model: withDefault(
      option('--model', oneOf('NAME', drawnModels), {
        description: message`base (r) or student (π). [student]`,
      }),
      'student',
    ),
    count: withDefault(
      option('--count', integer({ metavar: 'N', min: 1, max: MANY }), { description: message`Strings. [10]` }),
      10,
    ),
    seed: withDefault(
      option('--seed', integer({ metavar: 'N', min: 0 }), { description: message`Seed of the draws. [1]` }),
      1,
    ),
  }),
  map(
    settingsParser(gamSettings, { only: ['--device', '--workers', '--on'], otherwise: 'as in the run' }),
    (typed) => ({
      typed,
    }),
  ),
  object('Run', {
    run: option('--run', string({ metavar: 'DIR' }), { description: message`Folder of a finished run (required).` }),
    json,
  }),
)

/** Everything after `exptilt gam`. */
export const gamGrammar: Parser<'sync', GamFlags | SweepFlags | GamGenerateFlags> = or(
  command(
    'sweep',
    sweep,
    shown(
      message`Many runs: Figure 2 and Tables 1, 3 and 4 of the paper.`,
      [
        'gam sweep --preset tiny --train 500,1000',
        'gam sweep --grid table-3 --out runs/table-3',
        'gam sweep --grid table-4 --train 500 --seed 1,2,3',
      ],
      message`Runs every cell of a grid, skips finished ones, and prints the tables beside the paper's.`,
    ),
  ),
  command(
    'generate',
    generate,
    shown(message`Strings of the models of a finished run, one a line.`, [
      'gam generate --run runs/demo',
      'gam generate --run runs/demo --model base --count 1000',
    ]),
  ),
  gam,
)

/** Everything after `exptilt pfsa`. */
export const pfsaGrammar: Parser<'sync', PfsaFlags> = merge(
  object({ kind: constant('pfsa') }),
  map(settingsParser(motifSettings, { preset: 'small' }), (typed) => ({ typed })),
  object({
    file: optional(
      option('--file', string({ metavar: 'FILE' }), {
        description: message`An automaton as JSON instead of a motif. [strings with --motif]`,
      }),
    ),
    json,
  }),
)
