/** The grammar of `exptilt earm translate [train|table N]`. */
import { merge, object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, option } from '@optique/core/primitives'
import { translationVariants } from '../systems/e-arm/translation-programs.ts'
import { number, objective, run, text, training } from './earm-groups.ts'
import type { TranslateFlags, TranslateTableFlags } from './earm-translate-flags.ts'
import { list, numeric, oneOf } from './values.ts'

const sizes = object('Data and sizes (the preset fills in what is absent)', {
  data: text(
    '--data',
    'PAIR',
    message`A parallel corpus: de-en, en-de, es-en, en-es, it-en, en-it, bible-en-es, bible-es-en.`,
  ),
  source: text('--source', 'FILE', message`Sentences of your own, one a line, instead of --data.`),
  target: text('--target', 'FILE', message`Their translations, line by line.`),
  symbols: number('--symbols', '2000', message`Symbols of the shared byte-pair encoding.`),
  time: number('--time', '24', message`Most tokens of a sentence; pairs with longer ones are left out.`),
  width: number('--width', '128', message`Width of the transformer.`),
  layers: number('--layers', '2', message`Layers of the encoder, and as many of the decoder.`),
  heads: number('--heads', '4', message`Attention heads.`),
  dropout: number('--dropout', '0.1', message`Share of units dropped while training.`),
})

const translating = object('Translating', {
  variants: optional(
    option('--variants', list(oneOf('NAME', translationVariants)), {
      description: message`What is trained: plain, scheduled (sampling), e-arm, both; as plain,e-arm.`,
    }),
  ),
  beam: number('--beam', '5', message`Width of beam search.`),
  lengthPenalty: number('--length-penalty', '0.6', message`α: hypotheses of n tokens are ranked by log q / n^α.`),
  translated: number('--translated', '100', message`Test sentences that are translated.`),
  candidates: optional(
    option('--candidates', list(numeric('K', '5')), { description: message`Table 9: values of K, as 0,5,10.` }),
  ),
  lengths: optional(
    option('--lengths', list(numeric('N', '25')), {
      description: message`Table 7: words of the reference at which intervals begin, as 0,25,50.`,
    }),
  ),
})

const settings = merge(run, sizes, training, objective, translating)

const experiment = merge(
  object({
    kind: constant('earm-translate'),
    resume: text('--resume', 'DIR', message`Go on with the run in this folder, with its own options.`),
  }),
  settings,
)

const table = merge(
  object({
    kind: constant('earm-translate-table'),
    table: argument(numeric('N', '7'), {
      description: message`7: BLEU by length. 8: exposure-bias ratio. 9: top-K re-sampling. 10: other metrics. 11: what an update costs.`,
    }),
    run: text('--run', 'DIR', message`Tables 7 to 10: folder of a finished run.`),
  }),
  settings,
)

/** Everything after `exptilt earm translate`. */
export const translateGrammar: Parser<'sync', TranslateFlags | TranslateTableFlags> = or(
  command('train', experiment, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Train, measure and report: what the command does without a sub-command.`,
  }),
  command('table', table, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`A table of the paper: 7, 8, 9 or 10 of a finished run, or 11.`,
  }),
  experiment,
)
