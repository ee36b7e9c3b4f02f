/**
 * The settings of E-ARM experiments: those of every task, their codecs, and their checks.
 */
import type * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Failure } from '../../errors.ts'
import { type Experiment, optionsCodec, validated } from '../../experiment/experiment.ts'
import { partOf } from '../../experiment/settings.ts'
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

/** The presets by task and name, of the network that a task has unless another is named. */
export const eArmPresets: {
  readonly lm: Readonly<Record<EArmPreset, LanguageExperiment>>
  readonly image: Readonly<Record<EArmPreset, ImageExperiment>>
  readonly translate: Readonly<Record<TranslationPreset, TranslationExperiment>>
} = { lm: languagePresets, image: imagePresets, translate: translationPresets }

/** Codec of the options of experiments on text and images; decoding checks types, `validateExperiment` checks values. */
export const experimentCodec: t.Type<EArmExperiment, unknown> = t.union([
  optionsCodec(languageExperiment),
  optionsCodec(imageExperiment),
])

/** Codec of the options of experiments on translation. */
export const translationCodec: t.Type<TranslationExperiment, unknown> = optionsCodec(translationExperiment)

/** Checks the values of an option record; fails with `Usage`, one sentence naming the option and the remedy. */
export const validateExperiment = (options: EArmExperiment): E.Either<Failure, EArmExperiment> =>
  options.task === 'lm' ? validated(languageExperiment)(options) : validated(imageExperiment)(options)

/** The same for translation. */
export const validateTranslation: (options: TranslationExperiment) => E.Either<Failure, TranslationExperiment> =
  validated(translationExperiment)

/** Options that change what is trained, as plain data: checkpoints are valid under them alone. */
export const settingsOf = (options: EArmExperiment | TranslationExperiment): unknown =>
  JSON.parse(
    JSON.stringify(
      options.task === 'lm'
        ? partOf(languageExperiment.settings, 'trains')(options)
        : options.task === 'image'
          ? partOf(imageExperiment.settings, 'trains')(options)
          : partOf(translationExperiment.settings, 'trains')(options),
    ),
  )
