/**
 * Tables of settings: one row an option, laid out as the record of options is. From a table come the codec of the record,
 * its presets, what a command line changes of it, the checks, and what a checkpoint depends on.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { field, orElse } from '../at.ts'
import { codecAs, opaque, recordCodecOf } from '../codec/record.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { unknownName } from '../names.ts'
import type { Flag, Role, Setting } from './setting.ts'

/**
 * A table for records `O` with presets `P`: a row for every field; or a table for a field that is a record, and one for
 * each kind of a field that is a union of kinds.
 */
export type Settings<O, P extends string> = { readonly [K in keyof O]-?: Row<O[K], P> }

type Row<V, P extends string> =
  | Setting<V, P>
  | (V extends string ? Fixed<V> : never)
  | ([V] extends [{ readonly kind: string }] ? Kinds<V, P> : never)
  | ([V] extends [object] ? Settings<V, P> : never)

/** A field without a flag, which is the same in every record of the table: what they are records of. */
interface Fixed<V extends string> {
  readonly setting: false
  readonly value: V
}

/** A field that is always this. */
export const fixed = <const V extends string>(value: V): Fixed<V> => ({ setting: false, value })

/** Tables by kind: of which one typed flag that no other has chooses. */
interface Kinds<V extends { readonly kind: string }, P extends string> {
  readonly kinds: { readonly [K in V['kind']]: Settings<Omit<Extract<V, { readonly kind: K }>, 'kind'>, P> }
  readonly kindOf: (preset: P) => V['kind']
}

/** Values by flag: what was typed. */
export type Typed = Readonly<Partial<Record<Flag, unknown>>>

/** A row with its place in the record; with `when`, of the records alone that have this kind there. */
export interface Entry {
  readonly path: readonly string[]
  readonly setting: Setting<unknown, string>
  readonly when?: { readonly path: readonly string[]; readonly kind: string }
}

type Choice = { readonly kinds: Readonly<Record<string, Node>>; readonly kindOf: (preset: string) => string }
type Node = { readonly [key: string]: Setting<unknown, string> | Fixed<string> | Choice | Node }

const isFixed = (u: unknown): u is Fixed<string> =>
  t.UnknownRecord.is(u) && u['setting'] === false && typeof u['value'] === 'string'

const isSetting = (u: unknown): u is Setting<unknown, string> => t.UnknownRecord.is(u) && u['setting'] === true

const isChoice = (u: unknown): u is Choice =>
  t.UnknownRecord.is(u) &&
  typeof u['kindOf'] === 'function' &&
  t.UnknownRecord.is(u['kinds']) &&
  Object.values(u['kinds']).every(isNode)

const isNode = (u: unknown): u is Node =>
  t.UnknownRecord.is(u) &&
  Object.values(u).every((row) => isSetting(row) || isFixed(row) || isChoice(row) || isNode(row))

const nodeOf = (table: unknown): Node =>
  isNode(table)
    ? table
    : raise(failure('Usage', 'a table of settings holds something else', 'make its rows with settingOf and its like'))

const entriesBelow = (node: Node, path: readonly string[], when?: Entry['when']): readonly Entry[] =>
  Object.entries(node).flatMap(([key, row]): readonly Entry[] => {
    const here = [...path, key]
    if (isFixed(row)) return []
    if (isSetting(row)) return [{ path: here, setting: row, ...(when === undefined ? {} : { when }) }]
    if (!isChoice(row)) return entriesBelow(row, here, when)
    return Object.entries(row.kinds).flatMap(([kind, table]) => entriesBelow(table, here, { path: here, kind }))
  })

/** The rows of a table in order, with their places. */
export const entriesOf = <O, P extends string>(table: Settings<O, P>): readonly Entry[] =>
  entriesBelow(nodeOf(table), [])

/** The value at a place of a record. */
export const valueAt = (record: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (t.UnknownRecord.is(value) ? value[key] : undefined), record)

