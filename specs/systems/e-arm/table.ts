/**
 * `AR(V, K, σ)`: a table of logits N(0, σ²) for every prefix, where everything about an autoregressive model can be
 * enumerated. Exact quantities here are written from the paper's definitions, without the library's objective.
 */
import { fc } from '@fast-check/vitest'
import { axis, type Axis } from '../../../lib/axis.ts'
import type { Executor } from '../../../lib/executor.ts'
import type { Expr, Scalar, Tensor } from '../../../lib/expr.ts'
import { gradient } from '../../../lib/grad.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { dot, logSumExp } from '../../../lib/math.ts'
import { gather } from '../../../lib/ops/gather.ts'
import { input, literal, literalIntegers } from '../../../lib/ops/layout.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import type { ScoredRows, TokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import { tokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import { dirichlet, normals } from '../../../lib/laws/arbitraries/distributions.ts'
import { run } from '../../either.ts'

/** A table: V symbols, K steps, logits [prefix, symbol], prefixes shortest first. */
export interface Table {
  readonly symbols: number
  readonly steps: number
  readonly logits: Float64Array
}

/** The number of prefixes of at most `steps − 1` symbols. */
export const prefixCount = ({ symbols, steps }: Omit<Table, 'logits'>): number =>
  Array.from({ length: steps }, (_, k) => symbols ** k).reduce((a, b) => a + b, 0)

/** The number of a prefix among all, shortest first. */
export const prefixId = (symbols: number, prefix: readonly number[]): number =>
  prefix.reduce((id, x) => id * symbols + x + 1, 0)

/** Rows [length K] of all strings, in lexical order. */
export const stringsOf = ({ symbols, steps }: Omit<Table, 'logits'>): readonly (readonly number[])[] =>
  Array.from({ length: steps }).reduce<readonly (readonly number[])[]>(
    (rows) => rows.flatMap((row) => Array.from({ length: symbols }, (_, x) => [...row, x])),
    [[]],
  )

/** A table with normal logits. */
export const tableOf = (symbols: number, steps: number, sigma: number, seed: number): Table => ({
  symbols,
  steps,
  logits: normals(key(seed), prefixCount({ symbols, steps }) * symbols).map((z) => sigma * z),
})

/** `AR(V, K, σ)`, at most 81 strings. */
export const tables: fc.Arbitrary<Table> = fc
  .record({
    symbols: fc.integer({ min: 2, max: 4 }),
    steps: fc.integer({ min: 1, max: 4 }),
    sigma: fc.constantFrom(0.1, 1, 5, 30),
    seed: fc.nat(1e6),
  })
  .filter(({ symbols, steps }) => symbols ** steps <= 81)
  .map(({ symbols, steps, sigma, seed }) => tableOf(symbols, steps, sigma, seed))

/** Milder tables, for finite differences. */
export const mildTables: fc.Arbitrary<Table> = fc
  .record({
    symbols: fc.integer({ min: 2, max: 3 }),
    steps: fc.integer({ min: 1, max: 3 }),
    sigma: fc.constantFrom(0.1, 1),
    seed: fc.nat(1e6),
  })
  .map(({ symbols, steps, sigma, seed }) => tableOf(symbols, steps, sigma, seed))

/** A random distribution on the strings of a table, Dirichlet(1). */
export const dataOf = (table: Table, seed: number): Float64Array =>
  dirichlet(key(seed), table.symbols ** table.steps, 1)

/** The logits of a prefix [symbol]. */
export const logitsAt = ({ symbols, logits }: Table, prefix: readonly number[]): Float64Array =>
  logits.subarray(prefixId(symbols, prefix) * symbols, (prefixId(symbols, prefix) + 1) * symbols)

/** `log q(x_k | x_<k)`. */
export const logConditional = (table: Table, prefix: readonly number[], x: number): number =>
  at(logitsAt(table, prefix), x) - logSumExp(logitsAt(table, prefix))

/** `log q(prefix)`; tokens before the last m of it from `frozen`. */
export const logPrefix = (table: Table, prefix: readonly number[], m: number = prefix.length, frozen = table): number =>
  prefix.reduce(
    (total, x, l) => total + logConditional(l < prefix.length - m ? frozen : table, prefix.slice(0, l), x),
    0,
  )

/** All prefixes before step k (from 0): strings of k symbols. */
export const prefixesOf = (table: Table, k: number): readonly (readonly number[])[] =>
  stringsOf({ symbols: table.symbols, steps: k })

/** `log Z_k = log Σ_{x<k} q̃(x_<k) Σ_x e^{logit(x|x_<k)}`, gradient window m through `frozen`. */
export const exactLogPartition = (table: Table, k: number, m: number = k, frozen = table): number =>
  logSumExp(prefixesOf(table, k).map((c) => logPrefix(table, c, m, frozen) + logSumExp(logitsAt(table, c))))

