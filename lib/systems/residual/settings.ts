/**
 * The settings of a residual-model experiment as a table: flag, values, presets, help and meaning of every option, and the
 * rules that no single option can say.
 *
 * `tiny` runs end to end in about three minutes on two cores, `small` is a real comparison within forty minutes on one
 * core, `paper` has the sizes of the slides (a base of 203 million parameters, 100 000 samples for log Z): for clusters.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TokenizerChoice } from '../../data/token-corpus.ts'
import type { Failure } from '../../errors.ts'
import { MANY, presetRow, rowsOf, runRows } from '../../experiment/common.ts'
import {
  type Aside,
  type Defaults,
  maybe,
  names,
  numbers,
  settingOf,
  switchOf,
  texts,
  values,
} from '../../experiment/setting.ts'
import { type Experiment, namedPreset, optionsCodec, validated } from '../../experiment/experiment.ts'
import { presetOf, type Settings } from '../../experiment/settings.ts'
import {
  headNames,
  objectiveNames,
  presetNames,
  type ResidualOptions,
  type ResidualPreset,
  startNames,
  type TrainingOptions,
} from './options.ts'
import { by, ENERGY, measureSettings } from './measure-settings.ts'
import { residualRules } from './rules.ts'

type Table = Settings<ResidualOptions, ResidualPreset>

const DATA = 'Data'
const SIZES = 'Sizes (the preset fills in what is absent)'
const BASE = 'Training of the base'
const RUN = 'Run'

const tokenizer = settingOf<TokenizerChoice, ResidualPreset>(
  values({
    codec: t.union([
      t.type({ kind: t.literal('byte') }),
      t.type({ kind: t.literal('bpe'), symbols: t.number }),
      t.type({ kind: t.literal('file'), path: t.string }),
    ]),
    metavar: 'byte|N|FILE',
    read: (typed) =>
      E.right(
        typed === 'byte'
          ? { kind: 'byte' }
          : /^\d+$/.test(typed)
            ? { kind: 'bpe', symbols: Number(typed) }
            : { kind: 'file', path: typed },
      ),
    format: (choice) =>
      choice.kind === 'byte' ? 'byte' : choice.kind === 'bpe' ? String(choice.symbols) : choice.path,
    isNot: (choice) =>
      choice.kind === 'bpe' && !(Number.isInteger(choice.symbols) && choice.symbols > 257)
        ? 'a number of symbols above 257, byte, or a tokenizer.json'
        : choice.kind === 'file' && choice.path.trim() === ''
          ? 'a file'
          : undefined,
  }),
)

const training = (
  group: string,
  prefix: '' | 'energy-',
  { steps, batch, learningRate, warmUp, evaluateEvery }: Settled,
): Settings<TrainingOptions, ResidualPreset> => {
  const { whole, learningRate: rate, batch: rows } = rowsOf<ResidualPreset>(group)
  const [most, each] =
    prefix === '' ? ['Optimiser steps.', ''] : ['Most optimiser steps.', '; each has its rows of noise']
  return {
    steps: whole(`--${prefix}steps`, [1, MANY], steps, most),
    batch: rows(`--${prefix}batch`, batch, `Rows of a step${each}.`),
    learningRate: rate(`--${prefix}learning-rate`, learningRate),
    warmUp: whole(`--${prefix}warm-up`, [0, MANY], warmUp, 'Steps in which the step size rises to it.'),
    evaluateEvery: whole(`--${prefix}evaluate-every`, [1, MANY], evaluateEvery, 'Steps between two evaluations.'),
  }
}

/** What a training is in each preset. */
type Settled = Readonly<Record<keyof TrainingOptions, Defaults<number, ResidualPreset>>>

const { whole: size, width, layers, heads, dropout } = rowsOf<ResidualPreset>(SIZES)
const { whole: given } = rowsOf<ResidualPreset>(DATA)
const { whole: energy } = rowsOf<ResidualPreset>(ENERGY)
const run = runRows<ResidualPreset>(RUN)

