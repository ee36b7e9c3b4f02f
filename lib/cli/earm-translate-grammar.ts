/** The grammar of `exptilt earm translate [train|evaluate|sample|table N]`. */
import { merge, object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, option } from '@optique/core/primitives'
import { translationPresetNames } from '../systems/e-arm/translation-options.ts'
import { translationVariants } from '../systems/e-arm/translation-programs.ts'
import { number, objective, place, text, training } from './earm-groups.ts'
import type { TranslateCommandFlags } from './earm-translate-flags.ts'
import { candidates, lengths } from './earm-translate-groups.ts'
import { translateEvaluateGrammar, translateSampleGrammar } from './earm-translate-run-grammar.ts'
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
  feedForward: number(
    '--feed-forward',
    '512',
    message`Width of the feed-forward layers; four times --width unless given.`,
  ),
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
  candidates,
  lengths,
})

const preset = object('Run', {
  preset: optional(
    option('--preset', oneOf('NAME', translationPresetNames), {
      description: message`Sizes to start from: tiny, small (unless given), or of the paper's Table 6 paper (Tr-Base, IWSLT14), paper-base and paper-large (WMT16).`,
    }),
  ),
})

const settings = merge(preset, place, sizes, training, objective, translating)

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

const usageLine = [{ type: 'ellipsis' }] as const

/** Everything after `exptilt earm translate`. */
export const translateGrammar: Parser<'sync', TranslateCommandFlags> = or(
  command('train', experiment, {
    usageLine,
    brief: message`Train, measure and report: what the command does without a sub-command.`,
  }),
  command('evaluate', translateEvaluateGrammar, { usageLine, brief: message`Measure a finished run again.` }),
  command('sample', translateSampleGrammar, { usageLine, brief: message`Translate by the models of a finished run.` }),
  command('table', table, {
    usageLine,
    brief: message`A table of the paper: 7, 8, 9 or 10 of a finished run, or 11.`,
  }),
  experiment,
)