/** `log p_θ(x_k, x_<k)` for a string of k + 1 symbols. */
export const exactLogJoint = (
  table: Table,
  string: readonly number[],
  m: number = string.length,
  frozen = table,
): number => {
  const [prefix, x] = [string.slice(0, -1), string.at(-1) ?? 0]
  return (
    logPrefix(table, prefix, m, frozen) +
    at(logitsAt(table, prefix), x) -
    exactLogPartition(table, prefix.length, m, frozen)
  )
}

/** Probabilities of the prefixes of `length` symbols under a distribution on all strings. */
export const marginal = (table: Table, data: Float64Array, length: number): Float64Array => {
  const size = table.symbols ** (table.steps - length)
  return Float64Array.from({ length: table.symbols ** length }, (_, i) =>
    data.subarray(i * size, (i + 1) * size).reduce((a, b) => a + b, 0),
  )
}

/** `Σ_k KL(p_d(x_k, x_<k) ‖ p_θ(x_k, x_<k))`, nats. */
export const exactDivergence = (table: Table, data: Float64Array, m: number = table.steps, frozen = table): number =>
  Array.from({ length: table.steps }, (_, k) => {
    const p = marginal(table, data, k + 1)
    return prefixesOf(table, k + 1).reduce(
      (total, s, i) =>
        total + (at(p, i) > 0 ? at(p, i) * (Math.log(at(p, i)) - exactLogJoint(table, s, m, frozen)) : 0),
      0,
    )
  }).reduce((a, b) => a + b, 0)

/** Probabilities of all strings under q. */
export const stringProbabilities = (table: Table): Float64Array =>
  Float64Array.from(stringsOf(table), (s) => Math.exp(logPrefix(table, s)))

/** The numeric gradient of a function of the table's logits: fourth-order central differences. */
export const numericGradient = (f: (table: Table) => number, table: Table, h = 1e-3): Float64Array =>
  table.logits.map((_, i) => {
    const moved = (by: number): number => {
      const logits = table.logits.slice()
      logits[i] = at(logits, i) + by
      return f({ ...table, logits })
    }
    return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
  })

// The same model as expressions.

/** The parameter of a table model: [prefix, symbol]. */
export const tableInput = (table: Table): Tensor<'prefix' | 'symbol' | '1'> =>
  input('table', axis('prefix', prefixCount(table)), axis('symbol', table.symbols))

/** Rows with their logits as an expression of `tableInput`, and a mask that weighs each row (and, if given, each step). */
export const scoredRows = (
  table: Table,
  rows: readonly (readonly number[])[],
  weights: (row: number, step: number) => number = () => 1,
): ScoredRows => {
  const [batch, time]: readonly [Axis<'batch'>, Axis<'time'>] = [axis('batch', rows.length), axis('time', table.steps)]
  const ids = rows.flatMap((row) => row.map((_, k) => prefixId(table.symbols, row.slice(0, k))))
  const prefix = axis('prefix', prefixCount(table))
  return {
    tokens: literalIntegers(Int32Array.from(rows.flat()), batch, time),
    logits: gather(prefix)(tableInput(table), literalIntegers(Int32Array.from(ids), batch, time)),
    mask: literal(Float64Array.from(rows.flatMap((row, r) => row.map((_, k) => weights(r, k)))), batch, time),
  }
}

/** All strings, each weighed by its probability: expectations over the batch are exact. */
export const enumerated = (table: Table, probabilities: Float64Array): TokenTerms =>
  tokenTerms(scoredRows(table, stringsOf(table), (r) => at(probabilities, r)))

/** Evaluates expressions that read `tableInput`, in f64 unless an executor is given. */
export const valuesAt = async (
  table: Table,
  named: Readonly<Record<string, Expr>>,
  executor: Executor = reference,
): Promise<(name: string) => ArrayLike<number>> => {
  const all: Readonly<Record<string, Expr>> = { ...named, fed: tableInput(table) }
  const values = await run(evaluateOn(executor)(all, { table: table.logits }))
  return (name: string): ArrayLike<number> => values[name]?.data ?? []
}

/** The gradient of a scalar with respect to the table's logits, in f64 unless an executor is given [prefix·symbol]. */
export const gradientAt = async (table: Table, y: Scalar, executor: Executor = reference): Promise<Float64Array> => {
  const { slope } = gradient(y, { slope: tableInput(table) })
  const values = await run(evaluateOn(executor)({ slope, fed: tableInput(table) }, { table: table.logits }))
  return Float64Array.from(values['slope']?.data ?? [])
}

/** The largest absolute difference. */
export const distance = (xs: ArrayLike<number>, ys: ArrayLike<number>): number =>
  xs.length === ys.length
    ? Array.from(xs).reduce((high, x, i) => Math.max(high, Math.abs(x - at(ys, i))), 0)
    : Number.POSITIVE_INFINITY

/** The Euclidean norm. */
export const norm = (xs: ArrayLike<number>): number => Math.sqrt(dot(xs, xs))
