/**
 * The settings of E-ARM experiments on text as a table: flag, values, presets, help and meaning of every option.
 *
 * `tiny` runs in minutes on two cores, `small` is a comparison over three seeds within half an hour, `paper` has the sizes
 * and settings of the paper's Table 6 for each network, for GPUs.
 */
import type { Experiment } from '../../experiment/experiment.ts'
import { names, settingOf } from '../../experiment/setting.ts'
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
import {
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

/** The table: laid out as the record of options is. */
const languageSettings: Settings<LanguageExperiment, EArmPreset> = {
  task: fixed('lm'),
  preset: presetRow(RUN, eArmPresetNames, 'small'),
  data: dataRow(
    'NAME|FILE',
    by('king-james', 'king-james', 'english'),
    'A corpus of exptilt data list, or a text file.',
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
    batch: by(32, 32, 60),
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

/** `paper` by network, with the settings of its column of Table 6: 40 epochs of rows of 150 tokens, 9000 tokens in an update. */
const paperLanguage = (
  kind: LanguageNetworkName,
  size: Omit<LanguageExperiment['network'], 'kind' | 'dropout'>,
  { dropout, learningRate, coefficient: lambda, startEpoch }: PaperSettings,
): LanguageExperiment => {
  const paper = languagePreset('paper')
  return {
    ...paper,
    network: { kind, ...size, dropout },
    learningRate,
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

const languagePapers: Readonly<Record<LanguageNetworkName, LanguageExperiment>> = {
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
    feedForwardFollows<LanguageExperiment>(typed, preset)(startFollows<LanguageExperiment>(typed, preset)(options)),
  folder: folderOf(({ network }) => network.kind),
}