/** Options that earlier versions did not write: what they were then. */
const was = <A>(absent: A): Aside<A> => ({ absent })

/** The table: laid out as the record of options. */
export const residualSettings: Table = {
  corpus: settingOf<string, ResidualPreset>(texts('NAME|FILE'))(
    DATA,
    '--data',
    by('king-james', 'king-james', 'english'),
    'A corpus of exptilt data list, or a text file.',
  ),
  tokenizer: tokenizer(
    DATA,
    '--tokenizer',
    by<TokenizerChoice>({ kind: 'byte' }, { kind: 'bpe', symbols: 1024 }, { kind: 'bpe', symbols: 32_768 }),
    'byte, a number of symbols (bpe, trained here), or a tokenizer.json.',
  ),
  split: maybe(
    settingOf<number, ResidualPreset>(numbers({ from: 0.05, to: 0.95 }))(
      DATA,
      '--split',
      undefined,
      'The share of the training text that the base learns; energies and RALM learn the rest, which it has not seen.',
      { example: '0.5', unless: 'all learn all of it' },
    ),
  ),
  chunk: {
    prefix: given('--prefix', [0, 100_000], by(24, 24, 120), 'Tokens that are given.'),
    modelled: given('--modelled', [1, 100_000], by(24, 24, 40), 'Tokens that are modelled.'),
  },
  network: {
    model: width(by(48, 64, 1024), 'Width of the transformers; --feed-forward follows it in proportion.'),
    heads: heads(by(4, 4, 16)),
    layers: layers(by(2, 2, 12), 'Layers of the base, and of the energies unless --energy-layers is given.'),
    feedForward: size('--feed-forward', [1, 1_000_000], by(192, 256, 4096), 'Width of the feed-forward layers.'),
    dropout: dropout(by(0, 0, 0.1)),
  },
  base: training(BASE, '', {
    steps: by(800, 2500, 180_000),
    batch: by(32, 32, 512),
    learningRate: by(4e-3, 3e-3, 5e-4),
    warmUp: by(50, 100, 4000),
    evaluateEvery: by(200, 200, 2000),
  }),
  energy: {
    ...training(ENERGY, 'energy-', {
      steps: by(600, 3000, 180_000),
      batch: by(32, 32, 64),
      learningRate: by(1.5e-3, 1e-3, 1e-4),
      warmUp: by(50, 100, 4000),
      evaluateEvery: by(100, 100, 2000),
    }),
    objective: settingOf<ResidualOptions['energy']['objective'], ResidualPreset>(names(objectiveNames))(
      ENERGY,
      '--objective',
      { all: 'nce' },
      'nce, dynamic-nce (its noise model is trained on), or importance (sampled likelihood).',
      { metavar: 'HOW' },
    ),
    ratio: energy('--ratio', [1, 10_000], { all: 1 }, 'Rows of noise for each datum, ν.'),
    penalty: settingOf<number, ResidualPreset>(numbers({ from: 0, to: 1e6 }))(
      ENERGY,
      '--penalty',
      by(0.01, 0.002, 0.01),
      'Rate of the l2 on energies.',
    ),
    head: settingOf<ResidualOptions['energy']['head'], ResidualPreset>(names(headNames))(
      ENERGY,
      '--head',
      { all: 'mean-linear' },
      'mean-linear, position-sum, target-logit or logsumexp.',
      { metavar: 'HEAD' },
    ),
    layers: maybe(
      energy('--energy-layers', [1, 1000], undefined, 'Layers of the energies: at most those of the base.', {
        example: '2',
        unless: 'as --layers',
      }),
    ),
    start: settingOf<ResidualOptions['energy']['start'], ResidualPreset>(names(startNames))(
      ENERGY,
      '--start',
      { all: 'masked' },
      'Where the energies start: base, random, or masked (BiT from a masked language model).',
      { metavar: 'FROM' },
    ),
    pool: energy('--pool', [1, MANY], by(6000, 64_000, 1_000_000), 'Data rows for which noise is drawn.'),
    patience: energy('--patience', [1, MANY], by(4, 10, 10), 'Evaluations without improvement before stopping.'),
    logNormaliser: switchOf(
      ENERGY,
      '--log-normaliser',
      true,
      'Learn a log-normaliser c beside the energy.',
      was(false),
    ),
    starData: maybe(
      settingOf<string, ResidualPreset>(texts('NAME|FILE'))(
        ENERGY,
        '--star-data',
        undefined,
        'The text of the masked models that starred --energies start from.',
        { example: 'austen', unless: 'there are none' },
      ),
    ),
    rounds: energy('--rounds', [1, 10_000], { all: 8 }, 'dynamic-nce: how often noise is drawn anew.', was(8)),
    interpolation: settingOf<number, ResidualPreset>(numbers({ from: 0.01, to: 1 }))(
      ENERGY,
      '--interpolation',
      { all: 0.75 },
      'dynamic-nce: weight of data on the data side.',
      was(0.75),
    ),
  },
  microBatches: rowsOf<ResidualPreset>(BASE).microBatches,
  ...measureSettings,
  policySteps: maybe(
    energy(
      '--policy-steps',
      [1, MANY],
      undefined,
      'Steps of a policy gradient: a copy of the base is moved to joint BiT.',
      {
        example: '1000',
        unless: 'none',
      },
    ),
  ),
  policySamples: maybe(
    energy(
      '--policy-samples',
      [2, 10_000],
      undefined,
      'With --policy-steps: samples of the base for each prefix of a step.',
      {
        example: '16',
        unless: '8',
      },
    ),
  ),
  baselines: switchOf(ENERGY, '--without-baselines', false, 'Do not train RALM and BALM.'),
  seed: run.seed,
  device: run.device,
  workers: run.workers,
  on: run.on,
  preset: presetRow(RUN, presetNames, 'small'),
  baseFile: maybe(
    settingOf<string, ResidualPreset>(texts('FILE'))(
      BASE,
      '--base',
      undefined,
      'Do not train it: read a GPT-2-style checkpoint (safetensors).',
      { example: 'gpt2.safetensors', unless: 'it is trained' },
    ),
  ),
  out: run.out,
}

