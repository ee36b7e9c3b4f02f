/**
 * A sweep's rows: one finished cell each, flat enough for tables and for `sweep.json`.
 */
import * as t from 'io-ts'
import { nameCodec } from '../codec/names.ts'
import { optional, record } from '../codec/record.ts'
import { exactNumber as real } from '../codec/scalars.ts'
import {
  type Cycle,
  cycleNames,
  type Moments,
  momentsCodec,
  type Regime,
  regimeCodec,
  regimeWords,
} from '../systems/gam/options.ts'
import type { GamResults } from '../systems/gam/results.ts'

/** The setting and the outcome of one cell; `motif` is the file for a user's own strings. */
export interface SweepRow {
  readonly cell: string
  readonly motif: string
  readonly length: number
  readonly mixture: number
  readonly features: string
  readonly train: number
  readonly moments: Moments
  readonly regime: Regime
  /** What the cycles of the cyclical regime do with λ; absent for other regimes. */
  readonly cycle?: Cycle
  readonly seed: number
  readonly crossEntropyBase: number
  readonly crossEntropyTilt: number
  readonly crossEntropyDistilled: number
  readonly entropyPerSymbol?: number
  readonly motifFrequencyBase: number
  readonly motifFrequencyDistilled: number
  readonly l1Moments: number
  /** Seconds of Training-1 (the fit of λ). */
  readonly momentSeconds: number
  /** Seconds of Training-1 and Training-2 together: all but data, r and evaluation. */
  readonly tiltSeconds: number
  readonly totalSeconds: number
  readonly adapter: string
}

/** The regime in words, with what its cycles do where it is not what the paper's authors did. */
export const regimeText = (row: Pick<SweepRow, 'regime' | 'cycle'>): string => regimeWords(row).join(', λ ')

/** A cell that did not finish, and why. */
export interface SweepFailure {
  readonly cell: string
  readonly reason: string
}

/** What `sweep.json` holds. */
export interface Sweep {
  readonly rows: readonly SweepRow[]
  readonly failures: readonly SweepFailure[]
}

const rowCodec: t.Type<SweepRow, unknown> = record({
  cell: t.string,
  motif: t.string,
  length: real,
  mixture: real,
  features: t.string,
  train: real,
  moments: momentsCodec,
  regime: regimeCodec,
  seed: real,
  crossEntropyBase: real,
  crossEntropyTilt: real,
  crossEntropyDistilled: real,
  motifFrequencyBase: real,
  motifFrequencyDistilled: real,
  l1Moments: real,
  momentSeconds: real,
  tiltSeconds: real,
  totalSeconds: real,
  adapter: t.string,
  entropyPerSymbol: optional(real),
  cycle: optional(nameCodec(cycleNames)),
})

/** Codec of `sweep.json`. */
export const sweepCodec: t.Type<Sweep, unknown> = record({
  rows: t.readonlyArray(rowCodec),
  failures: t.readonlyArray(record<SweepFailure>({ cell: t.string, reason: t.string })),
})

/** The row of a finished cell. */
export const sweepRow =
  (cell: string) =>
  (results: GamResults): SweepRow => {
    const { options, seconds, entropyPerSymbol } = results
    const { data, features, train, moments, regime, cycle, seed } = options
    return {
      cell,
      motif: data.kind === 'motif' ? data.motif : data.file,
      length: data.kind === 'motif' ? data.length : 0,
      mixture: data.kind === 'motif' ? data.mixture : 1,
      features,
      train,
      moments,
      regime,
      ...(regime === 'cyclical' ? { cycle } : {}),
      seed,
      crossEntropyBase: results.crossEntropyBase,
      crossEntropyTilt: results.crossEntropyTilt,
      crossEntropyDistilled: results.crossEntropyDistilled,
      ...(entropyPerSymbol === undefined ? {} : { entropyPerSymbol }),
      motifFrequencyBase: results.motifFrequencyBase,
      motifFrequencyDistilled: results.motifFrequencyDistilled,
      l1Moments: results.l1Moments,
      momentSeconds: seconds.moments,
      tiltSeconds: seconds.moments + seconds.distillation + seconds.student,
      totalSeconds: seconds.total,
      adapter: results.adapter,
    }
  }
