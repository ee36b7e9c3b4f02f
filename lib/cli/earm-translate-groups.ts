/** The options of `exptilt earm translate …` that say what is measured of translations. */
import { message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { option } from '@optique/core/primitives'
import { list, numeric } from './values.ts'

/** `--candidates`. */
export const candidates: Parser<'sync', readonly number[] | undefined> = optional(
  option('--candidates', list(numeric('K', '5')), { description: message`Table 9: values of K, as 0,5,10.` }),
)

/** `--lengths`. */
export const lengths: Parser<'sync', readonly number[] | undefined> = optional(
  option('--lengths', list(numeric('N', '25')), {
    description: message`Table 7: words of the reference at which intervals begin, as 0,25,50.`,
  }),
)
