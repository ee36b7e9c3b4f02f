/**
 * What the catalogue's properties of the objective are checked on, on any executor: a table of logits that f32 holds exactly,
 * enumerated. Each check gives the largest deviation from what must hold, which is computed in f64 from the paper's
 * definitions; without a test framework, so that every runtime can run them.
 */
import type { Executor } from '../../../lib/executor.ts'
import { tokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import {
  dataOf,
  enumerated,
  exactLogJoint,
  scoredRows,
  stringProbabilities,
  stringsOf,
  type Table,
  tableOf,
} from './table.ts'

/** A property on one executor: its title, and how far the executor is from what must hold. */
export interface Check {
  readonly title: string
  readonly deviation: (executor: Executor) => Promise<number>
}

/** Deviations of f64: central differences of fourth order reach 1e-9. */
export const F64 = 1e-9

/** Deviations of f32: sums of at most 81 terms of size up to 4, 2⁻²³·8·(2 + log₂ 81)·4 (a running-error bound). */
export const F32 = 3.2e-5

/** The whole prefix. */
export const FULL = Number.POSITIVE_INFINITY

/** Windows of the gradient. */
export const windows = [0, 1, 2, FULL]

/** Symbols of the table. */
export const V = 3

/** Its steps. */
export const K = 3

/** Logits that f32 holds exactly, so that every executor has the same table. */
export const rounded = (table: Table): Table => ({ ...table, logits: table.logits.map(Math.fround) })

/** The table that every check is about. */
export const table = rounded(tableOf(V, K, 1, 31))

/** All its strings. */
export const strings = stringsOf(table)

/** Their probabilities under q. */
export const probabilities = stringProbabilities(table)

/** A distribution of data on them. */
export const data = dataOf(table, 3)

/** The strings under q. */
export const model = enumerated(table, probabilities)

/** The strings under the data. */
export const shown = enumerated(table, data)

/** The strings weighed at each step by `p_θ(x_k, x_<k)`. */
export const underJoint = tokenTerms(
  scoredRows(
    table,
    strings,
    (r, k) => Math.exp(exactLogJoint(table, (strings[r] ?? []).slice(0, k + 1))) / V ** (K - k - 1),
  ),
)

/** The largest deviation. */
export const most = (deviations: readonly number[]): number => Math.max(0, ...deviations)

/** The distance of two numbers. */
export const away = (found: number, wanted: number): number => Math.abs(found - wanted)

/** 0 where a condition holds, else more than any tolerance. */
export const unless = (holds: boolean): number => (holds ? 0 : Number.POSITIVE_INFINITY)
