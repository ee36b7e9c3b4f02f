/**
 * The settings of E-ARM experiments on images as a table: flag, values, presets, help and meaning of every option.
 *
 * `tiny` runs in minutes on two cores, `small` is a comparison over three seeds within half an hour, `paper` has the sizes
 * of the PixelCNN papers, for GPUs.
 */
import { presetRow, rowsOf } from '../../experiment/common.ts'
import type { Experiment } from '../../experiment/experiment.ts'
import { maybe, names, settingOf } from '../../experiment/setting.ts'
import { fixed, presetOf, type Settings } from '../../experiment/settings.ts'
import {
  type EArmPreset,
  eArmPresetNames,
  type ImageExperiment,
  type ImageNetworkName,
  imageNetworks,
} from './experiment-options.ts'
import { objectiveRows, weightsRow } from './objective-settings.ts'
import { PAPER_PATIENCE } from './paper-training.ts'
import {
  batchFollows,
  by,
  DATA,
  dataRow,
  folderOf,
  presetByNetwork,
  objectiveFits,
  RUN,
  SIZES,
  sharedRows,
  startFollows,
} from './settings-common.ts'

const { width, layers, dropout } = rowsOf<EArmPreset>(SIZES)

/** The table: laid out as the record of options is. */
const imageSettings: Settings<ImageExperiment, EArmPreset> = {
  task: fixed('image'),
  preset: presetRow(RUN, eArmPresetNames, 'small'),
  data: dataRow(
    'NAME|FILE',
    by('digits', 'digits', 'mnist-binary'),
    'A set of images of exptilt data list, an IDX file, or a folder with the files of MNIST or CIFAR-10.',
  ),
  levels: maybe(
    rowsOf<EArmPreset>(DATA).whole('--levels', [2, 256], undefined, 'Levels of a pixel: fewer than the images have.', {
      example: '2',
      unless: 'as in the data',
    }),
  ),
  network: {
    kind: settingOf<ImageNetworkName, EArmPreset>(names(imageNetworks))(
      SIZES,
      '--network',
      { all: 'gated-pixelcnn' },
      'pixelcnn or gated-pixelcnn.',
      { metavar: 'NAME', example: 'pixelcnn' },
    ),
    width: width(by(12, 24, 48), 'Feature maps.'),
    layers: layers(by(2, 4, 12), 'Layers.'),
    dropout: dropout({ all: 0 }),
  },
  objective: {
    ...objectiveRows<EArmPreset>({
      startEpoch: by(3, 8, 15),
      negativeTokens: by(4096, 4096, 64 * 784),
      length: by(32, 64, 784),
    }),
    weights: weightsRow(['batch', 'independent']),
  },
  ...sharedRows<EArmPreset>({
    batch: by(32, 32, 64),
    epochs: by(6, 16, 40),
    updates: by(40, 45, 125),
    learningRate: by(2e-3, 2e-3, 1e-3),
    seeds: by(1, 3, 3),
    measured: by(128, 180, 180),
    samples: { all: 64 },
    variants: { all: ['plain', 'e-arm'] },
  }),
}

const imagePreset = presetOf(imageSettings)

const paperImages: ImageExperiment = { ...imagePreset('paper'), patience: PAPER_PATIENCE }

const imagePapers: Readonly<Record<ImageNetworkName, ImageExperiment>> = {
  pixelcnn: { ...paperImages, network: { ...paperImages.network, kind: 'pixelcnn', width: 16, layers: 7 } },
  'gated-pixelcnn': paperImages,
}

/** The presets by name. */
export const imagePresets: Readonly<Record<EArmPreset, ImageExperiment>> = {
  tiny: imagePreset('tiny'),
  small: imagePreset('small'),
  paper: paperImages,
}

/** The options of an experiment on images as a value. Images of another set have another length: sampled rows are then whole. */
export const imageExperiment: Experiment<ImageExperiment, EArmPreset> = {
  name: 'options of exptilt earm image',
  settings: imageSettings,
  rules: [objectiveFits],
  presetFor: presetByNetwork(imagePresets, imagePapers),
  follow: (typed, preset) => (options) => {
    const started = batchFollows<ImageExperiment>(typed)(startFollows<ImageExperiment>(typed, preset)(options))
    return typed['--length'] !== undefined || options.data === preset.data
      ? started
      : { ...started, objective: { ...started.objective, length: undefined } }
  },
  folder: folderOf(({ network }) => network.kind),
}
