/** The grammar of `exptilt residual [train|evaluate|generate|analyse]`, and what it says as a record. */
import { merge, object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { map, optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { entriesOf, type Typed } from '../experiment/settings.ts'
import { type SamplerName, samplerNames } from '../systems/residual/options.ts'
import type { Stage } from '../systems/residual/results.ts'
import { residualSettings } from '../systems/residual/settings.ts'
import { settingsParser } from './settings-grammar.ts'
import { shown } from './shown.ts'
import { oneOf } from './values.ts'

/** Flags of `exptilt residual [train|evaluate|generate|analyse]`: `typed` holds those of its table of settings. */
export interface ResidualFlags {
  readonly kind: 'residual'
  readonly stage: Stage
  readonly typed: Typed
  /** The folder of an earlier run: what `--resume` or, of a trained one, `--run` names. */
  readonly resume: string | undefined
  /** A text to continue instead of test prefixes (`generate` only). */
  readonly prompt: string | undefined
  readonly method: SamplerName | undefined
  readonly json: boolean
}

/** Flags of `exptilt residual judge`. */
export interface ResidualJudgeFlags {
  readonly kind: 'residual-judge'
  /** The folder of sheets that judges filled in. */
  readonly sheets: string
  readonly json: boolean
}

const typed = map(settingsParser(residualSettings), (found) => ({ typed: found }))

const measuring = entriesOf(residualSettings)
  .map(({ setting }) => setting)
  .filter(({ role }) => role === 'measures' || role === 'computes')
  .map(({ flag }) => flag)

const ofRun = map(settingsParser(residualSettings, { only: measuring, otherwise: 'as in the run' }), (found) => ({
  typed: found,
}))

const prompting = object('A text of your own', {
  prompt: optional(
    option('--prompt', string({ metavar: 'TEXT' }), {
      description: message`Continue this text. [beginnings of test texts]`,
    }),
  ),
  method: optional(
    option('--method', oneOf('HOW', samplerNames), {
      description: message`With --prompt: resampling, rejection, quasi or metropolis. [resampling]`,
    }),
  ),
})

const unprompted = object({ prompt: constant(undefined), method: constant(undefined) })

const json = option('--json', { description: message`Print one JSON object instead of the table.` })

const training = object('Run', {
  resume: optional(
    option('--resume', string({ metavar: 'DIR' }), {
      description: message`Go on with the run in this folder, with its own options. [a new run]`,
    }),
  ),
  json,
})

/** A run that is trained; its folder is resumed, as nothing else than what was measured may change. */
const finished = object('Run', {
  resume: option('--run', string({ metavar: 'DIR' }), { description: message`Folder of a trained run (required).` }),
  json,
})

const trained = (stage: 'train' | 'all'): Parser<'sync', ResidualFlags> =>
  merge(object({ kind: constant('residual'), stage: constant(stage) }), typed, unprompted, training)

const measured = (stage: 'evaluate' | 'analyse'): Parser<'sync', ResidualFlags> =>
  merge(object({ kind: constant('residual'), stage: constant(stage) }), ofRun, unprompted, finished)

const generate: Parser<'sync', ResidualFlags> = merge(
  object({ kind: constant('residual'), stage: constant<'generate'>('generate') }),
  ofRun,
  prompting,
  finished,
)

const judge: Parser<'sync', ResidualJudgeFlags> = object('Sheets', {
  kind: constant('residual-judge'),
  sheets: option('--sheets', string({ metavar: 'DIR' }), {
    description: message`The folder sheets/ of a run: key.json, and one text file for each judge (required).`,
  }),
  json,
})

/** Everything after `exptilt residual`. */
export const residualGrammar: Parser<'sync', ResidualFlags | ResidualJudgeFlags> = or(
  command(
    'train',
    trained('train'),
    shown(message`Train the base, the energies and the baselines.`, [
      'residual train --preset tiny --out runs/residual',
    ]),
  ),
  command(
    'evaluate',
    measured('evaluate'),
    shown(message`Perplexities with bounds, step by step, next tokens.`, [
      'residual evaluate --run runs/residual --samples 1000',
    ]),
  ),
  command(
    'generate',
    generate,
    shown(message`Continue texts by the base and by the joint model.`, [
      'residual generate --run runs/residual',
      "residual generate --run runs/residual --prompt 'In the beginning'",
    ]),
  ),
  command(
    'analyse',
    measured('analyse'),
    shown(message`A fresh discriminator on base and joint samples.`, ['residual analyse --run runs/residual']),
  ),
  command(
    'judge',
    judge,
    shown(
      message`What people preferred on the sheets of a run.`,
      ['residual judge --sheets runs/residual/sheets'],
      message`A run writes sheets/pairs.txt and sheets/pairs.html: pairs of continuations in random order. Judges write A or B after Answer: in copies of the text file, or fill in the page, which saves such a file; all .txt files of the folder are read.`,
    ),
  ),
  trained('all'),
)
