/** The grammar of `exptilt tilt`. */
import { object } from '@optique/core/constructs'
import { message, text } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { list, numeric } from './values.ts'

/** Flags of `exptilt tilt`. */
export interface TiltFlags {
  readonly kind: 'tilt'
  readonly prompt: string | undefined
  readonly model: string | undefined
  readonly regex: string | undefined
  readonly schema: string | undefined
  readonly contain: readonly string[] | undefined
  readonly avoid: readonly string[] | undefined
  readonly particles: number | undefined
  readonly samples: number | undefined
  readonly limit: number | undefined
  readonly seed: number | undefined
  readonly out: string | undefined
  readonly json: boolean
}

/** What the counts are unless typed. */
export const TILT_COUNTS = { particles: 64, samples: 8, limit: 60, seed: 1 } as const

/** A count: its default is its example, and ends its help. */
const count = (name: keyof typeof TILT_COUNTS, help: string): Parser<'sync', number | undefined> => {
  const otherwise = String(TILT_COUNTS[name])
  return optional(option(`--${name}`, numeric('N', otherwise), { description: [text(`${help} [${otherwise}]`)] }))
}

const words = list(string({ metavar: 'W' }))

/** Everything after `exptilt tilt`. */
export const tiltGrammar: Parser<'sync', TiltFlags> = object({
  kind: constant('tilt'),
  prompt: optional(
    option('--prompt', string({ metavar: 'TEXT' }), {
      description: message`What the texts go on from (nothing unless given).`,
    }),
  ),
  model: optional(
    option('--model', string({ metavar: 'DIR' }), {
      description: message`Folder of the model: config.json, tokenizer.json and an .onnx file, as Hugging Face exports them (unless given, the small model of English prose in the package).`,
    }),
  ),
  regex: optional(
    option('--regex', string({ metavar: 'RE' }), {
      description: message`The text that follows the prompt matches this from its first character to its last (JavaScript, flag u).`,
    }),
  ),
  schema: optional(
    option('--schema', string({ metavar: 'FILE' }), {
      description: message`It is JSON that the JSON Schema in this file allows.`,
    }),
  ),
  contain: optional(option('--contain', words, { description: message`All of these occur in it.` })),
  avoid: optional(option('--avoid', words, { description: message`None of these occur in it.` })),
  particles: count('particles', 'Texts grown side by side, in 4 islands.'),
  samples: count('samples', 'Texts shown, drawn by their weights.'),
  limit: count('limit', 'Most tokens of a text.'),
  seed: count('seed', 'The same seed gives the same texts.'),
  out: optional(
    option('--out', string({ metavar: 'DIR' }), {
      description: message`Folder for tilt.json, with every text and its weight.`,
    }),
  ),
  json: option('--json', { description: message`Print one JSON object instead of the table.` }),
})
