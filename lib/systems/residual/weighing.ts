/**
 * Weighing samples of the base, prefix by prefix, in constant memory: log Z of every prefix with all its doubts, and one
 * draw of P_joint for every prefix (Algorithm 1), from the same pass over n proposals each.
 *
 * The draw is the proposal with the largest `−E + Gumbel`, which has the law of resampling by softmax(−E) and needs no
 * memory of the other proposals.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, orElse } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, need } from '../../effect.ts'
import { eachShard, places, startsOf } from '../../scale/shards.ts'
import {
  fineUniforms,
  type LogPartition,
  streamLogPartition,
  type WeightStream,
  weightStreams,
} from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import { matrix } from '../../linear.ts'
import type { Decoding } from '../../models/decoding.ts'
import { requireBatch } from '../../models/row-checks.ts'
import {
  repeatedRows,
  rowEnergies,
  type RowEnergy,
  rowAt,
  rowsOf,
  type SequenceBase,
  type SequenceTilt,
} from './sequence.ts'

/** How to weigh: proposals per prefix, rows of a batch, and how proposals are decoded (exact samples by default). */
export interface WeighingOptions {
  readonly key: Key
  readonly samples: number
  readonly batch: number
  /** Batches that are under way at once (1): as many as the executor has lanes. */
  readonly atOnce?: number
  readonly decoding?: Decoding
  /** Whether log Z is also told from the first 4, 8, 16, … samples of each prefix. */
  readonly doublings?: boolean
  readonly signal?: AbortSignal
  readonly onRows?: (rows: number) => void
}

/** What n proposals of every prefix gave, in the order of the prefixes. */
export interface Weighed {
  /** `log E_{q(·|prefix)} e^{−E}` with its asymptotic bounds, effective sample size and doubts. */
  readonly partitions: readonly LogPartition[]
  /** The same from the first n samples alone, by n (4, 8, 16, … below all), where that was asked for. */
  readonly doublings: ReadonlyMap<number, readonly LogPartition[]>
  /** One row for every prefix, drawn from its proposals with probability proportional to `e^{−E}`. */
  readonly joint: TokenRows
  /** The first proposal of every prefix: a sample of the base. */
  readonly base: TokenRows
  /**
   * One row for every prefix: where an independent Metropolis–Hastings chain (R19) ends that starts at the first proposal and meets the
   * others in turn.
   */
  readonly chain: TokenRows
  /** Energies of `joint`, of `base` and of `chain`. */
  readonly jointEnergies: Float64Array
  readonly baseEnergies: Float64Array
  readonly chainEnergies: Float64Array
}

const streams = weightStreams(0)
const nothing = matrix(0, 0, () => 0)

interface Tally {
  /** The streams after 4, 8, 16, … samples, by that number. */
  readonly doublings: ReadonlyMap<number, WeightStream[]>
  readonly streams: WeightStream[]
  readonly best: Float64Array
  readonly joint: Int32Array[]
  readonly base: Int32Array[]
  readonly chain: Int32Array[]
  readonly jointEnergies: Float64Array
  readonly baseEnergies: Float64Array
  readonly chainEnergies: Float64Array
}

/** 4, 8, 16, … below a number. */
const doublingsBelow = (samples: number): readonly number[] =>
  Array.from({ length: 40 }, (_, i) => 2 ** (i + 2)).filter((n) => n < samples)

const emptyTally = (prefixes: number, doublings: readonly number[]): Tally => ({
  doublings: new Map(doublings.map((n) => [n, []])),
  streams: Array.from({ length: prefixes }, () => streams.monoid.empty),
  best: new Float64Array(prefixes).fill(Number.NEGATIVE_INFINITY),
  joint: [],
  base: [],
  chain: [],
  jointEnergies: new Float64Array(prefixes),
  baseEnergies: new Float64Array(prefixes),
  chainEnergies: new Float64Array(prefixes),
})

const proposalName =
  (samples: number, start: number) =>
  (i: number): string =>
    `the energy of proposal ${(start + i) % samples} of prefix ${Math.floor((start + i) / samples)}`

