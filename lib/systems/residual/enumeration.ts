/** log Z of a prefix by enumeration of all its completions, where there are few enough of them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, need, stopIfAborted } from '../../effect.ts'
import { checkedLogs, noSupport } from '../../energy/gate.ts'
import { type Failure, failure } from '../../errors.ts'
import { logSumExp } from '../../math.ts'
import {
  rowAt,
  rowEnergies,
  type RowEnergy,
  rowsOf,
  type SequenceBase,
  type SequenceTilt,
  sliceRows,
} from './sequence.ts'
import type { WeighingOptions } from './weighing.ts'

const every = (rows: TokenRows, symbols: number): TokenRows =>
  rowsOf(
    Array.from({ length: rows.count * symbols }, (_, j) =>
      Int32Array.of(...rowAt(rows, Math.floor(j / symbols)), j % symbols),
    ),
    rows.time + 1,
  )

/** The most rows that an exact sum may enumerate for one prefix. */
const ENUMERABLE = 2 ** 20

/** The rows, at least those of one prefix, that are held at once. */
const HELD = 2 ** 14

/** What stops an enumeration, and who hears of its rows. */
type EnumerationOptions = Pick<WeighingOptions, 'signal' | 'onRows'>

/** All completions of prefixes, those of a prefix side by side, with their log q given the prefix: a pass of the base for each token, not for each row. */
const completions = (
  base: SequenceBase,
  prefixes: TokenRows,
): TaskEither<Failure, { readonly rows: TokenRows; readonly logs: Float64Array }> =>
  effect(async (run) => {
    let [rows, logs] = [prefixes, new Float64Array(prefixes.count)]
    for (let time = prefixes.time; time < base.length; time++) {
      const [next, before] = [await run(base.next(rows)), logs]
      logs = next.map((log, j) => at(before, Math.floor(j / base.symbols)) + log)
      rows = every(rows, base.symbols)
    }
    return { rows, logs: need(checkedLogs((i) => `log q of row ${i}`)(logs)) }
  })

const totalsOf = (
  logs: Float64Array,
  energies: Float64Array,
  prefixes: number,
  first: number,
): E.Either<Failure, Float64Array> => {
  const each = logs.length / prefixes
  const potentials = logs.map((l, i) => (l === Number.NEGATIVE_INFINITY ? l : l - at(energies, i)))
  const totals = Float64Array.from({ length: prefixes }, (_, p) =>
    logSumExp(potentials.subarray(p * each, (p + 1) * each)),
  )
  const empty = totals.indexOf(Number.NEGATIVE_INFINITY)
  return empty < 0
    ? E.right(totals)
    : E.left(noSupport(`prefix ${first + empty}: every weight is zero`, { prefix: first + empty }))
}

/**
 * `log E_{q(·|prefix)} e^{−E}` of every prefix under each of several energies [energy][prefix], by enumerating all its completions once:
 * V^{T − time} of them. Left as `exactLogPartitions`.
 */
export const enumeratedLogPartitions =
  (base: SequenceBase, energies: readonly RowEnergy[], { signal, onRows }: EnumerationOptions = {}) =>
  (prefixes: TokenRows): TaskEither<Failure, readonly Float64Array[]> =>
    effect(async (run) => {
      const each = base.symbols ** (base.length - prefixes.time)
      if (each > ENUMERABLE)
        return run(
          TE.left(
            failure('Limit', `a prefix has ${each} completions`, 'estimate log Z from samples', { completions: each }),
          ),
        )
      const found = energies.map(() => new Float64Array(prefixes.count))
      const atOnce = Math.max(1, Math.floor(HELD / each))
      for (let from = 0; from < prefixes.count; from += atOnce) {
        if (signal !== undefined) stopIfAborted(signal)
        const own = sliceRows(prefixes, from, from + atOnce)
        const { rows, logs } = await run(completions(base, own))
        for (const [e, energy] of energies.entries()) {
          const values = await run(rowEnergies(energy, rows))
          at(found, e).set(need(totalsOf(logs, values, own.count, from)), from)
        }
        onRows?.(rows.count)
      }
      return found
    })

/**
 * `log E_{q(·|prefix)} e^{−E}` of every prefix by enumerating all its completions: V^{T − time} of them. Left `Limit` when
 * that is more than a million, `Support` for a prefix whose completions all have weight 0, `NonFinite` as `rowEnergies`.
 */
export const exactLogPartitions =
  ({ base, energy }: SequenceTilt) =>
  (prefixes: TokenRows): TaskEither<Failure, Float64Array> =>
    pipe(
      enumeratedLogPartitions(base, [energy])(prefixes),
      TE.map((all) => at(all, 0)),
    )
