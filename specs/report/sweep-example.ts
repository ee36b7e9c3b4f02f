/** Rows of a sweep for the specs of its report. */
import type { SweepRow } from '../../lib/report/sweep-rows.ts'

/** A row with some fields changed. */
export const sweepRowWith = (changes: Partial<SweepRow>): SweepRow => ({
  cell: 'cell',
  motif: '10001011111000',
  length: 30,
  mixture: 1,
  features: '1001111',
  train: 500,
  moments: 'rs',
  regime: 'two-stage',
  seed: 1,
  crossEntropyBase: 0.6,
  crossEntropyTilt: 0.48,
  crossEntropyDistilled: 0.5,
  entropyPerSymbol: 0.4,
  motifFrequencyBase: 0.01,
  motifFrequencyDistilled: 0.9,
  l1Moments: 0.01,
  momentSeconds: 10,
  tiltSeconds: 30,
  totalSeconds: 60,
  adapter: 'reference',
  ...changes,
})

/** Rows of many settings at two sizes. */
export const sweepExample: readonly SweepRow[] = [
  sweepRowWith({}),
  sweepRowWith({ train: 1000, crossEntropyDistilled: 0.45 }),
  sweepRowWith({ mixture: 0.9, entropyPerSymbol: 0.44 }),
  sweepRowWith({ motif: '1011100111001', features: '1011111' }),
  sweepRowWith({ regime: 'cyclical', cycle: 'refitted', moments: 'newton' }),
  sweepRowWith({ regime: 'cyclical', cycle: 'kept', moments: 'newton', mixture: 0.9 }),
]
