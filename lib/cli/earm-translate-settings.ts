/**
 * From flags to the options of a translation experiment: the preset, overridden by what was typed, checked.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { orElse } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import {
  type TranslationExperiment,
  type TranslationNetwork,
  validateTranslation,
} from '../systems/e-arm/translation-options.ts'
import { translationPresets } from '../systems/e-arm/translation-presets.ts'
import { commonWith } from './earm-settings.ts'
import type { TranslateFlags, TranslateSettingFlags } from './earm-translate-flags.ts'
import { given } from './given.ts'

const usage = (what: string, remedy: string): E.Either<Failure, never> => E.left(failure('Usage', what, remedy))

/** What is translated: a corpus, or two files. */
type Data = Pick<TranslationExperiment, 'data' | 'target'>

const dataOf = ({ data, source, target }: TranslateSettingFlags, preset: Data): E.Either<Failure, Data> => {
  if (source === undefined)
    return target === undefined
      ? E.right({ data: given(data, preset.data) })
      : usage('--target was given without --source', 'add --source FILE, the sentences that it translates')
  if (data !== undefined) return usage('--data and --source were both given', 'give one of them')
  return target === undefined
    ? usage('--source was given without --target', 'add --target FILE, its translations line by line')
    : E.right({ data: source, target })
}

/** A width that was typed brings its own feed-forward layers. */
const networkWith = (
  flags: TranslateSettingFlags,
  { feedForward, ...network }: TranslationNetwork,
): TranslationNetwork => {
  const wide = flags.feedForward ?? (flags.width === undefined ? feedForward : undefined)
  return {
    width: given(flags.width, network.width),
    layers: given(flags.layers, network.layers),
    heads: given(flags.heads, network.heads),
    dropout: given(flags.dropout, network.dropout),
    ...(wide === undefined ? {} : { feedForward: wide }),
  }
}

const experimentWith = (flags: TranslateSettingFlags, data: Data): TranslationExperiment => {
  const preset = translationPresets[flags.preset ?? 'small']
  return {
    ...preset,
    ...commonWith(flags, preset),
    ...data,
    symbols: given(flags.symbols, preset.symbols),
    network: networkWith(flags, preset.network),
    variants: given(flags.variants, preset.variants),
    beam: given(flags.beam, preset.beam),
    lengthPenalty: given(flags.lengthPenalty, preset.lengthPenalty),
    translated: given(flags.translated, preset.translated),
    candidates: given(flags.candidates, preset.candidates),
    lengths: given(flags.lengths, preset.lengths),
  }
}

/** The checked options that the flags ask for. */
export const translationFrom = (flags: TranslateSettingFlags): E.Either<Failure, TranslationExperiment> =>
  pipe(
    dataOf(flags, translationPresets[flags.preset ?? 'small']),
    E.map((data) => experimentWith(flags, data)),
    E.chain(validateTranslation),
  )

/** Flags that may go with `--resume`: they change where a run computes and what is measured, not what it trains. */
export const translateWithResume: readonly (keyof TranslateFlags)[] = [
  'device',
  'samples',
  'translated',
  'candidates',
  'lengths',
]

/** The options of an earlier run with what was typed beside `--resume`. */
export const translationResumedWith =
  (flags: TranslateFlags) =>
  (options: TranslationExperiment): E.Either<Failure, TranslationExperiment> =>
    validateTranslation({
      ...options,
      device: given(flags.device, options.device),
      samples: given(flags.samples, options.samples),
      translated: given(flags.translated, options.translated),
      candidates: given(flags.candidates, options.candidates),
      lengths: given(flags.lengths, options.lengths),
    })

/** Where a run of these options goes when no `--out` says so. */
export const translationFolder = ({ preset, data, seed }: TranslationExperiment): string =>
  join('runs', ['earm', 'translate', preset, orElse(data.split(/[\\/]/).at(-1), 'data'), `seed${seed}`].join('-'))