const isThere = (record: unknown, path: readonly string[]): boolean => {
  const around = valueAt(record, path.slice(0, -1))
  return t.UnknownRecord.is(around) && path.slice(-1).every((key) => Object.hasOwn(around, key))
}

const applies =
  (record: unknown) =>
  ({ when }: Entry): boolean =>
    when === undefined || valueAt(record, [...when.path, 'kind']) === when.kind

/** How a record is filled in: which kind a choice has, and the value of each row. */
interface Filling {
  readonly kind: (choice: Choice, path: readonly string[]) => string
  readonly value: (setting: Setting<unknown, string>, path: readonly string[]) => unknown
}

/** A record of the table's layout; rows that are absent and may be are left out. */
const filled = (node: Node, path: readonly string[], filling: Filling): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(node).flatMap(([key, row]) => {
      const here = [...path, key]
      if (isFixed(row)) return [[key, row.value]]
      if (isChoice(row)) {
        const kind = filling.kind(row, here)
        return [[key, { kind, ...filled(field(row.kinds, kind), here, filling) }]]
      }
      if (!isSetting(row)) return [[key, filled(row, here, filling)]]
      const found = filling.value(row, here)
      return found === undefined && row.optional ? [] : [[key, found]]
    }),
  )

const codecOfChoice = ({ kinds }: Choice, name: string): t.Type<unknown, unknown> => {
  const codecs = new Map(
    Object.entries(kinds).map(([kind, node]) => [kind, codecBelow({ kind: fixed(kind), ...node }, name)]),
  )
  const of = (u: unknown): t.Type<unknown, unknown> | undefined => {
    const kind = valueAt(u, ['kind'])
    return typeof kind === 'string' ? codecs.get(kind) : undefined
  }
  return new t.Type<unknown, unknown>(
    `${name} (${[...codecs.keys()].join(' or ')})`,
    (u): u is unknown => of(u)?.is(u) ?? false,
    (u, context) => of(u)?.validate(u, context) ?? t.failure(u, context),
    (value) => of(value)?.encode(value),
  )
}

const codecBelow = (node: Node, name: string): t.Type<unknown, unknown> =>
  recordCodecOf(
    Object.entries(node).map(([key, row]) =>
      isSetting(row)
        ? { key, codec: row.codec, optional: row.optional }
        : {
            key,
            codec: isFixed(row)
              ? opaque(t.literal(row.value))
              : isChoice(row)
                ? codecOfChoice(row, key)
                : codecBelow(row, key),
            optional: false,
          },
    ),
    name,
  )

/** The codec of a table's records: types alone are decoded, `checkedBy` checks values. `name` says what they are. */
export const codecOf = <O, P extends string>(table: Settings<O, P>, name: string): t.Type<O, unknown> =>
  codecAs(codecBelow(nodeOf(table), name))

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
      filled(nodeOf(table), [], {
        kind: ({ kindOf }) => kindOf(preset),
        value: ({ initially }) => initially(preset),
      }),
    )

/** The flag that chooses a kind: that of its first row. */
const leading = (node: Node | undefined): Flag | undefined =>
  node === undefined ? undefined : entriesBelow(node, [])[0]?.setting.flag

const typedKind = ({ kinds }: Choice, typed: Typed): string | undefined =>
  Object.keys(kinds).find((kind) => {
    const flag = leading(kinds[kind])
    return flag !== undefined && typed[flag] !== undefined
  })

/** The record with what was typed instead. */
export const overridden =
  <O, P extends string>(table: Settings<O, P>, typed: Typed) =>
  (options: O): O =>
    asRecord(
      table,
      filled(nodeOf(table), [], {
        kind: (choice, path) => typedKind(choice, typed) ?? String(valueAt(options, [...path, 'kind'])),
        value: (setting, path) =>
          orElse(typed[setting.flag], isThere(options, path) ? valueAt(options, path) : setting.initially('')),
      }),
    )

