/** The settings of what is measured of a residual-model experiment, of the energies that are compared, and of what is generated. */
import * as t from 'io-ts'
import { MANY, rowsOf } from '../../experiment/common.ts'
import {
  type Defaults,
  listsOf,
  maybe,
  names,
  orAll,
  orAuto,
  type Setting,
  settingOf,
  wholeNumbers,
} from '../../experiment/setting.ts'
import type { Settings } from '../../experiment/settings.ts'
import {
  type FurtherEnergy,
  furtherNames,
  type PartitionEstimator,
  partitionNames,
  type ResidualOptions,
  type ResidualPreset,
} from './options.ts'

const MEASURING = 'Measuring'

/** The heading of what trains energies. */
export const ENERGY = 'Training of the energies'

/** A value for each preset. */
export const by = <A>(tiny: A, small: A, paper: A): Defaults<A, ResidualPreset> => ({ tiny, small, paper })

const measured = (
  flag: `--${string}`,
  least: number,
  defaults: Defaults<number, ResidualPreset>,
  help: string,
): Setting<number, ResidualPreset> =>
  rowsOf<ResidualPreset>(MEASURING).whole(flag, [least, MANY], defaults, help, { role: 'measures' })

/** The rows, laid out as the record of options. */
export const measureSettings: Pick<
  Settings<ResidualOptions, ResidualPreset>,
  'evaluation' | 'generation' | 'analysis'
> = {
  evaluation: {
    chunks: measured('--chunks', 2, by(128, 512, 1000), 'Test rows.'),
    samples: settingOf<number | 'auto', ResidualPreset>(orAuto(wholeNumbers(2, MANY)))(
      MEASURING,
      '--samples',
      by(48, 96, 100_000),
      'Samples for log Z of each prefix; auto: 128 to 8192, more where few are effective.',
      { role: 'measures', example: 'auto' },
    ),
    partition: maybe(
      settingOf<PartitionEstimator, ResidualPreset>(names(partitionNames))(
        MEASURING,
        '--partition',
        undefined,
        'How log Z is estimated: plain, stratified by the first modelled token, or with a control variate of it.',
        { role: 'measures', metavar: 'HOW', example: 'stratified', unless: 'plain' },
      ),
    ),
    stepChunks: measured('--step-chunks', 1, by(16, 16, 100), 'Test rows of the per-step perplexity.'),
    stepPositions: measured('--step-positions', 1, by(5, 8, 40), 'Positions at which it is measured.'),
    stepSamples: measured('--step-samples', 2, by(32, 48, 10_000), 'Samples for each of its expectations.'),
    energies: maybe(
      settingOf<readonly FurtherEnergy[], ResidualPreset>(
        listsOf(names(furtherNames), (list) =>
          new Set(list).size === list.length ? undefined : 'a list without repetition',
        ),
      )(
        ENERGY,
        '--energies',
        undefined,
        'Beside UniT and BiT, in one table: BiT of 0.6 and 1.75 times their layers, and starred, from a masked model of --star-data.',
        { role: 'measures', metavar: 'NAME,…', example: 'bit-base,bit-large', unless: 'none' },
      ),
    ),
  },
  generation: {
    count: measured('--count', 2, by(128, 1000, 1000), 'Continuations to generate.'),
    proposals: measured('--proposals', 1, by(32, 48, 10_000), 'n, proposals for each (Algorithm 1).'),
    topK: settingOf<number, ResidualPreset>(orAll(wholeNumbers(1, 1e6), t.number, 0))(
      MEASURING,
      '--top-k',
      by(0, 0, 10),
      'k of top-k proposals; all: exact samples.',
      { role: 'measures', example: '10' },
    ),
  },
  analysis: {
    rows: measured(
      '--analysis-rows',
      16,
      by(800, 20_000, 20_000),
      'Rows of each kind that the fresh discriminator is trained on.',
    ),
    proposals: measured('--analysis-proposals', 1, by(8, 12, 100), 'Proposals for each joint row that it sees.'),
    steps: measured('--analysis-steps', 1, by(200, 1600, 5000), 'Its optimiser steps.'),
  },
}
