/**
 * From flags to the options of an E-ARM experiment: the preset, overridden by what was typed, checked.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { orElse } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import {
  type EArmExperiment,
  type EArmNetwork,
  type EArmTaskName,
  validateExperiment,
} from '../systems/e-arm/experiment-options.ts'
import { eArmPresetFor } from '../systems/e-arm/experiment-presets.ts'
import type { EArmOptions } from '../systems/e-arm/options.ts'
import type { EArmFlags, EArmSettingFlags } from './earm-flags.ts'
import { given } from './given.ts'

type TaskFlags = EArmSettingFlags & { readonly task: EArmTaskName }

/** What every preset of an experiment has. */
type Preset = Pick<
  EArmExperiment,
  'data' | 'time' | 'batch' | 'epochs' | 'updates' | 'learningRate' | 'objective' | 'seeds' | 'seed' | 'measured'
> &
  Pick<EArmExperiment, 'samples' | 'device'>

/** The flags of every experiment. */
type CommonFlags = Omit<EArmSettingFlags, 'network' | 'preset'>

/** The preset's start epoch in proportion, where another number of epochs was typed: the last of them at most. */
const startOf = (flags: CommonFlags, { epochs, objective }: Preset): number =>
  flags.epochs === undefined
    ? objective.startEpoch
    : Math.max(0, Math.min(flags.epochs - 1, Math.round((objective.startEpoch / epochs) * Math.trunc(flags.epochs))))

/** Images of another set have another length: sampled rows are then whole. */
const lengthOf = ({ task, data, length }: TaskFlags, preset: EArmExperiment): number | undefined =>
  length ?? (task === 'image' && data !== undefined && data !== preset.data ? undefined : preset.objective.length)

const objectiveWith = (flags: CommonFlags, preset: Preset): EArmOptions => {
  const { objective } = preset
  return {
    ...objective,
    lambda: given(flags.lambda, objective.lambda),
    startEpoch: given(flags.startEpoch, startOf(flags, preset)),
    window: given(flags.window, objective.window),
    negativeTokens: given(flags.negativeTokens, objective.negativeTokens),
    length: given(flags.length, objective.length),
    squaredLogSumExp: given(flags.squaredLogSumExp, objective.squaredLogSumExp),
    labelSmoothing: given(flags.labelSmoothing, objective.labelSmoothing),
    weights: given(flags.weights, objective.weights),
  }
}

/** What every experiment has, as typed or from the preset. */
export const commonWith = (flags: CommonFlags, preset: Preset): Preset & { readonly out?: string } => ({
  data: given(flags.data, preset.data),
  time: given(flags.time, preset.time),
  batch: given(flags.batch, preset.batch),
  epochs: given(flags.epochs, preset.epochs),
  updates: given(flags.updates, preset.updates),
  learningRate: given(flags.learningRate, preset.learningRate),
  objective: objectiveWith(flags, preset),
  seeds: given(flags.seeds, preset.seeds),
  seed: given(flags.seed, preset.seed),
  measured: given(flags.measured, preset.measured),
  samples: given(flags.samples, preset.samples),
  device: given(flags.device, preset.device),
  ...(flags.out === undefined ? {} : { out: flags.out }),
})

/** A width that was typed brings its own feed-forward layers. */
const networkWith = (flags: TaskFlags, { feedForward, ...network }: EArmNetwork): EArmNetwork => ({
  ...network,
  width: given(flags.width, network.width),
  layers: given(flags.layers, network.layers),
  heads: given(flags.heads, network.heads),
  dropout: given(flags.dropout, network.dropout),
  ...(feedForward === undefined || flags.width !== undefined ? {} : { feedForward }),
})

const experimentWith = (flags: TaskFlags): EArmExperiment => {
  const preset = eArmPresetFor(flags.task, flags.preset ?? 'small', flags.network)
  const { network } = preset
  const common = commonWith(flags, preset)
  return {
    ...preset,
    ...common,
    network: networkWith(flags, network),
    objective: { ...common.objective, length: lengthOf(flags, preset) },
  }
}

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

const forTextOnly = ({ task, time, heads }: TaskFlags): Failure | undefined => {
  if (task === 'lm') return undefined
  if (time !== undefined) return usage('--time is for text; images have their own length', 'leave it out')
  return heads === undefined ? undefined : usage('--heads is for transformers; a PixelCNN has none', 'leave it out')
}

/** The checked options that the flags ask for. */
export const experimentFrom = (flags: TaskFlags): E.Either<Failure, EArmExperiment> => {
  const wrong = forTextOnly(flags)
  return wrong === undefined ? validateExperiment(experimentWith(flags)) : E.left(wrong)
}

/** The options of an earlier run with the device and the number of samples that were typed. */
export const eArmResumedWith =
  (flags: EArmFlags) =>
  (options: EArmExperiment): E.Either<Failure, EArmExperiment> =>
    options.task === flags.task
      ? validateExperiment({
          ...options,
          device: given(flags.device, options.device),
          samples: given(flags.samples, options.samples),
        })
      : E.left(
          usage(
            `the run in ${flags.resume ?? 'the folder'} is one of exptilt earm ${options.task}, not of earm ${flags.task}`,
            `use exptilt earm ${options.task} --resume`,
          ),
        )

/** Where a run of these options goes when no `--out` says so. */
export const eArmFolder = ({ task, preset, data, network, seed }: EArmExperiment): string =>
  join(
    'runs',
    ['earm', task, preset, orElse(data.split(/[\\/]/).at(-1), 'data'), network.kind, `seed${seed}`].join('-'),
  )