/** What was typed that does not go together: flags of two kinds, or one of a kind that was not chosen. */
export const clash = <O, P extends string>(table: Settings<O, P>, typed: Typed, options: O): Failure | undefined => {
  const below = (node: Node, path: readonly string[]): Failure | undefined => {
    for (const [key, row] of Object.entries(node)) {
      const here = [...path, key]
      if (isSetting(row) || isFixed(row)) continue
      const found = isChoice(row) ? clashOf(row, typed, String(valueAt(options, [...here, 'kind']))) : below(row, here)
      if (found !== undefined) return found
    }
    return undefined
  }
  return below(nodeOf(table), [])
}

const clashOf = (choice: Choice, typed: Typed, otherwise: string): Failure | undefined => {
  const chosen = typedKind(choice, typed)
  const first = leading(choice.kinds[chosen ?? otherwise])
  for (const [kind, node] of Object.entries(choice.kinds)) {
    if (kind === (chosen ?? otherwise)) continue
    const stray = entriesBelow(node, []).find(({ setting: { flag } }) => typed[flag] !== undefined)?.setting.flag
    const [wanted] = entriesBelow(node, [])
    if (stray === undefined || wanted === undefined) continue
    const { flag, metavar } = wanted.setting
    return chosen === undefined
      ? failure('Usage', `${stray} goes with ${flag}, which was not given`, `add ${flag} ${metavar}`)
      : failure('Usage', `${first} and ${stray} were both given`, 'give one of them')
  }
  return undefined
}

/** Rules that no single row can say. */
export type Rule<O> = (options: O) => Failure | undefined

/** A kind that is none of those of its field, as only plain JavaScript can give it. */
const unknownKind = (node: Node, record: unknown, path: readonly string[]): Failure | undefined => {
  for (const [key, row] of Object.entries(node)) {
    const here = [...path, key]
    if (isFixed(row) || isSetting(row)) continue
    const found = isChoice(row)
      ? unknownName({ [`kind of ${here.join('.')}`]: [valueAt(record, [...here, 'kind']), Object.keys(row.kinds)] })
      : unknownKind(row, record, here)
    if (found !== undefined) return found
  }
  return undefined
}

/** The record where every row and then every rule finds nothing wrong, else the first thing that is: `Usage`, naming flag and remedy. */
export const checkedBy =
  <O, P extends string>(table: Settings<O, P>, rules: readonly Rule<O>[] = []) =>
  (options: O): E.Either<Failure, O> => {
    const kind = unknownKind(nodeOf(table), options, [])
    if (kind !== undefined) return E.left(kind)
    for (const { path, setting } of entriesOf(table).filter(applies(options))) {
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
    const prune = (node: Node, path: readonly string[]): Readonly<Record<string, unknown>> =>
      Object.fromEntries(
        Object.entries(node).flatMap(([key, row]) => {
          const here = [...path, key]
          if (isFixed(row)) return role === 'trains' ? [[key, row.value]] : []
          if (isSetting(row)) return row.role === role ? [[key, valueAt(options, here)]] : []
          const kind = valueAt(options, [...here, 'kind'])
          const below = isChoice(row) ? { kind, ...prune(field(row.kinds, String(kind)), here) } : prune(row, here)
          return Object.keys(below).length === 0 ? [] : [[key, below]]
        }),
      )
    return prune(nodeOf(table), [])
  }

/** The first row of one role that two records have differently. */
export const differing =
  <O, P extends string>(table: Settings<O, P>, role: Role) =>
  (a: unknown, b: unknown): Entry | undefined =>
    entriesOf(table).find(
      ({ path, setting }) =>
        setting.role === role && setting.format(valueAt(a, path)) !== setting.format(valueAt(b, path)),
    )

/** The first flag that was typed and may not be, beside `--resume`: a resumed run has its own options. */
export const unresumable = <O, P extends string>(table: Settings<O, P>, typed: Typed): Flag | undefined =>
  entriesOf(table).find(
    ({ setting: { flag, role } }) => (role === 'trains' || role === 'keeps') && typed[flag] !== undefined,
  )?.setting.flag
