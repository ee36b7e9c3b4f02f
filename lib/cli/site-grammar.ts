/** The grammar of `exptilt site`. */
import { object } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { constant, option } from '@optique/core/primitives'
import { integer } from '@optique/core/valueparser'
import type { SiteFlags } from './flags.ts'

/** Everything after `exptilt site`. */
export const siteGrammar: Parser<'sync', SiteFlags> = object({
  kind: constant('site'),
  port: optional(
    option('--port', integer({ metavar: 'PORT', min: 0, max: 65_535 }), {
      description: message`Where it listens; 0 for any that is free. [8000]`,
    }),
  ),
})
