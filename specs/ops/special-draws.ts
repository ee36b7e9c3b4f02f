/** M1, M4 on any executor: draws of a large vocabulary that its logits leave no choice, and log-probabilities of its symbols. */
import { at, orElse } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { logSoftmax } from '../../lib/math.ts'
import { categorical, logProbabilityAt } from '../../lib/ops/categorical.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { outputs } from '../../lib/program.ts'
import { run } from '../either.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

const symbol = axis('symbol', 1031)
const [none, all] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]

/** Logits that are the same everywhere but at these places, and the symbol that is drawn of them whatever the noise. */
const SPECIAL: readonly (readonly [rest: number, others: Readonly<Record<number, number>>, drawn: number])[] = [
  [none, {}, 0],
  [none, { 700: -5 }, 700],
  [none, { 1030: -3e38 }, 1030],
  [-3.4e38, { 1023: 0 }, 1023],
  [0, { 40: all, 41: all, 900: all }, 40],
  [none, { 900: all }, 900],
  [0, { 500: Number.NaN, 10: all, 501: Number.NaN }, 500],
  [none, { 64: all, 65: Number.NaN }, 65],
  [none, { 1030: Number.NaN }, 1030],
]

/** Draws of a large vocabulary that its logits leave no choice. */
const special = async (executor: Executor): Promise<readonly string[]> => {
  const row = axis('row', SPECIAL.length)
  const drawn = categorical(symbol)(inputKey('key'), row)(input('logits', row, symbol))
  const prepared = await run(executor.prepare(outputs({ drawn })))
  const logits = Float64Array.from({ length: row.size * symbol.size }, (_, i) => {
    const [rest, others] = at(SPECIAL, Math.floor(i / symbol.size))
    return orElse(others[i % symbol.size], rest)
  })
  const found = (await run(prepared.run({ logits, key: Uint32Array.of(0, 76) })))['drawn']?.data ?? []
  prepared.release()
  return SPECIAL.flatMap(([rest, others, wanted], r) =>
    found[r] === wanted ? [] : [`${found[r]}, not ${wanted}, of ${rest} and ${Object.entries(others).join('; ')}`],
  )
}

/** Logits between −4 and 4 with `shift` added, and others at some places, in f32. */
const rowOf = (shift: number, others: Readonly<Record<number, number>>): readonly number[] =>
  Array.from({ length: symbol.size }, (_, s) => orElse(others[s], Math.fround(((s * 7919) % 113) / 16 - 4 + shift)))

const nothing = Object.fromEntries(Array.from({ length: symbol.size }, (_, s) => [s, none]))

/** Rows of logits, and a symbol of each. */
const SCORED: readonly (readonly [logits: readonly number[], of: number])[] = [
  [rowOf(0, {}), 0],
  [rowOf(0, {}), 1030],
  [rowOf(1e4, {}), 517],
  [rowOf(-1e6, {}), 33],
  [rowOf(0, { ...nothing, 5: -2, 900: 1 }), 5],
  [rowOf(0, { 12: none }), 12],
  [rowOf(0, { 12: -3.4e38 }), 13],
  [rowOf(0, nothing), 3],
  [rowOf(0, { 700: Number.NaN }), 3],
  [rowOf(0, { 700: all }), 3],
]

/** log softmax at a symbol: to the rounding of f32 however far the logits are from 0, and the special values of `logSoftmax`. */
const scores = async (executor: Executor): Promise<readonly string[]> => {
  const row = axis('row', SCORED.length)
  const scored = logProbabilityAt(symbol)(input('logits', row, symbol), inputOf('i32')('of', row))
  const prepared = await run(executor.prepare(outputs({ scored })))
  const feeds = {
    logits: Float64Array.from(SCORED.flatMap(([logits]) => logits)),
    of: Int32Array.from(SCORED, ([, of]) => of),
  }
  const found = (await run(prepared.run(feeds)))['scored']?.data ?? []
  prepared.release()
  return SCORED.flatMap(([logits, of], r) => {
    const [wanted, got] = [at(logSoftmax(logits), of), at(found, r)]
    return Object.is(wanted, got) || Math.abs(wanted - got) < 4e-6 ? [] : [`row ${r}: ${got}, not ${wanted}`]
  })
}

/** What a vocabulary that is drawn by blocks must have like any other. */
export const specialDraws: readonly Comparison[] = [
  { title: 'M1: of 1 031 symbols, −∞, +∞ and NaN among them, the one that is left, or the first', complaints: special },
  { title: 'M4: log-probabilities of 1 031 symbols', complaints: scores },
]
