/** What `exptilt earm translate …` says, as records: absent flags are `undefined`. */
import type { TranslationVariant } from '../systems/e-arm/translation-programs.ts'
import type { EArmSettingFlags } from './earm-flags.ts'

/** Flags of an experiment, shared by the run and table 11. */
export interface TranslateSettingFlags extends Omit<EArmSettingFlags, 'network'> {
  /** Files of sources and of their translations, instead of `data`. */
  readonly source: string | undefined
  readonly target: string | undefined
  readonly symbols: number | undefined
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
