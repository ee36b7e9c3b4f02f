/**
 * The settings of E-ARM experiments: those of every task, their codecs, and their checks.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Failure } from '../../errors.ts'
import { type Experiment, optionsCodec, validated } from '../../experiment/experiment.ts'
import { partOf } from '../../experiment/settings.ts'
import { namedBy } from '../../names.ts'
import type {
  EArmExperiment,
  EArmPreset,
  ImageExperiment,
  LanguageExperiment,
  TranslationExperiment,
  TranslationPreset,
} from './experiment-options.ts'
import { imageExperiment, imagePresets } from './image-settings.ts'
import { languageExperiment, languagePresets } from './language-settings.ts'
import { translationExperiment, translationPresets } from './translation-settings.ts'

/** The options of the experiments as values, by task. */
export const eArmExperiments: {
  readonly lm: Experiment<LanguageExperiment, EArmPreset>
  readonly image: Experiment<ImageExperiment, EArmPreset>
  readonly translate: Experiment<TranslationExperiment, TranslationPreset>
} = {
  lm: languageExperiment,
  image: imageExperiment,
  translate: translationExperiment,
}

/**
 * The presets by task and name, of the network that a task has unless another is named.
 *
 * @example
 * Object.keys(eArmPresets.lm) // => ['tiny', 'small', 'paper']
 */
export const eArmPresets: {
  readonly lm: Readonly<Record<EArmPreset, LanguageExperiment>>
  readonly image: Readonly<Record<EArmPreset, ImageExperiment>>
  readonly translate: Readonly<Record<TranslationPreset, TranslationExperiment>>
} = { lm: languagePresets, image: imagePresets, translate: translationPresets }

/** Codec of the options of all experiments; decoding checks types, `validateExperiment` checks values. */
export const experimentCodec: t.Type<EArmExperiment, unknown> = t.union([
  optionsCodec(languageExperiment),
  optionsCodec(imageExperiment),
  optionsCodec(translationExperiment),
])

/** Does the same with the options of any task, under its own experiment. */
const under = <A>(
  options: EArmExperiment,
  use: <O extends EArmExperiment, P extends string>(experiment: Experiment<O, P>, options: O) => A,
): A => {
  switch (options.task) {
    case 'lm':
      return use(languageExperiment, options)
    case 'image':
      return use(imageExperiment, options)
    case 'translate':
      return use(translationExperiment, options)
  }
}

/** Checks the values of an option record; fails with `Usage`, one sentence naming the option and the remedy. */
export const validateExperiment = (options: EArmExperiment): E.Either<Failure, EArmExperiment> =>
  pipe(
    namedBy({ task: [options.task, Object.keys(eArmExperiments)] }),
    E.flatMap(() => under<E.Either<Failure, EArmExperiment>>(options, (experiment, own) => validated(experiment)(own))),
  )

/** Options that change what is trained, as plain data: checkpoints are valid under them alone. */
export const settingsOf = (options: EArmExperiment): unknown =>
  JSON.parse(JSON.stringify(under<unknown>(options, (experiment, own) => partOf(experiment.settings, 'trains')(own))))

/** Where a run of these options goes when no `--out` says so. */
export const folderOfRun = (options: EArmExperiment): string =>
  under<string>(options, (experiment, own) => experiment.folder(own))
