/** The grammar of `exptilt earm translate evaluate|sample`. */
import { merge, object } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { translationVariants } from '../systems/e-arm/translation-programs.ts'
import { number, text } from './earm-groups.ts'
import { decoding, device, json } from './earm-run-grammar.ts'
import type { TranslateEvaluateFlags, TranslateSampleFlags } from './earm-translate-flags.ts'
import { candidates, lengths } from './earm-translate-groups.ts'
import { list, oneOf } from './values.ts'

const run = object({
  run: option('--run', '--out', string({ metavar: 'DIR' }), { description: message`Folder of a finished run.` }),
  device,
  json,
})

const search = object('Beam search', {
  beam: number('--beam', '5', message`Its width; absent: as in the run.`),
  lengthPenalty: number('--length-penalty', '0.6', message`α: hypotheses of n tokens are ranked by log q / n^α.`),
})

/** After `evaluate`. */
export const translateEvaluateGrammar: Parser<'sync', TranslateEvaluateFlags> = merge(
  object({
    kind: constant('earm-translate-evaluate'),
    source: text('--source', 'FILE', message`Test sentences of your own, one a line; absent: the run's test part.`),
    target: text('--target', 'FILE', message`Their translations, line by line.`),
    measured: number('--measured', '512', message`Pairs for the perplexity; absent: as in the run, of files all.`),
    translated: number('--translated', '100', message`Sentences to translate; absent: as in the run, of files all.`),
    candidates,
    lengths,
  }),
  search,
  run,
)

/** After `sample`. */
export const translateSampleGrammar: Parser<'sync', TranslateSampleFlags> = merge(
  object({
    kind: constant('earm-translate-sample'),
    text: optional(
      option('--text', string({ metavar: 'SENTENCE' }), { description: message`Translate this sentence.` }),
    ),
    source: text('--source', 'FILE', message`Translate the lines of this file.`),
    samples: number('--samples', '8', message`Translate the first test sentences; absent: as many as in the report.`),
    variants: optional(
      option('--variants', list(oneOf('NAME', translationVariants)), {
        description: message`By which trainings, as plain,e-arm; absent: by all of the run.`,
      }),
    ),
    method: optional(
      option('--method', oneOf('HOW', ['beam', 'sampling']), {
        description: message`beam (search, unless given) or sampling (draws from the model).`,
      }),
    ),
  }),
  search,
  object('Sampling', {
    seed: number('--seed', '1', message`Seed of the draws, the same for every training.`),
    ...decoding,
  }),
  run,
)
