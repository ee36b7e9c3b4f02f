/** The grammar of `exptilt earm lm|image [train|evaluate|sample|table N]`. */
import { merge, object, or } from '@optique/core/constructs'
import { type Message, message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, option } from '@optique/core/primitives'
import { type EArmTaskName, networkNames } from '../systems/e-arm/experiment-options.ts'
import type { EArmCommandFlags } from './earm-flags.ts'
import { evaluateGrammar, sampleGrammar } from './earm-run-grammar.ts'
import { number, objective, run, text, training } from './earm-groups.ts'
import type { TranslateCommandFlags } from './earm-translate-flags.ts'
import { translateGrammar } from './earm-translate-grammar.ts'
import { list, numeric, oneOf } from './values.ts'

const sizes = object('Data and sizes (the preset fills in what is absent)', {
  data: text(
    '--data',
    'NAME|FILE',
    message`A corpus of exptilt data list or a text file; a set of images or an IDX file.`,
  ),
  network: optional(
    option('--network', oneOf('NAME', networkNames), {
      description: message`transformer or transformer-xl; pixelcnn or gated-pixelcnn.`,
    }),
  ),
  width: number('--width', '96', message`Width of the transformer, feature maps of a PixelCNN.`),
  layers: number('--layers', '3', message`Layers.`),
  heads: number('--heads', '4', message`Attention heads.`),
  dropout: number('--dropout', '0.1', message`Share of units dropped while training.`),
  time: number('--time', '64', message`Tokens of a row of text.`),
})

const settings = merge(run, sizes, training, objective)

const experiment = (task: EArmTaskName) =>
  merge(
    object({
      kind: constant('earm'),
      task: constant(task),
      resume: text('--resume', 'DIR', message`Go on with the run in this folder, with its own options.`),
    }),
    settings,
  )

const tablesOf: Readonly<Record<EArmTaskName, Message>> = {
  lm: message`3: perplexity of both networks. 4: over λ and start epoch. 6: the sizes of the paper. 11: what an update costs.`,
  image: message`4: over λ and start epoch. 5: both networks, on each set of --data A,B. 11: what an update costs.`,
}

const table = (task: EArmTaskName) =>
  merge(
    object({
      kind: constant('earm-table'),
      task: constant(task),
      table: argument(numeric('N', '11'), {
        description: tablesOf[task],
      }),
      lambdas: optional(
        option('--lambdas', list(numeric('λ', '0.05')), { description: message`Table 4: values of λ, as 0.01,0.05.` }),
      ),
      starts: optional(
        option('--starts', list(numeric('N', '6')), { description: message`Table 4: start epochs, as 2,6.` }),
      ),
    }),
    settings,
  )

const tableHelp = {
  usageLine: [{ type: 'ellipsis' }],
  brief: message`A table of the paper.`,
} as const

const usageLine = [{ type: 'ellipsis' }] as const

const taskParser = (task: EArmTaskName) =>
  or(
    command('train', experiment(task), {
      usageLine,
      brief: message`Train with and without the energy objective, and report; also without the word.`,
    }),
    command('evaluate', evaluateGrammar(task), { usageLine, brief: message`Measure a finished run again.` }),
    command('sample', sampleGrammar(task), { usageLine, brief: message`Draw from the models of a finished run.` }),
    command('table', table(task), tableHelp),
    experiment(task),
  )

/** Everything after `exptilt earm`. */
export const eArmGrammar: Parser<'sync', EArmCommandFlags | TranslateCommandFlags> = or(
  command('lm', taskParser('lm'), {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Text: perplexity with and without the energy objective.`,
  }),
  command('image', taskParser('image'), {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Images: bits per dimension with and without the energy objective.`,
  }),
  command('translate', translateGrammar, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Translation: BLEU with and without the energy objective.`,
  }),
)
