/** What `exptilt earm translate …` says, as records: absent flags are `undefined`. */
import type { TranslationVariant } from '../systems/e-arm/translation-programs.ts'
import type { TranslationMethod } from '../systems/e-arm/translation-samples.ts'
import type { TranslationPreset } from '../systems/e-arm/translation-options.ts'
import type { EArmSettingFlags } from './earm-flags.ts'

/** Flags of an experiment, shared by the run and table 11. */
export interface TranslateSettingFlags extends Omit<EArmSettingFlags, 'network' | 'preset'> {
  readonly preset: TranslationPreset | undefined
  /** Files of sources and of their translations, instead of `data`. */
  readonly source: string | undefined
  readonly target: string | undefined
  readonly symbols: number | undefined
  readonly feedForward: number | undefined
  readonly variants: readonly TranslationVariant[] | undefined
  readonly beam: number | undefined
  readonly lengthPenalty: number | undefined
  readonly translated: number | undefined
  readonly candidates: readonly number[] | undefined
  readonly lengths: readonly number[] | undefined
}

/** Flags of `exptilt earm translate`. */
export interface TranslateFlags extends TranslateSettingFlags {
  readonly kind: 'earm-translate'
  readonly resume: string | undefined
}

/** Flags of `exptilt earm translate table N`. */
export interface TranslateTableFlags extends TranslateSettingFlags {
  readonly kind: 'earm-translate-table'
  readonly table: number
  /** The finished run that tables 7 to 10 are read from. */
  readonly run: string | undefined
}

/** Flags of `exptilt earm translate evaluate`. */
export interface TranslateEvaluateFlags
  extends Pick<
    TranslateSettingFlags,
    | 'source'
    | 'target'
    | 'measured'
    | 'translated'
    | 'beam'
    | 'lengthPenalty'
    | 'candidates'
    | 'lengths'
    | 'device'
    | 'json'
  > {
  readonly kind: 'earm-translate-evaluate'
  readonly run: string
}

/** Flags of `exptilt earm translate sample`. */
export interface TranslateSampleFlags
  extends Pick<
    TranslateSettingFlags,
    'source' | 'samples' | 'variants' | 'beam' | 'lengthPenalty' | 'seed' | 'device' | 'json'
  > {
  readonly kind: 'earm-translate-sample'
  readonly run: string
  /** A sentence to translate. */
  readonly text: string | undefined
  readonly method: TranslationMethod['kind'] | undefined
  readonly temperature: number | undefined
  readonly topK: number | undefined
  readonly topP: number | undefined
}

/** Flags of `exptilt earm translate …`. */
export type TranslateCommandFlags = TranslateFlags | TranslateTableFlags | TranslateEvaluateFlags | TranslateSampleFlags
