/**
 * An experiment's options as a value: its table of settings, its presets and rules, what follows from what is typed, and the
 * folder that a run gets. Commands take any such value.
 */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { Failure } from '../errors.ts'
import { checkedBy, clash, codecOf, overridden, type Rule, type Settings, type Typed } from './settings.ts'

/** What an experiment says of its options. */
export interface Experiment<O, P extends string> {
  /** What its options are called where they do not fit. */
  readonly name: string
  readonly settings: Settings<O, P>
  readonly rules: readonly Rule<O>[]
  /** The record from which a run starts, by what was typed. */
  readonly presetFor: (typed: Typed) => O
  /** What else a typed option changes unless it was typed too, such as the feed-forward layers of another width. */
  readonly follow: (typed: Typed, preset: O) => (options: O) => O
  /** Where a run of these options goes when no `--out` says so. */
  readonly folder: (options: O) => string
}

/** The codec of an experiment's options. */
export const optionsCodec = <O, P extends string>({ settings, name }: Experiment<O, P>): t.Type<O, unknown> =>
  codecOf(settings, name)

/** The options, checked: `Usage` names what is wrong. */
export const validated = <O, P extends string>({
  settings,
  rules,
}: Experiment<O, P>): ((options: O) => E.Either<Failure, O>) => checkedBy(settings, rules)

/** The options that were asked for: the preset, what was typed, what follows from it; checked. */
export const askedFor =
  <O, P extends string>(experiment: Experiment<O, P>) =>
  (typed: Typed): E.Either<Failure, O> => {
    const preset = experiment.presetFor(typed)
    const wrong = clash(experiment.settings, typed, preset)
    if (wrong !== undefined) return E.left(wrong)
    const options = overridden(experiment.settings, typed)(preset)
    return validated(experiment)(experiment.follow(typed, preset)(options))
  }

/** The options of an earlier run with what was typed beside `--resume`; checked. */
export const resumedWith =
  <O, P extends string>(experiment: Experiment<O, P>, typed: Typed) =>
  (options: O): E.Either<Failure, O> =>
    validated(experiment)(overridden(experiment.settings, typed)(options))

/** The preset that was typed, among those of a record. */
export const namedPreset =
  <O, P extends string>(presets: Readonly<Record<P, O>>, otherwise: P) =>
  (typed: Typed): O => {
    const isName = (u: unknown): u is P => typeof u === 'string' && Object.hasOwn(presets, u)
    const name = typed['--preset']
    return presets[isName(name) ? name : otherwise]
  }
