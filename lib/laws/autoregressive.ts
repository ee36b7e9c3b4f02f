/** Laws of autoregressive models: steps against whole passes, causality, padding, rows of a batch, caches. */
import * as fc from 'fast-check'
import { at } from '../at.ts'
import { axis } from '../axis.ts'
import type { Executor } from '../executor.ts'
import { type Autoregressive, keepAll, type Parameters } from '../models/autoregressive.ts'
import { parameterInputs } from '../models/parameters.ts'
import { key } from '../key.ts'
import { inputOf, reorder } from '../ops/layout.ts'
import { run } from '../outcome.ts'
import { evaluateOne } from '../program.ts'
import { reference } from '../reference.ts'
import { forAll, isClose, type Law, type Runs } from './law.ts'
import { steppedLogits } from './stepping.ts'

/** A model, its parameters, and on what it runs. */
export interface AutoregressiveSubject extends Runs {
  readonly model: Autoregressive
  /** Initial ones, ten times as wide (so that what is wrong is not lost in rounding), by default. */
  readonly parameters?: Parameters
  /** The f64 reference by default. */
  readonly executor?: Executor
  /** Tokens of a row: 5 by default, or the model's context where that is shorter. */
  readonly time?: number
  /** The largest gap over 1 + |logit| where sums may be ordered otherwise: 1e-9 by default, that of the reference. */
  readonly tolerance?: number
}

const BATCH = 2

interface Asked {
  readonly model: Autoregressive
  readonly executor: Executor
  readonly feeds: Readonly<Record<string, Float32Array>>
  readonly time: number
  readonly tolerance: number
}

/** Logits [batch, time, symbol] of rows [batch, time] in one pass. */
const whole = async (
  { model, executor, feeds }: Asked,
  rows: readonly (readonly number[])[],
): Promise<Float64Array> => {
  const [batch, time] = [axis('batch', rows.length), axis('time', at(rows, 0).length)]
  const { logits } = model.forward(parameterInputs(model.parameters), inputOf('i32')('tokens', batch, time), keepAll)
  const ordered = reorder(['batch', 'time', 'symbol'])(logits)
  const { data } = await run(evaluateOne(executor)(ordered, { ...feeds, tokens: Int32Array.from(rows.flat()) }))
  return Float64Array.from(data)
}

const stepped = (asked: Asked, rows: readonly (readonly number[])[], stale?: number): Promise<Float64Array> =>
  steppedLogits(asked.executor, asked.model, asked.feeds, {
    tokens: Int32Array.from(rows.flat()),
    batch: rows.length,
    time: asked.time,
    ...(stale === undefined ? {} : { stale }),
  })

/** Where two arrays [time, symbol] differ by more than a tolerance (0: in any bit), in words. */
const difference = (
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  symbols: number,
  tolerance: number,
): string | undefined => {
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [at(got, i), at(wanted, i)]
    if (tolerance === 0 ? !Object.is(a, b) : !isClose(a, b, tolerance))
      return `the logit of symbol ${i % symbols} at position ${Math.floor(i / symbols)} is ${a}, not ${b} (tolerance ${tolerance})`
  }
  return undefined
}

const widened = (model: Autoregressive): Parameters =>
  Object.fromEntries(Object.entries(model.initialise(key(1))).map(([name, data]) => [name, data.map((w) => 10 * w)]))

/** The laws that compare whole passes with each other. */
const passLaws = (asked: Asked, rows: fc.Arbitrary<readonly (readonly number[])[]>, runs: Runs): readonly Law[] => {
  const { model, time, tolerance } = asked
  const width = time * model.symbols
  return [
    forAll(
      'a later token changes no earlier logit, to the bit',
      fc.tuple(rows, fc.nat(Math.max(0, time - 1))),
      async ([given, place]) => {
        const other = given.map((row) => row.map((x, t) => (t === place ? (x + 1) % model.symbols : x)))
        const [before, after] = [await whole(asked, given), await whole(asked, other)]
        const seen = (place + 1) * model.symbols
        const found = difference(after.subarray(0, seen), before.subarray(0, seen), model.symbols, 0)
        return found === undefined ? undefined : `with another token ${place}, ${found}`
      },
      runs,
    ),
    forAll(
      'rows do not depend on each other',
      rows,
      async (given) => {
        const together = await whole(asked, given)
        const alone = await whole(asked, given.slice(0, 1))
        return difference(together.subarray(0, width), alone, model.symbols, tolerance)
      },
      runs,
    ),
    forAll(
      'padding changes nothing: a shorter row has the logits of the longer one',
      fc.tuple(rows, fc.integer({ min: 1, max: time })),
      async ([given, length]) => {
        const padded = await whole(asked, given.slice(0, 1))
        const short = await whole(asked, [at(given, 0).slice(0, length)])
        return difference(padded.subarray(0, length * model.symbols), short, model.symbols, tolerance)
      },
      runs,
    ),
  ]
}

/**
 * The laws of an autoregressive model: token by token through its caches it has the logits of a whole pass; no logit depends
 * on its own or a later token; neither other rows nor padding change a row; cached rows that are not yet written are not read.
 *
 * @example
 * import { tableModel } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const found = laws.autoregressive({ model: tableModel({ symbols: 3, length: 4 }), runs: 3 })
 * laws.complaintsOf(found) // => []
 */
export const autoregressiveLaws = (subject: AutoregressiveSubject): readonly Law[] => {
  const { model, executor = reference, time = Math.min(5, model.context), tolerance = 1e-9 } = subject
  const parameters = subject.parameters ?? widened(model)
  const feeds = Object.fromEntries(Object.entries(parameters).map(([name, data]) => [`parameter/${name}`, data]))
  const asked: Asked = { model, executor, feeds, time, tolerance }
  const runs: Runs = { runs: subject.runs ?? 5, seed: subject.seed ?? 1 }
  const token = fc.nat(model.symbols - 1)
  const row = fc.array(token, { minLength: time, maxLength: time })
  const rows = fc.array(row, { minLength: BATCH, maxLength: BATCH })
  return [
    forAll(
      'step by step it has the logits of a whole pass',
      rows,
      async (given) => difference(await stepped(asked, given), await whole(asked, given), model.symbols, tolerance),
      runs,
    ),
    ...passLaws(asked, rows, runs),
    forAll(
      'cached rows that are not yet written are not read, to the bit',
      rows,
      async (given) => difference(await stepped(asked, given, 7), await stepped(asked, given, 3), model.symbols, 0),
      runs,
    ),
  ]
}