/**
 * The presets by name.
 *
 * @example
 * presets.tiny.evaluation.samples // => 48
 */
export const presets: Readonly<Record<ResidualPreset, ResidualOptions>> = {
  tiny: presetOf(residualSettings)('tiny'),
  small: presetOf(residualSettings)('small'),
  paper: presetOf(residualSettings)('paper'),
}

/** A width that was typed brings its own feed-forward layers, in the preset's proportion. */
const followingWidth: Experiment<ResidualOptions, ResidualPreset>['follow'] = (typed, preset) => (options) => {
  if (typed['--width'] === undefined || typed['--feed-forward'] !== undefined) return options
  const { model, feedForward } = preset.network
  const { network } = options
  return { ...options, network: { ...network, feedForward: Math.round((network.model * feedForward) / model) } }
}

/** The options of the experiment as a value. */
export const residualExperiment: Experiment<ResidualOptions, ResidualPreset> = {
  name: 'options of exptilt residual',
  settings: residualSettings,
  rules: residualRules,
  presetFor: namedPreset(presets, 'small'),
  follow: followingWidth,
  folder: ({ corpus, preset, seed }) =>
    ['runs', ['residual', preset, corpus.split(/[\\/]/).at(-1), `seed${seed}`].join('-')].join('/'),
}

/** Codec of the option record; decoding checks types, `validateOptions` checks values. */
export const residualOptionsCodec: t.Type<ResidualOptions, unknown> = optionsCodec(residualExperiment)

/** Checks the values of an option record; fails with `Usage`, one sentence naming the option and the remedy. */
export const validateOptions: (options: ResidualOptions) => E.Either<Failure, ResidualOptions> =
  validated(residualExperiment)
