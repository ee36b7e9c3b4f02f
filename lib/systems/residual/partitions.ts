/**
 * log Z of prefixes, from a number of samples that is given or from as many as each prefix takes: a pilot looks at all, and then
 * fresh samples are drawn, more where few of the pilot's were effective. What the pilot drew is not in the estimate: estimates that
 * are taken where they look good, and drawn again where they do not, would be too low on average (R21).
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../../at.ts'
import { type TokenRows, takeRows } from '../../data/strings.ts'
import { effect } from '../../effect.ts'
import { defaultThresholds, type LogPartition } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import { fold } from '../../key.ts'
import type { PartitionEstimator } from './options.ts'
import { estimatedBy } from './strata.ts'
import type { RowEnergy, SequenceBase } from './sequence.ts'
import { type Weighed, weighBy, type WeighingOptions } from './weighing.ts'

/** How log Z of prefixes is estimated: by `samples` of each, or by as many as it takes. */
interface PartitionOptions extends Omit<WeighingOptions, 'samples'> {
  readonly samples: number | 'auto'
  /** How Z is estimated from them (plain). */
  readonly partition?: PartitionEstimator
  /** A stage begins, of so many rows. */
  readonly onStage?: (label: string, rows: number) => void
}

/** log Z of prefixes under an energy; and, of a number of samples that is given, from the first 4, 8, 16, … of them. */
export type Estimated = Pick<Weighed, 'partitions' | 'doublings'>

/** Samples of the pilot for each prefix. */
const PILOT = 64

const alone = (partitions: readonly LogPartition[]): Estimated => ({ partitions, doublings: new Map() })

/** A prefix has so many fresh samples, or 4, 16 or 64 times as many. */
const LEAST = 128
const FACTOR = 4
const MOST = 3

/** The effective samples that are wanted: twice as many as raise no doubt. */
const WANTED = 2 * defaultThresholds.effectiveDraws

/** Which power of `FACTOR` a prefix needs under all energies, by their pilots. */
const levelOf = (pilots: readonly LogPartition[]): number => {
  const share = Math.min(...pilots.map(({ effectiveSampleSize, n }) => effectiveSampleSize / n))
  const wanted = Math.ceil(Math.log(WANTED / (LEAST * share)) / Math.log(FACTOR))
  return Math.min(MOST, Math.max(wanted, pilots.every(({ reliable }) => reliable) ? 0 : 1))
}

/** The samples of each prefix by its pilots [energy][prefix]: 128 to 8 192. */
const samplesAfter = (pilots: readonly (readonly LogPartition[])[]): readonly number[] =>
  at(pilots, 0).map((_, p) => LEAST * FACTOR ** levelOf(pilots.map((own) => at(own, p))))

/**
 * log Z of every prefix [count, time ≤ length] under each of several energies, with the same samples for all of them.
 * Failures as in `weighBy`.
 */
export const partitionsBy =
  (base: SequenceBase, energies: readonly RowEnergy[], options: PartitionOptions) =>
  (prefixes: TokenRows): TE.TaskEither<Failure, readonly Estimated[]> => {
    const { samples, partition = 'plain', onStage, ...settings } = options
    const weigh = (
      label: string,
      own: WeighingOptions,
      rows: TokenRows,
    ): TE.TaskEither<Failure, readonly Estimated[]> => {
      onStage?.(label, rows.count * own.samples)
      return partition === 'plain'
        ? weighBy(base, energies, own)(rows)
        : pipe(
            estimatedBy(partition)(base, energies, own)(rows),
            TE.map((all) => all.map(alone)),
          )
    }
    if (samples !== 'auto') return weigh('estimating log Z', { ...settings, samples, doublings: true }, prefixes)
    return effect(async (run) => {
      const pilot = { ...settings, samples: PILOT, key: fold(settings.key, 0) }
      const pilots = await run(weigh('a first look at log Z', pilot, prefixes))
      const counts = samplesAfter(pilots.map(({ partitions }) => partitions))
      const found = energies.map(() => new Array<LogPartition>(prefixes.count))
      for (const count of new Set(counts)) {
        const places = [...counts.keys()].filter((p) => at(counts, p) === count)
        const own = { ...settings, samples: count, key: fold(settings.key, count) }
        const rows = takeRows(prefixes, Int32Array.from(places))
        const label = `estimating log Z, ${count} samples a prefix`
        for (const [e, { partitions }] of (await run(weigh(label, own, rows))).entries())
          for (const [i, p] of places.entries()) at(found, e)[p] = at(partitions, i)
      }
      return found.map(alone)
    })
  }
