/** The grammar of `exptilt tilt`: its table of settings. */
import { merge, object } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { map } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { constant, option } from '@optique/core/primitives'
import type { Typed } from '../experiment/settings.ts'
import { tiltSettings } from '../systems/tilt/settings.ts'
import { settingsParser } from './settings-grammar.ts'

/** Flags of `exptilt tilt`. */
export interface TiltFlags {
  readonly kind: 'tilt'
  readonly typed: Typed
  readonly json: boolean
}

/** Everything after `exptilt tilt`. */
export const tiltGrammar: Parser<'sync', TiltFlags> = merge(
  object({ kind: constant('tilt') }),
  map(settingsParser(tiltSettings), (typed) => ({ typed })),
  object('Run', { json: option('--json', { description: message`Print one JSON object instead of the table.` }) }),
)
