/** The options that every `exptilt earm …` experiment has: about the run, the training, and the energy objective. */
import { merge, object } from '@optique/core/constructs'
import { type Message, message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { eArmPresetNames } from '../systems/e-arm/experiment-options.ts'
import { deviceNames } from '../experiment/device.ts'
import type { EArmSettingFlags } from './earm-flags.ts'
import { numeric, numericOrAll, oneOf } from './values.ts'

type RunFlag = 'device' | 'out' | 'json'

type TrainingFlag = 'batch' | 'epochs' | 'updates' | 'learningRate' | 'seeds' | 'seed' | 'measured' | 'samples'

type ObjectiveFlag =
  | 'lambda'
  | 'startEpoch'
  | 'window'
  | 'negativeTokens'
  | 'length'
  | 'squaredLogSumExp'
  | 'labelSmoothing'
  | 'weights'

/** A parser of some of the flags; only what it gives is known of it. */
export type Group<K extends keyof EArmSettingFlags> = Parser<'sync', Pick<EArmSettingFlags, K>>

/** A flag with a number. */
export const number = (
  name: `--${string}`,
  example: string,
  description: Message,
): Parser<'sync', number | undefined> => optional(option(name, numeric('N', example), { description }))

/** A flag with a text. */
export const text = (
  name: `--${string}`,
  metavar: 'DIR' | 'FILE' | 'NAME|FILE' | 'PAIR',
  description: Message,
): Parser<'sync', string | undefined> => optional(option(name, string({ metavar }), { description }))

/** How long and from what it trains, and what is measured. */
export const training: Group<TrainingFlag> = object('Training', {
  batch: number('--batch', '32', message`Rows of an update.`),
  epochs: number('--epochs', '12', message`Epochs.`),
  updates: number('--updates', '100', message`Updates of an epoch.`),
  learningRate: number('--learning-rate', '0.002', message`Highest step size of Adam.`),
  seeds: number('--seeds', '3', message`How many seeds: every variant is trained from each.`),
  seed: number('--seed', '1', message`The first of them.`),
  measured: number('--measured', '512', message`Rows of validation and of test that are measured.`),
  samples: number('--samples', '8', message`Rows that are sampled for the report.`),
})

/** The settings of the energy objective. */
export const objective: Group<ObjectiveFlag> = object('The energy objective', {
  lambda: number('--lambda', '0.05', message`Its weight λ (Eq. 5); with 0 training is plain.`),
  startEpoch: number(
    '--start-epoch',
    '6',
    message`The first epoch with it, counted from 0; before, training is plain.`,
  ),
  window: optional(
    option('--window', numericOrAll('N|all', '2'), {
      description: message`Most recent tokens of a prefix that gradients of log q̃ reach, or all of them.`,
    }),
  ),
  negativeTokens: number('--negative-tokens', '4096', message`Most sampled tokens of an update.`),
  length: number('--length', '48', message`Tokens of a sampled row.`),
  squaredLogSumExp: number('--squared-logsumexp', '0.001', message`Coefficient of the mean square of the logsumexp.`),
  labelSmoothing: number('--label-smoothing', '0.1', message`Label smoothing of the cross-entropy.`),
  weights: optional(
    option('--weights', oneOf('NAME', ['batch', 'independent']), {
      description: message`Rows that normalise the weights w: those of the batch (unless given), or as many others.`,
    }),
  ),
})

/** Where it runs, and what it leaves, but for the preset, whose names each task has of its own. */
export const place: Group<RunFlag> = object('Run', {
  device: optional(
    option('--device', oneOf('DEVICE', deviceNames), {
      description: message`What computes: auto, gpu, cpu, onnx or reference.`,
    }),
  ),
  out: text('--out', 'DIR', message`Folder of the run: report.html, results.json, figures, checkpoint.`),
  json: option('--json', { description: message`Print one JSON object instead of the table.` }),
})

/** Where an experiment on text or images runs, and what it leaves. */
export const run: Group<RunFlag | 'preset'> = merge(
  object('Run', {
    preset: optional(
      option('--preset', oneOf('NAME', eArmPresetNames), {
        description: message`Sizes to start from: tiny, small (unless given) or paper.`,
      }),
    ),
  }),
  place,
)
