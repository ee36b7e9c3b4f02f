/** A table of settings as a part of the grammar: a heading for each group, a flag for each row. */
import { merge, object } from '@optique/core/constructs'
import { type Message, message, text } from '@optique/core/message'
import { map, multiple, optional } from '@optique/core/modifiers'
import type { NonEmptyString } from '@optique/core/nonempty'
import type { Parser } from '@optique/core/parser'
import { option } from '@optique/core/primitives'
import type { ValueParser } from '@optique/core/valueparser'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import type { Setting } from '../experiment/setting.ts'
import { entriesOf, type Settings, type Typed } from '../experiment/settings.ts'

const isNonEmpty = (metavar: string): metavar is NonEmptyString => metavar !== ''

const valueParser = ({ metavar, example, read, format }: Setting<unknown, string>): ValueParser => ({
  mode: 'sync',
  metavar: isNonEmpty(metavar) ? metavar : 'VALUE',
  placeholder: undefined,
  parse: (typed) => {
    const value = read(typed)
    return E.isRight(value)
      ? { success: true, value: value.right }
      : { success: false, error: message`${typed} is not ${text(value.left)} (write for example ${example})` }
  },
  format,
})

const flag = (setting: Setting<unknown, string>): Parser => {
  const { help, otherwise } = setting
  const description: Message = [text(otherwise === '' ? help : `${help} [${otherwise}]`)]
  if (setting.repeated)
    return map(multiple(option(setting.flag, valueParser(setting), { description })), (found) =>
      found.length === 0 ? undefined : found.flat(),
    )
  return setting.switched === undefined
    ? optional(option(setting.flag, valueParser(setting), { description }))
    : map(option(setting.flag, { description }), (typed) => (typed ? setting.switched : undefined))
}

type Group = readonly [heading: string, rows: readonly Setting<unknown, string>[]]

const groupsOf = <O, P extends string>(table: Settings<O, P>): readonly Group[] => {
  const rows = entriesOf(table).map(({ setting }) => setting)
  return pipe(
    rows.map(({ group }) => group),
    RA.uniq({ equals: (a: string, b: string) => a === b }),
    RA.map((heading): Group => [heading, rows.filter(({ group }) => group === heading)]),
  )
}

const groupParser = ([heading, rows]: Group) =>
  object(heading, Object.fromEntries(rows.map((row): [string, Parser] => [row.flag, flag(row)])))

/** What is typed of a table, by flag. */
export const settingsParser = <O, P extends string>(table: Settings<O, P>): Parser<'sync', Typed> =>
  groupsOf(table)
    .map(groupParser)
    .reduce((all, next) => merge(all, next))