/** Adds proposals `start …` of the flattened list (prefix-major, `samples` each) to the tally. */
const absorb = (
  tally: Tally,
  samples: number,
  start: number,
  rows: TokenRows,
  energies: Float64Array,
  key: Key,
): E.Either<Failure, void> => {
  const gumbels = fineUniforms(key, rows.count).map((u) => -Math.log(-Math.log(u)))
  const steps = fineUniforms(fold(key, 0), rows.count)
  for (let i = 0; i < rows.count; i++) {
    const [p, e] = [Math.floor((start + i) / samples), at(energies, i)]
    const isFirst = (start + i) % samples === 0
    if (isFirst) {
      tally.base[p] = rowAt(rows, i).slice()
      tally.baseEnergies[p] = e
    }
    if (isFirst || Math.log(at(steps, i)) < at(tally.chainEnergies, p) - e) {
      tally.chain[p] = rowAt(rows, i).slice()
      tally.chainEnergies[p] = e
    }
    const score = at(gumbels, i) - e
    if (score <= at(tally.best, p)) continue
    tally.best[p] = score
    tally.joint[p] = rowAt(rows, i).slice()
    tally.jointEnergies[p] = e
  }
  for (let i = 0; i < rows.count; ) {
    const p = Math.floor((start + i) / samples)
    const place = start + i - p * samples
    const next = [...tally.doublings.keys()].find((n) => n > place) ?? samples
    const end = Math.min(rows.count, i + next - place)
    const logWeights = energies.subarray(i, end).map((e) => 0 - e)
    const batch = streams.batch(logWeights, nothing, (j) => `log-weight ${place + j} of prefix ${p}`)
    if (E.isLeft(batch)) return batch
    const all = streams.monoid.concat(orElse(tally.streams[p], streams.monoid.empty), batch.right)
    tally.streams[p] = all
    const kept = tally.doublings.get(place + end - i)
    if (kept !== undefined) kept[p] = all
    i = end
  }
  return E.right(undefined)
}

const partitionOf = (stream: WeightStream, p: number): E.Either<Failure, LogPartition> =>
  pipe(
    streamLogPartition(stream),
    E.mapLeft((f) => ({ ...f, what: `prefix ${p}: ${f.what}`, facts: { ...f.facts, prefix: p } })),
  )

const partitionsOf = (streams: readonly WeightStream[]): E.Either<Failure, readonly LogPartition[]> =>
  pipe(
    streams,
    E.traverseReadonlyArrayWithIndex((p, stream) => partitionOf(stream, p)),
  )

const resultOf = (tally: Tally, length: number): E.Either<Failure, Weighed> =>
  pipe(
    partitionsOf(tally.streams),
    E.bindTo('partitions'),
    E.bind('doublings', () =>
      E.traverseArray(([n, own]: readonly [number, readonly WeightStream[]]) =>
        E.map((found: readonly LogPartition[]) => [n, found] as const)(partitionsOf(own)),
      )([...tally.doublings]),
    ),
    E.map(({ partitions, doublings }) => ({
      partitions,
      doublings: new Map(doublings),
      joint: rowsOf(tally.joint, length),
      base: rowsOf(tally.base, length),
      chain: rowsOf(tally.chain, length),
      jointEnergies: tally.jointEnergies,
      baseEnergies: tally.baseEnergies,
      chainEnergies: tally.chainEnergies,
    })),
  )

/**
 * Weighs the same `samples` proposals of every prefix [count, time ≤ length] by several energies. `NonFinite` names prefix
 * and proposal of an energy that is NaN or −∞; `Support` a prefix all of whose proposals have energy +∞.
 */
export const weighBy =
  (base: SequenceBase, energies: readonly RowEnergy[], options: WeighingOptions) =>
  (prefixes: TokenRows): TaskEither<Failure, readonly Weighed[]> =>
    effect(async (run) => {
      const { samples, batch, atOnce = 1, key, signal, onRows, decoding, doublings = false } = options
      requireBatch(batch)
      const total = prefixes.count * samples
      const tallies = energies.map(() => emptyTally(prefixes.count, doublings ? doublingsBelow(samples) : []))
      const starts = startsOf(total, batch)
      const weigh = eachShard({ lanes: places(atOnce), signal })((_place, start: number, block) =>
        effect(async (own) => {
          const proposals = repeatedRows(prefixes, samples, start, Math.min(total, start + batch))
          const whole = proposals.time === base.length
          const rows = whole ? proposals : await own(base.complete(fold(fold(key, block), 0), proposals, decoding))
          const found: Float64Array[] = []
          for (const energy of energies) found.push(await own(rowEnergies(energy, rows, proposalName(samples, start))))
          return { rows, found }
        }),
      )
      await run(
        weigh(starts, ({ rows, found }, block) => {
          const start = at(starts, block)
          tallies.forEach((tally, i) => {
            need(absorb(tally, samples, start, rows, at(found, i), fold(fold(key, block), i + 1)))
          })
          onRows?.(rows.count)
        }),
      )
      return tallies.map((tally) => need(resultOf(tally, base.length)))
    })

/**
 * Weighs `samples` proposals of every prefix by the energy of a tilt.
 *
 * @example
 * import { key, languageRuntime, reference, run, tableModel } from 'exptilt'
 * import { residual } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = residual.sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * const weigh = weighPrefixes(residual.untilted(base), { key: key(2), samples: 16, batch: 8 })
 * const { partitions } = await run(weigh(residual.rowsOf([Int32Array.of(1)], 1)))
 * partitions.map(({ jackknife }) => jackknife) // => [0]
 */
export const weighPrefixes =
  ({ base, energy }: SequenceTilt, options: WeighingOptions) =>
  (prefixes: TokenRows): TaskEither<Failure, Weighed> =>
    pipe(
      weighBy(base, [energy], options)(prefixes),
      TE.chain(([weighed]) =>
        weighed === undefined ? TE.left(failure('Runtime', 'nothing was weighed', 'report this')) : TE.right(weighed),
      ),
    )
