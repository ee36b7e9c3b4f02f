/**
 * Residual models of text as the one model of this library: a base over rows of T tokens given their first tokens (the
 * prefix), tilted by an energy of whole rows. `P_joint(x | prefix) = q(x | prefix)·e^{−E(x)} / Z(prefix)` (Deng et al. 2020).
 *
 * Everything that evaluates or samples is written against these functions, so that a transformer on a device and a table
 * that a spec enumerates are treated alike.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../../at.ts'
import { type TokenRows, takeRows } from '../../data/strings.ts'
import { checkedEnergies, checkedLogs, checkedSize, type RowName } from '../../energy/gate.ts'
import { type Base, type ConditionalTilt, type Energy } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import type { Key } from '../../key.ts'
import type { Decoding } from '../../models/decoding.ts'

/** A normalised model of rows of `length` tokens. Logarithms are in nats. */
export interface SequenceBase {
  readonly symbols: number
  readonly length: number
  /** One independent completion of every row [count, time ≤ length]: whole rows [count, length]. */
  readonly complete: (key: Key, prefixes: TokenRows, decoding?: Decoding) => TE.TaskEither<Failure, TokenRows>
  /** `log q(v | row)` of every next token v [count, symbols]. */
  readonly next: (prefixes: TokenRows) => TE.TaskEither<Failure, Float64Array>
  /** `log q(x_t | x_<t)` of every token of whole rows [count, length]. */
  readonly tokenScores: (rows: TokenRows) => TE.TaskEither<Failure, Float64Array>
}

/** Energies of whole rows [count]. */
export type RowEnergy = (rows: TokenRows) => TE.TaskEither<Failure, Float64Array>

/** A base of rows and the energy that tilts it. */
export interface SequenceTilt {
  readonly base: SequenceBase
  readonly energy: RowEnergy
}

/** Energies of rows as every use of them takes them: `Shape` for another number, `NonFinite` naming a row for NaN or −∞. */
export const rowEnergies = (
  energy: RowEnergy,
  rows: TokenRows,
  name: RowName = (i) => `the energy of row ${i}`,
): TE.TaskEither<Failure, Float64Array> =>
  pipe(energy(rows), TE.chainEitherK(checkedSize('an energy', rows.count)), TE.chainEitherK(checkedEnergies(name)))

/**
 * The tilt by no energy: the base itself.
 *
 * @example
 * import { key, languageRuntime, reference, tableModel } from 'exptilt'
 * import { residual } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = residual.sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * untilted(base).energy(rowsOf([Int32Array.of(0, 1, 1)], 3)) // => [0]
 */
export const untilted = (base: SequenceBase): SequenceTilt => ({
  base,
  energy: (rows) => TE.right(new Float64Array(rows.count)),
})

/**
 * Rows of equal length as one table; no row at all gives `time` columns.
 *
 * @example
 * rowsOf([Int32Array.of(1, 2), Int32Array.of(3, 4)], 2).tokens // => [1, 2, 3, 4]
 */
export const rowsOf = (rows: readonly Int32Array[], time: number): TokenRows => {
  const tokens = new Int32Array(rows.length * time)
  for (const [i, row] of rows.entries()) tokens.set(row.subarray(0, time), i * time)
  return { tokens, count: rows.length, time }
}

/** Row i of a table. */
export const rowAt = ({ tokens, time }: TokenRows, i: number): Int32Array => tokens.subarray(i * time, (i + 1) * time)

/** The first `time` tokens of every row. */
export const firstTokens = (rows: TokenRows, time: number): TokenRows => {
  const tokens = new Int32Array(rows.count * time)
  for (let i = 0; i < rows.count; i++) tokens.set(rowAt(rows, i).subarray(0, time), i * time)
  return { tokens, count: rows.count, time }
}

/** Rows `from` to `to` of a table. */
export const sliceRows = ({ tokens, count, time }: TokenRows, from: number, to: number): TokenRows => {
  const end = Math.min(to, count)
  return { tokens: tokens.slice(from * time, end * time), count: end - from, time }
}

/** The rows of tables of equal width, one table after the other. */
export const joinRows = (tables: readonly TokenRows[], time: number): TokenRows =>
  rowsOf(
    tables.flatMap((table) => Array.from({ length: table.count }, (_, i) => rowAt(table, i))),
    time,
  )

/** Row i `times` times, for every i in turn; elements `from` to `to` of that list. */
export const repeatedRows = (rows: TokenRows, times: number, from: number, to: number): TokenRows =>
  takeRows(
    rows,
    Int32Array.from({ length: to - from }, (_, j) => Math.floor((from + j) / times)),
  )

/** `Σ_{t ≥ from} log q(x_t | x_<t)` of whole rows [count]. */
export const rowScores = (base: SequenceBase, rows: TokenRows, from: number): TE.TaskEither<Failure, Float64Array> =>
  pipe(
    base.tokenScores(rows),
    TE.map((scores) =>
      Float64Array.from({ length: rows.count }, (_, i) => {
        let total = 0
        for (let t = from; t < rows.time; t++) total += at(scores, i * rows.time + t)
        return total
      }),
    ),
    TE.chainEitherK(checkedLogs((i) => `log q of row ${i}`)),
  )

const sharpened: Failure = failure(
  'Support',
  'the log-probability of a row under sharpened proposals is not known',
  'propose exact samples (no temperature, top-k or top-p)',
)

const prefixBase =
  ({ base }: SequenceTilt, decoding?: Decoding) =>
  (prefix: Int32Array): Base<Int32Array> => ({
    sample: (key, n) =>
      pipe(
        base.complete(key, repeatedRows(rowsOf([prefix], prefix.length), n, 0, n), decoding),
        TE.map((rows) => Array.from({ length: n }, (_, i) => rowAt(rows, i))),
      ),
    logProbability: (rows) =>
      decoding === undefined ? rowScores(base, rowsOf(rows, base.length), prefix.length) : TE.left(sharpened),
  })

const rowsEnergy = ({ base, energy }: SequenceTilt): Energy<Int32Array> => {
  const ofRows: Energy<Int32Array> = (rows) => energy(rowsOf(rows, base.length))
  return ofRows
}

/**
 * The residual model as a tilt given a prefix: what every sampler and estimator of `lib/energy` takes. With `decoding`,
 * proposals come from the sharpened base, and the limit of resampling is its tilt and not P_joint (R15).
 *
 * @example
 * import { energy, key, languageRuntime, reference, tableModel } from 'exptilt'
 * import { residual } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = residual.sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * const tilt = energy.given(Int32Array.of(1))(prefixTilt(untilted(base)))
 * energy.logWeights(tilt)([Int32Array.of(1, 0, 0)]) // => [0]
 */
export const prefixTilt = (tilt: SequenceTilt, decoding?: Decoding): ConditionalTilt<Int32Array, Int32Array> => ({
  base: prefixBase(tilt, decoding),
  energy: () => rowsEnergy(tilt),
})
