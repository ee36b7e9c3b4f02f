/**
 * From flags to options: the preset, overridden by what was typed, checked.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'
import type { GamData, GamOptions } from '../systems/gam/options.ts'
import { presets } from '../systems/gam/presets.ts'
import { validateOptions } from '../systems/gam/validate.ts'
import type { GamFlags, RunFlags, SizeFlags } from './flags.ts'

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

/** The first of two that is there. */
export const given = <A>(typed: A | undefined, otherwise: A): A => typed ?? otherwise

/** A preset with the sizes, seed and device that were typed. */
export const sized = (flags: SizeFlags & RunFlags): GamOptions => {
  const base = presets[flags.preset ?? 'small']
  const seconds = flags.seconds ?? base.budgets.seconds
  return {
    ...base,
    hidden: given(flags.hidden, base.hidden),
    layers: given(flags.layers, base.layers),
    dropout: given(flags.dropout, base.dropout),
    learningRate: given(flags.learningRate, base.learningRate),
    batch: given(flags.batch, base.batch),
    distilled: given(flags.distilled, base.distilled),
    maxEpochs: given(flags.maxEpochs, base.maxEpochs),
    patience: given(flags.patience, base.patience),
    bank: given(flags.bank, base.bank),
    seed: given(flags.seed, base.seed),
    device: given(flags.device, base.device),
    budgets: { trials: given(flags.trials, base.budgets.trials), ...(seconds === undefined ? {} : { seconds }) },
    ...(flags.out === undefined ? {} : { out: flags.out }),
  }
}

/** Motif data from a preset with the motif, length and mixture that were typed. */
export const motifData = (
  base: GamData,
  typed: {
    readonly motif: string | undefined
    readonly length: number | undefined
    readonly mixture: number | undefined
  },
): GamData => {
  const start = base.kind === 'motif' ? base : { kind: 'motif' as const, motif: '', length: 30, mixture: 1 }
  return {
    kind: 'motif',
    motif: given(typed.motif, start.motif),
    length: given(typed.length, start.length),
    mixture: given(typed.mixture, start.mixture),
  }
}

const dataFrom = (flags: GamFlags, base: GamData): E.Either<Failure, GamData> => {
  const { data, feature, motif, length, mixture } = flags
  if (data === undefined) {
    return feature.length === 0
      ? E.right(motifData(base, flags))
      : E.left(
          usage(
            '--feature describes your own strings, but there is no --data',
            'add --data FILE, or choose features of motif data with --features 1001111',
          ),
        )
  }
  return motif === undefined && length === undefined && mixture === undefined
    ? E.right({ kind: 'strings', file: data, features: feature })
    : E.left(usage('--data and a motif (--motif, --length, --mixture) were both given', 'give one of them'))
}

/** The checked options that the flags of `exptilt gam` ask for. */
export const optionsFrom = (flags: GamFlags): E.Either<Failure, GamOptions> => {
  const base = sized(flags)
  return pipe(
    dataFrom(flags, base.data),
    E.map((data) => ({
      ...base,
      data,
      train: given(flags.train, base.train),
      features: given(flags.features, data.kind === 'motif' ? base.features : '1'.repeat(data.features.length)),
      moments: given(flags.moments, base.moments),
      regime: given(flags.regime, base.regime),
    })),
    E.chain(validateOptions),
  )
}

/** Flags that may go with `--resume`: they change where and how long a run computes, not what. */
const mayGoWithResume: ReadonlySet<string> = new Set([
  'kind',
  'feature',
  'resume',
  'json',
  'device',
  'trials',
  'seconds',
])

/** The flag that `--resume` does not go with, if one was typed: a resumed run has its own options. */
export const besidesResume = (flags: GamFlags): string | undefined =>
  flags.feature.length > 0
    ? 'feature'
    : Object.entries(flags).find(([name, value]) => !mayGoWithResume.has(name) && value !== undefined)?.[0]

/** The options of an interrupted run with the device and the budgets that were typed. */
export const resumedWith =
  ({ device, trials, seconds }: GamFlags) =>
  (options: GamOptions): GamOptions => {
    const limit = seconds ?? options.budgets.seconds
    return {
      ...options,
      device: given(device, options.device),
      budgets: { trials: given(trials, options.budgets.trials), ...(limit === undefined ? {} : { seconds: limit }) },
    }
  }
