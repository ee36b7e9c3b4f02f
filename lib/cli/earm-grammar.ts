/** The grammar of `exptilt earm lm|image [table N]`. */
import { merge, object, or } from '@optique/core/constructs'
import { type Message, message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { type EArmTaskName, eArmPresetNames, networkNames } from '../systems/e-arm/experiment-options.ts'
import { deviceNames } from '../systems/device.ts'
import type { EArmFlags, EArmTableFlags } from './earm-flags.ts'
import { list, numeric, oneOf } from './values.ts'

const number = (name: `--${string}`, example: string, description: Message) =>
  optional(option(name, numeric('N', example), { description }))

const text = (name: `--${string}`, metavar: 'DIR' | 'NAME|FILE', description: Message) =>
  optional(option(name, string({ metavar }), { description }))

const sizes = object('Data and sizes (the preset fills in what is absent)', {
  data: text('--data', 'NAME|FILE', message`A corpus of exptilt data list or a text file; a set of images.`),
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

const training = object('Training', {
  batch: number('--batch', '32', message`Rows of an update.`),
  epochs: number('--epochs', '12', message`Epochs.`),
  updates: number('--updates', '100', message`Updates of an epoch.`),
  learningRate: number('--learning-rate', '0.002', message`Highest step size of Adam.`),
  seeds: number('--seeds', '3', message`How many seeds: both variants are trained from each.`),
  seed: number('--seed', '1', message`The first of them.`),
  measured: number('--measured', '512', message`Rows of validation and of test that are measured.`),
  samples: number('--samples', '8', message`Rows that are sampled for the report.`),
})

const objective = object('The energy objective', {
  lambda: number('--lambda', '0.05', message`Its weight λ (Eq. 5); with 0 training is plain.`),
  startEpoch: number('--start-epoch', '6', message`The first epoch with it; before, training is plain.`),
  window: number('--window', '2', message`Most recent tokens of a prefix that gradients of log q̃ reach.`),
  negativeTokens: number('--negative-tokens', '4096', message`Most sampled tokens of an update.`),
  length: number('--length', '48', message`Tokens of a sampled row.`),
  squaredLogSumExp: number('--squared-logsumexp', '0.001', message`Coefficient of the mean square of the logsumexp.`),
  labelSmoothing: number('--label-smoothing', '0.1', message`Label smoothing of the cross-entropy.`),
})

const run = object('Run', {
  preset: optional(
    option('--preset', oneOf('NAME', eArmPresetNames), {
      description: message`Sizes to start from: tiny, small (unless given) or paper.`,
    }),
  ),
  device: optional(
    option('--device', oneOf('DEVICE', deviceNames), {
      description: message`What computes: auto, gpu, cpu, onnx or reference.`,
    }),
  ),
  out: text('--out', 'DIR', message`Folder of the run: report.html, results.json, figures, checkpoint.`),
  json: option('--json', { description: message`Print one JSON object instead of the table.` }),
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

const table = (task: EArmTaskName) =>
  merge(
    object({
      kind: constant('earm-table'),
      task: constant(task),
      table: argument(numeric('N', '11'), {
        description: message`4: the test measure over λ and start epoch. 11: what an update costs.`,
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
  brief: message`A table of the paper: 4 or 11.`,
} as const

const taskParser = (task: EArmTaskName) => or(command('table', table(task), tableHelp), experiment(task))

/** Everything after `exptilt earm`. */
export const eArmGrammar: Parser<'sync', EArmFlags | EArmTableFlags> = or(
  command('lm', taskParser('lm'), {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Text: perplexity with and without the energy objective.`,
  }),
  command('image', taskParser('image'), {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Images: bits per dimension with and without the energy objective.`,
  }),
)
