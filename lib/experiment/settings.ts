/**
 * Tables of settings: one row an option, laid out as the record of options is. From a table come the codec of the record,
 * its presets, what a command line changes of it, the checks, and what a checkpoint depends on.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { type Failure, failure, raise } from '../errors.ts'
import type { Flag, Role, Setting } from './setting.ts'

/** A table for records `O` with presets `P`: a row for every field, or a table for a field that is a record. */
export type Settings<O, P extends string> = { readonly [K in keyof O]-?: Row<O[K], P> }

type Row<V, P extends string> = Setting<V, P> | ([V] extends [object] ? Settings<V, P> : never)

/** Values by flag: what was typed. */
export type Typed = Readonly<Partial<Record<Flag, unknown>>>

/** A row with its place in the record. */
export interface Entry {
  readonly path: readonly string[]
  readonly setting: Setting<unknown, string>
}

const isSetting = (u: unknown): u is Setting<unknown, string> => t.UnknownRecord.is(u) && u['setting'] === true

type Node = { readonly [key: string]: Setting<unknown, string> | Node }

const isNode = (u: unknown): u is Node =>
  t.UnknownRecord.is(u) && Object.values(u).every((row) => isSetting(row) || isNode(row))

const nodeOf = (table: unknown): Node =>
  isNode(table)
    ? table
    : raise(failure('Usage', 'a table of settings holds something else', 'make its rows with settingOf and its like'))

const entriesBelow = (node: Node, path: readonly string[]): readonly Entry[] =>
  Object.entries(node).flatMap(([key, row]) =>
    isSetting(row) ? [{ path: [...path, key], setting: row }] : entriesBelow(row, [...path, key]),
  )

/** The rows of a table in order, with their places. */
export const entriesOf = <O, P extends string>(table: Settings<O, P>): readonly Entry[] =>
  entriesBelow(nodeOf(table), [])

/** The value at a place of a record. */
export const valueAt = (record: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (t.UnknownRecord.is(value) ? value[key] : undefined), record)

/** A record of the table's layout with these values; those that are absent and may be are left out. */
const built = (
  node: Node,
  path: readonly string[],
  value: (entry: Entry) => unknown,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(node).flatMap(([key, row]) => {
      const here = [...path, key]
      if (!isSetting(row)) return [[key, built(row, here, value)]]
      const found = value({ path: here, setting: row })
      return found === undefined && row.optional ? [] : [[key, found]]
    }),
  )

const codecBelow = (node: Node, name: string): t.Type<unknown, unknown> => {
  const rows = Object.entries(node).map(([key, row]): readonly [string, t.Type<unknown, unknown>, boolean] =>
    isSetting(row) ? [key, row.codec, row.optional] : [key, codecBelow(row, key), false],
  )
  const of = (optional: boolean): Record<string, t.Type<unknown, unknown>> =>
    Object.fromEntries(rows.filter((row) => row[2] === optional).map(([key, codec]) => [key, codec]))
  const whole = t.intersection([t.type(of(false)), t.partial(of(true))], name)
  return new t.Type<unknown, unknown>(
    name,
    whole.is,
    (u, context) => whole.validate(u, context),
    (value) => (whole.is(value) ? whole.encode(value) : value),
  )
}

/** The codec of a table's records: types alone are decoded, `checkedBy` checks values. `name` says what they are. */
export const codecOf = <O, P extends string>(table: Settings<O, P>, name: string): t.Type<O, unknown> => {
  const codec = codecBelow(nodeOf(table), name)
  const is = (u: unknown): u is O => codec.is(u)
  return new t.Type<O, unknown>(
    name,
    is,
    (u, context) =>
      pipe(
        codec.validate(u, context),
        E.chain((value) => (is(value) ? t.success(value) : t.failure<O>(u, context))),
      ),
    codec.encode,
  )
}

const asRecord = <O, P extends string>(table: Settings<O, P>, record: unknown): O => {
  const { is } = codecOf(table, 'options')
  return is(record)
    ? record
    : raise(failure('Usage', 'these are not options of this table', 'give a value to every row', { record }))
}

/** The record of a preset. */
export const presetOf =
  <O, P extends string>(table: Settings<O, P>) =>
  (preset: P): O =>
    asRecord(
      table,
      built(nodeOf(table), [], ({ setting }) => setting.initially(preset)),
    )

/** The record with what was typed instead. */
export const overridden =
  <O, P extends string>(table: Settings<O, P>, typed: Typed) =>
  (options: O): O =>
    asRecord(
      table,
      built(nodeOf(table), [], ({ path, setting }) => typed[setting.flag] ?? valueAt(options, path)),
    )

/** Rules that no single row can say. */
export type Rule<O> = (options: O) => Failure | undefined

/** The record where every row and then every rule finds nothing wrong, else the first thing that is: `Usage`, naming flag and remedy. */
export const checkedBy =
  <O, P extends string>(table: Settings<O, P>, rules: readonly Rule<O>[] = []) =>
  (options: O): E.Either<Failure, O> => {
    for (const { path, setting } of entriesOf(table)) {
      const found = setting.problem(valueAt(options, path))
      if (found !== undefined) return E.left(found)
    }
    for (const rule of rules) {
      const found = rule(options)
      if (found !== undefined) return E.left(found)
    }
    return E.right(options)
  }

/** The part of a record that its rows of one role hold: of `trains`, what a checkpoint depends on. */
export const partOf =
  <O, P extends string>(table: Settings<O, P>, role: Role) =>
  (options: O): Readonly<Record<string, unknown>> => {
    const flags = new Set(entriesOf(table).flatMap(({ setting }) => (setting.role === role ? [setting.flag] : [])))
    const prune = (node: Node, path: readonly string[]): Readonly<Record<string, unknown>> =>
      Object.fromEntries(
        Object.entries(node).flatMap(([key, row]) => {
          const here = [...path, key]
          if (isSetting(row)) return flags.has(row.flag) ? [[key, valueAt(options, here)]] : []
          const below = prune(row, here)
          return Object.keys(below).length === 0 ? [] : [[key, below]]
        }),
      )
    return prune(nodeOf(table), [])
  }

/** The first flag that was typed and may not be, beside `--resume`: a resumed run has its own options. */
export const unresumable = <O, P extends string>(table: Settings<O, P>, typed: Typed): Flag | undefined =>
  entriesOf(table).find(
    ({ setting: { flag, role } }) => (role === 'trains' || role === 'keeps') && typed[flag] !== undefined,
  )?.setting.flag
