/**
 * The settings of E-ARM experiments on text as a table: flag, values, presets, help and meaning of every option.
 *
 * `tiny` runs in minutes on two cores, `small` is a comparison over three seeds within half an hour, `paper` has the sizes
 * and settings of the paper's Table 6 for each network, for GPUs.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Experiment } from '../../experiment/experiment.ts'
import { maybe, names, settingOf, values, wholeNumbers } from '../../experiment/setting.ts'
import { fixed, presetOf, type Settings } from '../../experiment/settings.ts'
import { headsDivide, presetRow, rowsOf } from '../../experiment/common.ts'
import { type PaperSettings, paperSettings, wikitextBase, wikitextXl } from '../../models/table-6.ts'
import {
  type EArmPreset,
  eArmPresetNames,
  type LanguageExperiment,
  type LanguageNetworkName,
  languageNetworks,
} from './experiment-options.ts'
import { objectiveRows, weightsRow } from './objective-settings.ts'
import { paperTraining } from './paper-training.ts'
import {
  batchFollows,
  by,
  DATA,
  dataRow,
  feedForwardFollows,
  folderOf,
  presetByNetwork,
  objectiveFits,
  RUN,
  SIZES,
  sharedRows,
  startFollows,
  transformerRows,
} from './settings-common.ts'

/** What tokens are, other than bytes. */
const tokenizers = values<'words' | number>({
  codec: t.union([t.literal('words'), t.number]),
  metavar: 'words|N',
  read: (typed) => (typed === 'words' ? E.right('words' as const) : wholeNumbers(257, 1e6).read(typed)),
  format: String,
  isNot: (value) => (value === 'words' ? undefined : wholeNumbers(257, 1e6).isNot(value)),
})

/** The table: laid out as the record of options is. */
const languageSettings: Settings<LanguageExperiment, EArmPreset> = {
  task: fixed('lm'),
  preset: presetRow(RUN, eArmPresetNames, 'small'),
  data: dataRow(
    'NAME|FILE',
    by('king-james', 'king-james', 'english'),
    'A corpus of exptilt data list, a text file, or a folder with the three parts of a text (of WikiText, say).',
  ),
  tokenizer: maybe(
    settingOf<'words' | number, EArmPreset>(tokenizers)(
      DATA,
      '--tokenizer',
      undefined,
      'Tokens: words (of the training part), or so many symbols of a byte-pair encoding.',
      { example: '512', unless: 'bytes' },
    ),
  ),
  time: rowsOf<EArmPreset>(DATA).whole('--time', [1, 100_000], by(64, 64, 150), 'Tokens of a row.'),
  network: {
    kind: settingOf<LanguageNetworkName, EArmPreset>(names(languageNetworks))(
      SIZES,
      '--network',
      by<LanguageNetworkName>('transformer', 'transformer', 'transformer-xl'),
      'transformer or transformer-xl.',
      { metavar: 'NAME', example: 'transformer-xl' },
    ),
    ...transformerRows(
      { width: by(48, 96, 410), layers: by(2, 3, 16), heads: by(4, 4, 10), dropout: { all: 0.1 } },
      'Layers.',
    ),
  },
  objective: {
    ...objectiveRows<EArmPreset>({
      lambda: by(0.05, 0.05, paperSettings.wikitextXl.coefficient),
      startEpoch: by(3, 6, paperSettings.wikitextXl.startEpoch),
      length: by(32, 48, 50),
    }),
    weights: weightsRow(['batch', 'independent']),
  },
  ...sharedRows<EArmPreset>({
    batch: by(32, 32, 27),
    epochs: by(6, 12, 40),
    updates: by(40, 100, 5000),
    learningRate: by(2e-3, 2e-3, paperSettings.wikitextXl.learningRate),
    seeds: by(1, 3, 3),
    measured: by(128, 512, 512),
    samples: { all: 8 },
    variants: { all: ['plain', 'e-arm'] },
  }),
}

const languagePreset = presetOf(languageSettings)

/** `paper` by network, with the settings of its column of Table 6: rows of 150 tokens, 4096 tokens in an update. */
const paperLanguage = (
  kind: LanguageNetworkName,
  size: Omit<LanguageExperiment['network'], 'kind' | 'dropout'>,
  settings: PaperSettings,
): LanguageExperiment => {
  const paper = languagePreset('paper')
  const { dropout, coefficient: lambda, startEpoch } = settings
  return {
    ...paper,
    ...paperTraining(settings),
    network: { kind, ...size, dropout, norm: 'post', activation: 'relu' },
    objective: { ...paper.objective, lambda, startEpoch },
  }
}

const sizeOf = ({
  model: width,
  layers,
  heads,
}: {
  readonly model: number
  readonly layers: number
  readonly heads: number
}) => ({
  width,
  layers,
  heads,
})

/** `paper` of each network. */
export const languagePapers: Readonly<Record<LanguageNetworkName, LanguageExperiment>> = {
  transformer: paperLanguage('transformer', sizeOf(wikitextBase), paperSettings.wikitextBase),
  'transformer-xl': paperLanguage(
    'transformer-xl',
    { ...sizeOf(wikitextXl), feedForward: wikitextXl.feedForward },
    paperSettings.wikitextXl,
  ),
}

/** The presets by name. */
export const languagePresets: Readonly<Record<EArmPreset, LanguageExperiment>> = {
  tiny: languagePreset('tiny'),
  small: languagePreset('small'),
  paper: languagePapers['transformer-xl'],
}

/** The options of an experiment on text as a value: `paper` has other sizes and settings for each network. */
export const languageExperiment: Experiment<LanguageExperiment, EArmPreset> = {
  name: 'options of exptilt earm lm',
  settings: languageSettings,
  rules: [headsDivide(({ network }) => network), objectiveFits],
  presetFor: presetByNetwork(languagePresets, languagePapers),
  follow: (typed, preset) => (options) =>
    batchFollows<LanguageExperiment>(typed)(
      feedForwardFollows<LanguageExperiment>(typed, preset)(startFollows<LanguageExperiment>(typed, preset)(options)),
    ),
  folder: folderOf(({ network }) => network.kind),
}
