/** The grammar of `exptilt residual [train|evaluate|generate|analyse]`, and what it says as a record. */
import { merge, object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { map, optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { Typed } from '../experiment/settings.ts'
import { type SamplerName, samplerNames } from '../systems/residual/options.ts'
import type { Stage } from '../systems/residual/results.ts'
import { residualSettings } from '../systems/residual/settings.ts'
import { settingsParser } from './settings-grammar.ts'
import { oneOf } from './values.ts'

/** Flags of `exptilt residual [train|evaluate|generate|analyse]`: `typed` holds those of its table of settings. */
export interface ResidualFlags {
  readonly kind: 'residual'
  readonly stage: Stage
  readonly typed: Typed
  readonly resume: string | undefined
  /** A text to continue instead of test prefixes (`generate` only). */
  readonly prompt: string | undefined
  readonly method: SamplerName | undefined
  readonly json: boolean
}

const typed = map(settingsParser(residualSettings), (found) => ({ typed: found }))

const prompting = object('A text of your own (generate)', {
  prompt: optional(option('--prompt', string({ metavar: 'TEXT' }), { description: message`Continue this text.` })),
  method: optional(
    option('--method', oneOf('HOW', samplerNames), {
      description: message`resampling (unless given), rejection, quasi or metropolis.`,
    }),
  ),
})

const run = object('Run', {
  resume: optional(
    option('--resume', string({ metavar: 'DIR' }), {
      description: message`Go on with the run in this folder, with its own options.`,
    }),
  ),
  json: option('--json', { description: message`Print one JSON object instead of the table.` }),
})

const staged = (stage: Stage): Parser<'sync', ResidualFlags> =>
  merge(object({ kind: constant('residual'), stage: constant(stage) }), typed, prompting, run)

/** Everything after `exptilt residual`. */
export const residualGrammar: Parser<'sync', ResidualFlags> = or(
  command('train', staged('train'), { brief: message`Train the base, the energies and the baselines.` }),
  command('evaluate', staged('evaluate'), { brief: message`Perplexities with bounds, step by step, next tokens.` }),
  command('generate', staged('generate'), { brief: message`Continue texts by the base and by the joint model.` }),
  command('analyse', staged('analyse'), { brief: message`A fresh discriminator on base and joint samples.` }),
  staged('all'),
)
